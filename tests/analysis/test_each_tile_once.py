"""No tile is given to the model twice in a run, wherever the user looks, nor scored twice over runs that are broken
off; and of many visible tiles the most cellular come first."""

import threading

import numpy as np
import pytest

from app.analysis import messages as m
from app.analysis import scoring_run
from app.analysis.group_scoring import STEP_TILES
from app.analysis.plan import cells_touching, make_plan
from app.analysis.run_control import RunControl
from app.analysis.runtime.student import StudentRuntime
from app.analysis.specimen import Specimen
from app.analysis.tile_queue import FIRST_OF_MANY, TileQueue
from app.analysis.tile_reader import TileReader
from app.geometry import RectPx, SizePx
from app.records.scores import CellState
from app.slides.open import open_slide
from app.slides.slide import Level
from tests.bundles import TILE_PX, make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide


class Counting:
    """A student that notes which tiles it was given, by what they look like."""

    def __init__(self, student):
        self._student = student
        self.choice = student.choice
        self.batch_size = 4
        self.seen: list[bytes] = []

    def score(self, tiles):
        self.seen.extend(tile.tobytes() for tile in tiles)
        return self._student.score(tiles)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("once")
    rng = np.random.default_rng(3)
    cells = [(int(x), int(y), RED if rng.random() < 0.5 else BLUE) for x, y in rng.integers(20, 1000, (160, 2))]
    return open_slide(write_slide(folder / "slide.tif", draw(1024, 1024, cells)), probe=False), make_bundle(folder)


def test_each_tile_is_scored_once_over_runs_that_are_broken_off(world):
    slide, bundle = world
    plan = make_plan(slide.info.levels, 0.25, tile_px=TILE_PX, mpp=0.5, stride_um=16.0)
    student = Counting(StudentRuntime.load(bundle, "cpu"))
    specimen = Specimen(slide, plan, 0.25, 3, TileReader(slide, plan), student, workers=2)
    states = np.zeros(plan.cells, np.uint8)
    scored: list[int] = []
    rng = np.random.default_rng(0)
    for generation in range(200):
        control = RunControl(generation, RectPx(0, 0, 300, 300))
        broken_off = generation < 5

        def send(message, control=control, broken_off=broken_off):
            if isinstance(message, m.Planned):
                states[message.background] = CellState.BACKGROUND
            if isinstance(message, m.Scored):
                scored.extend(message.batch.cells.tolist())
                states[message.batch.cells] = message.batch.states
                if broken_off:
                    control.cancel()
            control.set_visible(RectPx(*rng.uniform(0, 800, 2), 250, 250))

        if not (states == CellState.PENDING).any() and generation:
            break
        scoring_run.run(specimen, m.Start(generation, states.copy(), None), control, send)
    assert not (states == CellState.PENDING).any()
    assert len(scored) == len(set(scored)) > 100


def test_the_model_is_given_each_tile_once(world):
    slide, bundle = world
    plan = make_plan(slide.info.levels, 0.25, tile_px=TILE_PX, mpp=0.5, stride_um=16.0)
    student = Counting(StudentRuntime.load(bundle, "cpu"))
    specimen = Specimen(slide, plan, 0.25, 3, TileReader(slide, plan), student, workers=2)
    control, rng = RunControl(1), np.random.default_rng(1)
    batches = []

    def send(message):
        if isinstance(message, m.Scored):
            batches.append(message.batch)
        control.set_visible(RectPx(*rng.uniform(0, 800, 2), 250, 250))

    scoring_run.run(specimen, m.Start(1, np.zeros(plan.cells, np.uint8), None), control, send)
    states = np.concatenate([batch.states for batch in batches])
    assert len(set(student.seen)) == len(student.seen) == (states == CellState.SCORED).sum() > 100


