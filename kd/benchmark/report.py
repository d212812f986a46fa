"""The table: Markdown, CSV and plots from a comparison."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from kd.atomic import atomic_file
from kd.benchmark.compare import TEACHER, Comparison, Contrast, Entry
from kd.benchmark.cost import Cost
from kd.benchmark.statistics import Estimate, estimate
from kd.bundle import RESEARCH_USE_ONLY

LEVEL = 0.05
PAPER_GAP = 0.55
# Name, heading, factor, digits.
COLUMNS = (
    ("accuracy", "accuracy %", 100, 2), ("balanced_accuracy", "balanced %", 100, 2), ("nll", "NLL", 1, 3),
    ("ece", "ECE %", 100, 2), ("agreement", "agrees with teacher %", 100, 2), ("kl", "KL to teacher", 1, 3),
    ("attention", "attention correlation", 1, 3),
)  # fmt: skip


def markdown(found: Comparison, costs: Mapping[str, Cost], command: str) -> str:
    """The whole report."""
    plan = found.plan
    lines = [
        f"# {plan.title}", "", RESEARCH_USE_ONLY, "",
        f"Protocol {plan.protocol}.", "",
        f"{found.patches} patches of {found.groups} groups, split {plan.split}; classes {', '.join(found.classes)}; "
        f"folds {', '.join(found.folds)} ({len(found.folds)} of {len(plan.folds)} finished); manifest "
        f"{', '.join(found.digests)}. 95 % intervals: {plan.resamples} bootstrap resamples of groups and of seeds. "
        "Models run in the precision of their training; probabilities at one temperature, fitted on validation. "
        "Made by", "", f"    {command}", "",
        *_results(found, costs), *_contrasts(found), *_exploratory(found), *_shifts(found), *_claims(found, costs),
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def _results(found: Comparison, costs: Mapping[str, Cost]) -> list[str]:
    heads = ["row", "seeds", *(c[1] for c in COLUMNS), "parameters", "MFLOPs", "images/s", "images/s trained"]
    lines = ["## Results", "", "| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for entry in found.entries:
        estimates = entry.estimates()
        cells = [_cell(estimates.get(name), factor, digits) for name, _, factor, digits in COLUMNS]
        lines.append("| " + " | ".join([entry.name, _seeds(entry), *cells, *_cost(costs.get(entry.name))]) + " |")
    return [
        *lines, "",
        "`images/s`: inference, and `trained`: an update with its teacher, per second of processor time of one thread, "
        "float32 and bfloat16. Attention: per tile, class token in the last block, mean over heads, Pearson.", "",
    ]  # fmt: skip


def _seeds(entry: Entry) -> str:
    if len(entry.seeds) == entry.planned:
        return str(entry.planned)
    return f"{len(entry.seeds)} of {entry.planned}, **unfinished**"


def _cost(cost: Cost | None) -> list[str]:
    if cost is None:
        return ["-"] * 4
    trained = f"{cost.training:.0f}" if cost.training else "-"
    return [f"{cost.parameters:,}", f"{cost.flops / 1e6:.1f}", f"{cost.inference:.0f}", trained]


def _cell(value: Estimate | None, factor: float, digits: int) -> str:
    if value is None or math.isnan(value.value):
        return "-"
    # Adding 0.0 turns a rounded -0.0 into 0.0.
    shown = (round(v * factor, digits) + 0.0 for v in (value.value, value.low, value.high))
    middle, low, high = (f"{v:.{digits}f}" for v in shown)
    return f"{middle} ({low} to {high})"


def _p(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _contrasts(found: Comparison) -> list[str]:
    if not found.contrasts:
        return []
    lines = [
        "## The contrasts written down before running", "",
        "Accuracy, paired by patch and seed; p two-sided by bootstrap, Holm-corrected over these rows.", "",
        "| contrast | seeds | accuracy, points | balanced, points | p | p (Holm) | McNemar | verdict |",
        "|---" * 8 + "|",
    ]  # fmt: skip
    for c in found.contrasts:
        test = "-" if c.mcnemar is None else _p(c.mcnemar)
        cells = [_cell(c.accuracy, 100, 2), _cell(c.balanced, 100, 2), _p(c.accuracy.p), _p(c.adjusted), test]
        lines.append(f"| {c.ours} - {c.reference} | {c.seeds} | " + " | ".join(cells) + f" | {verdict(c)} |")
    return [*lines, ""]


def verdict(contrast: Contrast) -> str:
    """In words: ahead, behind, or not significant at the level of Holm's correction."""
    if not contrast.adjusted < LEVEL:
        return "not significant"
    return f"{contrast.ours} ahead" if contrast.accuracy.value > 0 else f"{contrast.ours} **behind**"


def _exploratory(found: Comparison) -> list[str]:
    lines = [
        f"## Exploratory: every row against {found.plan.reference} and against the teacher", "",
        "Accuracy in points, uncorrected.", "",
        f"| row | - {found.plan.reference} | - teacher |", "|---|---|---|",
    ]  # fmt: skip
    for name, gap in found.to_teacher.items():
        lines.append(f"| {name} | {_cell(found.exploratory.get(name), 100, 2)} | {_cell(gap, 100, 2)} |")
    return [*lines, ""]


