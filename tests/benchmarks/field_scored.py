"""From the end of a pan to a fully scored field: the whole window, 1920 x 1080, while the slide is being scored.

    python tests/benchmarks/field_scored.py SLIDE [--model BUNDLE] [--fields 20] [--out FILE.json]

The view jumps to a cellular field of which at least nine tenths are unscored, as a pan ends there; the clock starts
with the last movement. ``scored``: every tile that touches the field has its score, at 10x (some 900 tiles) its 100
most cellular ones; ``drawn``: the first repaint after that.
Fields are chosen by seed among those still unscored, at 10x, 20x and 40x in turn; when the slide is nearly scored, its
scores are thrown away and it is opened again. Do not run it beside other work.
Writes ``results/field_scored.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from machine import RESULTS, command_line, describe_machine
from window_while_scoring import wait_until

from app.analysis.plan import CellIndices, cells_touching
from app.geometry import PointPx
from app.records.scores import CellState

MAGNIFICATIONS = (10.0, 20.0, 40.0)
TARGET_S = {"median": 0.5, "p95": 1.0}
MOST_CELLULAR = {10.0: 100}
"""Of a field at this magnification, only so many tiles are waited for."""
UNSCORED_SHARE = 0.9
NEARLY_SCORED = 0.6


def measure(slide: Path, model: Path | None, fields: int, seed: int) -> dict[str, list[dict[str, float]]]:
    """Per magnification, a row for each field."""
    from app.ui.application import build_window, create_application
    from app.ui.canvas.slide_view import SlideView
    from app.ui.paths import AppPaths

    create_application()
    painted = [0.0]
    paint = SlideView.paintEvent

    def noted_paint(view: SlideView, event: Any) -> None:
        paint(view, event)
        painted[0] = time.perf_counter()

    SlideView.paintEvent = noted_paint  # type: ignore[method-assign]
    rows: dict[str, list[dict[str, float]]] = {f"{m:g}x": [] for m in MAGNIFICATIONS}
    draw = random.Random(seed)

    def one_run(data: Path) -> None:
        window = build_window(AppPaths.for_user(data), bundle_path=model, theme="light")
        window.resize(1920, 1080)
        window.show()
        wait_until(lambda: window._stage is not None, 30)
        window.open_path(slide)
        wait_until(lambda: window.specimen.session is not None, 60)
        session = window.specimen.session
        wait_until(lambda: session.progress.state == "running" and session.progress.done > 0, 600)
        _visit(window, session, rows, fields, draw, painted)
        window.close()
        wait_until(lambda: window.specimen.session is None, 60)

    # Cases are still being saved when the next run begins: their folders stay until the end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        while any(len(found) < fields for found in rows.values()):
            one_run(Path(tempfile.mkdtemp(dir=temporary)))
    return rows


def _visit(window: Any, session: Any, rows: Any, fields: int, draw: random.Random, painted: list[float]) -> None:
    """Fields of one run, until there are enough or the slide is nearly scored."""
    while session.progress.state == "running" and session.progress.done < NEARLY_SCORED * session.progress.total:
        name = min(rows, key=lambda key: len(rows[key]))
        if len(rows[name]) >= fields:
            return
        row = _time_field(window.stage.view, session, float(name[:-1]), draw, painted)
        if row is not None:
            rows[name].append(row)


def _time_field(
    view: Any, session: Any, magnification: float, draw: random.Random, painted: list[float]
) -> dict[str, float] | None:
    """Go to a field; None when too much of it is scored already."""
    scores = session.score_map()
    pending = np.flatnonzero(scores.states.ravel() == CellState.PENDING)
    if len(pending) == 0:
        return None
    grid = scores.grid
    row, column = divmod(int(draw.choice(pending)), grid.columns)
    view.set_magnification(magnification)
    half = grid.tile_px / 2
    view.center_on(PointPx(column * grid.stride_px + half, row * grid.stride_px + half))
    begun = time.perf_counter()
    cells = _waited_for(session, cells_touching(grid, view.visible_part()), MOST_CELLULAR.get(magnification))

    def count(state: CellState) -> int:
        return int(np.count_nonzero(session.score_map().states.ravel()[cells] == state))

    waiting = count(CellState.PENDING)
    if waiting < UNSCORED_SHARE * (len(cells) - count(CellState.BACKGROUND)):
        return None
    wait_until(lambda: count(CellState.PENDING) == 0, 60)
    scored = time.perf_counter()
    wait_until(lambda: painted[0] > scored, 5)
    return {"tiles": float(waiting), "scored_s": scored - begun, "drawn_s": painted[0] - begun}


def _waited_for(session: Any, cells: CellIndices, count: int | None) -> CellIndices:
    """The cells of a field, or those that hold most cells."""
    if count is None:
        return cells
    cellularity, _ = session.cells.current.for_plan(session._setup.plan)
    return cells[np.argsort(-cellularity.ravel()[cells], kind="stable")[:count]]


def summarise(found: list[dict[str, float]]) -> dict[str, float]:
    """Median and p95 of both times."""
    result = {"fields": float(len(found)), "tiles_median": statistics.median(f["tiles"] for f in found)}
    for key in ("scored_s", "drawn_s"):
        ordered = sorted(f[key] for f in found)
        result[f"{key}_median"] = statistics.median(ordered)
        result[f"{key}_p95"] = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        result[f"{key}_max"] = ordered[-1]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--fields", type=int, default=20, help="at each magnification")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS / "field_scored.json")
    options = parser.parse_args()
    rows = measure(options.slide, options.model, options.fields, options.seed)
    head = {"command": command_line(), "machine": describe_machine(), "slide": options.slide.name, "target_s": TARGET_S}
    summary = {name: summarise(found) for name, found in rows.items()}
    options.out.write_text(json.dumps({**head, **summary, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(summary, indent=1), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
