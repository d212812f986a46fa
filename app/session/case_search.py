"""Finding the slide of a case, and the case of a slide that is gone from its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.case.case_folder import CaseSummary, all_cases, cases_of_slide, find_slide, read_summary
from app.case.errors import CaseError
from app.records.specimen import SpecimenSlide
from app.slides.open import open_slide
from app.slides.slide import SlideError


@dataclass(frozen=True)
class FoundSlide:
    """A case, the slide of it that is wanted, and where that lies; ``path`` None: not where it was looked for."""

    summary: CaseSummary
    slide: SpecimenSlide
    path: Path | None


class SearchCancelled(Exception):
    """Nobody waits for the answer any more."""


def slide_of_case(folder: Path, look_in: Iterable[Path] = (), cancelled: Callable[[], bool] = bool) -> FoundSlide:
    """The first slide of a case that can be found, else its first slide without a path.

    Reads files that have a slide's name; for a worker. Raises ``CaseError`` for a folder without a usable case.
    """
    summary = read_summary(folder)
    if not summary.slides:
        raise CaseError(f"The case in {folder} has no slide yet: open a slide to start one.")
    places = tuple(look_in)

    def fingerprint(path: Path) -> str:
        if cancelled():
            raise SearchCancelled
        return fingerprint_of(path)

    for slide in summary.slides:
        path = find_slide(slide, folder, fingerprint, places)
        if path is not None:
            return FoundSlide(summary, slide, path)
    return FoundSlide(summary, summary.slides[0], None)


def case_of_path(data_dir: Path, path: Path) -> CaseSummary | None:
    """The newest case with a slide that was last seen at a path; for a worker."""
    wanted = str(path.absolute())
    found = []
    for folder in all_cases(data_dir):
        try:
            summary = read_summary(folder)
        except CaseError:
            continue
        if any(wanted in slide.paths for slide in summary.slides):
            found.append(summary)
    return max(found, key=lambda summary: summary.last_change_utc, default=None)


def summaries_of_slide(data_dir: Path, fingerprint: str) -> list[CaseSummary]:
    """All cases of a slide that can be read, the newest first; for a worker."""
    found = []
    for folder in cases_of_slide(data_dir, fingerprint):
        try:
            found.append(read_summary(folder))
        except CaseError:
            continue
    return sorted(found, key=lambda summary: summary.last_change_utc, reverse=True)


def fingerprint_of(path: Path) -> str:
    """A slide's content in a word. Raises ``ValueError`` for what is no slide that can be read."""
    try:
        slide = open_slide(path)
    except SlideError as error:
        raise ValueError(str(error)) from error
    try:
        return slide.info.fingerprint
    finally:
        slide.close()
