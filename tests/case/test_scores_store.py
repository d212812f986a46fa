"""The store of scores: what goes in comes out, across kills, damage and full disks."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.case.score_blocks import BLOCK_CELLS, Block, ScoreBlocks, pack, unpack
from app.case.scores_store import ScoresStore
from app.records.provenance import Provenance
from app.records.scores import CellState, GridSpec, ScoreBatch

CLASSES = 3
GRID = GridSpec(150, 90, 32.0, 32.0)
PROVENANCE = Provenance(
    program_version="0",
    slide_fingerprint="abc",
    slide_size_px=(4800, 2880),
    mpp_used=0.5,
    mpp_source="known",
    model_name="test",
    model_hash="h",
    precision="fp32",
    tile_px=32,
    stride_um=16.0,
    read_level=0,
    resampled=False,
    focal_plane=0,
    cell_finder="f",
    device="cpu",
    date="2026-01-01",
)


def random_batch(seed: int, count: int, grid: GridSpec = GRID) -> ScoreBatch:
    rng = np.random.default_rng(seed)
    cells = np.sort(rng.choice(grid.columns * grid.rows, count, replace=False)).astype(np.int64)
    return ScoreBatch(
        cells,
        rng.integers(1, 5, count).astype(np.uint8),
        rng.random((count, CLASSES), np.float32),
        rng.random(count, np.float32),
    )


def by_cell(batch: ScoreBatch) -> dict[int, tuple]:
    return {
        int(c): (int(s), tuple(p), float(o))
        for c, s, p, o in zip(batch.cells, batch.states, batch.probabilities, batch.out_of_domain, strict=True)
    }


@pytest.fixture
def problems():
    return []


@pytest.fixture
def open_store(tmp_path, problems):
    opened = []

    def open_one(provenance: Provenance = PROVENANCE, folder: Path = tmp_path, **options) -> ScoresStore:
        opened.append(ScoresStore(folder, provenance, GRID, CLASSES, problems.append, **options))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


def test_what_was_accepted_is_there_again(open_store, problems):
    store = open_store()
    assert store.load() is None
    first, second = random_batch(1, 500), random_batch(2, 800)
    store.accept(first)
    assert store.flush()
    store.accept(second)
    store.close()
    assert by_cell(open_store().load()) == by_cell(first) | by_cell(second)
    assert problems == []


def test_plans_are_kept_apart_and_the_date_does_not_matter(open_store):
    store = open_store()
    store.accept(random_batch(1, 50))
    store.close()
    assert open_store(replace(PROVENANCE, model_hash="other")).load() is None
    assert open_store(replace(PROVENANCE, slide_fingerprint="other")).load() is None
    assert open_store(replace(PROVENANCE, precision="int8")).load() is None
    assert open_store(replace(PROVENANCE, date="2027-01-01", device="cuda")).load() is not None


def test_a_killed_program_loses_only_what_was_not_yet_flushed(tmp_path, open_store, problems):
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_scores_store import *
store = ScoresStore(Path({str(tmp_path)!r}), PROVENANCE, GRID, CLASSES, print)
store.accept(random_batch(1, 400)); store.flush()
print("flushed", flush=True)
seed = 2
while True:
    store.accept(random_batch(seed, 4000)); store.flush(); seed += 1
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "flushed\n"
    time.sleep(0.3)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    loaded = by_cell(open_store().load())
    assert set(by_cell(random_batch(1, 400))) <= set(loaded)
    assert problems == []


@pytest.mark.parametrize("where", ["header", "pages", "not a database", "another version"])
def test_a_damaged_database_is_set_aside_and_a_new_one_made(tmp_path, open_store, problems, where):
    store = open_store()
    store.accept(random_batch(1, 5000))
    store.close()
    path = tmp_path / "scores.sqlite"
    if where == "another version":
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    elif where == "not a database":
        path.write_bytes(b"hello" * 1000)
    else:
        data = bytearray(path.read_bytes())
        start = 0 if where == "header" else 4096
        data[start : start + 12000] = os.urandom(12000)
        path.write_bytes(data)
    again = open_store()
    assert again.load() is None
    assert len(problems) == 1 and "set aside" in problems[0]
    assert len(list(tmp_path.glob("scores.damaged-*.sqlite"))) == 1
    again.accept(random_batch(2, 100))
    again.close()
    assert by_cell(open_store().load()) == by_cell(random_batch(2, 100))


def test_a_damaged_block_costs_that_block_alone(tmp_path, open_store, problems):
    store = open_store()
    batch = random_batch(1, 5000)
    store.accept(batch)
    store.close()
    with sqlite3.connect(tmp_path / "scores.sqlite") as connection:
        connection.execute("UPDATE blocks SET payload = zeroblob(100) WHERE number = 0")
    connection.close()
    rows, columns = np.divmod(batch.cells, GRID.columns)
    outside = {int(c) for c, r, k in zip(batch.cells, rows, columns, strict=True) if r >= 64 or k >= 64}
    assert set(by_cell(open_store().load())) == outside
    assert "1 damaged" in problems[0]


def test_a_full_disk_is_told_once_and_the_run_goes_on(open_store, problems):
    store = open_store(max_bytes=40_000)
    for seed in range(3):
        store.accept(random_batch(seed, 9000))
        assert not store.flush()
    assert len(problems) == 1 and "full" in problems[0] and "run goes on" in problems[0]


def test_what_could_not_be_written_is_written_when_there_is_room_again(tmp_path, open_store, problems):
    folder = tmp_path / "later"
    folder.write_text("in the way")
    store = open_store(folder=folder)
    assert store.load() is None
    store.accept(random_batch(1, 300))
    assert not store.flush()
    assert len(problems) == 1
    folder.unlink()
    store.close()
    assert by_cell(open_store(folder=folder).load()) == by_cell(random_batch(1, 300))


@given(
    columns=st.integers(1, 200),
    rows=st.integers(1, 200),
    classes=st.integers(2, 9),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=30, deadline=None)
def test_blocks_survive_packing(columns, rows, classes, seed):
    rng = np.random.default_rng(seed)
    blocks = ScoreBlocks(GridSpec(columns, rows, 1.0, 1.0), classes)
    count = int(rng.integers(1, columns * rows + 1))
    cells = rng.choice(columns * rows, count, replace=False).astype(np.int64)
    batch = ScoreBatch(
        cells,
        rng.integers(1, 5, count).astype(np.uint8),
        rng.random((count, classes), np.float32),
        rng.random(count, np.float32),
    )
    blocks.apply(batch)
    restored = ScoreBlocks(GridSpec(columns, rows, 1.0, 1.0), classes)
    for number, block in blocks.take_dirty():
        unpacked = unpack(pack(block), classes)
        assert unpacked is not None and restored.put(number, unpacked)
    assert by_cell(restored.known()) == by_cell(batch)


@given(st.binary(max_size=200))
def test_garbage_is_no_block(payload):
    assert unpack(payload, CLASSES) is None
    good = pack(Block.empty(CLASSES))
    assert unpack(good[: len(good) // 2] + payload, CLASSES) is None
    assert unpack(good, CLASSES + 1) is None
    assert BLOCK_CELLS == 64


def test_focus_scores_are_kept_and_blocks_without_them_still_read():
    block = Block.empty(3)
    block.states[:4] = CellState.SCORED
    block.focus[:2] = (3.25, 1.5)
    again = unpack(pack(block), 3)
    assert again.focus[:2].tolist() == [3.25, 1.5] and np.isnan(again.focus[2:]).all()
    older = zlib.compress(block.states.tobytes() + block.probabilities.tobytes() + block.out_of_domain.tobytes())
    read = unpack(older, 3)
    assert np.isnan(read.focus).all() and (read.states == block.states).all()
