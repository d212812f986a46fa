"""Menus and toolbar of the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from app.ui.actions import Actions
from app.ui.marking.mark_actions import CASE_MENU, EDIT_MENU, FILE_MENU, MARKS_MENU, TOOLBAR
from app.ui.sheet.sheet_actions import EXPORT_MENU, SHEET_MENU


def tr(text: str) -> str:
    """Translate in the context of the menus."""
    return QCoreApplication.translate("Menus", text)


class Menus:
    """The menu bar. ``recent`` is filled when the recent files change; ``panels`` takes the docks' actions."""

    def __init__(self, window: QMainWindow, actions: Actions, set_theme: Callable[[str], None]) -> None:
        bar = window.menuBar()
        file = bar.addMenu(tr("&File"))
        file.addAction(actions["open"])
        self.recent = file.addMenu(tr("Open &recent"))
        _add(file, actions, ("open_folder", "previous_slide", "next_slide", "", "close_slide", "", *CASE_MENU))
        file.addSeparator()
        export = file.addMenu(tr("&Export"))
        for name in ("export_all", "export_csv", "export_geojson", "export_heatmaps", *EXPORT_MENU):
            export.addAction(actions[name])
        _add(file, actions, FILE_MENU)
        file.addAction(actions["snapshot"])
        file.addSeparator()
        file.addAction(actions["preferences"])
        file.addSeparator()
        file.addAction(actions["quit"])
        self.edit = bar.addMenu(tr("&Edit"))
        _add(self.edit, actions, EDIT_MENU)
        view = bar.addMenu(tr("&View"))
        _add(view, actions, ("fit", "zoom_in", "zoom_out", ""))
        # Short enough for a small screen at 200 %.
        view.addMenu(tr("Ma&gnification")).addActions(list(actions.magnifications.values()))
        turn = view.addMenu(tr("&Rotation"))
        _add(turn, actions, ("rotate_left", "rotate_right", "turn_left", "turn_right", "", "rotate_reset"))
        _add(view, actions, ("", "next_unseen"))
        self.unseen = view.addMenu(tr("Unseen fields a&t"))
        view.addSeparator()
        focus = view.addMenu(tr("F&ocus"))
        _add(focus, actions, ("plane_up", "plane_down", "best_focus", "all_in_focus", "", "score_plane"))
        _add(view, actions, ("", "heatmap", "attention", "coverage", "legend", "minimap"))
        _add(view, actions, ("", "calibrate", ""))
        second = view.addMenu(tr("Second &slide"))
        _add(second, actions, ("open_beside", "", "link_views", "align_views", "heatmap_beside", "", "close_beside"))
        self.panels = view.addMenu(tr("&Panels"))
        self._themes = self._theme_menu(view, set_theme)
        view.addAction(actions["fullscreen"])
        _add(bar.addMenu(tr("&Marks")), actions, MARKS_MENU)
        _add(bar.addMenu(tr("&Sheet")), actions, SHEET_MENU)
        analysis = bar.addMenu(tr("&Analysis"))
        _add(
            analysis,
            actions,
            (
                "start_pause",
                "cancel",
                "",
                "next_field",
                "previous_field",
                "confirm_field",
                "dismiss_field",
                "dot_field",
                "",
            ),
        )
        _add(
            analysis,
            actions,
            ("second_opinion", "second_opinions", "weigh_slide", "", "score_again", "stored_results", ""),
        )
        _add(analysis, actions, ("models", "choose_model", "model_card", "", "demonstration"))
        help_ = bar.addMenu(tr("&Help"))
        _add(help_, actions, ("shortcuts", "model_card", "", "show_log", "about"))

    def show_recent(self, paths: Sequence[str], open_path: Callable[[Path], None], clear: Callable[[], None]) -> None:
        self.recent.clear()
        self.recent.setEnabled(bool(paths))
        for number, path in enumerate(paths, start=1):
            entry = self.recent.addAction(f"&{number}  {Path(path).name}" if number < 10 else Path(path).name)
            entry.setToolTip(path)
            entry.triggered.connect(lambda _checked=False, path=path: open_path(Path(path)))
        self.recent.setToolTipsVisible(True)
        self.recent.addSeparator()
        self.recent.addAction(tr("&Clear this list")).triggered.connect(clear)

    def show_theme(self, theme: str) -> None:
        self._themes[theme].setChecked(True)

    def _theme_menu(self, view: QMenu, set_theme: Callable[[str], None]) -> dict[str, QAction]:
        menu = view.addMenu(tr("&Theme"))
        group = QActionGroup(menu)
        entries = {}
        for text, theme in ((tr("As the &system"), "system"), (tr("&Light"), "light"), (tr("&Dark"), "dark")):
            entry = menu.addAction(text)
            entry.setCheckable(True)
            entry.triggered.connect(lambda _checked=False, theme=theme: set_theme(theme))
            group.addAction(entry)
            entries[theme] = entry
        return entries


def build_toolbar(window: QMainWindow, actions: Actions) -> QToolBar:
    """One slim row: what the hands need, in the order of the work."""
    bar = QToolBar(tr("Toolbar"), window)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setFloatable(False)
    bar.setIconSize(QSize(20, 20))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    bar.toggleViewAction().setEnabled(False)
    bar.addAction(actions["open"])
    bar.addSeparator()
    bar.addAction(actions["fit"])
    bar.addWidget(_magnification_buttons(actions))
    bar.addSeparator()
    for name in ("rotate_left", "rotate_right", "rotate_reset"):
        bar.addAction(actions[name])
    bar.addSeparator()
    bar.addAction(actions["heatmap"])
    bar.addAction(actions["attention"])
    bar.addSeparator()
    for name in TOOLBAR:
        bar.addAction(actions[name])
    bar.addSeparator()
    bar.addAction(actions["start_pause"])
    bar.addAction(actions["previous_field"])
    bar.addAction(actions["next_field"])
    spacer = QWidget()
    spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(spacer)
    bar.addAction(actions["snapshot"])
    bar.addAction(actions["shortcuts"])
    for button in bar.findChildren(QToolButton):
        action = button.defaultAction()
        if action is not None:
            button.setAccessibleName(action.toolTip())
    window.addToolBar(bar)
    return bar


def _magnification_buttons(actions: Actions) -> QWidget:
    """The magnifications as one segmented control."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(6, 0, 6, 0)
    layout.setSpacing(0)
    last = len(actions.magnifications) - 1
    for place, action in enumerate(actions.magnifications.values()):
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setProperty("segment", True)
        button.setProperty("edge", "first" if place == 0 else "last" if place == last else "middle")
        button.setAccessibleName(tr("Magnification {0}").format(action.text()))
        layout.addWidget(button)
    return row


def _add(menu: QMenu, actions: Actions, names: Sequence[str]) -> None:
    for name in names:
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()
