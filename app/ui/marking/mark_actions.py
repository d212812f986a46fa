"""The actions of marking, for the window's table of actions, and their places in menu and toolbar."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.ui.actions import ActionSpec

TOOLS = ("tool_select", "tool_point", "tool_line", "tool_rectangle", "tool_ellipse", "tool_polygon", "tool_freehand")
TOOLBAR = ("tool_hand", *TOOLS)
EDIT_MENU = ("undo", "redo", "", "copy_marks", "paste_marks", "delete_marks", "select_all_marks")
MARKS_MENU = (
    "tool_hand",
    *TOOLS,
    "",
    "next_mark",
    "previous_mark",
    "",
    "mark_note",
    "lock_marks",
    "mark_classes",
    "",
    "marks_visible",
)
FILE_MENU = ("import_marks", "export_marks")
CASE_MENU = ("open_case", "cases_of_slide")


def tr(text: str) -> str:
    """Translate in the context of the window's actions."""
    return QCoreApplication.translate("Actions", text)


def mark_action_specs() -> tuple[ActionSpec, ...]:
    """The table; a function, so that the texts are translated when the window is built."""
    marks, edit, file = tr("Marks"), tr("Edit"), tr("File")
    return (
        ActionSpec("import_marks", file, tr("&Import marks (GeoJSON, ASAP)..."), "import", needs_slide=True),
        ActionSpec("export_marks", file, tr("Export &marks as GeoJSON (QuPath)..."), "export", needs_slide=True),
        ActionSpec("open_case", file, tr("Open c&ase..."), "open"),
        ActionSpec("cases_of_slide", file, tr("Cases of this s&lide..."), needs_slide=True),
        ActionSpec("copy_marks", edit, tr("&Copy"), "copy", ("Ctrl+C",)),
        ActionSpec("paste_marks", edit, tr("&Paste"), "", ("Ctrl+V",), needs_slide=True),
        ActionSpec("delete_marks", edit, tr("&Delete"), "delete", ("Delete",)),
        ActionSpec("select_all_marks", edit, tr("Select &all marks"), "", ("Ctrl+A",), needs_slide=True),
        ActionSpec("tool_hand", marks, tr("&Move the slide"), "hand", ("Shift+V",), True, True),
        ActionSpec("tool_select", marks, tr("&Select marks"), "select", ("V",), True, True),
        ActionSpec("tool_point", marks, tr("&Point"), "mark_point", ("P",), True, True),
        ActionSpec("tool_line", marks, tr("&Line with length"), "mark_line", ("W",), True, True),
        ActionSpec("tool_rectangle", marks, tr("&Rectangle"), "mark_rectangle", ("Q",), True, True),
        ActionSpec("tool_ellipse", marks, tr("&Ellipse"), "mark_ellipse", ("E",), True, True),
        ActionSpec("tool_polygon", marks, tr("Pol&ygon"), "mark_polygon", ("Y",), True, True),
        ActionSpec("tool_freehand", marks, tr("&Freehand"), "mark_freehand", ("K",), True, True),
        ActionSpec("next_mark", marks, tr("&Next mark"), "chevron_down", (".",), needs_slide=True),
        ActionSpec("previous_mark", marks, tr("Pre&vious mark"), "chevron_up", (",",), needs_slide=True),
        ActionSpec("mark_note", marks, tr("N&ote"), "", ("F2",)),
        ActionSpec("lock_marks", marks, tr("Loc&k"), "lock", ("Shift+K",)),
        ActionSpec("mark_classes", marks, tr("&Classes..."), "classes"),
        ActionSpec("marks_visible", marks, tr("Show mar&ks"), "", ("Shift+M",), checkable=True),
    )
