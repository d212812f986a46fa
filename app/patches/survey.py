"""Before a pixel is cut: what slides and annotations say, where the tiles will lie, and in which group each is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.analysis.plan import PlanError, TilePlan, make_plan
from app.exchange.marks_geojson import ImportFileError, read_geojson
from app.patches.places import Place, block_of, places_of
from app.patches.request import ClassTable, Entry, PatchError, PatchOptions, label_key, table_of
from app.patches.splits import assign_splits
from app.records.marks import Mark, MarkClass
from app.slides.open import open_slide
from app.slides.slide import SlideInfo


@dataclass(frozen=True)
class Surveyed:
    """One slide: its facts, plan, and labelled places with the group of each."""

    entry: Entry
    info: SlideInfo
    name: str
    plan: TilePlan
    slide_mpp: float
    places: tuple[Place, ...]
    groups: tuple[str, ...]
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def own_group(self) -> str:
        return self.entry.group or self.name


@dataclass(frozen=True)
class Survey:
    """All slides, the classes of their labels, and the split of every group."""

    slides: tuple[Surveyed, ...]
    classes: ClassTable
    splits: dict[str, str]
    by_block: bool


def survey(entries: Sequence[Entry], options: PatchOptions, table: ClassTable | None) -> Survey:
    """Read annotations and headers. Raises PatchError, SlideError."""
    names = _names(entries)
    marks = [_marks(entry, table) for entry in entries]
    classes = table or table_of([known for _, brought in marks for known in brought])
    slides = [
        _survey_one(entry, name, found, classes, options)
        for entry, name, (found, _) in zip(entries, names, marks, strict=True)
    ]
    by_block = options.block_um > 0
    labels: dict[str, Counter[str]] = {}
    fixed: dict[str, str] = {}
    for slide in slides:
        for place, group in zip(slide.places, slide.groups, strict=True):
            labels.setdefault(group, Counter())[place.label] += 1
        if not by_block:
            labels.setdefault(slide.own_group, Counter())
        for group in set(slide.groups) | ({slide.own_group} if not by_block else set()):
            if slide.entry.split:
                fixed[group] = slide.entry.split
    return Survey(tuple(slides), classes, assign_splits(labels, fixed, options.seed), by_block)


def _names(entries: Sequence[Entry]) -> list[str]:
    stems = Counter(entry.slide.stem for entry in entries)
    seen: Counter[str] = Counter()
    names = []
    for entry in entries:
        stem = entry.slide.stem
        seen[stem] += 1
        names.append(stem if stems[stem] == 1 else f"{stem}-{seen[stem]}")
    return names


def _marks(entry: Entry, table: ClassTable | None) -> tuple[list[Mark], list[MarkClass]]:
    if entry.annotations is None:
        return [], []
    try:
        read = read_geojson(entry.annotations, "", table.classes if table else ())
    except ImportFileError as error:
        raise PatchError(str(error)) from error
    return list(read.marks), list(read.new_classes)


def _survey_one(entry: Entry, name: str, marks: Sequence[Mark], classes: ClassTable, options: PatchOptions) -> Surveyed:
    slide = open_slide(entry.slide)
    try:
        info = slide.info
    finally:
        slide.close()
    mpp = options.slide_mpp or info.mpp
    if mpp is None:
        raise PatchError(f"{entry.slide} does not tell its scale; give it with --slide-mpp.")
    try:
        plan = make_plan(
            info.levels, mpp, tile_px=options.tile_px, mpp=options.mpp, stride_um=options.stride_um,
            plane=info.focal_planes.middle,
        )  # fmt: skip
    except PlanError as error:
        raise PatchError(f"{entry.slide}: {error}") from error
    labelled = []
    skipped: Counter[str] = Counter()
    for mark in marks:
        if mark.class_key is None:
            skipped["marks without a class"] += 1
            continue
        key = mark.class_key if mark.class_key in classes.keys else label_key(mark.class_key)
        if key not in classes.keys:
            known = ", ".join(classes.keys)
            raise PatchError(f"{entry.annotations} has the class '{mark.class_key}'; the class table has {known}.")
        labelled.append((mark, key))
    places, more = places_of(labelled, plan.grid.tile_px, options.stride_um / mpp)
    skipped.update(more)
    planes = info.focal_planes
    if planes.count == 1:
        places = [replace(place, plane=0) for place in places]
    kept, groups = [], []
    block_px = options.block_um / mpp
    own = entry.group or name
    for place in places:
        if not (0 <= place.x < info.size.width and 0 <= place.y < info.size.height and place.plane < planes.count):
            skipped["tiles off the slide"] += 1
            continue
        block = block_of(place, plan.grid.tile_px, block_px) if block_px else (0, 0)
        if block is None:
            skipped["tiles across the border of two blocks"] += 1
            continue
        kept.append(place)
        groups.append(f"{own}/block-{block[0]}-{block[1]}" if block_px else own)
    return Surveyed(entry, info, name, plan, mpp, tuple(kept), tuple(groups), dict(skipped))
