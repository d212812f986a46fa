"""Cells are sought while the model is loaded: not while nobody wants them, and to the end for the next run."""

import threading

import numpy as np
import pytest

from app.analysis.cell_scan import scan_slide
from app.analysis.early_scan import EarlyScan
from app.analysis.plan import make_plan
from app.analysis.run_control import RunControl
from app.slides.open import open_slide
from tests.drawn_slides import BLUE, draw, write_slide

MPP = 2.0


@pytest.fixture(scope="module")
def slide(tmp_path_factory):
    cells = [(x, y, BLUE) for x in range(100, 3000, 300) for y in range(100, 2000, 300)]
    path = write_slide(tmp_path_factory.mktemp("early") / "s.tif", draw(3000, 2000, cells, 3), mpp=MPP, levels=1)
    slide = open_slide(path, probe=False)
    yield slide
    slide.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_scan_rests_after_a_cancel_and_while_paused_and_goes_on_with_the_next_run(slide, workers):
    class Watched:
        info = slide.info
        reads = 0

        def read(self, region, level=0, plane=0):
            self.reads += 1
            if self.reads == 3:
                control[0].cancel()
            return slide.read(region, level, plane)

    def run_goes_on():
        goes_on = control[0].keep_going()
        if not goes_on:
            refused.append(None)
            if len(refused) > 4 * workers:
                resting.set()
        return goes_on

    control, refused, resting = [RunControl(1)], [], threading.Event()
    watched = Watched()
    plan = make_plan(slide.info.levels, MPP, tile_px=32, mpp=MPP, stride_um=64.0)
    scan = EarlyScan(watched, plan, MPP, workers)
    thread = threading.Thread(target=scan.work, args=(lambda share: None, run_goes_on), daemon=True)
    thread.start()
    assert resting.wait(30)
    assert 3 <= watched.reads < 3 + workers
    assert scan.wait(lambda: False) is None
    reads, paused = watched.reads, RunControl(2, paused=True)
    control[0] = paused
    thread.join(0.1)
    assert thread.is_alive() and watched.reads == reads
    paused.resume()
    thread.join(60)
    found, wanted = scan.wait(paused.keep_going), scan_slide(slide, MPP)
    np.testing.assert_array_equal(found.cells, wanted.cells)
    assert found.cells.any() and watched.reads > 6