def _shifts(found: Comparison) -> list[str]:
    if not found.plan.shifts:
        return []
    names = found.plan.shifts
    lines = [
        "## Shifts (corrupted test patches, accuracy %) and inherited generalisation", "",
        f"Every {found.plan.shift_every}th test patch; drop: from the row's own clean accuracy, all test patches.", "",
        "| row | " + " | ".join(names) + " | mean drop | rho |", "|---" * (len(names) + 3) + "|",
    ]  # fmt: skip
    for entry in found.entries:
        if entry.shifts:
            values = [entry.resampled(f"shift:{name}") for name in names]
            cells = [f"{v[0] * 100:.2f}" for v in values]
            drop = entry.resampled("accuracy") - sum(values[1:], start=values[0]) / len(values)
            rho = _cell(found.rho.get(entry.name), 1, 2) if _rho_means_something(found) else "-"
            lines.append(f"| {entry.name} | " + " | ".join([*cells, _cell(estimate(drop), 100, 2), rho]) + " |")
    divisor = found.rho_divisor
    if divisor is not None:
        end = "." if _rho_means_something(found) else "; its interval holds 0, so rho says nothing here."
        lines += ["", f"Teacher - {found.plan.reference} under the shifts: {_cell(divisor, 100, 2)} points{end}"]
    return [*lines, ""]


def _rho_means_something(found: Comparison) -> bool:
    return found.rho_divisor is not None and found.rho_divisor.low > 0


def _claims(found: Comparison, costs: Mapping[str, Cost]) -> list[str]:
    names = [entry.name for entry in found.entries if entry.metrics]
    lines = ["## The paper's claims", "", "| claim | paper | here |", "|---|---|---|"]
    for name in ("mdkd", "ours"):
        if name in found.to_teacher:
            gap = found.to_teacher[name]
            shown = _cell(Estimate(-gap.value, -gap.high, -gap.low), 100, 2)
            lines.append(f"| teacher - student, points: `{name}` | {PAPER_GAP} | {shown} |")
    if TEACHER in costs and "mdkd" in costs:
        ratio = costs[TEACHER].flops / costs["mdkd"].flops
        sizes = costs[TEACHER].parameters / costs["mdkd"].parameters
        lines.append(f"| less computation | about 4x | {ratio:.2f}x FLOPs, {sizes:.2f}x parameters |")
    for part in ("spatial", "channel", "class_token", "response"):
        row = f"mdkd_no_{part}"
        if row in names and "mdkd" in names:
            entry = next(e for e in found.entries if e.name == row)
            whole = next(e for e in found.entries if e.name == "mdkd")
            difference = estimate(whole.resampled("accuracy") - entry.resampled("accuracy"))
            sure = "" if difference.low > 0 or difference.high < 0 else ", interval holds 0"
            text = f"mdkd with - without: {_cell(difference, 100, 2)} points{sure}"
            lines.append(f"| each dimension adds: {part.replace('_', ' ')} | yes | {text} |")
    for name in ("mdkd", "ours"):
        if name in found.rho and _rho_means_something(found):
            lines.append(f"| generalisation is inherited, rho: `{name}` | yes | {_cell(found.rho[name], 1, 2)} |")
    return [*lines, ""] if len(lines) > 4 else []


def write_csv(found: Comparison, costs: Mapping[str, Cost], target: Path) -> None:
    """One line per row: every metric with its interval, the values of the single seeds, and the costs."""
    lines: list[dict[str, object]] = []
    for entry in found.entries:
        line: dict[str, object] = {"row": entry.name, "seeds": len(entry.seeds), "planned": entry.planned}
        for name, value in entry.estimates().items():
            line |= {name: f"{value.value:.6f}", f"{name}_low": f"{value.low:.6f}", f"{name}_high": f"{value.high:.6f}"}
        for name in entry.shifts:
            line[f"shift_{name}"] = f"{entry.resampled(f'shift:{name}')[0]:.6f}"
        for name in ("accuracy", "balanced_accuracy"):
            line[f"{name}_by_seed"] = " ".join(f"{v[0]:.6f}" for v in entry.metrics.get(name, []))
        if entry.name in costs:
            cost = costs[entry.name]
            line |= {"parameters": cost.parameters, "flops": cost.flops}
            line |= {"inference_images_per_s": f"{cost.inference:.1f}", "training_images_per_s": f"{cost.training:.1f}"}
        lines.append(line)
    names = list(dict.fromkeys(name for line in lines for name in line))
    with atomic_file(target) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(lines)


def draw(found: Comparison, target: Path) -> None:
    """Accuracy of every row with its interval, single seeds as dots, the teacher as a line."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    entries = [entry for entry in found.entries if entry.metrics]
    figure = Figure(figsize=(7, 0.32 * len(entries) + 1.4), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    for place, entry in enumerate(reversed(entries)):
        value = estimate(entry.resampled("accuracy"))
        axis.plot([value.low * 100, value.high * 100], [place, place], color="#0072b2")
        seeds: Sequence[float] = [v[0] * 100 for v in entry.metrics["accuracy"]]
        axis.plot(seeds, [place] * len(seeds), ".", color="#e69f00")
        axis.plot(value.value * 100, place, "o", color="#0072b2")
        if entry.name == TEACHER:
            axis.axvline(value.value * 100, color="#999999", linewidth=0.8)
    axis.set_yticks(range(len(entries)), [entry.name for entry in reversed(entries)])
    axis.set_xlabel(f"accuracy on {found.plan.split}, %: mean, 95 % interval, single seeds")
    axis.set_title(found.plan.title, fontsize=10)
    axis.grid(alpha=0.3)
    with atomic_file(target) as temporary:
        figure.savefig(temporary, format="png", dpi=90)