def test_a_field_comes_with_the_next_batch_although_tiles_are_read_in_larger_groups(world):
    slide, bundle = world
    plan = make_plan(slide.info.levels, 0.25, tile_px=TILE_PX, mpp=0.5, stride_um=16.0)
    student = Counting(StudentRuntime.load(bundle, "cpu"))
    specimen = Specimen(slide, plan, 0.25, 3, TileReader(slide, plan), student, workers=1)
    control, read = RunControl(1), []
    fields = [RectPx(600, 600, 130, 130), RectPx(60, 700, 130, 130), RectPx(700, 60, 130, 130)]
    score, read_many = student.score, specimen.reader.read_many

    def look_elsewhere(tiles):
        calls.append(len(tiles))
        if fields and len(calls) % 5 == 1:
            control.set_visible(fields[0])
            expected.append((len(student.seen) + len(tiles), fields.pop(0)))
        return score(tiles)

    def count_reads(cells, out):
        read.append(len(cells))
        return read_many(cells, out)

    calls: list[int] = []
    expected: list[tuple[int, RectPx]] = []
    student.score, specimen.reader.read_many = look_elsewhere, count_reads
    scoring_run.run(specimen, m.Start(1, np.zeros(plan.cells, np.uint8), None), control, lambda message: None)
    looks = {TileReader(slide, plan).read(cell).tobytes(): cell for cell in range(plan.cells)}
    assert len(set(student.seen)) == len(student.seen) > 100
    assert max(read) > student.batch_size
    assert len(expected) == 3
    for at, field in expected:
        assert {looks[tile] for tile in student.seen[at : at + student.batch_size]} <= set(
            cells_touching(plan.grid, field).tolist()
        )


class Slow:
    """A slide of which every read waits to be let through."""

    def __init__(self, slide):
        self._slide, self.info = slide, slide.info
        self.begun, self.let = threading.Event(), threading.Event()

    def read(self, region, level=0, plane=0):
        self.begun.set()
        assert self.let.wait(30)
        return self._slide.read(region, level, plane)


def slow_run(world, disturb):
    """``disturb`` a run while its first part of the slide is being read. Returns the cells of each call that read, and
    the plan."""
    slide, bundle = world
    plan = make_plan(slide.info.levels, 0.25, tile_px=TILE_PX, mpp=0.5, stride_um=16.0)
    student, slow = Counting(StudentRuntime.load(bundle, "cpu")), Slow(slide)
    reader = TileReader(slow, plan)
    specimen = Specimen(slide, plan, 0.25, 3, reader, student, workers=1)
    control, read, read_many = RunControl(1), [], reader.read_many

    def count_reads(cells, out):
        read.append(cells.tolist())
        return read_many(cells, out)

    reader.read_many = count_reads
    start = m.Start(1, np.zeros(plan.cells, np.uint8), None)
    run = threading.Thread(target=scoring_run.run, args=(specimen, start, control, lambda message: None))
    run.start()
    assert slow.begun.wait(30)
    disturb(control)
    slow.let.set()
    run.join(60)
    assert not run.is_alive()
    return read, student.seen, plan


def test_slow_reading_gives_way_to_a_new_field_after_one_step(world):
    field = RectPx(600, 600, 200, 200)
    read, seen, plan = slow_run(world, lambda control: control.set_visible(field))
    inside = set(cells_touching(plan.grid, field).tolist())
    assert not set(read[0]) & inside and len(read[0]) <= STEP_TILES
    assert set(read[1]) <= inside
    assert len(set(seen)) == len(seen) > 100, "what was not read came later"


def test_slow_reading_ends_with_a_cancel_after_one_step(world):
    read, _, _ = slow_run(world, RunControl.cancel)
    assert len(read) == 1 and len(read[0]) <= STEP_TILES


def test_of_many_visible_tiles_the_most_cellular_come_first():
    plan = make_plan([Level(SizePx(9600, 9600), 1.0)], 0.5, tile_px=96, mpp=0.5, stride_um=48.0)
    rng = np.random.default_rng(0)
    order, cellularity = rng.permutation(plan.cells), rng.random(plan.cells).astype(np.float32)
    queue = TileQueue(plan, order, cellularity=cellularity)
    field = RectPx(1000, 1000, 2500, 2500)
    inside = cells_touching(plan.grid, field)
    queue.set_visible(field)
    first = queue.take(FIRST_OF_MANY)
    assert set(first) == set(inside[np.argsort(-cellularity[inside])][:FIRST_OF_MANY])
    assert set(queue.take(len(inside))) == set(inside) - set(first)
    small = RectPx(5000, 5000, 960, 960)
    queue.set_visible(small)
    place = {int(cell): i for i, cell in enumerate(order)}
    taken = [place[int(cell)] for cell in queue.take(100)]
    assert taken == sorted(taken), "a small field keeps the plan's order"
