"""From finished runs to numbers: every row's metrics with intervals, contrasts, inheritance, agreement."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kd.atomic import atomic_file
from kd.benchmark.forest import forest_probabilities
from kd.benchmark.measure import FloatArray, FoldData, Measured, Measuring, correlation_per_tile, fold_data
from kd.benchmark.plan import Fold, Plan, Row
from kd.benchmark.statistics import (
    Estimate,
    difference,
    estimate,
    group_means,
    holm,
    inheritance,
    mcnemar,
    over_seeds,
    seed_weights,
)
from kd.benchmark.trainings import Trainings, finished
from kd.bootstrap import Draws, draw_groups, measure
from kd.errors import KdError
from kd.run_folder import load_run

logger = logging.getLogger("kd")

METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "nll", "ece")
TEACHER = "teacher"


@dataclass(frozen=True)
class Entry:
    """A row's metrics, by name: for each finished seed its values on every resample of the groups, (R + 1,).

    ``shifts``: accuracies under the shifts, likewise; ``right``: per seed, which patches were told right.
    """

    name: str
    seeds: tuple[int, ...]
    planned: int
    metrics: dict[str, list[FloatArray]] = field(default_factory=dict)
    shifts: dict[str, list[FloatArray]] = field(default_factory=dict)
    right: list[npt.NDArray[np.bool_]] = field(default_factory=list)

    def resampled(self, metric: str, seeds: tuple[int, ...] = ()) -> FloatArray:
        """A metric (or ``shift:NAME``) over groups and seeds, (R + 1,); of some of the seeds where they are named."""
        values = self.shifts[metric[6:]] if metric.startswith("shift:") else self.metrics[metric]
        if seeds and len(values) > 1:
            values = [values[self.seeds.index(seed)] for seed in seeds]
        return over_seeds(values, seed_weights(len(values), len(values[0]) - 1))

    def estimates(self) -> dict[str, Estimate]:
        return {name: estimate(self.resampled(name)) for name in self.metrics}


@dataclass(frozen=True)
class Contrast:
    """``ours`` against ``reference`` in accuracy: difference, Holm's p, McNemar's p on the first common seed."""

    ours: str
    reference: str
    seeds: int
    accuracy: Estimate
    adjusted: float
    balanced: Estimate
    mcnemar: float | None


@dataclass(frozen=True)
class Comparison:
    """Everything that the report shows."""

    plan: Plan
    folds: tuple[str, ...]
    classes: tuple[str, ...]
    patches: int
    groups: int
    digests: tuple[str, ...]
    entries: tuple[Entry, ...]
    contrasts: tuple[Contrast, ...]
    exploratory: dict[str, Estimate]
    to_teacher: dict[str, Estimate]
    rho: dict[str, Estimate]
    rho_divisor: Estimate | None


def compare(plan: Plan, out: Path, cache: Path) -> Comparison:
    """Measure what is finished and compare it. Raises KdError when nothing is."""
    trainings = Trainings(plan, out, None, None)
    folds = [fold for fold in plan.folds if _complete(trainings, plan, fold)]
    if not folds:
        raise KdError(f"Nothing in {out} is finished yet: no fold has a teacher and a first seed of its rows.")
    teacher = load_run(folds[0].teacher)
    keys = tuple(c.key for c in teacher.classes)
    data = [fold_data(plan, fold, keys) for fold in folds]
    labels = np.concatenate([d.labels[d.test] for d in data])
    shift_labels = np.concatenate([d.labels[d.shift_rows] for d in data])
    draws = draw_groups(np.concatenate([d.groups[d.test] for d in data]), plan.resamples)
    shift_draws = Draws(draws.multiplicities, _group_of(data, draws))
    tables = _Tables(plan, labels, shift_labels, draws, shift_draws)
    measuring = Measuring(plan, out, cache)
    theirs = [measuring.measured(d, Path(d.fold.teacher), f"{d.fold.name}-{TEACHER}") for d in data]
    entries = [tables.entry(TEACHER, (0,), 1, [theirs], None)]
    for row in plan.rows:
        seeds = tuple(s for s in plan.seeds_of(row) if all(finished(trainings.folder(f, row, s)) for f in folds))
        logger.info("%s: seeds %s", row.name, seeds)
        runs = [
            [measuring.measured(d, trainings.folder(d.fold, row, s), f"{d.fold.name}-{row.name}-{s}") for d in data]
            for s in seeds
        ]
        entries.append(tables.entry(row.name, seeds, len(plan.seeds_of(row)), runs, theirs))
    entries += _forests(plan, data, tables, out, cache, len(keys), teacher.vit_config.img_size)
    return _assemble(plan, folds, keys, data, draws, tuple(entries), tables)


def _complete(trainings: Trainings, plan: Plan, fold: Fold) -> bool:
    if not finished(Path(fold.teacher)):
        return False
    # A single fold may have unfinished rows, shown as such; of several, only those count where all rows are there.
    return len(plan.folds) == 1 or all(
        finished(trainings.folder(fold, row, plan.seeds_of(row)[0])) for row in plan.rows
    )


def _group_of(data: list[FoldData], draws: Draws) -> npt.NDArray[np.int64]:
    chosen = [np.isin(d.test, d.shift_rows) for d in data]
    return draws.group_of[np.concatenate(chosen)]


@dataclass(frozen=True)
class _Tables:
    plan: Plan
    labels: npt.NDArray[np.int64]
    shift_labels: npt.NDArray[np.int64]
    draws: Draws
    shift_draws: Draws

    def entry(
        self,
        name: str,
        seeds: tuple[int, ...],
        planned: int,
        runs: list[list[Measured]],
        teacher: list[Measured] | None,
    ) -> Entry:
        """``runs``: per seed, per fold."""
        if not runs:
            return Entry(name, seeds, planned)
        single = [self._values(folds, teacher) for folds in runs]
        shifts = {shift: [self._shift(folds, shift) for folds in runs] for shift in self.plan.shifts}
        right = [_joined([m.probabilities for m in folds]).argmax(1) == self.labels for folds in runs]
        return Entry(
            name, seeds, planned, {key: [values[key] for values in single] for key in single[0]}, shifts, right
        )

    def plain(self, name: str, probabilities: FloatArray) -> Entry:
        """A model without seeds, attention or shifts."""
        found = measure(probabilities, self.labels, (), self.draws)
        return Entry(name, (0,), 1, {key: [found[key]] for key in ("accuracy", "balanced_accuracy", "macro_f1")})

    def _values(self, folds: list[Measured], teacher: list[Measured] | None) -> dict[str, FloatArray]:
        probabilities = _joined([m.probabilities for m in folds])
        found = measure(probabilities, self.labels, (), self.draws)
        values = {name: found[name] for name in METRICS}
        if teacher is not None:
            theirs = _joined([m.probabilities for m in teacher])
            same = (probabilities.argmax(1) == theirs.argmax(1)).astype(np.float64)
            kl = (theirs * (np.log(np.maximum(theirs, 1e-12)) - np.log(np.maximum(probabilities, 1e-12)))).sum(1)
            pairs = list(zip(folds, teacher, strict=True))
            samples = {"agreement": same, "kl": kl}
            if all(m.attention.shape == t.attention.shape and m.attention.size for m, t in pairs):
                samples["attention"] = np.concatenate(
                    [correlation_per_tile(m.attention, t.attention) for m, t in pairs]
                )
            values |= {name: group_means(of_name, self.draws) for name, of_name in samples.items()}
        return values

    def _shift(self, folds: list[Measured], shift: str) -> FloatArray:
        choice = _joined([m.shifts[shift] for m in folds]).argmax(1)
        return group_means((choice == self.shift_labels).astype(np.float64), self.shift_draws)


def _joined(parts: list[FloatArray]) -> FloatArray:
    return np.concatenate(parts)


def _forests(
    plan: Plan, data: list[FoldData], tables: _Tables, out: Path, cache: Path, classes: int, size_px: int
) -> list[Entry]:
    if not plan.forest:
        return []
    entries = []
    kinds = [(False, "random forest")]
    if all(d.fold.control for d in data):
        kinds.append((True, f"random forest, {plan.control_name or 'control images'}"))
    for control, name in kinds:
        parts = []
        for d in data:
            file = out / "measured" / f"{d.fold.name}-forest{'-control' if control else ''}.npy"
            if not file.is_file():
                file.parent.mkdir(parents=True, exist_ok=True)
                found = forest_probabilities(d, classes, size_px, cache, plan.forest_limit, control)
                with atomic_file(file) as temporary, temporary.open("wb") as stream:
                    np.save(stream, found)
            parts.append(np.load(file))
        entries.append(tables.plain(name, _joined(parts)))
    return entries


def _assemble(
    plan: Plan, folds: list[Fold], keys: tuple[str, ...], data: list[FoldData], draws: Draws,
    entries: tuple[Entry, ...], tables: _Tables,
) -> Comparison:  # fmt: skip
    by_name = {entry.name: entry for entry in entries if entry.metrics}
    found = [_contrast(plan, by_name[a], by_name[b]) for a, b in plan.contrasts if a in by_name and b in by_name]
    adjusted = holm([contrast.accuracy.p for contrast in found])
    contrasts = [
        Contrast(c.ours, c.reference, c.seeds, c.accuracy, p, c.balanced, c.mcnemar)
        for c, p in zip(found, adjusted, strict=True)
    ]
    rows = [row for row in plan.rows if row.name in by_name]
    rho, divisor = _rho(plan, by_name, rows)
    return Comparison(
        plan, tuple(f.name for f in folds), keys, len(tables.labels), int(draws.multiplicities.shape[1]),
        tuple(d.manifest.digest() for d in data), entries, tuple(contrasts),
        _against(by_name, rows, plan.reference), _against(by_name, rows, TEACHER), rho, divisor,
    )  # fmt: skip


def _contrast(plan: Plan, ours: Entry, reference: Entry) -> Contrast:
    seeds = tuple(seed for seed in ours.seeds if seed in reference.seeds)
    test = None
    if plan.independent and seeds:
        first = ours.right[ours.seeds.index(seeds[0])], reference.right[reference.seeds.index(seeds[0])]
        test = mcnemar(*first)
    accuracy, balanced = (_paired(ours, reference, metric) for metric in ("accuracy", "balanced_accuracy"))
    return Contrast(ours.name, reference.name, len(seeds), accuracy, float("nan"), balanced, test)


def _paired(ours: Entry, reference: Entry, metric: str) -> Estimate:
    """Difference over the seeds that both have; a reference without seeds (teacher, forest) serves all."""
    if len(reference.seeds) == 1 and reference.name == TEACHER:
        return difference(ours.resampled(metric), reference.resampled(metric))
    seeds = tuple(seed for seed in ours.seeds if seed in reference.seeds)
    if not seeds:
        return Estimate(float("nan"), float("nan"), float("nan"), 1.0)
    return difference(ours.resampled(metric, seeds), reference.resampled(metric, seeds))


def _against(by_name: dict[str, Entry], rows: list[Row], reference: str) -> dict[str, Estimate]:
    if reference not in by_name:
        return {}
    return {r.name: _paired(by_name[r.name], by_name[reference], "accuracy") for r in rows if r.name != reference}


def _rho(plan: Plan, by_name: dict[str, Entry], rows: list[Row]) -> tuple[dict[str, Estimate], Estimate | None]:
    if not plan.shifts or plan.reference not in by_name:
        return {}, None
    alone = {k: by_name[plan.reference].resampled(f"shift:{k}") for k in plan.shifts}
    teacher = {k: by_name[TEACHER].resampled(f"shift:{k}") for k in plan.shifts}
    found = {}
    for row in rows:
        if row.name != plan.reference:
            student = {k: by_name[row.name].resampled(f"shift:{k}") for k in plan.shifts}
            found[row.name] = inheritance(student, teacher, alone)
    divisor = next(iter(found.values()))[1] if found else None
    return {name: pair[0] for name, pair in found.items()}, divisor
