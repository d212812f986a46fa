"""When the scoring process begins to find cells: at once, but not beside a measurement that is remembered for good."""

import multiprocessing
import os
from dataclasses import replace

import pytest

from app.analysis import worker
from app.analysis.runtime import tuning
from app.session import setup
from app.slides.open import open_slide
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, draw, write_slide


@pytest.fixture
def load(tmp_path, monkeypatch):
    """``load()`` is what happens while a scoring process loads, in order; ``load.bundle`` the model."""
    monkeypatch.setenv(tuning.CACHE_VARIABLE, str(tmp_path / "cache"))
    slide_path = write_slide(tmp_path / "small.tif", draw(320, 224, [(100, 100, BLUE), (200, 120, BLUE)]))
    bundle = make_bundle(tmp_path)
    happened = []

    class Scan(worker.EarlyScan):
        def __init__(self, *arguments):
            happened.append("finds cells")
            super().__init__(*arguments)

    def tune(*arguments, **options):
        happened.append("tunes")
        found = tuned(*arguments, **options)
        happened.append("is tuned")
        return found

    tuned = worker.tune
    monkeypatch.setattr(worker, "EarlyScan", Scan)
    monkeypatch.setattr(worker, "tune", tune)

    def load(generation=1):
        happened.clear()
        slide = open_slide(slide_path)
        job = setup.make_job(slide.info, bundle, setup.prepare(slide.info, bundle, None, None), "cpu", "auto", 1)
        slide.close()
        ours, theirs = multiprocessing.Pipe()
        loaded = worker.ScoringWorker(theirs, replace(job, generation=generation))._load()
        if loaded.early_scan is not None:
            assert loaded.early_scan.wait(lambda: True) is not None
        ours.close()
        return list(happened)

    load.bundle = bundle
    return load


def test_cells_are_found_at_once_only_where_nothing_is_measured(load):
    assert load() == ["tunes", "is tuned", "finds cells"], "a first start measures"
    cores = os.cpu_count() or 1
    tuning.remember(load.bundle, cores, tuning.usual("fp32", cores))
    assert load() == ["finds cells", "tunes", "is tuned"]
    assert load(generation=0) == ["tunes", "is tuned"], "no run waits for them"
