"""Where cases lie, which case a slide belongs to, and where a case's slides have gone.

Cases lie in the user's data folder, never beside the slides (a read-only share is enough for those):
``cases/<name>/case.sqlite``, and ``cases/by-slide/<fingerprint>.json`` names the cases of a slide. That
register is a convenience: ``rebuild_register`` makes it again from the cases themselves.
"""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.case.case_database import FILE_NAME, open_database
from app.case.errors import CaseError
from app.case.journal import read_records
from app.records.specimen import Sheet, Signature, Specimen, SpecimenSlide

CASES = "cases"
_BY_SLIDE = "by-slide"


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """What a worklist needs of a case, read without opening it for work."""

    folder: Path
    specimen: Specimen
    slides: tuple[SpecimenSlide, ...]
    sheet: Sheet
    signatures: tuple[Signature, ...]
    marks: int
    last_change_utc: str


def new_case_folder(data_folder: Path) -> Path:
    """A name for a new case that no other has; nothing is made yet."""
    stamp = datetime.now(UTC).strftime("%Y%m%d")
    return data_folder / CASES / f"{stamp}-{uuid.uuid4().hex[:12]}"


def register_case(data_folder: Path, case_folder: Path, fingerprints: Iterable[str]) -> None:
    """Note that these slides belong to a case; whole or not at all per slide. Raises ``OSError``."""
    for fingerprint in fingerprints:
        known = _registered(data_folder, fingerprint)
        if case_folder not in known:
            _write_register(data_folder, fingerprint, [case_folder, *known])


def cases_of_slide(data_folder: Path, fingerprint: str) -> list[Path]:
    """Folders of the cases that a slide belongs to, the newest first; those that are gone are left out."""
    return [folder for folder in _registered(data_folder, fingerprint) if (folder / FILE_NAME).is_file()]


def all_cases(data_folder: Path) -> Iterator[Path]:
    """Folders of all cases in the data folder, by name."""
    for file in sorted((data_folder / CASES).glob(f"*/{FILE_NAME}")):
        yield file.parent


def rebuild_register(data_folder: Path) -> list[str]:
    """Make the register again. Returns a sentence for each case that could not be read."""
    problems = []
    for folder in all_cases(data_folder):
        try:
            register_case(data_folder, folder, (slide.fingerprint for slide in read_summary(folder).slides))
        except CaseError as error:
            problems.append(str(error))
    return problems


def read_summary(folder: Path) -> CaseSummary:
    """The summary of a case, also of one that is open elsewhere. Raises ``CaseError``."""
    connection = open_database(folder / FILE_NAME, read_only=True)
    try:
        records = list(read_records(connection, leave_out="mark"))
        (marks,) = connection.execute("SELECT COUNT(*) FROM record WHERE kind = 'mark'").fetchone()
        (last,) = connection.execute("SELECT COALESCE(MAX(at_utc), '') FROM journal").fetchone()
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        raise CaseError(f"The case in {folder} cannot be read ({error}): restore one of its backups.") from error
    finally:
        connection.close()
    specimens = [record for record in records if isinstance(record, Specimen)]
    if not specimens:
        raise CaseError(f"The case in {folder} is empty: start a new one.")
    return CaseSummary(
        folder,
        specimens[0],
        tuple(record for record in records if isinstance(record, SpecimenSlide)),
        next((record for record in records if isinstance(record, Sheet)), Sheet()),
        tuple(record for record in records if isinstance(record, Signature)),
        marks,
        last,
    )


def find_slide(
    slide: SpecimenSlide,
    case_folder: Path,
    fingerprint_of: Callable[[Path], str],
    look_in: Iterable[Path] = (),
) -> Path | None:
    """Where a slide lies now, by its content: at its last paths, or under its old name near the case or in
    the folders given (searched to any depth). None when it is nowhere there.

    ``fingerprint_of`` reads the file; files that it cannot read (``OSError``, ``ValueError``) are passed over.
    """
    names = {Path(path.replace("\\", "/")).name for path in slide.paths}
    folders = [*look_in, case_folder, case_folder.parent, *(Path(path).parent for path in slide.paths)]
    tried: set[Path] = set()
    for path in _candidates(slide.paths, names, folders):
        if path in tried:
            continue
        tried.add(path)
        try:
            if fingerprint_of(path) == slide.fingerprint:
                return path
        except (OSError, ValueError):
            continue
    return None


def _candidates(paths: Iterable[str], names: set[str], folders: Iterable[Path]) -> Iterator[Path]:
    yield from (Path(path) for path in paths if Path(path).is_file())
    for folder in folders:
        for name in sorted(names):
            if (folder / name).is_file():
                yield folder / name
    for folder in folders:
        for root, _, files in os.walk(folder):
            yield from (Path(root) / name for name in sorted(names.intersection(files)))


def _registered(data_folder: Path, fingerprint: str) -> list[Path]:
    try:
        names = json.loads(_register_file(data_folder, fingerprint).read_text(encoding="utf-8"))
        return [data_folder / CASES / str(name) for name in names]
    except (OSError, ValueError, TypeError):
        return []


def _write_register(data_folder: Path, fingerprint: str, folders: list[Path]) -> None:
    file = _register_file(data_folder, fingerprint)
    file.parent.mkdir(parents=True, exist_ok=True)
    cases = data_folder / CASES
    # Relative where possible, so that the data folder may be moved as a whole.
    names = [str(f.relative_to(cases)) if f.is_relative_to(cases) else str(f.absolute()) for f in folders]
    part = file.with_suffix(f".{uuid.uuid4().hex}")
    part.write_text(json.dumps(names), encoding="utf-8")
    os.replace(part, file)


def _register_file(data_folder: Path, fingerprint: str) -> Path:
    return data_folder / CASES / _BY_SLIDE / f"{fingerprint}.json"
