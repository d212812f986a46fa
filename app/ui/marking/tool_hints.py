"""What each tool does, in words."""

from __future__ import annotations

from app.ui.marking.tool_input import Tool
from app.ui.marking.words import tr


def tool_hint(tool: Tool) -> str:
    """What a tool does, for the status bar."""
    pan = tr("Space and drag moves the slide.")
    return {
        Tool.HAND: "",
        Tool.SELECT: tr(
            "Click selects, Shift adds or frames; drag moves; drag a handle to reshape; Alt+click adds or removes "
            "a vertex. Esc: done."
        ),
        Tool.POINT: tr("Click sets a point. Esc: done.") + " " + pan,
        Tool.LINE: tr("Drag a line; Shift holds it to 45° steps.") + " " + pan,
        Tool.RECTANGLE: tr("Drag a rectangle; Shift makes a square.") + " " + pan,
        Tool.ELLIPSE: tr("Drag an ellipse; Shift makes a circle.") + " " + pan,
        Tool.POLYGON: tr("Click vertices; double-click or Enter closes, Backspace takes one back, Esc drops it.")
        + " "
        + pan,
        Tool.FREEHAND: tr("Draw an outline with the button held.") + " " + pan,
    }[tool]
