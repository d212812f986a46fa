"""One open slide under one model: runs the scoring process, keeps and stores what it sends, tells listeners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.geometry import RectPx
from app.records.findings import RankedField, SlideSummary
from app.session.events import Notice, RunProgress, SessionEvent
from app.session.score_map import ScoreMap
from app.slides.slide import Slide
from kd.bundle import Bundle

Listener = Callable[[SessionEvent], None]


class SlideSession:
    """Create and close it off the GUI thread (it reads the store); every other method returns at once."""

    def __init__(
        self,
        slide: Slide,
        bundle: Bundle | None,
        data_dir: Path,
        *,
        device: str = "auto",
        precision: str = "auto",
        calibrated_mpp: float | None = None,
        demonstration: bool = False,
        focal_plane: int | None = None,
        workers: int | None = None,
    ) -> None:
        self.slide = slide
        self.bundle = bundle

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the user must know now; event ``notice`` says that it changed."""
        raise NotImplementedError

    @property
    def can_score(self) -> bool:
        """False without a model, or without a known scale: a notice says which."""
        raise NotImplementedError

    @property
    def may_rank(self) -> bool:
        """False for a phantom model on a real slide, unless in demonstration mode."""
        raise NotImplementedError

    def set_demonstration(self, on: bool) -> None:
        """Turn the demonstration mode on or off; notices, ranking and exports follow at once."""
        raise NotImplementedError

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call ``callback`` with every event, on a worker thread. Returns the function that ends it."""
        raise NotImplementedError

    def start(self, visible: RectPx | None = None) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def cancel(self) -> None: ...

    def set_visible(self, rect: RectPx) -> None: ...

    @property
    def progress(self) -> RunProgress:
        raise NotImplementedError

    def score_map(self) -> ScoreMap | None:
        """The live scores; None when this slide cannot be scored (``can_score`` is False)."""
        raise NotImplementedError

    def summary(self) -> SlideSummary | None:
        raise NotImplementedError

    def ranked_fields(self, limit: int = 50) -> list[RankedField]:
        raise NotImplementedError

    def request_attention(self, cells: Sequence[int]) -> None:
        """Ask for the attention maps of these row-major cells; event ``attention`` tells when they are there."""
        raise NotImplementedError

    def attention(self, cell: int) -> npt.NDArray[np.float32] | None:
        """Attention (h, w) of a cell's tile, 1 means uniform; None when it is not in the cache."""
        raise NotImplementedError

    def close(self) -> None: ...
