"""Whether the field on screen is in focus, judged on what the screen shows: what is blurred was not seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.analysis.focus import blurred_share
from app.session.dwell import Field
from app.ui.background import Job, run_in_background

BLURRED_SHARE = 0.5
"""A field is out of focus when more than this share of what can be judged on it is blurred."""
REMEMBERED = 8
AT_ONCE = 3
"""Whoever moves on quickly on a busy machine leaves some fields behind that are still to be judged."""


class FieldJudge(QObject):
    """Judges one field after the other on a worker; ``judged`` (Field, bool in focus) comes when it is done."""

    judged = Signal(object, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._verdicts: OrderedDict[Field, bool] = OrderedDict()
        self._jobs: OrderedDict[Field, tuple[Job, Callable[[], bool]]] = OrderedDict()

    def in_focus(self, field: Field) -> bool | None:
        """None while that is not known."""
        return self._verdicts.get(field)

    def is_judging(self, field: Field) -> bool:
        return field in self._jobs

    def judgement(self, field: Field) -> Callable[[], bool] | None:
        """For a field that is being judged: what tells on any thread, without a signal, whether it is in focus."""
        return self._jobs[field][1] if field in self._jobs else None

    def judge(self, field: Field, picture: QImage, mpp: float) -> None:
        """``picture`` shows the field without overlays, at ``mpp`` um per pixel."""
        if field in self._verdicts or field in self._jobs:
            return
        while len(self._jobs) >= AT_ONCE:
            self._jobs.popitem(last=False)[1][0].cancel()

        def in_focus() -> bool:
            share = blurred_share(_rgb(picture), mpp)
            return share is None or share <= BLURRED_SHARE

        job = run_in_background(lambda _token: in_focus())
        job.done.connect(lambda verdict: self._tell(field, verdict))
        job.failed.connect(lambda _error: self._jobs.pop(field, None))
        self._jobs[field] = (job, in_focus)

    def _tell(self, field: Field, in_focus: bool) -> None:
        self._jobs.pop(field, None)
        self._verdicts[field] = in_focus
        while len(self._verdicts) > REMEMBERED:
            self._verdicts.popitem(last=False)
        self.judged.emit(field, in_focus)


def _rgb(picture: QImage) -> np.ndarray:
    raw = np.frombuffer(picture.constBits(), np.uint8)
    return np.ascontiguousarray(
        raw.reshape(picture.height(), picture.bytesPerLine() // 4, 4)[:, : picture.width(), 2::-1]
    )
