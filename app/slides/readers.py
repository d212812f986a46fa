"""Which reader takes a file, and plain words when none does."""

from __future__ import annotations

import os
from pathlib import Path

from app.slides import dicom_stack, image_reader, ndpi_stack, openslide_reader, tiff_reader
from app.slides.claim import Claim
from app.slides.fingerprint import dicom_series
from app.slides.focus_stack import FocusStack
from app.slides.openslide_library import detect_vendor
from app.slides.slide import Slide, SlideError, UnsupportedSlideError
from app.slides.tiff_layout import is_tiff

# Asked in this order; OpenSlide would take OME-TIFF too, and show one plane of it without a word.
_CLAIMS = (tiff_reader.claims, dicom_stack.claims, ndpi_stack.claims, openslide_reader.claims, image_reader.claims)

_VENDOR_SOFTWARE = {
    ".kfb": "the KFBIO viewer",
    ".sdpc": "the SQRAY viewer",
    ".tron": "the InteMedic viewer",
    ".vsi": "OlyVIA or QuPath",
    ".ets": "OlyVIA or QuPath",
    ".isyntax": "the Philips software",
    ".mds": "the Motic viewer",
    ".mdsx": "the Motic viewer",
    ".lif": "LAS X or QuPath",
    ".nd2": "NIS-Elements or QuPath",
}
"""Endings only choose the advice; whether a file can be read is decided by its content."""

_CONTENT = (
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a Windows bitmap"),
)

READABLE = "SVS, NDPI, MRXS, DICOM, pyramidal TIFF, OME-TIFF, JPEG or PNG"


def check_readable(path: Path) -> None:
    """Raise ``SlideError`` when there is nothing to read at this path."""
    if not path.exists():
        raise SlideError(f"{path.name} is not in {path.parent}; check the name, and that its drive is connected.")
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise SlideError(f"{path.name} may not be read by this user; ask its owner for the permission.")
    if path.is_file() and path.stat().st_size == 0:
        raise SlideError(f"{path.name} is empty (0 bytes); copy it again from where it came from.")


def open_unprobed(path: Path) -> Slide:
    """Open a file in this process. Raises ``SlideError`` with one sentence for the user."""
    check_readable(path)
    file = file_of_slide(path)
    try:
        claim = find_claim(file)
        if claim is None:
            raise _unclaimed(file)
        slide = claim.open()
        return FocusStack(slide) if slide.info.focal_planes.count > 1 else slide
    except MemoryError as error:
        raise SlideError(
            f"{file.name} needs more memory than there is; it is probably damaged, copy it again."
        ) from error
    except OSError as error:
        raise unreadable(file, error) from error


def unreadable(path: Path, error: OSError) -> SlideError:
    """The system's refusal in the user's words."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return SlideError(f"{path.name} cannot be read ({reason}); check that its drive is connected.")


def find_claim(file: Path) -> Claim | None:
    """The first reader's claim, None when no reader knows the file."""
    for claims in _CLAIMS:
        claim = claims(file)
        if claim is not None:
            return claim
    return None


def file_of_slide(path: Path) -> Path:
    """The file to open: the path itself, or for a folder the MRXS or DICOM slide in it."""
    if not path.is_dir():
        return path
    if (path / "Slidedat.ini").is_file():
        mrxs = path.with_name(path.name + ".mrxs")
        if mrxs.is_file():
            return mrxs
        raise SlideError(
            f"The folder {path.name} belongs to {mrxs.name}, which is missing beside it; copy both together."
        )
    slides = {}
    for file in sorted(path.iterdir()):
        series = dicom_series(file)
        if series is not None and series not in slides and detect_vendor(file) is not None:
            slides[series] = file
    if not slides:
        raise UnsupportedSlideError(
            f"The folder {path.name} holds no slide; open a slide file, or a folder with one DICOM slide."
        )
    if len(slides) > 1:
        raise SlideError(
            f"The folder {path.name} holds {len(slides)} DICOM slides; open a file of the one that you want."
        )
    return next(iter(slides.values()))


def _unclaimed(path: Path) -> SlideError:
    software = _VENDOR_SOFTWARE.get(path.suffix.lower())
    if software is not None:
        kind = path.suffix.lower().removeprefix(".").upper()
        return UnsupportedSlideError(
            f"{path.name} is in the vendor's own {kind} format, which cannot be read here; export it as SVS or "
            f"pyramidal TIFF with {software}."
        )
    if path.suffix.lower() == ".mrxs":
        return SlideError(f"{path.name} needs the folder {path.stem} with its data beside it; copy both together.")
    if dicom_series(path) is not None:
        return UnsupportedSlideError(
            f"{path.name} is a DICOM file but not a slide image; open a file of the slide itself."
        )
    if is_tiff(path):
        return SlideError(
            f"{path.name} is a TIFF file that is damaged, incomplete or of an unknown kind; copy it again or export it "
            "as SVS or pyramidal TIFF."
        )
    with path.open("rb") as file:
        head = file.read(16)
    kind = next((f"{name}, not" for magic, name in _CONTENT if head.startswith(magic)), "not")
    return UnsupportedSlideError(f"{path.name} is {kind} a slide that can be read here; open {READABLE}.")
