"""What goes through the pipe between a session and its scoring process. Plain, picklable data.

``generation`` numbers the runs of a session: what an ended run still sends carries its number and is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.analysis.cell_map import CellMap
from app.analysis.plan import CellIndices, TilePlan
from app.analysis.runtime.backend import RuntimeChoice
from app.geometry import RectPx
from app.records.scores import ScoreBatch


@dataclass(frozen=True)
class Job:
    """What a scoring process works on, for its whole life. ``workers`` 0 means one for each core.

    ``keep_precision`` is that of scores that are there already: it stays where ``precision`` leaves the choice. Empty
    where there are none. ``generation`` is that of the run for which the process is started, so that finding cells
    begins at once; 0 where it is not for a run."""

    slide_path: Path
    fingerprint: str
    bundle_path: Path
    bundle_hash: str
    plan: TilePlan
    slide_mpp: float
    device: str
    precision: str
    workers: int = 0
    keep_precision: str = ""
    generation: int = 0


@dataclass(frozen=True)
class Start:
    """Score what is pending in ``states`` (cells,) uint8 of ``CellState``; failed cells are tried again."""

    generation: int
    states: npt.NDArray[np.uint8]
    visible: RectPx | None
    paused: bool = False


@dataclass(frozen=True)
class SetVisible:
    rect: RectPx


@dataclass(frozen=True)
class Pause:
    pass


@dataclass(frozen=True)
class Resume:
    pass


@dataclass(frozen=True)
class Cancel:
    """End the run of this generation."""

    generation: int


@dataclass(frozen=True)
class AskAttention:
    """Attention maps of these cells; replaces what was asked before and has not been answered."""

    cells: CellIndices


@dataclass(frozen=True)
class AskScores:
    """Scores of these cells alone, outside any run; replaces what was asked before and has not been answered."""

    cells: CellIndices


@dataclass(frozen=True)
class AskWeights:
    """Let the slide model at ``bundle_path`` weigh these cells, once in the life of the process."""

    bundle_path: Path
    bundle_hash: str
    cells: CellIndices


@dataclass(frozen=True)
class Quit:
    pass


Command = Start | SetVisible | Pause | Resume | Cancel | AskAttention | AskScores | AskWeights | Quit


@dataclass(frozen=True)
class Ready:
    """Slide open, model loaded and checked."""

    choice: RuntimeChoice


@dataclass(frozen=True)
class Finding:
    """Cells are being sought; ``share`` of the slide is done."""

    generation: int
    share: float


@dataclass(frozen=True)
class Planned:
    """Cells were found: ``background`` will not be scored, ``wanted`` cells are to be scored by this run."""

    generation: int
    background: CellIndices
    wanted: int
    cell_map: CellMap


@dataclass(frozen=True)
class Scored:
    generation: int
    batch: ScoreBatch


@dataclass(frozen=True)
class AttentionMaps:
    """``maps`` (n, h, w) float32 for ``cells`` (n,)."""

    cells: CellIndices
    maps: npt.NDArray[np.float32]


@dataclass(frozen=True)
class AskedScores:
    """Answer to ``AskScores``, in parts; cells are scored or failed."""

    batch: ScoreBatch


@dataclass(frozen=True)
class Weighing:
    """So many of the cells that a slide model is to weigh have been read."""

    done: int


@dataclass(frozen=True)
class Weighed:
    """``probabilities`` (C,) of the slide's classes, and the ``weights`` (n,), mean 1, of the ``cells`` (n,) that could
    be read, in the order of the slide."""

    probabilities: npt.NDArray[np.float32]
    cells: CellIndices
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Note:
    """Something that the user must know while the run goes on."""

    key: str
    text: str


@dataclass(frozen=True)
class Finished:
    """The run of this generation has ended; ``cancelled`` when by order."""

    generation: int
    cancelled: bool


@dataclass(frozen=True)
class Failed:
    """The process cannot go on; one sentence for the user. It ends after this message."""

    text: str


Message = (
    Ready | Finding | Planned | Scored | AttentionMaps | AskedScores | Weighing | Weighed | Note | Finished | Failed
)
