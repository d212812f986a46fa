"""Threads, batch size and precision: the faster candidate wins when it is clearly faster, scores do not depend on the
choice, and what was measured is remembered for this machine, model and runtime only. Time is counted, not measured."""

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.analysis.runtime import tuned_student
from app.analysis.runtime import tuning as t
from app.analysis.runtime.backend import OutOfMemoryError
from app.analysis.runtime.measuring_turn import turn_to_measure
from app.analysis.runtime.precision import intended_precision
from app.analysis.runtime.student import StudentRuntime
from app.analysis.runtime.tuned_student import tune
from app.resources import resource_path
from app.session.setup import runtime_notices
from kd.bundle import load_bundle
from tests.bundles import TILE_PX, make_bundle

AGREES = {"int8": {"top1": 0.999, "max_diff": 0.01}}
TILES = np.random.default_rng(3).integers(0, 256, (5, TILE_PX, TILE_PX, 3)).astype(np.uint8)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(t.CACHE_VARIABLE, str(tmp_path / "cache"))


class Clock:
    """Seconds that pass only when a backend works. Threads that work side by side do not add up."""

    def __init__(self):
        self.local, self.passed = threading.local(), 0.0

    def __call__(self):
        return max(self.passed, getattr(self.local, "now", 0.0))

    def work(self, seconds):
        self.local.now = self() + seconds
        if threading.current_thread() is threading.main_thread():
            self.passed = self.local.now


class Machine:
    """Backends whose time follows a rule (precision, threads, batch) -> seconds a batch."""

    def __init__(self, rule):
        self.rule, self.clock, self.made = rule, Clock(), []

    def make(self, precision, threads):
        self.made.append((precision, threads))
        machine = self

        class Backend:
            def run(self, tiles):
                machine.clock.work(machine.rule(precision, threads, len(tiles)))

        return Backend()

    def measure(self, precisions=("int8", "fp32"), **options):
        return t.measure(self.make, precisions, TILES, 2, clock=self.clock, **options)


def even(precision, threads, batch):
    return batch * 1e-3


def test_what_is_usual_stays_when_nothing_is_clearly_faster():
    chosen = Machine(even).measure()
    assert (chosen.precision, chosen.batch, chosen.workers, chosen.threads) == ("int8", t.BATCHES[0], 2, 1)
    assert set(chosen.tiles_per_s) >= {"int8", "fp32", "batch 8", "threads 2 x 1", "threads 1 x 2"}


@pytest.mark.parametrize(("slower", "expected"), [(1.05, "int8"), (1.5, "fp32")])
def test_int8_is_given_up_only_where_fp32_is_clearly_faster(slower, expected):
    machine = Machine(lambda precision, threads, batch: batch * 1e-3 * (slower if precision == "int8" else 1.0))
    assert machine.measure().precision == expected


def test_the_best_batch_is_taken():
    machine = Machine(lambda precision, threads, batch: batch * (1e-3 if batch == 4 else 1.5e-3))
    assert machine.measure().batch == 4


def test_a_large_batch_is_tried_where_it_answers_in_time():
    quick = Machine(lambda precision, threads, batch: batch * (4e-4 if batch == 32 else 5e-4)).measure()
    assert quick.batch == 32 and "batch 32" in quick.tiles_per_s
    slow = Machine(lambda precision, threads, batch: batch * 1e-3).measure()
    assert "batch 16" in slow.tiles_per_s and "batch 32" not in slow.tiles_per_s, "32 ms are too long to wait"


def test_batches_are_measured_with_all_workers_at_work():
    rates = Machine(even).measure().tiles_per_s
    assert rates["batch 8"] > 1.5 * rates["int8"], "two threads instead of one"


def test_one_session_with_many_threads_is_taken_where_it_is_clearly_faster():
    chosen = Machine(lambda precision, threads, batch: batch * 1e-3 / (3.5 if threads == 2 else 1)).measure()
    assert (chosen.workers, chosen.threads) == (1, 2)


def test_a_slow_model_is_not_measured_longer_than_the_budget_and_a_tiny_one_not_at_all():
    slow = Machine(lambda precision, threads, batch: batch * 0.5)
    chosen = slow.measure()
    assert (chosen.precision, chosen.batch, chosen.workers) == ("int8", t.BATCHES[0], 2)
    assert slow.clock() < t.BUDGET_S + 4 * 0.5, "at most the batch that was in work"
    tiny = Machine(lambda precision, threads, batch: 1e-6)
    assert tiny.measure() == t.usual("int8", 2)


def test_a_slow_model_is_measured_whole_in_one_round():
    machine = Machine(lambda precision, threads, batch: batch * (0.02 if precision == "int8" else 0.07))
    chosen = machine.measure()
    assert chosen.complete and chosen.measured and chosen.precision == "int8"
    assert machine.clock() < 1.6, "two rounds would take twice as long"


def test_what_ran_out_of_time_is_not_called_measured():
    machine = Machine(lambda precision, threads, batch: batch * (1e-3 if precision == "int8" else 1.0))
    chosen = machine.measure(budget_s=0.2)
    assert not chosen.complete and not chosen.measured
    assert not any(name.startswith("batch") for name in chosen.tiles_per_s)


