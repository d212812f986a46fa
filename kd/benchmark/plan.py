"""What is to be compared: a TOML file, written before the first run.

``[benchmark]`` names title, protocol, data and contrasts; every ``[[row]]`` is one method with its options; every
``[[fold]]`` is one manifest with its teacher (one fold, from ``[benchmark]``, where there is no cross-validation).
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kd import methods
from kd.errors import KdError
from kd.options import from_table


@dataclass(frozen=True)
class Row:
    """One line of the table.

    ``epochs`` 0: those of the plan; ``manifest``: instead of the fold's (other labels); ``teachers``: run folders
    beside the fold's teacher, for ``multi_teacher``; ``note`` is for readers of the plan.
    """

    name: str
    method: str
    init: str = "scratch"
    options: dict[str, Any] = field(default_factory=dict)
    epochs: int = 0
    seeds: tuple[int, ...] = ()
    manifest: str = ""
    teachers: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Fold:
    """Data and teacher. A teacher whose run folder is not there yet is trained with the plan's ``teacher_config``.

    ``control``: a manifest with the same rows over other images, for a forest that shows what those images leak.
    """

    name: str
    manifest: str
    teacher: str
    control: str = ""


@dataclass(frozen=True)
class Plan:
    """A checked plan; paths are relative to where the command is started.

    ``seeds`` of all rows that name none. ``contrasts``: pairs (better?, reference), tested with Holm's correction;
    every other comparison is exploratory. ``shifts``: names from ``kd.benchmark.shifts``, measured on every
    ``shift_every``-th test patch. ``reference``: the row that rho measures inheritance from. ``independent``: patches
    are independent of each other (each its own group), so that McNemar's test may be shown.
    ``forest``: a random forest on thumbnails and histograms, on at most ``forest_limit`` training patches, stands in
    the table; ``control_name``: what the folds' control images show.
    """

    title: str
    protocol: str
    config: str
    rows: tuple[Row, ...]
    folds: tuple[Fold, ...]
    seeds: tuple[int, ...]
    epochs: int
    contrasts: tuple[tuple[str, str], ...] = ()
    reference: str = "none"
    shifts: tuple[str, ...] = ()
    shift_every: int = 4
    teacher_config: str = ""
    teacher_flags: tuple[str, ...] = ()
    forest: bool = True
    forest_limit: int = 6000
    control_name: str = ""
    independent: bool = False
    split: str = "test"
    resamples: int = 2000

    def seeds_of(self, row: Row) -> tuple[int, ...]:
        return row.seeds or self.seeds

    def epochs_of(self, row: Row) -> int:
        return row.epochs or self.epochs


def read_plan(path: Path) -> Plan:
    """Raises KdError with one sentence for whatever is wrong, before anything is trained."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise KdError(f"The plan {path} cannot be read ({error}).") from error
    unknown = sorted(raw.keys() - {"benchmark", "row", "fold"})
    if unknown or not raw.get("row") or "benchmark" not in raw:
        raise KdError(f"The plan {path} needs [benchmark] and at least one [[row]]; unknown: {unknown}.")
    facts = dict(raw["benchmark"])
    rows = tuple(_row(entry, path) for entry in raw["row"])
    alone = {key: facts.pop(key) for key in ("manifest", "teacher", "control") if key in facts}
    folds = [{"name": "all", **alone}] if alone else raw.get("fold", [])
    facts["contrasts"] = tuple(tuple(pair) for pair in facts.get("contrasts", ()))
    given = facts | {"rows": rows, "folds": tuple(_entry(Fold, fold, path) for fold in folds)}
    for key in ("seeds", "shifts", "teacher_flags"):
        given[key] = tuple(given.get(key, ()))
    plan: Plan = _entry(Plan, given, path)
    _check(plan, path)
    return plan


def _row(entry: dict[str, Any], path: Path) -> Row:
    row: Row = _entry(Row, entry | {key: tuple(entry.get(key, ())) for key in ("seeds", "teachers")}, path)
    module = methods.load(row.method)
    from_table(module.Options, row.options, f"{path}: row {row.name}")
    return row


def _entry(cls: Any, values: dict[str, Any], path: Path) -> Any:
    known = {f.name for f in dataclasses.fields(cls)}
    unknown = sorted(values.keys() - known)
    if unknown:
        raise KdError(f"The plan {path} has the unknown entry '{unknown[0]}'; there are {', '.join(sorted(known))}.")
    try:
        return cls(**values)
    except TypeError as error:
        raise KdError(f"The plan {path} is incomplete ({error}).") from error


def _check(plan: Plan, path: Path) -> None:
    names = [row.name for row in plan.rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise KdError(f"The plan {path} has two rows called '{twice[0]}'.")
    for pair in plan.contrasts:
        for name in pair:
            if name not in names:
                raise KdError(f"The plan {path} contrasts '{name}', which is no row.")
    if not plan.folds:
        raise KdError(f"The plan {path} names no data: give manifest and teacher in [benchmark], or [[fold]] tables.")
    if any(not plan.seeds_of(row) or not plan.epochs_of(row) for row in plan.rows):
        raise KdError(f"The plan {path} needs seeds and epochs, in [benchmark] or in every row.")
