"""A slide model on a slide's tiles: the class of the slide, and how much each tile counts for it.

The weights are those of gated attention over the embeddings that the student gives of its tiles; they say what the
model looked at, not what is true. They can order the fields of a slide as suspicion does (``weight_map``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.records.scores import GridSpec
from app.slides.slide import TileReadError
from kd.bundle import FP32_TOLERANCE, SLIDE_INPUT, SLIDE_MODEL, SLIDE_OUTPUTS, Bundle, BundleError, belong_together

if TYPE_CHECKING:
    from app.analysis.runtime.student import StudentRuntime
    from app.analysis.tile_reader import TileReader

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SlideWeights:
    """``probabilities`` (C,) of the slide's classes; ``weights`` (n,) of its tiles, whose mean is 1."""

    probabilities: Floats
    weights: Floats


class SlideModel:
    """A bundle of kind ``slide model``, loaded and checked against its reference."""

    def __init__(self, bundle: Bundle) -> None:
        """Raises BundleError when the bundle is of another kind, cannot be run, or fails its reference."""
        if bundle.card.kind != SLIDE_MODEL:
            raise BundleError(f"The bundle {bundle.path} is a {bundle.card.kind}, not a {SLIDE_MODEL}.")
        # What only compares names needs no runtime.
        import onnxruntime

        self.bundle = bundle
        path = bundle.model_path("fp32")
        try:
            self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises bare RuntimeErrors of many names
            raise BundleError(f"The slide model {path} cannot be run ({error}); install the bundle again.") from error
        reference = bundle.reference()
        found = self.weigh(np.asarray(reference[SLIDE_INPUT], np.float32)).probabilities
        if np.abs(found - reference["probabilities"]).max() > FP32_TOLERANCE:
            raise BundleError(f"The slide model {path} does not give its reference; install the bundle again.")

    def check_student(self, student: Bundle) -> None:
        """Raises BundleError unless ``student`` is the model whose embeddings this one was trained on."""
        check_belongs(self.bundle, student)

    def weigh(self, embeddings: Floats) -> SlideWeights:
        """The slide's probabilities and the weights of its n >= 1 tiles, from embeddings (n, D)."""
        if not len(embeddings):
            raise ValueError("a slide without tiles has no weights")
        found = self._session.run(list(SLIDE_OUTPUTS), {SLIDE_INPUT: np.ascontiguousarray(embeddings, np.float32)})
        return SlideWeights(*found)


def check_belongs(slide_model: Bundle, student: Bundle) -> None:
    """Raises BundleError unless the slide model was trained on the embeddings of this student."""
    if not student.card.training.get("weights"):
        raise BundleError(
            f"The card of the model {student.card.name} does not name its weights, so that no slide model can be "
            "matched with it; export it again with this version of kd."
        )
    if not belong_together(slide_model.card, student.card):
        raise BundleError(
            f"The slide model {slide_model.card.name} was trained with another student than {student.card.name}; "
            "choose the student that belongs to it."
        )


def embed_cells(
    runtime: StudentRuntime,
    reader: TileReader,
    cells: npt.NDArray[np.int64],
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> tuple[npt.NDArray[np.int64], Floats] | None:
    """Embeddings (n, D) of the tiles of ``cells`` that can be read, with those cells; None when told to stop.

    Raises StudentError.
    """
    kept: list[int] = []
    parts: list[Floats] = []
    for start in range(0, len(cells), runtime.batch_size):
        if not keep_going():
            return None
        on_progress(start, len(cells))
        tiles = []
        for cell in cells[start : start + runtime.batch_size]:
            try:
                tiles.append(reader.read(int(cell)))
                kept.append(int(cell))
            except TileReadError:
                continue
        if tiles:
            parts.append(runtime.score(np.stack(tiles)).embedding)
    embeddings = np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)
    return np.array(kept, np.int64), embeddings


def weight_map(grid: GridSpec, cells: npt.NDArray[np.int64], weights: Floats) -> Floats:
    """Weights of row-major ``cells`` as a map (rows, columns); 0 where there is none."""
    table = np.zeros(grid.rows * grid.columns, np.float32)
    table[cells] = weights
    return table.reshape(grid.rows, grid.columns)
