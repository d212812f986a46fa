"""Scores as a table: one row per cell of the grid."""

from __future__ import annotations

import csv
from pathlib import Path

from app.exchange.atomic import written_whole
from app.exchange.stamp import stamp_lines
from app.records.scores import CellState
from app.records.slide_scores import SlideScores


def write_scores_csv(scores: SlideScores, target: Path) -> Path:
    """Write ``scores.csv``. Lines that begin with ``#`` come first and say what it is.

    Columns: ``cell`` (row-major), ``column``, ``row``, ``x_px``, ``y_px`` (top left corner), ``side_px`` in level-0
    pixels, ``x_um``, ``y_um``, ``slide_mpp`` (um per level-0 pixel), ``model_mpp`` (um per pixel that the model saw),
    ``state``, ``most_likely`` (class key), ``p_KEY`` for each class and ``out_of_domain``; the last ones are empty
    where a tile has no score, ``most_likely`` also where the model may name no class. Background is part of the
    table: a tile that was not looked at must not be taken for a negative one.
    Raises ExportError.
    """
    grid, classes = scores.grid, scores.classes
    probabilities = scores.probabilities.reshape(-1, len(classes))
    keys = [classes[index].key if scores.may_rank else "" for index in probabilities.argmax(axis=1)]
    # Python's own numbers: numpy's take three times as long to write.
    of_cells = zip(
        scores.states.ravel().tolist(), keys, probabilities.tolist(), scores.out_of_domain.ravel().tolist(), strict=True
    )
    mpp, model_mpp, side = f"{scores.slide_mpp:.5g}", f"{scores.provenance.mpp_used:.5g}", f"{grid.tile_px:.2f}"
    names = {int(state): state.name.lower() for state in CellState}
    empty = [""] * (len(classes) + 2)
    with written_whole(target) as stream:
        for line in stamp_lines(scores):
            stream.write(f"# {line}\n")
        writer = csv.writer(stream, lineterminator="\n")
        head = ["cell", "column", "row", "x_px", "y_px", "side_px", "x_um", "y_um", "slide_mpp", "model_mpp"]
        writer.writerow([*head, "state", "most_likely", *(f"p_{info.key}" for info in classes), "out_of_domain"])
        for cell, (state, key, chances, strange) in enumerate(of_cells):
            row, column = divmod(cell, grid.columns)
            x, y = column * grid.stride_px, row * grid.stride_px
            x_um, y_um = x * scores.slide_mpp, y * scores.slide_mpp
            place = [cell, column, row, f"{x:.2f}", f"{y:.2f}", side, f"{x_um:.2f}", f"{y_um:.2f}", mpp, model_mpp]
            values = [key, *map(_short, chances), _short(strange)] if state == CellState.SCORED else empty
            writer.writerow([*place, names[state], *values])
    return target


def _short(value: float) -> str:
    return f"{value:.6g}"
