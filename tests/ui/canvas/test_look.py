"""Colours of the display: their tables, the colour profile, and that they change what is drawn and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageCms

from app.ui.canvas.look import curve, make_look, profile_transform
from app.ui.colours import Colours, colours_from

PATIENCE_MS = 60_000
SETTINGS = st.builds(
    Colours, st.integers(-100, 100), st.integers(-100, 100), st.integers(40, 250).map(lambda g: g / 100), st.booleans()
)


@given(SETTINGS)
def test_colours_come_back_from_their_text(colours: Colours) -> None:
    assert colours_from(colours.text()) == colours


@pytest.mark.parametrize("text", ["", "1 2", "a b c d", "900 0 1.0 1", "0 0 0.0 1", "0 0 nan 1"])
def test_what_cannot_be_understood_is_the_default(text: str) -> None:
    assert colours_from(text) == Colours()


@given(SETTINGS)
def test_curves_never_turn_dark_into_light(colours: Colours) -> None:
    table = curve(colours).astype(int)
    assert table.shape == (256,)
    assert (np.diff(table) >= 0).all()


def test_each_control_does_what_it_says() -> None:
    plain = np.arange(256)
    assert np.array_equal(curve(Colours()), plain)
    assert (curve(Colours(brightness=20))[40:200] > plain[40:200]).all()
    contrast = curve(Colours(contrast=40))
    assert contrast[60] < 60 and contrast[200] > 200
    assert (curve(Colours(gamma=1.5))[30:220] > plain[30:220]).all()
    assert make_look(Colours(), None) is None


def profile_of(space: str = "sRGB") -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()


def swapped_profile() -> bytes:
    """sRGB whose red and blue primaries are exchanged."""
    raw = bytearray(profile_of())
    tags = {}
    for n in range(int.from_bytes(raw[128:132], "big")):
        entry = raw[132 + 12 * n : 144 + 12 * n]
        tags[bytes(entry[:4])] = (132 + 12 * n + 4, bytes(entry[4:12]))
    for place, other in ((b"rXYZ", b"bXYZ"), (b"bXYZ", b"rXYZ")):
        at = tags[place][0]
        raw[at : at + 8] = tags[other][1]
    return bytes(raw)


def test_the_profile_is_applied_or_left_out() -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    look = make_look(Colours(profile=True), swapped_profile())
    assert look is not None
    shown = look(red)
    assert shown[0, 0, 2] > 150 > 60 > shown[0, 0, 0]
    assert make_look(Colours(profile=False), swapped_profile()) is None
    same = make_look(Colours(), profile_of())
    assert same is not None and np.abs(same(red).astype(int) - red).max() <= 2
    assert (red[..., 0] == 200).all(), "the file's pixels are untouched"


def test_a_damaged_profile_is_left_out() -> None:
    assert profile_transform(b"no profile") is None
    assert make_look(Colours(), b"no profile") is None


def test_a_look_changes_the_picture_and_not_the_slide(show, make_slide, pixels, qtbot) -> None:
    slide = make_slide(np.full((1100, 1500, 3), 120, np.uint8))
    view = show(slide)
    assert (pixels(view)[240, 320] == 120).all()
    view.set_look(make_look(Colours(brightness=40), None))
    assert view.has_look and not view.is_sharp
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    assert (pixels(view)[240, 320] > 160).all()
    assert (slide.levels[0] == 120).all()
    view.set_magnification(40)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    assert (pixels(view)[240, 320] > 160).all()
    view.set_look(None)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    assert (pixels(view) == 120).all(axis=-1).any()
    assert not (pixels(view) > 160).all(axis=-1)[200:280, 280:360].any()
