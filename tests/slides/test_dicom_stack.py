"""DICOM slides with focal planes: written here frame by frame, as the standard lays them out, and read back."""

from __future__ import annotations

from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid

from app.geometry import PixelRegion
from app.slides.focus_stack import FocusStack
from app.slides.open import open_slide
from app.slides.slide import ALL_IN_FOCUS, SlideError, TileReadError

PLANES, TILE = 3, 64
SIZE = (150, 200)


def picture(plane: int, downsample: int = 1) -> np.ndarray:
    """Smooth, and of another hue on each plane: uint8 (H, W, 3)."""
    height, width = SIZE
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([60 + 50 * plane + 0 * x, 100 + 100 * x // width, 200 - 100 * y // height], axis=-1).astype(
        np.uint8
    )
    return cv2.resize(image, (width // downsample, height // downsample), interpolation=cv2.INTER_AREA)


def frames(downsample: int) -> list[np.ndarray]:
    """Columns first, then rows, then planes; tiles at the edge are filled up."""
    found = []
    for plane in range(PLANES):
        image = picture(plane, downsample)
        height, width = image.shape[:2]
        padded = np.pad(image, ((0, -height % TILE), (0, -width % TILE), (0, 0)), mode="edge")
        for top in range(0, height, TILE):
            found += [padded[top : top + TILE, left : left + TILE] for left in range(0, width, TILE)]
    return found


def write_instance(
    path: Path, tiles: list[np.ndarray], downsample: int, series: str, *, jpeg: bool, first: int | None = None
) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.6"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = JPEGBaseline8Bit if jpeg else ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.SeriesInstanceUID, data.StudyInstanceUID, data.Modality = series, generate_uid(), "SM"
    data.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    data.DimensionOrganizationType = "TILED_FULL"
    data.Rows = data.Columns = TILE
    data.TotalPixelMatrixRows, data.TotalPixelMatrixColumns = (side // downsample for side in SIZE)
    data.TotalPixelMatrixFocalPlanes, data.NumberOfOpticalPaths = PLANES, 1
    data.NumberOfFrames = len(tiles)
    data.SamplesPerPixel, data.BitsAllocated, data.BitsStored, data.HighBit = 3, 8, 8, 7
    data.PixelRepresentation, data.PlanarConfiguration = 0, 0
    data.PhotometricInterpretation = "YBR_FULL_422" if jpeg else "RGB"
    if first is not None:
        data.ConcatenationUID, data.ConcatenationFrameOffsetNumber = generate_uid(), first
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [0.00025 * downsample, 0.00025 * downsample]
    measures.SpacingBetweenSlices = 0.0015
    shared.PixelMeasuresSequence = Sequence([measures])
    data.SharedFunctionalGroupsSequence = Sequence([shared])
    if jpeg:
        data.PixelData = encapsulate([imagecodecs.jpeg8_encode(np.ascontiguousarray(tile), level=95) for tile in tiles])
        data["PixelData"].VR = "OB"
    else:
        data.PixelData = b"".join(tile.tobytes() for tile in tiles)
        data["PixelData"].VR = "OW"
    data.save_as(path, enforce_file_format=True)


@pytest.fixture(params=["jpeg", "raw", "split"])
def stack_path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two levels of three planes; ``split``: level 0 in two concatenated files, the second one plane."""
    jpeg, series = request.param == "jpeg", generate_uid()
    fine = frames(1)
    if request.param == "split":
        cut = len(fine) // PLANES * 2
        write_instance(tmp_path / "b.dcm", fine[cut:], 1, series, jpeg=jpeg, first=cut)
        write_instance(tmp_path / "a.dcm", fine[:cut], 1, series, jpeg=jpeg, first=0)
    else:
        write_instance(tmp_path / "a.dcm", fine, 1, series, jpeg=jpeg)
    write_instance(tmp_path / "c.dcm", frames(2), 2, series, jpeg=jpeg)
    return tmp_path / "a.dcm"


def test_every_plane_of_every_level_reads_as_written(stack_path: Path) -> None:
    slide = open_slide(stack_path, probe=False)
    info = slide.info
    assert isinstance(slide, FocusStack)
    assert (info.focal_planes.count, info.focal_planes.spacing_um) == (PLANES, 1.5)
    assert info.mpp == pytest.approx(0.25)
    assert [level.downsample for level in info.levels] == [1.0, 2.0]
    for level, downsample in ((0, 1), (1, 2)):
        for plane in range(PLANES):
            expected = picture(plane, downsample)
            height, width = expected.shape[:2]
            whole = slide.read(PixelRegion(0, 0, width, height), level, plane)
            assert np.abs(whole.astype(int) - expected).max() <= 6
            part = slide.read(PixelRegion(50, 40, 40, 30), level, plane)
            assert np.array_equal(part, whole[40:70, 50:90])
    beyond = slide.read(PixelRegion(SIZE[1] - 10, 0, 20, 20), 0, 0)
    assert (beyond[:, 10:] == 255).all()
    assert slide.read(PixelRegion(0, 0, 64, 64), 0, ALL_IN_FOCUS).shape == (64, 64, 3)
    slide.close()
    with pytest.raises(SlideError, match="closed"):
        slide.read(PixelRegion(0, 0, 10, 10), 0, 1)


def test_a_damaged_frame_spoils_only_itself_and_missing_frames_are_told(tmp_path: Path) -> None:
    path, series = tmp_path / "a.dcm", generate_uid()
    write_instance(path, frames(1), 1, series, jpeg=True)
    raw = bytearray(path.read_bytes())
    second = raw.index(b"\xff\xd8", raw.index(b"\xff\xd8") + 2)
    raw[second : second + 2] = b"\0\0"
    path.write_bytes(raw)
    slide = open_slide(path, probe=False)
    assert slide.read(PixelRegion(0, 0, 60, 60), 0, 0).shape == (60, 60, 3)
    with pytest.raises(TileReadError):
        slide.read(PixelRegion(70, 0, 20, 20), 0, 0)
    assert slide.read(PixelRegion(70, 0, 20, 20), 0, 1).shape == (20, 20, 3)
    slide.close()
    write_instance(path, frames(1)[:-2], 1, series, jpeg=True)
    with pytest.raises(SlideError, match="missing"):
        open_slide(path, probe=False)
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(SlideError):
        open_slide(path, probe=False)