def test_loading_is_not_what_the_time_is_for():
    machine = Machine(even)
    made = machine.make

    def slowly(precision, threads):
        machine.clock.work(2.0)
        return made(precision, threads)

    machine.make = slowly
    assert machine.measure().complete


def test_a_batch_that_does_not_fit_into_memory_is_not_taken():
    def rule(precision, threads, batch):
        if batch > 4:
            raise OutOfMemoryError("too large")
        return batch * 1e-3

    assert Machine(rule).measure().batch == 4


def test_it_ends_when_told_to():
    machine, calls = Machine(even), []

    def keep_going():
        calls.append(machine.clock())
        return len(calls) < 4

    assert machine.measure(keep_going=keep_going) is None
    assert machine.clock() < 0.2


def test_what_was_measured_is_remembered_for_this_model_cores_and_runtime(tmp_path, monkeypatch):
    bundle = make_bundle(tmp_path, int8_error=0.001, agreement=AGREES)
    found = t.Tuning("fp32", 4, 1, 2, {"fp32": 10.0})
    assert t.recall(bundle, 2) is None
    t.remember(bundle, 2, found)
    assert t.recall(bundle, 2) == found
    assert t.recall(bundle, 4) is None and t.recall(bundle, 2, "int8") is None
    assert t.recall(replace(bundle, hash="another"), 2) is None
    monkeypatch.setattr(t, "version", lambda name: "0.0")
    assert t.recall(bundle, 2) is None


@pytest.mark.parametrize(
    "content",
    [
        "{broken",
        "[]",
        '{"KEY": 3}',
        '{"KEY": {"precision": "fp32"}}',
        '{"KEY": {"precision": "fp8", "batch": 8, "workers": 1, "threads": 1, "tiles_per_s": {}}}',
        '{"KEY": {"precision": "fp32", "batch": 8, "workers": 1, "threads": 1, "tiles_per_s": 3}}',
        '{"KEY": {"precision": "fp32", "batch": 100000, "workers": 1, "threads": 1, "tiles_per_s": {}}}',
        '{"KEY": {"precision": "fp32", "batch": 8, "workers": 99, "threads": 1, "tiles_per_s": {}}}',
        '{"KEY": {"precision": "fp32", "batch": Infinity, "workers": 1, "threads": 1, "tiles_per_s": {}}}',
    ],
)
def test_a_memory_that_cannot_be_read_is_none(tmp_path, content):
    bundle = make_bundle(tmp_path)
    t.memory_path().parent.mkdir(parents=True)
    t.memory_path().write_text(content.replace("KEY", t.tuning_key(bundle, 2)))
    assert t.recall(bundle, 2) is None
    t.remember(bundle, 2, t.usual("fp32", 2))
    assert t.recall(bundle, 2) == t.usual("fp32", 2)


def test_a_memory_that_cannot_be_read_just_now_keeps_what_it_holds(tmp_path, monkeypatch):
    bundle = make_bundle(tmp_path)
    t.remember(bundle, 2, t.usual("fp32", 2))

    def refuse(*_args, **_options):
        raise PermissionError("held by another program")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_text", refuse)
        assert t.recall(bundle, 2) is None
        t.remember(bundle, 4, t.usual("fp32", 4))
    assert t.recall(bundle, 2) == t.usual("fp32", 2)


def test_what_cannot_be_kept_leaves_no_file_behind(tmp_path, monkeypatch):
    def fail(*_args):
        raise OSError("disk full")

    bundle = make_bundle(tmp_path)
    monkeypatch.setattr("os.replace", fail)
    t.remember(bundle, 2, t.usual("fp32", 2))
    assert not list(t.memory_path().parent.iterdir())


def test_int8_that_was_refused_is_tried_again_and_told_again(tmp_path):
    bundle = make_bundle(tmp_path, int8_error=3.0, agreement=AGREES)
    for _ in range(2):
        runtime, _workers = tune(bundle, StudentRuntime.load(bundle, "cpu"))
        assert runtime.choice.precision == "fp32" and "switched off" in runtime.choice.warnings[0]
        assert runtime.choice.precision_reason == "int8 was switched off"
        t.remember(bundle, os.cpu_count(), t.Tuning("fp32", 8, 1, 1, {"batch 8": 3.0}))


def test_scores_that_are_there_keep_their_precision(tmp_path):
    bundle = make_bundle(tmp_path, int8_error=0.001, agreement=AGREES)
    cores = os.cpu_count()
    faster = t.Tuning("fp32", 8, 1, 1, {"fp32": 2.0, "int8": 1.0})
    t.remember(bundle, cores, faster)
    runtime, _ = tune(bundle, StudentRuntime.load(bundle, "cpu", keep_precision="int8"), keep="int8")
    assert (runtime.choice.precision, runtime.choice.precision_reason) == ("int8", "as the scores that are stored")
    assert t.recall(bundle, cores) == faster, "what others choose stays"
    assert t.recall(bundle, cores, "int8").precision == "int8", "measured within it, and kept apart"
    asked, _ = tune(bundle, StudentRuntime.load(bundle, "cpu", "fp32", keep_precision="int8"), "fp32", keep="int8")
    assert asked.choice.precision == "fp32", "what the user asks for by name goes before"


