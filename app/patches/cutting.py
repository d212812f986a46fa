"""Cuts the tiles of one slide: labelled ones, unlabelled ones and a bag, each checked for focus and colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from app.analysis.cell_map import CellMap
from app.analysis.cell_scan import scan_slide
from app.analysis.focus import focus_score, is_out_of_focus, sample_cells
from app.analysis.tile_reader import TileReader
from app.geometry import PixelRegion, RectPx
from app.patches.checks import Colour, ColourJudge
from app.patches.places import Place, block_of
from app.patches.request import PatchOptions
from app.patches.survey import Surveyed
from app.slides.slide import RgbImage, Slide, TileReadError

LABELLED, UNLABELLED, BAG = "labelled", "unlabelled", "bag"
MIN_CELLULARITY = 0.05
"""Unlabelled tiles and those of bags hold cells on at least this share of their area."""
_TRIES = 3
"""So many candidates are drawn for every unlabelled tile that is wanted: some are out of focus."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Tile:
    """A tile that passed its checks: its pixels, place, group and what it is for (labelled, unlabelled, bag)."""

    pixels: RgbImage
    place: Place
    group: str
    purpose: str


@dataclass
class Notes:
    """What was left out and why, and the slide's colour of stain (share of R, G, B in its optical density)."""

    left_out: Counter[str]
    stain_colour: Colour | None = None


def cut_slide(
    slide: Slide, surveyed: Surveyed, options: PatchOptions, notes: Notes, progress: Progress
) -> Iterator[Tile]:
    """All tiles of a slide. Raises SlideError when the slide is lost."""
    cell_map = scan_slide(
        slide, surveyed.slide_mpp, plane=surveyed.plan.plane,
        on_progress=lambda share: progress("finding cells", round(share * 100), 100),
    )  # fmt: skip
    assert cell_map is not None
    cutter = _Cutter(slide, surveyed, cell_map, options, notes)
    for done, (place, group) in enumerate(zip(surveyed.places, surveyed.groups, strict=True)):
        progress("labelled tiles", done, len(surveyed.places))
        pixels = cutter.cut(place)
        if pixels is not None:
            yield Tile(pixels, place, group, LABELLED)
    for purpose, wanted in ((UNLABELLED, options.unlabelled), (BAG, options.bag)):
        found = 0
        for place in cutter.cellular(purpose, wanted * _TRIES):
            if found == wanted:
                break
            progress(f"{purpose} tiles", found, wanted)
            home = cutter.group(place) if purpose == UNLABELLED else surveyed.own_group
            pixels = cutter.cut(place) if home is not None else None
            if home is not None and pixels is not None:
                found += 1
                yield Tile(pixels, place, home, purpose)


class _Cutter:
    def __init__(
        self, slide: Slide, surveyed: Surveyed, cell_map: CellMap, options: PatchOptions, notes: Notes
    ) -> None:
        self.slide, self.surveyed, self.cell_map, self.options, self.notes = slide, surveyed, cell_map, options, notes
        self.plan = surveyed.plan
        self.readers: dict[int, TileReader] = {}
        self.cellularity, _ = cell_map.for_plan(self.plan)
        self.colour = ColourJudge(self._sample())
        notes.stain_colour = self.colour.middle

    def _sample(self) -> list[RgbImage]:
        tiles = []
        for cell in sample_cells(self.cellularity):
            try:
                tiles.append(self._reader(self.plan.plane).read(int(cell)))
            except TileReadError:
                continue
        return tiles

    def _reader(self, plane: int) -> TileReader:
        if plane not in self.readers:
            self.readers[plane] = TileReader(self.slide, replace(self.plan, plane=plane))
        return self.readers[plane]

    def cut(self, place: Place) -> RgbImage | None:
        """The tile about a place; None, with the reason counted, where it cannot be read or fails a check."""
        side, downsample = self.plan.read_px, self.plan.downsample
        left, top = round(place.x / downsample - side / 2), round(place.y / downsample - side / 2)
        reader = self._reader(place.plane)
        try:
            tile = reader.resample(reader.pixels(PixelRegion(left, top, side, side)))
        except TileReadError:
            self.notes.left_out["unreadable"] += 1
            return None
        reason = "" if self.options.keep_odd else self._odd(tile, place)
        if reason:
            self.notes.left_out[reason] += 1
            return None
        return tile

    def _odd(self, tile: RgbImage, place: Place) -> str:
        span = self.plan.grid.tile_px
        cellular = self.cell_map.holds_cells(RectPx(place.x - span / 2, place.y - span / 2, span, span))
        if is_out_of_focus(focus_score(tile, self.plan.mpp_used), 1.0 if cellular else 0.0):
            return "out of focus"
        return "odd colour" if self.colour.is_odd(tile) else ""

    def cellular(self, purpose: str, count: int) -> Iterator[Place]:
        """Up to ``count`` places of the plan's grid that hold cells, in an order drawn from the seed."""
        if not count:
            return
        grid, size = self.plan.grid, self.slide.info.size
        # The last row and column may reach beyond the slide.
        inside = np.arange(grid.columns) * grid.stride_px + grid.tile_px <= size.width + 1
        down = np.arange(grid.rows) * grid.stride_px + grid.tile_px <= size.height + 1
        cells = np.flatnonzero(((self.cellularity >= MIN_CELLULARITY) & down[:, None] & inside[None]).ravel())
        rng = np.random.default_rng([self.options.seed, len(purpose), len(cells)])
        for cell in rng.permutation(cells)[:count]:
            row, column = divmod(int(cell), grid.columns)
            x, y = column * grid.stride_px + grid.tile_px / 2, row * grid.stride_px + grid.tile_px / 2
            yield Place(x, y, plane=self.plan.plane)

    def group(self, place: Place) -> str | None:
        """The group of an unlabelled tile: as labelled ones have it; None across the border of two blocks."""
        if not self.options.block_um:
            return self.surveyed.own_group
        block = block_of(place, self.plan.grid.tile_px, self.options.block_um / self.surveyed.slide_mpp)
        return None if block is None else f"{self.surveyed.own_group}/block-{block[0]}-{block[1]}"
