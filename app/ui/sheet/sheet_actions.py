"""Actions of sheet and report, for the window's table, and where they stand in the menus."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.records.bethesda import CATEGORIES
from app.ui.actions import ActionSpec
from app.ui.sheet.category_box import category_name

SHEET_MENU = (
    "sheet", "", "count_group", "next_group", "next_proposal", "hide_proposals", "",
    *(f"category_{number}" for number in range(1, len(CATEGORIES) + 1)), "",
    "human_first", "", "report", "sign",
)  # fmt: skip
EXPORT_MENU = ("export_decisions", "export_metadata")


def sheet_action_specs() -> tuple[ActionSpec, ...]:
    """A function, so that the texts are translated when the window is built."""
    sheet, file = tr("Sheet"), tr("File")
    return (
        ActionSpec("sheet", sheet, tr("Go to the &sheet"), "", ("Ctrl+J",), needs_slide=True),
        ActionSpec("count_group", sheet, tr("Count &group"), "", ("G",), needs_slide=True),
        ActionSpec("next_group", sheet, tr("&Next group"), "", ("Shift+G",), needs_slide=True),
        ActionSpec("next_proposal", sheet, tr("&Propose a group"), "", ("Ctrl+G",), needs_slide=True),
        ActionSpec("hide_proposals", sheet, tr("Hi&de the proposals"), "", ("Ctrl+Shift+G",), needs_slide=True),
        *(
            ActionSpec(
                f"category_{number}",
                sheet,
                tr("Category &{0}, {1}").format(category.value, category_name(category)),
                "",
                (f"Ctrl+{number}",),
                needs_slide=True,
            )
            for number, category in enumerate(CATEGORIES, start=1)
        ),
        ActionSpec(
            "human_first",
            sheet,
            tr("&Human first"),
            "",
            ("Ctrl+Shift+F",),
            checkable=True,
        ),
        ActionSpec("report", sheet, tr("&Report..."), "report", ("Ctrl+R", "Ctrl+P"), needs_slide=True),
        ActionSpec("sign", sheet, tr("S&ign or amend..."), "", (), needs_slide=True),
        ActionSpec("export_decisions", file, tr("&Decisions, groups and marks as CSV..."), needs_slide=True),
        ActionSpec("export_metadata", file, tr("Slide &metadata, de-identified..."), needs_slide=True),
    )


def tr(text: str) -> str:
    """Translate in the context of the window's actions."""
    return QCoreApplication.translate("Actions", text)