def test_settings_that_cannot_be_used_leave_the_usual_ones_and_a_warning(tmp_path):
    bundle = make_bundle(tmp_path, int8_error=0.001, agreement=AGREES)
    t.remember(bundle, os.cpu_count(), t.Tuning("int8", 4, 1, 2, {"int8": 2.0, "fp32": 1.0}))
    loaded = StudentRuntime.load(bundle, "cpu")
    bundle.model_path("int8").write_bytes(b"damaged")
    runtime, workers = tune(bundle, loaded)
    assert workers == os.cpu_count() and runtime.batch_size == t.BATCHES[0]
    assert "the usual ones are taken" in runtime_notices(runtime.choice)[1].text
    assert len(runtime.score(TILES).probabilities) == len(TILES)


def test_the_foreseen_precision_follows_the_memory_and_says_so(tmp_path, monkeypatch):
    bundle = make_bundle(tmp_path, int8_error=0.001, agreement=AGREES)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert intended_precision(bundle)[0] == "int8"
    t.remember(bundle, 2, t.Tuning("fp32", 8, 2, 1, {"fp32": 2.0, "int8": 1.0}))
    assert intended_precision(bundle) == ("fp32", "int8 was measured not to be faster on this machine")
    assert intended_precision(bundle, "int8")[0] == "int8", "what the user asks for by name stays"


def test_int8_stands_for_choice_only_where_the_card_allows_it(tmp_path):
    poor = make_bundle(tmp_path, int8_error=0.001, agreement={"int8": {"top1": 0.992}})
    runtime, _ = tune(poor, StudentRuntime.load(poor, "cpu"))
    assert runtime.choice.precision == "fp32" and "99.20%" in runtime.choice.precision_reason


def test_those_that_begin_together_measure_once_and_take_the_same(tmp_path, monkeypatch):
    bundle = make_bundle(tmp_path)
    runtime, together = StudentRuntime.load(bundle, "cpu"), threading.Barrier(3)
    measured, taken = [], []

    def slowly(*_arguments, **_options):
        measured.append(threading.current_thread())
        time.sleep(0.3)
        return t.Tuning("fp32", 4 * len(measured), 1, 1, {"fp32": 1.0})

    monkeypatch.setattr(tuned_student, "measure", slowly)

    def begin():
        together.wait()
        taken.append(tune(bundle, runtime)[0].batch_size)

    threads = [threading.Thread(target=begin) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(measured) == 1 and taken == [4] * together.parties


def test_nobody_waits_for_ever_for_the_turn(tmp_path, caplog):
    with turn_to_measure(tmp_path / "a.lock"):
        with turn_to_measure(tmp_path / "a.lock", wait_s=0.0):
            assert "held by another" in caplog.text
        with turn_to_measure(tmp_path / "a.lock", keep_going=lambda: False):
            pass
    caplog.clear()
    with turn_to_measure(tmp_path / "a.lock", wait_s=0.0):
        assert not caplog.text, "it was given back"
    with turn_to_measure(tmp_path / "a.lock" / "no folder" / "b.lock"):
        assert "cannot be opened" in caplog.text


@pytest.fixture(scope="module")
def demo():
    return load_bundle(Path(resource_path("models/demo.fnabundle")))


def test_the_demo_student_is_measured_once_and_says_what_was_chosen(demo):
    runtime, workers = tune(demo, StudentRuntime.load(demo, "cpu"), asked_workers=3)
    assert workers == 3
    assert runtime.choice.tuning.startswith("3 x 1 threads, batches of") and "as measured" in runtime.choice.tuning
    assert runtime.choice.tuning in runtime_notices(runtime.choice)[0].text
    assert runtime.choice.tuning in runtime.choice.device_text
    stored = json.loads(t.memory_path().read_text())
    assert len(stored) == 1
    before = t.memory_path().stat().st_mtime_ns
    again, _ = tune(demo, StudentRuntime.load(demo, "cpu"), asked_workers=3)
    assert t.memory_path().stat().st_mtime_ns == before and again.choice.tuning == runtime.choice.tuning


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_scores_do_not_depend_on_batches_and_threads(demo, precision):
    runtime = StudentRuntime.load(demo, "cpu", precision)
    tiles = t.sample_tiles(demo)[:16]
    expected = runtime.score(tiles)
    for batch, threads in ((1, 1), (4, 1), (8, 2)):
        other = runtime.tuned(demo, t.Tuning(precision, batch, 1, threads, {}))
        parts = [other.score(tiles[i : i + batch]) for i in range(0, len(tiles), batch)]
        got = np.concatenate([part.probabilities for part in parts])
        assert np.abs(got - expected.probabilities).max() < 1e-5
