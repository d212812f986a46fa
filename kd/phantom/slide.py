"""A whole phantom slide: the world drawn block by block into a pyramidal TIFF, with its truth beside it."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kd.phantom.canvas import Canvas
from kd.phantom.cases import Case, make_case
from kd.phantom.cells import CellGroup
from kd.phantom.fingerprint import VERSION, generator_hash
from kd.phantom.optics import RgbImage, expose, reduce_area
from kd.phantom.scene import Thing, render
from kd.phantom.slide_truth import from_truth, save_truth
from kd.phantom.tiff_writer import TILE_PX, Pyramid, encode_tile, tile_counts, write_pyramid
from kd.phantom.truth import gather
from kd.phantom.world import World, build_world

BLOCK_PX = 2 * TILE_PX
"""Level 0 is drawn in blocks of this side; one block is one tile of level 1."""
DESCRIPTION_PREFIX = "FNAScope phantom "
_CACHE_BYTES = 32 * 2**20
_MIN_SIDE_PX, _MAX_SIDE_PX = 512, 200_000


@dataclass(frozen=True)
class SlideRecipe:
    """What slide to draw. `suspicious` None means the usual number for its area; `domain` the stain's ranges."""

    width: int
    height: int
    seed: int
    case: int = 1000
    domain: str = "test"
    stain: str | None = None
    suspicious: int | None = None
    mpp: float = 0.25
    quality: int | None = None

    def check(self) -> None:
        """Raises ValueError, in one sentence, for a slide that cannot be drawn."""
        if not (_MIN_SIDE_PX <= self.width <= _MAX_SIDE_PX and _MIN_SIDE_PX <= self.height <= _MAX_SIDE_PX):
            raise ValueError(
                f"a slide must be {_MIN_SIDE_PX} to {_MAX_SIDE_PX} px on each side, not {self.width} x {self.height}"
            )
        if not 0.1 <= self.mpp <= 1.0:
            raise ValueError(f"--mpp must lie between 0.1 and 1.0 um/px, not {self.mpp:g}")
        if self.suspicious is not None and self.suspicious < 0:
            raise ValueError(f"--suspicious-clusters must not be negative, and is {self.suspicious}")
        if self.quality is not None and not 30 <= self.quality <= 98:
            raise ValueError(f"--quality must lie between 30 and 98, not {self.quality}")


def slide_case(recipe: SlideRecipe) -> Case:
    """The slide's case; asked for a stain, the next case number that has it."""
    case = make_case(recipe.seed, recipe.case, recipe.domain)
    if recipe.stain is not None and case.stain.name != recipe.stain:
        case = make_case(recipe.seed, recipe.case + 1, recipe.domain)
    return case


def usual_suspicious(recipe: SlideRecipe) -> int:
    """1.2 suspicious groups per mm2, at least four."""
    return max(4, round(1.2 * recipe.width * recipe.height * recipe.mpp**2 * 1e-6))


def description(recipe: SlideRecipe, case: Case, suspicious: int) -> str:
    """The TIFF's ImageDescription: "FNAScope phantom " and a JSON object, by which a viewer knows a phantom."""
    card = {
        "training_domain": "phantom",
        "note": "drawn by a program; shows nothing about patients; for research use only",
        "stain": case.stain.name,
        "seed": recipe.seed,
        "case": case.id,
        "mpp": recipe.mpp,
        "suspicious_groups": suspicious,
        "generator_version": VERSION,
        "generator_hash": generator_hash(),
    }
    return DESCRIPTION_PREFIX + json.dumps(card, sort_keys=True)


def parse_description(text: str | None) -> dict[str, object] | None:
    """The JSON object of a phantom's ImageDescription, or None for any other slide."""
    if not text or not text.startswith(DESCRIPTION_PREFIX):
        return None
    try:
        card = json.loads(text[len(DESCRIPTION_PREFIX) :])
    except ValueError:
        return None
    return card if isinstance(card, dict) else None


class _Kept:
    """A group that keeps its drawing while the blocks around it are drawn; the cache is bounded in bytes."""

    cache: OrderedDict[int, Canvas]

    def __init__(self, group: CellGroup, cache: OrderedDict[int, Canvas]) -> None:
        self.group, self.cache = group, cache
        self.bounds = group.bounds

    def draw(self, canvas: Canvas) -> None:
        key = id(self.group)
        if key not in self.cache:
            self.cache[key] = self.group.rendered(canvas.mpp)
            while sum(_bytes(c) for c in self.cache.values()) > _CACHE_BYTES and len(self.cache) > 1:
                self.cache.popitem(last=False)
        self.cache.move_to_end(key)
        canvas.paste(self.cache[key])
        if self.group.blood is not None:
            self.group.blood.draw(canvas)


def _bytes(canvas: Canvas) -> int:
    return 4 * canvas.width * canvas.height * len(canvas.planes)


