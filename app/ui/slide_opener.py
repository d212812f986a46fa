"""Opens a slide with its model off the GUI thread. The heavy libraries are imported here, not at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.ui.background import CancelToken

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession
    from kd.bundle import Bundle


@dataclass(frozen=True)
class OpenRequest:
    """What to open and how. ``bundle_path`` None: without a model. ``calibrations``: fingerprint -> um/px;
    ``scored_planes``: fingerprint -> focal plane to score. ``discard_scores``: what the model made of the slide before
    is thrown away first."""

    slide_path: Path
    bundle_path: Path | None
    data_dir: Path
    device: str = "auto"
    precision: str = "auto"
    demonstration: bool = False
    calibrations: Mapping[str, float] = field(default_factory=dict)
    scored_planes: Mapping[str, float] = field(default_factory=dict)
    workers: int = 0
    discard_scores: bool = False


@dataclass(frozen=True)
class OpenedSpecimen:
    """An open session, and why it has no model if the named one could not be used."""

    request: OpenRequest
    session: SlideSession
    bundle_problem: str = ""

    def close(self) -> None:
        """Close session and slide; off the GUI thread."""
        self.session.close()
        self.session.slide.close()


class OpeningCancelled(Exception):
    """Nobody waits for this slide any more."""


def open_specimen(request: OpenRequest, token: CancelToken) -> OpenedSpecimen:
    """Open the slide and the session. Raises SlideError in one sentence; runs on a worker thread."""
    from app.slides.open import open_slide

    slide = open_slide(request.slide_path)
    try:
        if token.cancelled:
            raise OpeningCancelled
        from app.session.slide_session import SlideSession

        bundle, problem = _load_bundle(request.bundle_path)
        if request.discard_scores and bundle is not None:
            from app.case.stored_results import discard_of_model

            discard_of_model(request.data_dir, slide.info.fingerprint, bundle.hash)
        plane = request.scored_planes.get(slide.info.fingerprint)
        session = SlideSession(
            slide,
            bundle,
            request.data_dir,
            device=request.device,
            precision=request.precision,
            calibrated_mpp=request.calibrations.get(slide.info.fingerprint),
            demonstration=request.demonstration,
            focal_plane=int(plane) if plane is not None and slide.info.shows_plane(int(plane)) else None,
            workers=request.workers,
        )
    except BaseException:
        slide.close()
        raise
    return OpenedSpecimen(request, session, problem)


def _load_bundle(path: Path | None) -> tuple[Bundle | None, str]:
    """The bundle, or None and the sentence that says why; a bad model does not keep a slide closed."""
    if path is None:
        return None, ""
    from kd.bundle import BundleError, load_bundle

    try:
        return load_bundle(path), ""
    except BundleError as error:
        return None, str(error)
