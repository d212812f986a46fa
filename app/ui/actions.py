"""Every action of the window in one table: text, icon, keys. Menus, toolbar and shortcut sheet read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.ui.icons import icon

MAGNIFICATIONS = (1.25, 2.5, 5.0, 10.0, 20.0, 40.0)


def tr(text: str) -> str:
    """Translate in the context of the window's actions."""
    return QCoreApplication.translate("Actions", text)


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action. ``keys`` in Qt's portable notation, the first one is shown; ``group`` orders the sheet."""

    name: str
    group: str
    text: str
    icon: str = ""
    keys: tuple[str, ...] = ()
    checkable: bool = False
    needs_slide: bool = False


def action_specs() -> tuple[ActionSpec, ...]:
    """The table; a function, so that the texts are translated when the window is built."""
    file, view, overlay, analysis, help_ = tr("File"), tr("View"), tr("Overlays"), tr("Analysis"), tr("Help")
    edit = tr("Edit")
    from app.ui.marking.mark_actions import mark_action_specs  # its rows are made of ActionSpec
    from app.ui.sheet.sheet_actions import sheet_action_specs

    return (
        ActionSpec("open", file, tr("&Open slide..."), "open", ("Ctrl+O",)),
        ActionSpec("open_folder", file, tr("Open &folder..."), "folder", ("Ctrl+Shift+O",)),
        ActionSpec("next_slide", file, tr("&Next slide of the folder"), "", ("Ctrl+PgDown",)),
        ActionSpec("previous_slide", file, tr("&Previous slide of the folder"), "", ("Ctrl+PgUp",)),
        ActionSpec("close_slide", file, tr("&Close slide"), "close", ("Ctrl+W",), needs_slide=True),
        ActionSpec("export_all", file, tr("&All results into a folder..."), "export", ("Ctrl+E",), needs_slide=True),
        ActionSpec("export_csv", file, tr("Scores as &CSV..."), needs_slide=True),
        ActionSpec("export_geojson", file, tr("Scores as &GeoJSON (QuPath)..."), needs_slide=True),
        ActionSpec("export_heatmaps", file, tr("&Heatmaps as PNG..."), needs_slide=True),
        ActionSpec("snapshot", file, tr("&Snapshot of the view..."), "snapshot", ("Ctrl+Shift+S",), needs_slide=True),
        ActionSpec("preferences", file, tr("&Preferences..."), "settings", ("Ctrl+,",)),
        ActionSpec("quit", file, tr("&Quit"), "", ("Ctrl+Q",)),
        ActionSpec("undo", edit, tr("&Undo"), "undo", ("Ctrl+Z",)),
        ActionSpec("redo", edit, tr("&Redo"), "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
        *mark_action_specs(),
        *sheet_action_specs(),
        ActionSpec("fit", view, tr("&Fit to window"), "fit", ("F",), needs_slide=True),
        ActionSpec("zoom_in", view, tr("Zoom &in"), "zoom_in", ("+", "="), needs_slide=True),
        ActionSpec("zoom_out", view, tr("Zoom &out"), "zoom_out", ("-",), needs_slide=True),
        ActionSpec("rotate_right", view, tr("Rotate &right by 90°"), "rotate_right", ("Shift+R",), needs_slide=True),
        ActionSpec("rotate_left", view, tr("Rotate &left by 90°"), "rotate_left", ("Alt+Shift+R",), needs_slide=True),
        ActionSpec("turn_right", view, tr("Turn right by &15°"), "", ("R",), needs_slide=True),
        ActionSpec("turn_left", view, tr("&Turn left by 15°"), "", ("Alt+R",), needs_slide=True),
        ActionSpec("rotate_reset", view, tr("R&eset rotation"), "rotate_reset", ("0",), needs_slide=True),
        ActionSpec("open_beside", view, tr("Open a slide &beside..."), "beside", ("Ctrl+B",), needs_slide=True),
        ActionSpec("close_beside", view, tr("Close the slide besi&de"), "close", ("Ctrl+Shift+W",)),
        ActionSpec("link_views", view, tr("Move both slides &together"), "link", ("Ctrl+L",), checkable=True),
        ActionSpec(
            "align_views", view, tr("Ali&gn both slides at one place"), "align", ("Ctrl+Shift+L",), checkable=True
        ),
        ActionSpec(
            "heatmap_beside", overlay, tr("Heatmap of the slide beside"), "heatmap", ("Ctrl+H",), checkable=True
        ),
        ActionSpec("calibrate", view, tr("&Calibrate scale..."), "calibrate", ("Ctrl+K",), needs_slide=True),
        ActionSpec("fullscreen", view, tr("F&ull screen"), "fullscreen", ("F11",), checkable=True),
        ActionSpec("heatmap", overlay, tr("Class &heatmap"), "heatmap", ("O",), checkable=True),
        ActionSpec("attention", overlay, tr("&Attention map"), "attention", ("A",), checkable=True),
        ActionSpec("legend", overlay, tr("&Legend"), "", ("L",), checkable=True),
        ActionSpec("minimap", overlay, tr("&Minimap"), "", ("M",), checkable=True),
        ActionSpec("coverage", overlay, tr("&Coverage track: what was seen"), "", ("T",), checkable=True),
        ActionSpec("plane_up", view, tr("Focal plane &up"), "", ("]", "PgUp")),
        ActionSpec("plane_down", view, tr("Focal plane &down"), "", ("[", "PgDown")),
        ActionSpec("best_focus", view, tr("&Sharpest plane of this field"), "", ("Z",)),
        ActionSpec("all_in_focus", view, tr("&All in focus (fused planes)"), "", ("Shift+Z",), checkable=True),
        ActionSpec("score_plane", analysis, tr("Score the focal plane that is shown")),
        ActionSpec("next_unseen", view, tr("Next &unseen cellular field"), "", ("J",), needs_slide=True),
        ActionSpec("start_pause", analysis, tr("&Start scoring"), "play", ("S",), needs_slide=True),
        ActionSpec("cancel", analysis, tr("&Cancel scoring"), "stop", ("Shift+S",), needs_slide=True),
        ActionSpec("next_field", analysis, tr("&Next suspicious field"), "next", ("Space", "N"), needs_slide=True),
        ActionSpec("previous_field", analysis, tr("&Previous suspicious field"), "previous", ("B",), needs_slide=True),
        ActionSpec("confirm_field", analysis, tr("&Confirm the field"), "confirm", ("C",), needs_slide=True),
        ActionSpec("dismiss_field", analysis, tr("Dismi&ss the field"), "dismiss", ("X",), needs_slide=True),
        ActionSpec("dot_field", analysis, tr("&Dot the field"), "dot", ("D",), needs_slide=True),
        ActionSpec("second_opinion", analysis, tr("Second &opinion on the field"), "", ("Shift+T",), needs_slide=True),
        ActionSpec("second_opinions", analysis, tr("Second opinion on the first 20 fields"), needs_slide=True),
        ActionSpec("weigh_slide", analysis, tr("&Weigh the slide (slide model)"), "", ("Shift+W",)),
        ActionSpec("stored_results", analysis, tr("Stored &results of this slide..."), needs_slide=True),
        ActionSpec("score_again", analysis, tr("Discard scores and score &again..."), needs_slide=True),
        ActionSpec("models", analysis, tr("&Models..."), "model", ("Ctrl+M",)),
        ActionSpec("choose_model", analysis, tr("Use a model from a &folder..."), "model"),
        ActionSpec("demonstration", analysis, tr("&Demonstration mode"), checkable=True),
        ActionSpec("model_card", help_, tr("&Model card..."), "model", needs_slide=True),
        ActionSpec("shortcuts", help_, tr("&Keyboard shortcuts"), "keyboard", ("F1", "?")),
        ActionSpec("show_log", help_, tr("Open the &log file")),
        ActionSpec("about", help_, tr("&About FNAScope"), "info"),
    )


class Actions(QObject):
    """The window's actions: ``actions["open"]``, and ``magnifications`` by value."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.specs = {spec.name: spec for spec in action_specs()}
        self._actions = {name: self._build(spec, window) for name, spec in self.specs.items()}
        self.magnifications = {
            value: self._build_magnification(value, key, window) for key, value in enumerate(MAGNIFICATIONS, start=1)
        }

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[tuple[ActionSpec, QAction]]:
        return ((self.specs[name], action) for name, action in self._actions.items())

    def refresh_icons(self) -> None:
        """Draw the icons again, after the theme changed."""
        for name, spec in self.specs.items():
            if spec.icon:
                self._actions[name].setIcon(icon(spec.icon))

    def set_slide_open(self, is_open: bool) -> None:
        for name, spec in self.specs.items():
            if spec.needs_slide:
                self._actions[name].setEnabled(is_open)

    def set_scale_known(self, known: bool) -> None:
        """Magnifications mean something only where the slide's um/px is known."""
        for value, action in self.magnifications.items():
            action.setEnabled(known)
            action.setToolTip(
                _tip(tr("{0}x").format(f"{value:g}"), action)
                if known
                else tr("Magnification needs the slide's scale: calibrate it first (Ctrl+K)")
            )

    def show_run_state(self, state: str, can_score: bool) -> None:
        """Let the one start / pause / resume action say what it does now."""
        text, icon_name = {
            "starting": (tr("&Pause scoring"), "pause"),
            "finding cells": (tr("&Pause scoring"), "pause"),
            "running": (tr("&Pause scoring"), "pause"),
            "paused": (tr("&Resume scoring"), "play"),
        }.get(state, (tr("&Start scoring"), "play"))
        action = self._actions["start_pause"]
        if action.text() != text:
            self.specs["start_pause"] = ActionSpec(
                "start_pause", tr("Analysis"), text, icon_name, ("S",), needs_slide=True
            )
            action.setText(text)
            action.setIcon(icon(icon_name))
            action.setToolTip(_tip(text, action))
        action.setEnabled(can_score and state != "finished")
        self._actions["cancel"].setEnabled(state in ("starting", "finding cells", "running", "paused"))

    def _build(self, spec: ActionSpec, window: QWidget) -> QAction:
        action = QAction(spec.text, window)
        action.setObjectName(f"action_{spec.name}")
        action.setCheckable(spec.checkable)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        action.setToolTip(_tip(spec.text, action))
        window.addAction(action)
        return action

    def _build_magnification(self, value: float, key: int, window: QWidget) -> QAction:
        action = QAction(f"{value:g}x", window)
        action.setObjectName(f"action_magnification_{value:g}")
        action.setCheckable(True)
        action.setShortcut(QKeySequence(str(key)))
        action.setData(value)
        window.addAction(action)
        return action


def plain_text(text: str) -> str:
    """An action's text without mnemonic and dots; in Chinese the mnemonic stands behind in brackets."""
    return re.sub(r"\(&.\)", "", text).replace("&", "").removesuffix("...")


def _tip(text: str, action: QAction) -> str:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{plain_text(text)} ({keys})" if keys else plain_text(text)