class BlockPainter:
    """Draws level-0 blocks; knows which things touch which block, and draws empty glass only once."""

    def __init__(self, world: World, mpp: float) -> None:
        self.case, self.mpp = world.case, mpp
        cache: OrderedDict[int, Canvas] = OrderedDict()
        self.things: list[Thing] = [_Kept(t, cache) if isinstance(t, CellGroup) else t for t in world.things]
        self.touching: dict[tuple[int, int], list[int]] = {}
        self._glass: dict[tuple[int, int], RgbImage] = {}
        side = BLOCK_PX * mpp
        margin = 16 * mpp
        for i, thing in enumerate(self.things):
            x0, y0, x1, y1 = thing.bounds
            for row in range(max(0, int((y0 - margin) / side)), int((y1 + margin) / side) + 1):
                for column in range(max(0, int((x0 - margin) / side)), int((x1 + margin) / side) + 1):
                    self.touching.setdefault((row, column), []).append(i)

    def empty(self, row: int, column: int) -> bool:
        """Whether nothing lies on a block."""
        return (row, column) not in self.touching

    def block(self, row: int, column: int) -> RgbImage:
        """Pixels (512, 512, 3) of a block."""
        if self.empty(row, column):
            return self.glass(row, column)
        things = [self.things[i] for i in self.touching[row, column]]
        x, y = column * BLOCK_PX, row * BLOCK_PX
        return render(things, self.case, x, y, BLOCK_PX, BLOCK_PX, self.mpp)

    def glass(self, row: int, column: int) -> RgbImage:
        """Empty glass; its noise repeats every 1024 px, so four blocks are all there are."""
        key = (row % 2, column % 2)
        if key not in self._glass:
            bare = np.zeros((BLOCK_PX + 24, BLOCK_PX + 24, 3), np.float32)
            x, y = key[1] * BLOCK_PX - 12, key[0] * BLOCK_PX - 12
            self._glass[key] = expose(bare, self.case.scanner, self.mpp, x, y)[12:-12, 12:-12]
        return self._glass[key]


def _level0_tiles(
    painter: BlockPainter, size: tuple[int, int], quality: int, pyramid: Pyramid, progress: Callable[[int], None] | None
) -> Iterator[bytes]:
    """Level 0's encoded tiles row by row; feeds level 1 to the pyramid. Keeps one row of encoded tiles at a time."""
    across, down = tile_counts(size)
    columns, rows = -(-across // 2), -(-down // 2)
    glass_tiles: dict[tuple[int, int, int], bytes] = {}
    for row in range(rows):
        upper: list[bytes] = []
        lower: list[bytes] = []
        strip = np.empty((TILE_PX, columns * TILE_PX, 3), np.uint8)
        for column in range(columns):
            pixels = painter.block(row, column)
            strip[:, column * TILE_PX : (column + 1) * TILE_PX] = reduce_area(pixels, 2)
            for k, (dy, dx) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
                if 2 * column + dx >= across:
                    continue
                tile = pixels[dy * TILE_PX : (dy + 1) * TILE_PX, dx * TILE_PX : (dx + 1) * TILE_PX]
                if painter.empty(row, column):
                    key = (row % 2, column % 2, k)
                    if key not in glass_tiles:
                        glass_tiles[key] = encode_tile(tile, quality)
                    data = glass_tiles[key]
                else:
                    data = encode_tile(tile, quality)
                (lower if dy else upper).append(data)
        if pyramid.levels:
            pyramid.push(strip, last=row == rows - 1)
        yield from upper
        if 2 * row + 1 < down:
            yield from lower
        if progress is not None:
            progress(columns)


def write_slide(
    recipe: SlideRecipe, out: Path, command: str, overwrite: bool = False, progress: Callable[[int], None] | None = None
) -> Path:
    """Writes the slide and its truth sidecars; `progress` hears the number of blocks done. Returns `out`.

    Raises ValueError for an impossible recipe, FileExistsError if `out` exists and `overwrite` is false,
    FileNotFoundError if its folder does not exist.
    """
    recipe.check()
    if out.suffix.lower() not in (".tif", ".tiff"):
        raise ValueError(f"the slide is a TIFF: give a name that ends in .tif, not {out.name!r}")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"the folder {out.parent} does not exist; make it first")
    if out.exists() and not overwrite:
        raise FileExistsError(f"{out} exists; give --overwrite to replace it")
    case = slide_case(recipe)
    suspicious = usual_suspicious(recipe) if recipe.suspicious is None else recipe.suspicious
    world = build_world(case, recipe.seed, recipe.width * recipe.mpp, recipe.height * recipe.mpp, suspicious)
    painter = BlockPainter(world, recipe.mpp)
    quality = recipe.quality or case.scanner.jpeg_quality
    size = (recipe.width, recipe.height)
    text = description(recipe, case, suspicious)
    write_pyramid(out, size, recipe.mpp, text, quality, lambda p: _level0_tiles(painter, size, quality, p, progress))
    lakes = [lake for lake in world.lakes if lake.counts]
    truth = gather(world.groups, lakes, world.bounds)
    card: dict[str, object] = {
        "what": "ground truth of a phantom slide; it shows that the machinery works, and nothing about patients",
        "slide": out.name,
        "command": command,
        "recipe": asdict(recipe),
        "case": case.id,
        "stain": case.stain.name,
    }
    save_truth(from_truth(truth, world.groups, recipe.width, recipe.height, recipe.mpp), out, card)
    return out


def block_count(width: int, height: int) -> int:
    """Number of blocks that `write_slide` reports as progress."""
    return -(-width // BLOCK_PX) * -(-height // BLOCK_PX)
