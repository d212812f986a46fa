"""The boundary of one slide: whatever goes wrong with it is a sentence in its result, and the others go on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.cohort.one_slide import ScoreError, ScoreOptions, SlideResult, StoppedError, score_slide
from app.cohort.slide_list import Task
from app.exchange.atomic import ExportError
from app.session.events import RunProgress
from app.session.slide_weighing import WeighingError
from app.slides.slide import SlideError
from kd.bundle import Bundle, BundleError

log = logging.getLogger(__name__)


def score_task(
    task: Task,
    bundle: Bundle,
    options: ScoreOptions,
    on_progress: Callable[[RunProgress], None] = lambda _progress: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> SlideResult:
    """The result of a slide, ``failed`` included. Raises only StoppedError."""
    try:
        return score_slide(task.slide, task.folder, bundle, options, on_progress=on_progress, keep_going=keep_going)
    except StoppedError:
        raise
    except (SlideError, BundleError, ExportError, ScoreError, WeighingError) as error:
        return SlideResult(task.slide, task.folder, "failed", str(error))
    except Exception as error:
        log.exception("an error in the program")
        text = f"an error in the program ({type(error).__name__}: {error})."
        return SlideResult(task.slide, task.folder, "failed", text)
