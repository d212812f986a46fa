"""Connects tools, layer, panel and menu of marks with the case of the open slide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QActionGroup, QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from app.geometry import RectPx
from app.records.marks import Mark, MarkClass
from app.records.shapes import Shape, bounding_rect
from app.ui.canvas.marks_layer import NO_CLASS_COLOR, MarksLayer
from app.ui.marking.classes import MarkClasses
from app.ui.marking.clipboard import MOST, copy_marks, paste_marks
from app.ui.marking.draft_overlay import Draft, DraftOverlay
from app.ui.marking.mark_planes import MarkPlanes
from app.ui.marking.mark_set import Changes, MarkSet
from app.ui.marking.measures import measure, measure_long
from app.ui.marking.tool_hints import tool_hint
from app.ui.marking.tool_input import Tool, ToolInput
from app.ui.marking.words import draw_label, kind_name, of_marks, tr
from app.ui.panels.marks_model import MarksModel

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.ui.main_window import MainWindow
    from app.ui.slide_opener import OpenedSpecimen

HINT_MS = 8000
NOT_SHOWN = "marks-not-shown"
"""Key of the banner."""
_SHARE_OF_VIEW = 0.5
_QUICK_CLASSES = 9
_OUTLINE_REACH_PX = 8
_FEW_SELECTED = 500
_SMALLEST_SELECTED_PX = 6.0


class Marking(QObject):
    """Marks of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._actions = window.actions_
        self._settings = window.settings
        self.marks = MarkSet(window.case, self)
        self.classes = MarkClasses(self.marks, window.settings, self)
        self.layer = MarksLayer()
        self.panel = window.docks.marks
        self.model = MarksModel(self.marks, self.classes.name_of, self._color_name)
        self.panel.set_model(self.model)
        self._new_class: str | None = None
        self._input: ToolInput | None = None
        self._overlay: DraftOverlay | None = None
        self._planes: MarkPlanes | None = None
        self._wire_actions()
        self._connect()
        self._classes_changed()
        if window.specimen.current is not None:
            self._slide_opened(window.specimen.current)

    @property
    def tools(self) -> ToolInput:
        """What reads mouse and keys on the canvas; there once a slide was opened."""
        if self._input is None:
            view = self._window.stage.view
            self._input = ToolInput(view, self.marks, self)
            self._overlay = DraftOverlay(view, self._draft)
            self._input.drawn.connect(self._add)
            self._input.previewChanged.connect(self._overlay.update)
            self._input.left.connect(lambda: self.use(Tool.HAND))
            self._input.menuWanted.connect(self._show_menu)
            self._planes = MarkPlanes(self._window, view, self.layer, self)
            view.add_layer(self.layer)
        return self._input

    @property
    def new_class(self) -> MarkClass | None:
        """The class that new marks get."""
        return self.classes.get(self._new_class)

    def use(self, tool: Tool) -> None:
        """Take a tool into the hand; the status bar says what it does."""
        if not self._window.stage.view.has_slide:
            tool = Tool.HAND
        self._actions[f"tool_{tool}"].setChecked(True)
        self.tools.set_tool(tool)
        self._window.stage.view.setFocus()
        hint = tool_hint(tool)
        if tool.kind is not None and not self.marks.can_edit:
            hint = self.tr("This case can only be read: nothing can be marked.")
        self._window.status.showMessage(hint, HINT_MS)

    def jump_to(self, mark: Mark) -> None:
        """Show a mark in the middle, no smaller and no larger than it can be seen whole."""
        box, view = bounding_rect(mark.shape), self._window.stage.view
        if box is None:
            return
        width, height = view.transform.viewport_device
        side = max(box.width / width, box.height / height) * view.transform.scale
        if side > 1.0:
            view.zoom_by(_SHARE_OF_VIEW * 2 / side * 0.9)
        elif max(box.width, box.height) * view.transform.scale < 12 * view.devicePixelRatioF():
            view.center_on(box.center, 20.0)
        view.center_on(box.center)
        if self._planes is not None:
            self._planes.show(mark)

    def delete(self) -> None:
        """Delete the vertex under the pointer, or what is selected."""
        editing = self.tools.editing
        if self.tools.tool is Tool.SELECT and editing.hovered is not None and editing.remove_hovered():
            return
        selected = self.marks.selected
        kinds = [mark.shape.kind for mark in self.marks.editable]
        if kinds:
            self.marks.remove_selected(of_marks(tr("Delete {0}"), tr("Delete {0} marks"), kinds))
        elif selected:
            key = self._actions["lock_marks"].shortcut().toString()
            self._say(self.tr("Locked marks are not deleted: unlock them first ({0}).").format(key))

    # Wiring

    def _wire_actions(self) -> None:
        actions = self._actions
        group = QActionGroup(self)
        for tool in Tool:
            action = actions[f"tool_{tool}"]
            group.addAction(action)
            action.triggered.connect(lambda _checked=False, tool=tool: self.use(tool))
        for name, slot in (
            ("delete_marks", self.delete),
            ("next_mark", lambda: self.panel.step(1)),
            ("previous_mark", lambda: self.panel.step(-1)),
            ("lock_marks", self._lock),
            ("select_all_marks", lambda: self.marks.select(m.uuid for m in self.marks.index.all())),
            ("copy_marks", self._copy),
            ("paste_marks", self._paste),
            ("mark_note", self._edit_note),
            ("mark_classes", self._edit_classes),
        ):
            actions[name].triggered.connect(lambda _checked=False, slot=slot: slot())
        actions["tool_hand"].setChecked(True)
        actions["marks_visible"].setChecked(self._settings.marks_visible)
        actions["marks_visible"].toggled.connect(self._show_marks)
        for number in range(1, _QUICK_CLASSES + 1):
            shortcut = QShortcut(QKeySequence(f"Alt+{number}"), self._window)
            shortcut.activated.connect(lambda number=number: self._choose_numbered(number))

    def _connect(self) -> None:
        panel, marks = self.panel, self.marks
        panel.newClassChosen.connect(self._choose_class)
        panel.classWanted.connect(self._set_class)
        panel.noteWanted.connect(lambda note: marks.set_note(tr("Note"), note))
        panel.selectionWanted.connect(marks.select)
        panel.jumpWanted.connect(self.jump_to)
        panel.keep_tool.setChecked(self._settings.keep_tool)
        panel.keepToolChanged.connect(self._keep_tool)
        marks.reset.connect(self._index_replaced)
        marks.failed.connect(self._say_not_shown)
        marks.changed.connect(self._repaint_changed)
        marks.selectionChanged.connect(self._selection_changed)
        self.classes.changed.connect(self._classes_changed)
        window = self._window
        window.specimen.opened.connect(self._slide_opened)
        window.case.opened.connect(self._case_opened)
        window.case.closing.connect(panel.commit_note)
        window.specimen.closed.connect(self._slide_closed)

    def _slide_opened(self, opened: OpenedSpecimen) -> None:
        self.tools.drop()
        self.classes.set_bundle(opened.session.bundle)
        self.model.mpp = opened.session.mpp
        self.model.list_anew()

    def _say_not_shown(self, error: Exception) -> None:
        text = self.tr("The marks of this slide are safe in its case, but cannot be shown: {0}").format(error)
        self._window.banners.put(NOT_SHOWN, "error", text, (self.tr("Try again"), self.marks.load))

    def _slide_closed(self) -> None:
        if self._input is not None:
            self.use(Tool.HAND)

    def _case_opened(self, _store: CaseStore) -> None:
        self._selection_changed()

    # Marks

    def _add(self, shape: Shape) -> None:
        kind = shape.kind
        mark = self.marks.add(draw_label(kind), shape, self.new_class, self._plane())
        if mark is not None:
            self._say(f"{kind_name(kind)}  {measure_long(shape, self.model.mpp)}")
        if self.tools.tool not in (Tool.POINT,) and not self._settings.keep_tool:
            # Not within the event that finished the shape: the tool still holds the mouse.
            QTimer.singleShot(0, self, lambda: self.use(Tool.SELECT))

    def _plane(self) -> int:
        """The focal plane on which a mark is drawn; of the fused picture the middle one."""
        session, plane = self._window.specimen.session, self._window.stage.view.plane
        return plane if plane >= 0 or session is None else session.slide.info.focal_planes.middle

    def _set_class(self, key: str | None) -> None:
        kinds = [mark.shape.kind for mark in self.marks.editable]
        self.marks.set_class(of_marks(tr("Class of {0}"), tr("Class of {0} marks"), kinds), self.classes.get(key))

    def _choose_class(self, key: str | None) -> None:
        self._new_class = key
        self._overlay_update()

    def _choose_numbered(self, number: int) -> None:
        """Alt and a figure: the class of what is selected, and of new marks."""
        if number <= len(self.classes.all):
            known = self.classes.all[number - 1]
            if self.marks.editable:
                self._set_class(known.key)
            self._choose_class(known.key)
            self._classes_changed()
            self._say(self.tr("Class: {0}").format(known.name))

    def _lock(self) -> None:
        selected = self.marks.selected
        lock = any(not mark.locked for mark in selected)
        kinds = [mark.shape.kind for mark in selected]
        if kinds:
            one, many = (tr("Lock {0}"), tr("Lock {0} marks")) if lock else (tr("Unlock {0}"), tr("Unlock {0} marks"))
            self.marks.set_locked(of_marks(one, many, kinds), lock)

    def _copy(self) -> None:
        marks = self.marks.selected
        if marks:
            copy_marks(marks, self.classes.all, self.classes.name_of, self.model.mpp)
            count = min(len(marks), MOST)
            self._say(self.tr("{0} marks copied").format(count) if count > 1 else self.tr("1 mark copied"))

    def _paste(self) -> None:
        slide = self.marks.case.slide
        if slide is None:
            return
        at = self.tools.pointer or self._window.stage.view.transform.center
        pasted = paste_marks(slide, self.classes.all, at)
        if not pasted:
            self._say(self.tr("There are no marks to paste."))
            return
        kinds = [mark.shape.kind for mark in pasted]
        self.marks.put(of_marks(tr("Paste {0}"), tr("Paste {0} marks"), kinds), pasted)
        self.marks.select(mark.uuid for mark in pasted)

    def _edit_note(self) -> None:
        if self.marks.selected:
            self._window.docks.show_panel(self.panel)
            self.panel.edit_note()

    def _edit_classes(self) -> None:
        from app.ui.dialogs.mark_classes import MarkClassesDialog

        dialog = MarkClassesDialog(self.classes.all, self._window)
        dialog.accepted.connect(lambda: self.classes.edit(tr("Classes of marks"), dialog.classes()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_menu(self, at: QPoint) -> None:
        menu = QMenu(self._window)
        classes = menu.addMenu(self.tr("&Class"))
        for number, known in enumerate((None, *self.classes.all)):
            entry = classes.addAction(known.name if known is not None else self.tr("No class"))
            if 0 < number <= _QUICK_CLASSES:
                entry.setShortcut(QKeySequence(f"Alt+{number}"))
            key = known.key if known is not None else None
            entry.triggered.connect(lambda _checked=False, key=key: self._set_class(key))
        classes.setEnabled(bool(self.marks.editable) and self.marks.can_edit)
        for name in ("mark_note", "lock_marks", "copy_marks", "delete_marks"):
            menu.addAction(self._actions[name])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    # What is seen

    def _draft(self) -> Draft:
        tools, editing = self.tools, self.tools.editing
        draft = Draft(color=QColor(self._color_name(self._new_class)))
        view = self._window.stage.view
        visible = view.visible_part()
        for mark in self._selected_in(visible) if self.layer.visible else ():
            shape = editing.shapes.get(mark.uuid, mark.shape)
            draft.selected.append((shape, self.layer.color_of(mark.class_key)))
        target = editing.target if tools.tool is Tool.SELECT else None
        if target is not None:
            draft.handled = editing.shapes.get(target.uuid, target.shape)
            draft.hovered = None if editing.dragging or editing.hovered is None else editing.hovered.at
            draft.inserting = editing.inserting
            if editing.dragging:
                draft.label, draft.label_at = measure_long(draft.handled, self.model.mpp), tools.pointer
        draft.rubber = editing.rubber
        if tools.drawing is not None and tools.drawing.started:
            draft.shape = tools.drawing.preview
            draft.vertices = tools.drawing.vertices
            if draft.shape is not None:
                draft.label, draft.label_at = measure_long(draft.shape, self.model.mpp), tools.pointer
        self.layer_follows(editing.shapes)
        return draft

    def _selected_in(self, visible: RectPx) -> list[Mark]:
        """The selected marks that are worth drawing: of very many only those that can be seen as shapes."""
        if self.marks.selected_count <= _FEW_SELECTED:
            return self.marks.selected
        smallest = _SMALLEST_SELECTED_PX / self._window.stage.view.transform.scale
        found = [m for m in self.marks.index.query(visible, smallest) if self.marks.is_selected(m.uuid)]
        return found[:_FEW_SELECTED]

    def layer_follows(self, dragged: dict[str, Shape]) -> None:
        """The layer leaves out what the overlay shows in another place."""
        if self.layer.left_out != frozenset(dragged):
            before = self.layer.left_out
            self.layer.leave_out(dragged)
            found = (self.marks.index.get(uuid) for uuid in before | self.layer.left_out)
            self._repaint([mark for mark in found if mark is not None])

    def _repaint_changed(self, pairs: Changes) -> None:
        self._repaint([mark for pair in pairs for mark in pair if mark is not None])

    def _repaint(self, marks: list[Mark]) -> None:
        """Draw the layer anew where these marks are or were."""
        if self._input is None or not marks:
            return
        view = self._window.stage.view
        reach = _OUTLINE_REACH_PX * view.devicePixelRatioF() / view.transform.scale
        total: RectPx | None = None
        for mark in marks:
            box = bounding_rect(mark.shape)
            if box is not None:
                total = box if total is None else total.union(box)
        if total is not None:
            view.update_layers(total.expanded(reach))
        self._overlay_update()

    def _index_replaced(self) -> None:
        self._window.banners.drop(NOT_SHOWN)
        self.layer.index = self.marks.index
        if self._input is not None:
            self._window.stage.view.update_layers()
            self._overlay_update()

    def _selection_changed(self) -> None:
        selected = self.marks.selected
        if len(selected) == 1:
            plane = self._planes.text(selected[0]) if self._planes is not None else ""
            parts = kind_name(selected[0].shape.kind), measure(selected[0].shape, self.model.mpp), plane
            facts = "  ".join(part for part in parts if part)
        else:
            facts = self.tr("{0} marks selected").format(len(selected)) if selected else self.tr("Nothing is selected.")
        self.panel.show_selection(selected, facts, can_edit=self.marks.can_edit)
        for name in ("delete_marks", "lock_marks", "copy_marks", "mark_note"):
            self._actions[name].setEnabled(bool(selected))
        locked = bool(selected) and all(mark.locked for mark in selected)
        self._actions["lock_marks"].setText(self.tr("Un&lock") if locked else self.tr("&Lock"))
        self._overlay_update()

    def _classes_changed(self) -> None:
        self.layer.set_colors(self.classes.colors())
        self.panel.set_classes(self.classes.all, self._new_class)
        self.model.classes_changed()
        self._selection_changed()
        if self._input is not None:
            self._window.stage.view.update_layers()

    def _show_marks(self, on: bool) -> None:
        self._settings.marks_visible = self.layer.visible = on
        if self._input is not None:
            self._window.stage.view.update_layers()
            self._overlay_update()

    def _keep_tool(self, on: bool) -> None:
        self._settings.keep_tool = on
        self._window.save_settings()

    def _overlay_update(self) -> None:
        if self._overlay is not None:
            self._overlay.update()

    def _color_name(self, class_key: str | None) -> str:
        return self.classes.colors().get(class_key or "", NO_CLASS_COLOR)

    def _say(self, text: str) -> None:
        self._window.status.showMessage(text, HINT_MS)
