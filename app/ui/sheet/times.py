"""Points in time as the user's machine writes them."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QDateTime, QLocale


def local_time(stamp: str) -> str:
    """``2026-01-31T12:00:00.123Z`` in local time and the locale's short form."""
    try:
        at = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        return stamp
    local = QDateTime.fromMSecsSinceEpoch(round(at.timestamp() * 1000))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)
