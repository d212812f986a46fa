"""Opens a second slide beside the first, links the two views, and closes it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from app.records.stains import stain_name
from app.ui.background import Job, run_in_background
from app.ui.commands import slide_filters
from app.ui.dialogs.error import show_error
from app.ui.slide_opener import OpenedSpecimen, open_specimen

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession
    from app.ui.beside.link import ViewLink
    from app.ui.beside.pane import BesidePane
    from app.ui.canvas.heatmap_layer import HeatmapLayer
    from app.ui.main_window import MainWindow


class Beside(QObject):
    """The second slide of one window; built when it is first wanted. It is looked at, never scored or marked."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.pane: BesidePane | None = None
        self.link: ViewLink | None = None
        self.current: OpenedSpecimen | None = None
        self._heatmap: HeatmapLayer | None = None
        self._job: Job | None = None
        actions = window.actions_
        actions["open_beside"].triggered.connect(lambda: self.choose())
        actions["close_beside"].triggered.connect(lambda: self.close())
        actions["link_views"].triggered.connect(self._set_linked)
        actions["align_views"].triggered.connect(lambda: self.link.start_pointing() if self.link else None)
        actions["heatmap_beside"].toggled.connect(self._show_heatmap)
        actions["demonstration"].toggled.connect(self._set_demonstration)
        window.specimen.opened.connect(lambda _opened: self._align_anew())
        window.specimen.closed.connect(self._first_closed)
        self._enable()

    @property
    def shows_heatmap(self) -> bool:
        """Whether something of a model is to be seen on the second slide."""
        return self._heatmap is not None and self._heatmap.visible

    def choose(self) -> None:
        """The file dialog, in the folder of the slide on screen."""
        current = self._window.specimen.current
        folder = str(current.request.slide_path.parent) if current is not None else ""
        dialog = QFileDialog(self._window, self.tr("Open a second slide beside this one"), folder)
        dialog.setObjectName("openBesideDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(slide_filters())
        dialog.fileSelected.connect(lambda path: self.open(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open(self, path: Path) -> None:
        """Open a slide beside the first, in the background; one that is there already is replaced."""
        if self._window.specimen.session is None:
            return
        if self._job is not None:
            self._job.cancel()
        request = self._window.open_request(path)
        self._job = run_in_background(
            lambda token: open_specimen(request, token),
            on_done=self._show,
            on_error=lambda error: self._fail(path, error),
            discard=OpenedSpecimen.close,
        )
        self._window.status.showMessage(self.tr("Opening {0} beside ...").format(path.name), 10_000)

    def close(self) -> None:
        """The first slide has the whole canvas again."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._release()
        if self.pane is not None:
            self.pane.hide()
        self._show_first_title()
        self._enable()

    def _show(self, opened: OpenedSpecimen) -> None:
        self._job = None
        if self._window.specimen.session is None:
            run_in_background(lambda _token: opened.close())
            return
        self._release()
        pane = self._built()
        self.current = opened
        session = opened.session
        pane.show_title(self._title(session), str(session.slide.info.path))
        pane.view.set_slide(session.slide)
        pane.view.set_mpp(session.mpp)
        pane.show()
        half = self._window.splitter.width() // 2
        self._window.splitter.setSizes([half, half])
        self._add_heatmap()
        self._enable()
        self._window.status.clearMessage()
        self._align_anew()

    def _title(self, session: SlideSession) -> str:
        info = session.slide.info
        facts = [info.path.name, *([stain_name(info.stain)] if info.stain else [])]
        facts.append(self.tr("{0} µm/px").format(f"{session.mpp:.4f}") if session.mpp else self.tr("scale unknown"))
        return "  ·  ".join(facts)

    def _built(self) -> BesidePane:
        if self.pane is None:
            from app.ui.beside.link import ViewLink
            from app.ui.beside.pane import BesidePane

            actions, view = self._window.actions_, self._window.stage.view
            names = ("link_views", "align_views", "heatmap_beside", "close_beside")
            self.pane = BesidePane([actions[name] for name in names])
            self.pane.view.hint.connect(lambda text: self._window.status.showMessage(text, 6000))
            self._window.splitter.addWidget(self.pane)
            self._window.splitter.setStretchFactor(0, 1)
            self._window.splitter.setStretchFactor(1, 1)
            self.link = ViewLink(view, self.pane.view, self)
            self.link.linkedChanged.connect(actions["link_views"].setChecked)
            self.link.pointingChanged.connect(self._show_pointing)
        return self.pane

    def _align_anew(self) -> None:
        """Another slide on either side: link the middles of what both show now, fitted where both were."""
        if self.link is None or self.current is None or self._window.specimen.session is None:
            return
        self._show_first_title()
        self.link.set_scales(self._window.specimen.session.mpp, self.current.session.mpp)
        if self.link.can_link:
            self.link.link_as_shown()
        elif self.pane is not None:
            self.pane.show_hint(self.tr("The views cannot be linked before the scale of both slides is known."))
        self._enable()

    def _show_first_title(self) -> None:
        """The first slide is named while a second is there."""
        title, session = self._window.center.title, self._window.specimen.session
        title.setVisible(self.current is not None and session is not None)
        title.setText(self._title(session) if session is not None else "")

    def _set_linked(self, on: bool) -> None:
        if self.link is not None:
            if on:
                self.link.link_as_shown()
            else:
                self.link.unlink()

    def _show_pointing(self, left: int) -> None:
        texts = {
            2: self.tr("Click the same place on both slides (Esc: cancel)."),
            1: self.tr("Now the same place on the other slide."),
            0: "",
        }
        if self.pane is not None:
            self.pane.show_hint(texts[left])
        self._window.actions_["align_views"].setChecked(left > 0)

    def _add_heatmap(self) -> None:
        """What is stored of the second slide's scores; the button is idle where there are none."""
        from app.records.scores import CellState
        from app.ui.overlays import make_heatmap

        assert self.current is not None and self.pane is not None
        session, action = self.current.session, self._window.actions_["heatmap_beside"]
        scores = session.score_map()
        scored = scores is not None and bool((scores.states == CellState.SCORED).any())
        action.setEnabled(scored)
        if scored:
            self._heatmap = make_heatmap(session)
            self._heatmap.opacity = self._window.settings.overlay_opacity
            self._heatmap.threshold = self._window.settings.overlay_threshold
            self._heatmap.set_scores(scores)
            self._apply_domain()
            self.pane.view.add_layer(self._heatmap)

    def _apply_domain(self) -> None:
        """Where the model may say nothing, its heatmap starts hidden and flags no tile, as on the first slide."""
        if self._heatmap is None or self.current is None:
            return
        may_rank, hidden = self.current.session.may_rank, self._window.sheet.reading_mode.ai_hidden
        self._heatmap.flags_shown = may_rank
        self._heatmap.visible = may_rank and self._window.actions_["heatmap"].isChecked() and not hidden
        self._window.actions_["heatmap_beside"].setChecked(self._heatmap.visible)

    def _set_demonstration(self, on: bool) -> None:
        if self.current is not None and self.pane is not None:
            self.current.session.set_demonstration(on)
            self._apply_domain()
            self.pane.view.update_layers()

    def _show_heatmap(self, on: bool) -> None:
        if self._heatmap is not None and self.pane is not None:
            self._heatmap.visible = on
            self.pane.view.update_layers()

    def _first_closed(self) -> None:
        """The first slide may only be replaced: the second stays until none is left."""
        if self.link is not None:
            self.link.set_scales(None, None)
        QTimer.singleShot(0, self._close_if_alone)

    def _close_if_alone(self) -> None:
        specimen = self._window.specimen
        if specimen.current is None and not specimen.is_opening:
            self.close()

    def _release(self) -> None:
        opened, self.current = self.current, None
        if self.link is not None:
            self.link.set_scales(None, None)
        if self.pane is not None:
            if self._heatmap is not None:
                self.pane.view.remove_layer(self._heatmap)
            self.pane.view.set_slide(None)
            self.pane.show_hint("")
        self._heatmap = None
        if opened is not None:
            run_in_background(lambda _token: opened.close())

    def _fail(self, path: Path, error: Exception) -> None:
        from app.slides.slide import SlideError

        self._job = None
        self._window.status.clearMessage()
        sentence = (
            str(error) if isinstance(error, SlideError) else self.tr("{0} could not be opened.").format(path.name)
        )
        show_error(self._window, sentence, repr(error))

    def _enable(self) -> None:
        actions, shown = self._window.actions_, self.current is not None
        actions["close_beside"].setEnabled(shown)
        linkable = shown and self.link is not None and self.link.can_link
        actions["link_views"].setEnabled(linkable)
        actions["align_views"].setEnabled(linkable)
        if not shown:
            actions["heatmap_beside"].setEnabled(False)
