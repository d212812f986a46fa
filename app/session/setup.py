"""What a session can do with a slide and a model before anything runs: scale, plan, provenance, notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from app.analysis.cell_map import CELL_FINDER
from app.analysis.low_power import stage
from app.analysis.messages import Job
from app.analysis.plan import PlanError, TilePlan, make_plan
from app.analysis.runtime.backend import RuntimeChoice
from app.records.provenance import Provenance
from app.records.scores import CellState
from app.records.stains import stain_name, stain_names
from app.session.events import Notice
from app.slides.focus_stack import FUSION_RULE
from app.slides.slide import ALL_IN_FOCUS, MppState, SlideInfo
from kd.bundle import Bundle

BLURRED_SHARE = 0.2
"""From this share of blurred tiles on the user is told. Of tiles as scanned at most 0.3 % were called blurred on the
slides that were measured; of slides blurred by a Gaussian of 1.5 um a third (tests/benchmarks/focus_judge.py)."""
BLUR_FROM_TILES = 50


@dataclass(frozen=True)
class Setup:
    """``plan`` is None when the slide cannot be scored; ``notices`` then say why."""

    plan: TilePlan | None
    mpp: float | None
    mpp_source: str
    notices: tuple[Notice, ...]


def prepare(
    info: SlideInfo,
    bundle: Bundle | None,
    calibrated_mpp: float | None,
    focal_plane: int | None,
    low_power: bool = False,
) -> Setup:
    """Work out plan and standing notices. ``focal_plane`` None takes the middle one; with ``low_power`` the low-power
    stage leaves out tiles, where it is for tiles of this model's size."""
    mpp, source = (calibrated_mpp, "calibrated") if calibrated_mpp else (info.mpp, info.mpp_state.value)
    if bundle is None:
        return Setup(None, mpp, source, (Notice("no-model", "info", "No model is loaded: the slide is not scored."),))
    card = bundle.card
    notices = list(_stain_notices(info, bundle))
    if mpp is None:
        return Setup(None, None, source, (*notices, _no_scale(info)))
    plane = info.focal_planes.middle if focal_plane is None else focal_plane
    try:
        plan = make_plan(
            info.levels,
            mpp,
            tile_px=card.tile_px,
            mpp=card.mpp,
            stride_um=card.stride_um,
            mpp_tolerance=card.mpp_tolerance,
            plane=plane,
        )
    except PlanError as error:
        return Setup(None, mpp, source, (*notices, Notice("mpp-coarse", "error", str(error))))
    if low_power:
        tile_um = plan.tile_px * plan.mpp_used
        plan = replace(plan, low_power=stage().is_for(tile_um))
        notices.append(_low_power_notice(tile_um, plan.low_power))
    if plan.read_px < plan.tile_px:
        text = (
            f"This slide is coarser ({mpp:.3g} µm per pixel) than what the model was trained on ({card.mpp:.3g}): "
            "its pixels are enlarged, and the scores are less reliable."
        )
        notices.append(Notice("mpp-coarse", "warning", text))
    if card.mpp_assumed:
        text = "The scale of this model's training images was assumed, not measured; its scores may be off."
        notices.append(Notice("mpp", "warning", text))
    return Setup(plan, mpp, source, tuple(notices))


def domain_notices(info: SlideInfo, bundle: Bundle | None, demonstration: bool) -> tuple[Notice, ...]:
    """The banner of a phantom model on a slide that is none; and what a phantom slide is."""
    notices: list[Notice] = []
    if info.phantom:
        text = "This slide is a phantom: synthetic cells, drawn by a program. It tells nothing about patients."
        notices.append(Notice("phantom-slide", "info", text))
    if bundle is not None and bundle.card.is_phantom and not info.phantom:
        text = (
            f"The model {bundle.card.name} was trained on phantoms (synthetic cells) only. On a real slide its scores "
            "mean nothing."
        )
        if demonstration:
            demonstrating = "Demonstration mode: ranking is on although it means nothing here; exports are stamped."
            notices.append(Notice("phantom-model", "error", text))
            notices.append(Notice("demonstration", "error", demonstrating))
        else:
            notices.append(Notice("phantom-model", "error", f"{text} They are not ranked, flagged or reported."))
    return tuple(notices)


def may_rank(info: SlideInfo, bundle: Bundle | None, demonstration: bool) -> bool:
    """Whether scores may be turned into a ranking, a flag or a report."""
    return bundle is not None and (not bundle.card.is_phantom or info.phantom or demonstration)


def runtime_notices(choice: RuntimeChoice) -> tuple[Notice, ...]:
    """What the student runs on and why; and what was switched off."""
    text = f"{choice.reason}; {choice.precision} ({choice.precision_reason})"
    text += f"; {choice.tuning}." if choice.tuning else "."
    notices = [Notice("runtime", "info", text)]
    if choice.warnings:
        notices.append(Notice("precision", "warning", "; ".join(choice.warnings) + "."))
    return tuple(notices)


