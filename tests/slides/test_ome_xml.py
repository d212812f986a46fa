"""OME-XML: times, channels and scale, whatever the schema year and the units."""

import pytest

from app.slides.ome_xml import is_ome_xml, parse_ome_xml

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/{year}"
     xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://x y">
  <Instrument ID="Instrument:0"><Objective ID="Objective:0" NominalMagnification="40.0"/></Instrument>
  <Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="2048" SizeY="1536" SizeC="3"
    SizeZ="7" SizeT="1" {scale}><Channel ID="Channel:0" SamplesPerPixel="3"/>{more}</Pixels></Image>
</OME>"""


def document(year: str = "2016-06", scale: str = "", more: str = "") -> str:
    return DOCUMENT.format(year=year, scale=scale, more=more)


@pytest.mark.parametrize("year", ["2013-06", "2016-06"])
def test_what_it_says(year: str) -> None:
    text = document(year, 'PhysicalSizeX="0.25" PhysicalSizeXUnit="µm" PhysicalSizeY="0.26" PhysicalSizeZ="1.5"')
    assert is_ome_xml(text)
    image = parse_ome_xml(text)
    assert image is not None
    assert (image.times, image.channels) == (1, 1)
    assert (image.mpp_x, image.mpp_y, image.plane_spacing_um) == (0.25, 0.26, 1.5)
    assert image.objective_power == 40
    assert not image.files


@pytest.mark.parametrize(
    ("value", "unit", "um"),
    [("250", "nm", 0.25), ("0.00025", "mm", 0.25), ("0.25", "μm", 0.25), ("0.25", "pixel", None), ("x", "µm", None)],
)
def test_units(value: str, unit: str, um: float | None) -> None:
    image = parse_ome_xml(document(scale=f'PhysicalSizeX="{value}" PhysicalSizeXUnit="{unit}"'))
    assert image is not None
    assert image.mpp_x == (None if um is None else pytest.approx(um))
    assert image.mpp_y is None


def test_channels_and_files() -> None:
    more = '<Channel ID="Channel:1"/><TiffData><UUID FileName="a.tif">u</UUID></TiffData>'
    more += '<TiffData><UUID FileName="b.tif">v</UUID></TiffData>'
    image = parse_ome_xml(document(more=more))
    assert image is not None
    assert image.channels == 2
    assert image.files == {"a.tif", "b.tif"}


def test_a_file_that_only_points_to_another_describes_no_image() -> None:
    assert parse_ome_xml('<OME xmlns="x"><BinaryOnly MetadataFile="all.companion.ome"/></OME>') is None


def test_damage_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="damaged"):
        parse_ome_xml("<OME><Image></OME>")
    assert not is_ome_xml("Aperio <OME> in words")
