"""Several devices as one, with sessions on the CPU in the place of GPUs: spreading, failing, running out of memory."""

import threading

import numpy as np
import pytest

from app.analysis.runtime.backend import OutOfMemoryError, RuntimeChoice, StudentError
from app.analysis.runtime.device_pool import DevicePool
from app.analysis.runtime.onnx_backend import BoundOnnxBackend
from app.analysis.runtime.student import StudentRuntime
from tests.bundles import TILE_PX, expected_probabilities, make_bundle


def random_tiles(count, seed=3):
    return np.random.default_rng(seed).integers(0, 256, (count, TILE_PX, TILE_PX, 3)).astype(np.uint8)


class Gpu:
    """A session that stands for a GPU: it holds so many tiles, and breaks after so many batches. With another one to
    ``wait_for`` it is busy until that one has work too."""

    def __init__(self, bundle, room=1000, lives=1000):
        self.inner = BoundOnnxBackend(bundle.model_path("fp32"), "cpu", lock_pages=False)
        self.room, self.lives, self.batches, self.at_a_time = room, lives, [], 0
        self.lock, self.busy, self.closed = threading.Lock(), 0, False
        self.begun, self.wait_for = threading.Event(), None

    def run(self, tiles):
        with self.lock:
            self.busy += 1
            self.at_a_time = max(self.at_a_time, self.busy)
            self.lives -= 1
            broken = self.lives < 0
        self.begun.set()
        try:
            if self.wait_for is not None:
                assert self.wait_for.begun.wait(30)
            if broken:
                raise StudentError("the driver was reset")
            if len(tiles) > self.room:
                raise OutOfMemoryError("out of memory")
            scores = self.inner.run(tiles)
        finally:
            with self.lock:
                self.busy -= 1
        self.batches.append(len(tiles))
        return scores

    def close(self):
        self.closed = True


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(tmp_path)


def runtime_on(members, notes=None):
    collected = notes if notes is not None else []
    pool = DevicePool(members, collected.append)
    choice = RuntimeChoice("onnxruntime", "cuda", "fp32", "", devices=len(members))
    return StudentRuntime(pool, choice, collected.append)


def score_on_threads(runtime, tiles, size, threads=4):
    """Every batch once, by so many threads at a time; the probabilities in the tiles' order."""
    found = np.zeros((len(tiles), 3), np.float32)
    starts, lock, errors = list(range(0, len(tiles), size)), threading.Lock(), []

    def work():
        while True:
            with lock:
                if not starts:
                    return
                start = starts.pop()
            try:
                found[start : start + size] = runtime.score(tiles[start : start + size]).probabilities
            except Exception as error:
                errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert not errors
    return found


def test_a_batch_goes_to_the_device_with_the_fewest_in_work(bundle):
    one, two = Gpu(bundle), Gpu(bundle)
    holding, go_on = threading.Event(), threading.Event()
    inner = one.inner.run

    def slowly(tiles):
        holding.set()
        assert go_on.wait(10)
        return inner(tiles)

    one.inner.run = slowly
    pool = DevicePool({"cuda:0": one, "cuda:1": two})
    thread = threading.Thread(target=pool.run, args=(random_tiles(2),))
    thread.start()
    assert holding.wait(10)
    for _ in range(3):
        pool.run(random_tiles(5))
    go_on.set()
    thread.join()
    assert two.batches == [5, 5, 5] and one.batches == [2]


def test_both_devices_work_and_every_tile_is_scored_right(bundle):
    one, two = Gpu(bundle), Gpu(bundle)
    one.wait_for = two
    tiles = random_tiles(160)
    found = score_on_threads(runtime_on({"cuda:0": one, "cuda:1": two}), tiles, 4)
    assert np.abs(found - expected_probabilities(tiles)).max() < 1e-5
    assert sum(one.batches) + sum(two.batches) == 160 and one.batches and two.batches
    for gpu in (one, two):
        assert gpu.inner.buffers.made <= 2, "memory is used again"


def test_a_device_that_breaks_is_left_out_and_its_tiles_go_to_the_others(bundle):
    one, two, notes = Gpu(bundle), Gpu(bundle, lives=3), []
    # Where none is busier the first one is taken: it is sure to break.
    runtime = runtime_on({"cuda:1": two, "cuda:0": one}, notes)
    tiles = random_tiles(160)
    found = score_on_threads(runtime, tiles, 4)
    assert np.abs(found - expected_probabilities(tiles)).max() < 1e-5
    assert runtime.backend.devices == ("cuda:0",)
    assert (one.closed, two.closed) == (False, True), "it gives its memory back"
    assert notes == ["cuda:1 is not used any more, and its tiles go to the other devices: the driver was reset"]


def test_the_last_device_that_breaks_is_an_error(bundle):
    notes = []
    runtime = runtime_on({"cuda:0": Gpu(bundle, lives=1), "cuda:1": Gpu(bundle, lives=0)}, notes)
    runtime.score(random_tiles(1))
    with pytest.raises(StudentError, match="driver was reset"):
        runtime.score(random_tiles(1))
        runtime.score(random_tiles(1))
    assert len(notes) == 1


def test_a_batch_too_large_is_halved_and_a_device_without_room_for_one_tile_is_left_out(bundle):
    notes = []
    one, two = Gpu(bundle, room=3), Gpu(bundle, room=3)
    runtime = runtime_on({"cuda:0": one, "cuda:1": two}, notes)
    tiles = random_tiles(11)
    assert np.abs(runtime.score(tiles).probabilities - expected_probabilities(tiles)).max() < 1e-5
    assert runtime.batch_size == 2 and runtime.backend.devices == ("cuda:0", "cuda:1")
    assert "batches of 2" in notes[-1]
    two.room = one.room = 0
    with pytest.raises(StudentError, match="one tile"):
        runtime.score(tiles)
    assert len(runtime.backend.devices) == 1


def test_only_one_that_has_no_room_is_left_out(bundle):
    notes = []
    full, free = Gpu(bundle, room=0), Gpu(bundle)
    runtime = runtime_on({"cuda:0": full, "cuda:1": free}, notes)
    tiles = random_tiles(3)
    assert np.abs(runtime.score(tiles).probabilities - expected_probabilities(tiles)).max() < 1e-5
    assert runtime.backend.devices == ("cuda:1",) and "out of memory" in notes[-1]