def unreadable_notices(tiles: int) -> tuple[Notice, ...]:
    """Of tiles whose pixels could not be read: the scores leave them out."""
    if tiles == 0:
        return ()
    text = "1 tile could not be read; it has" if tiles == 1 else f"{tiles} tiles could not be read; they have"
    return (Notice("unreadable", "warning", f"{text} no score. The file may be damaged."),)


def count_notices(counts: Mapping[CellState, int]) -> tuple[Notice, ...]:
    """What the numbers of cells by state come to; none before anything is scored."""
    if not counts:
        return ()
    focus = focus_notices(counts[CellState.OUT_OF_FOCUS], counts[CellState.SCORED])
    return (*unreadable_notices(counts[CellState.FAILED]), *focus)


def focus_notices(out_of_focus: int, scored: int) -> tuple[Notice, ...]:
    """Of a slide that is blurred in large part, so that nobody takes few findings for a good sign."""
    judged = out_of_focus + scored
    if judged < BLUR_FROM_TILES or out_of_focus < BLURRED_SHARE * judged:
        return ()
    text = (
        f"{out_of_focus / judged:.0%} of the tiles with cells are out of focus: they are not reliable and left out of "
        "the ranking. Look whether the slide is blurred all over, and have it scanned again."
    )
    return (Notice("focus", "warning", text),)


def make_job(info: SlideInfo, bundle: Bundle, setup: Setup, device: str, precision: str, workers: int) -> Job:
    """What the scoring process is told; ``setup`` must have a plan."""
    assert setup.plan is not None and setup.mpp is not None
    return Job(
        slide_path=info.path,
        fingerprint=info.fingerprint,
        bundle_path=bundle.path,
        bundle_hash=bundle.hash,
        plan=setup.plan,
        slide_mpp=setup.mpp,
        device=device,
        precision=precision,
        workers=workers,
    )


def make_provenance(info: SlideInfo, bundle: Bundle, setup: Setup, precision: str, device: str) -> Provenance:
    """Of scores that are made now. ``device`` may still be unknown (empty)."""
    assert setup.plan is not None
    return Provenance(
        program_version=program_version(),
        slide_fingerprint=info.fingerprint,
        slide_size_px=(info.size.width, info.size.height),
        mpp_used=setup.plan.mpp_used,
        mpp_source=setup.mpp_source,
        model_name=bundle.card.name,
        model_hash=bundle.hash,
        precision=precision,
        tile_px=bundle.card.tile_px,
        stride_um=bundle.card.stride_um,
        read_level=setup.plan.read_level,
        resampled=setup.plan.resampled,
        focal_plane=setup.plan.plane,
        fusion=FUSION_RULE if setup.plan.plane == ALL_IN_FOCUS else "",
        cell_finder=f"{CELL_FINDER}, {stage().name}" if setup.plan.low_power else CELL_FINDER,
        device=device,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def program_version() -> str:
    """The installed version of FNAScope; ``unknown`` in a bundle without metadata."""
    try:
        return version("fnascope")
    except PackageNotFoundError:
        return "unknown"


def _low_power_notice(tile_um: float, used: bool) -> Notice:
    if used:
        text = (
            "Tiles that look empty at low power are left out, by a stage that was trained on phantoms (synthetic "
            "cells): single cells at the border of a tile may be among them."
        )
    else:
        text = (
            "All tiles with cells are scored, although those that look empty at low power were to be left out: the "
            f"stage for it is for tiles of {stage().tile_um:.3g} µm, those of this model are {tile_um:.3g} µm."
        )
    return Notice("low-power", "warning", text)


def _no_scale(info: SlideInfo) -> Notice:
    if info.mpp_state is MppState.IMPOSSIBLE and info.mpp_raw is not None:
        found = f"The file states an impossible scale ({info.mpp_raw[0]:.4g} µm per pixel)"
    else:
        found = "The file does not state its scale (µm per pixel)"
    return Notice("mpp-missing", "error", f"{found}: the slide cannot be scored until it is calibrated.")


def _stain_notices(info: SlideInfo, bundle: Bundle) -> tuple[Notice, ...]:
    covered = stain_names(bundle.card.stains) or "no stain that its card names"
    if info.stain is None:
        text = f"The file does not tell its stain; the model covers {covered}. On other stains its scores mean little."
        return (Notice("stain", "info", text),)
    if info.stain.lower() not in bundle.card.stains:
        text = f"This slide's stain ({stain_name(info.stain)}) is not one that the model covers ({covered})."
        return (Notice("stain", "warning", text),)
    return ()
