"""Cells are found in every stain, alone and in groups; film, edges, strokes and pens are not cells."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.cell_map import CellMap
from app.analysis.cell_scan import choose_level, scan_slide
from app.analysis.cells import cell_evidence
from app.analysis.plan import TilePlan, make_plan
from app.geometry import PixelRegion, RectPx, SizePx
from app.records.scores import GridSpec
from app.slides.open import open_slide
from app.slides.slide import Level, TileReadError
from tests.drawn_slides import write_slide

MPP = 2.0
GLASS = (238, 236, 240)
STAINS = {
    "mgg purple": (120, 80, 150),
    "pap blue-grey": (130, 140, 165),
    "pale pap": (190, 196, 208),
    "brown": (120, 95, 80),
}


def drawn(mpp, shapes, size_um=240):
    """Draw at 0.25 um and bring to ``mpp`` by area, as a pyramid does. ``shapes`` draw on the fine image."""
    fine = np.full((size_um * 4, size_um * 4, 3), GLASS, np.uint8)
    shapes(fine)
    side = round(size_um / mpp)
    noise = np.random.default_rng(0).integers(-1, 2, (side, side, 3))  # averaged over 64 pixels
    coarse = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
    return np.clip(coarse.astype(np.int16) + noise, 0, 255).astype(np.uint8)


def nucleus(image, x_um, y_um, diameter_um, colour):
    cv2.circle(image, (round(x_um * 4), round(y_um * 4)), round(diameter_um * 2), colour, -1, cv2.LINE_AA)


@pytest.mark.parametrize("stain", STAINS)
@pytest.mark.parametrize("mpp", [1.5, 2.2])
@pytest.mark.parametrize("diameter_um", [6.0, 8.0, 14.0])
def test_a_single_nucleus_is_found_where_it_is(stain, mpp, diameter_um):
    evidence = cell_evidence(drawn(mpp, lambda im: nucleus(im, 101, 77, diameter_um, STAINS[stain])), mpp)
    row, column = np.unravel_index(evidence.argmax(), evidence.shape)
    assert evidence.max() >= 1.0
    assert abs(column * mpp - 101) < diameter_um and abs(row * mpp - 77) < diameter_um
    far = evidence.copy()
    far[round(47 / mpp) : round(107 / mpp), round(71 / mpp) : round(131 / mpp)] = 0
    assert far.max() < 1.0


@given(x=st.integers(0, 399), y=st.integers(0, 299), half=st.integers(165, 200), depth=st.integers(30, 90))
@settings(max_examples=40)
def test_what_is_found_does_not_depend_on_the_empty_glass_around(x, y, half, depth):
    width = 2 * half
    image = np.full((300, width, 3), GLASS, np.uint8)
    image += np.random.default_rng(1).integers(0, 2, image.shape, np.uint8)
    cv2.circle(image, (x, y), 2, (238 - depth, 236 - depth, 240 - depth), -1, cv2.LINE_AA)
    # Dark corners far away: nothing between them is left out at a first look.
    framed = cv2.copyMakeBorder(image, 192, 192, 192, 192, cv2.BORDER_CONSTANT, value=GLASS)
    framed[:20, :20] = framed[-20:, -20:] = 60
    inside = slice(48, -48), slice(48, -48)
    found = cell_evidence(framed, MPP)[192:-192, 192:-192] >= 1.0
    np.testing.assert_array_equal((cell_evidence(image, MPP) >= 1.0)[inside], found[inside])


def test_a_thick_group_without_visible_nuclei_is_found():
    image = drawn(MPP, lambda im: cv2.ellipse(im, (480, 480), (90, 60), 30, 0, 360, (110, 70, 140), -1, cv2.LINE_AA))
    assert cell_evidence(image, MPP)[50:70, 50:70].max() >= 1.0


def film(image):
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    veil = 1 - 0.12 * np.exp(-((x - 400) ** 2 + (y - 500) ** 2) / (2 * 250.0**2))
    image[:] = (image * veil[..., None]).astype(np.uint8)


def pen(image):
    cv2.line(image, (-300, 200), (1300, 700), (40, 70, 160), 240, cv2.LINE_AA)
    image[:] = cv2.GaussianBlur(image, (0, 0), 16)  # ink lies on the cover slip, far out of focus


NO_CELLS = {
    "bare glass": lambda im: None,
    "thin film": film,
    "glass edge": lambda im: cv2.rectangle(im, (0, 500), (960, 960), (150, 150, 155), -1),
    "long fibre": lambda im: cv2.line(im, (0, 100), (959, 700), (90, 90, 95), 8, cv2.LINE_AA),
    "pen stroke": pen,
    "shore of colloid": lambda im: cv2.circle(im, (480, 1300), 800, (205, 160, 200), -1, cv2.LINE_AA),
    "speck of dust": lambda im: cv2.circle(im, (480, 480), 3, (60, 60, 60), -1, cv2.LINE_AA),
}


@pytest.mark.parametrize("what", NO_CELLS)
def test_what_is_no_cell_is_not_taken_for_one(what):
    evidence = cell_evidence(drawn(MPP, NO_CELLS[what]), MPP)
    assert evidence[8:-8, 8:-8].max() < 1.0, "away from the image's own border"


def test_red_cells_weigh_less_than_nuclei_of_the_same_depth():
    red = cell_evidence(drawn(MPP, lambda im: nucleus(im, 120, 120, 7, (225, 150, 140))), MPP).max()
    blue = cell_evidence(drawn(MPP, lambda im: nucleus(im, 120, 120, 7, (140, 150, 225))), MPP).max()
    assert red < 1.0 < blue


def test_brighter_light_changes_nothing():
    def shapes(im):
        nucleus(im, 90, 90, 8, STAINS["pap blue-grey"])
        nucleus(im, 150, 130, 8, STAINS["mgg purple"])

    bright = drawn(MPP, shapes)
    dim = (bright * 0.8).astype(np.uint8)
    assert np.abs(cell_evidence(bright, MPP) - cell_evidence(dim, MPP)).max() < 0.6


@given(
    st.integers(1, 15),
    st.integers(1, 15),
    st.integers(5, 60),
    st.integers(20, 300),
    st.integers(20, 300),
    st.integers(0, 2**31),
)
@settings(max_examples=40, deadline=None)
def test_a_tile_holds_cells_when_it_touches_evidence(rows, columns, pitch, tile, stride, seed):
    cells = np.random.default_rng(seed).random((rows, columns)) < 0.1
    found = CellMap(pitch, cells)
    grid = GridSpec(max(1, int(columns * pitch / stride)), max(1, int(rows * pitch / stride)), tile, stride)
    cellularity, holds = found.for_plan(TilePlan(grid, 0, 1.0, 96, 96, 0.5, 0))
    assert holds.shape == cellularity.shape == (grid.rows, grid.columns)
    for row in range(grid.rows):
        for column in range(grid.columns):
            rect = RectPx(column * stride, row * stride, tile, tile)
            touching = [
                (r, c)
                for r in range(rows)
                for c in range(columns)
                if cells[r, c] and rect.intersects(RectPx(c * pitch, r * pitch, pitch, pitch))
            ]
            assert holds[row, column] == bool(touching) == found.holds_cells(rect)
            assert (cellularity[row, column] > 0) == bool(touching)


@pytest.mark.parametrize(
    ("mpp", "downsamples", "level"),
    [
        (0.25, (1, 2, 4, 8, 16), 3),
        (0.25, (1, 4, 16), 1),
        (0.25, (1,), 0),
        (0.5, (1, 4), 1),
        (0.2528, (1, 2, 4, 8.0013), 3),
        (2.4, (1, 2), 0),
    ],
)
def test_the_coarsest_level_that_shows_nuclei_is_read(mpp, downsamples, level):
    assert choose_level([Level(SizePx(100, 100), float(d)) for d in downsamples], mpp) == level


@pytest.fixture(scope="module")
def wide_slide(tmp_path_factory):
    """10,000 x 6,000 px without a pyramid, with nuclei on a known lattice: needs several blocks."""
    image = np.full((6000, 10_000, 3), GLASS, np.uint8)
    centres = [(x, y) for x in range(150, 10_000, 700) for y in range(130, 6000, 500)]
    for x, y in centres:
        cv2.circle(image, (x, y), 16, STAINS["mgg purple"], -1, cv2.LINE_AA)
    slide = open_slide(write_slide(tmp_path_factory.mktemp("wide") / "w.tif", image, levels=1), probe=False)
    yield slide, centres
    slide.close()


def test_a_whole_slide_is_scanned_in_blocks_without_seams(wide_slide):
    slide, centres = wide_slide
    shares = []
    found = scan_slide(slide, 0.25, on_progress=shares.append)
    assert len(shares) > 3 and shares == sorted(shares) and shares[-1] == 1.0
    assert all(found.holds_cells(RectPx(x - 8, y - 8, 16, 16)) for x, y in centres)
    plan = make_plan(slide.info.levels, 0.25, tile_px=96, mpp=0.5, stride_um=48.0)
    _, holds = found.for_plan(plan)
    near = np.zeros_like(holds)
    for x, y in centres:
        first_row, first_column = (y - 60) // 192, (x - 60) // 192
        near[max(0, first_row) : (y + 60) // 192 + 1, max(0, first_column) : (x + 60) // 192 + 1] = True
    assert not (holds & ~near).any()


def test_several_threads_find_the_same(wide_slide):
    slide, _ = wide_slide
    one, several = (scan_slide(slide, 0.25, workers=workers).cells for workers in (1, 3))
    np.testing.assert_array_equal(one, several)


def test_the_scan_ends_when_told_to(wide_slide):
    slide, _ = wide_slide
    asked = []
    assert scan_slide(slide, 0.25, keep_going=lambda: asked.append(1) or len(asked) < 3) is None
    assert len(asked) == 3


def test_a_part_that_cannot_be_decoded_counts_as_cells(wide_slide):
    slide, _ = wide_slide

    class PartlyBad:
        info = slide.info

        def read(self, region: PixelRegion, level: int = 0, plane: int = 0):
            if region.x <= 5000 < region.x + region.width and region.y <= 3000 < region.y + region.height:
                raise TileReadError("bad")
            return slide.read(region, level, plane)

    found = scan_slide(PartlyBad(), 0.25)
    assert found.holds_cells(RectPx(4995, 2995, 10, 10)), "so that it shows as failed, not as background"
    assert not found.holds_cells(RectPx(9600, 5800, 100, 40))
