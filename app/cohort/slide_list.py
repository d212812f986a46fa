"""The slides of a cohort, and a folder of results for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.slides.readers import file_of_slide
from app.slides.slide import SlideError
from app.slides.slide_files import slide_files


@dataclass(frozen=True)
class Task:
    """A slide and where its results go."""

    slide: Path
    folder: Path


def list_tasks(named: Sequence[Path], out: Path) -> list[Task]:
    """A task for every slide that is named, and for every slide in a folder that is named.

    Results of a slide lie in ``out/STEM``, those of a slide in a folder in ``out/PATH IN THE FOLDER`` without its
    ending; where that is not unique, a number or the ending tells slides apart. A folder that is one slide (MRXS,
    DICOM) counts as a slide. Raises SlideError when a folder holds no slide.
    """
    tasks: list[Task] = []
    single: Counter[str] = Counter()
    for path in named:
        if path.is_dir() and not _is_slide(path):
            tasks += _tasks_of_folder(path, out)
        else:
            single[path.stem] += 1
            number = single[path.stem]
            tasks.append(Task(path, out / (path.stem if number == 1 else f"{path.stem}-{number}")))
    return tasks


def _is_slide(folder: Path) -> bool:
    try:
        file_of_slide(folder)
    except SlideError:
        return False
    return True


def _tasks_of_folder(folder: Path, out: Path) -> list[Task]:
    slides = list(slide_files(folder))
    if not slides:
        raise SlideError(
            f"The folder {folder} holds no slide; name a folder with SVS, NDPI, MRXS, TIFF or DICOM files."
        )
    places = [slide.relative_to(folder).with_suffix("") for slide in slides]
    shared = {place for place, count in Counter(places).items() if count > 1}
    return [
        Task(slide, out / (slide.relative_to(folder) if place in shared else place))
        for slide, place in zip(slides, places, strict=True)
    ]
