"""The slides of a folder with how far each has come: opened for a moment, read from the stores, never changed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from app.analysis.findings import rank
from app.analysis.suspicion import Criterion
from app.case.case_folder import CaseSummary, cases_of_slide, read_summary
from app.case.errors import CaseError
from app.case.stored_scores import StoredPlans, StoredScores
from app.records.specimen import ReadingMode
from app.session.setup import may_rank
from app.session.worklist_item import WorkItem, WorkState
from app.slides.open import open_slide
from app.slides.slide import SlideError, SlideInfo
from app.slides.slide_files import slide_files
from kd.bundle import Bundle, ClassInfo

log = logging.getLogger(__name__)


def find_slides(folder: Path, *, recursive: bool, keep_going: Callable[[], bool]) -> Iterator[Path]:
    """The slides of a folder by name. Raises SlideError when the folder cannot be read."""
    return slide_files(folder, recursive=recursive, keep_going=keep_going)


class Worklist:
    """Looks slides up for one data folder and model; for worker threads. What a slide says of itself is kept."""

    def __init__(self, data_dir: Path, bundle: Bundle | None) -> None:
        self._data_dir = data_dir
        self._bundle = bundle
        self._plans = StoredPlans(data_dir)
        self._known: dict[Path, tuple[tuple[int, int], SlideInfo]] = {}

    def look_up(self, path: Path, *, demonstration: bool = False) -> WorkItem:
        """The slide's present state. A slide that cannot be opened is an item with a problem."""
        try:
            info = self._info(path)
        except SlideError as error:
            return WorkItem(path, WorkState.UNREADABLE, problem=str(error))
        except OSError as error:
            return WorkItem(path, WorkState.UNREADABLE, problem=f"{path.name} cannot be read ({error.strerror}).")
        allowed = may_rank(info, self._bundle, demonstration)
        scores = self._scores(info.fingerprint)
        case = self._case(info.fingerprint)
        top = self._top_field(scores) if allowed and scores is not None else None
        return WorkItem(
            path,
            _state(case, scores),
            info.fingerprint,
            info.stain,
            case.specimen.title if case is not None else "",
            case.sheet.category.value if case is not None and case.sheet.category is not None else "",
            scores.cells_done if scores is not None else 0,
            scores.cells_wanted if scores is not None else 0,
            scores is not None and scores.complete,
            top[0] if top is not None else None,
            top[1] if top is not None else 0.0,
            allowed,
            human_first=case.sheet.reading_mode is ReadingMode.HUMAN_FIRST if case is not None else None,
        )

    def _info(self, path: Path) -> SlideInfo:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            slide = open_slide(path)
            try:
                known = (stamp, slide.info)
            finally:
                slide.close()
            self._known[path] = known
        return known[1]

    def _scores(self, fingerprint: str) -> StoredScores | None:
        if self._bundle is None:
            return None
        try:
            return self._plans.latest(fingerprint, self._bundle.hash)
        except OSError as error:
            log.warning("worklist: %s", error)
            return None

    def _case(self, fingerprint: str) -> CaseSummary | None:
        """Of the slide's newest case that can be read."""
        for folder in cases_of_slide(self._data_dir, fingerprint):
            try:
                return read_summary(folder)
            except CaseError as error:
                log.warning("worklist: %s", error)
        return None

    def _top_field(self, scores: StoredScores) -> tuple[ClassInfo, float] | None:
        assert self._bundle is not None
        card = self._bundle.card
        if scores.probabilities.shape[2] != len(card.classes):
            return None
        ranking = rank(scores.grid, scores.states, scores.probabilities, scores.out_of_domain, Criterion.of_card(card))
        fields = ranking.standing_out
        return (card.classes[fields[0].class_index], fields[0].score) if fields else None


def _state(case: CaseSummary | None, scores: StoredScores | None) -> WorkState:
    if case is not None:
        return WorkState.REPORTED if case.signatures else WorkState.IN_PROGRESS
    return WorkState.SCORED if scores is not None and scores.complete else WorkState.NEW
