"""The one form in which points in time are written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def utc_now() -> str:
    """Now, as ISO 8601 in UTC with milliseconds (``2026-01-31T12:00:00.123Z``); sorts as text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_after(stamp: str) -> str:
    """Now, but later than an earlier stamp of this form even where the clock has not gone on since."""
    now = utc_now()
    if now > stamp:
        return now
    try:
        following = datetime.fromisoformat(stamp.replace("Z", "+00:00")) + timedelta(milliseconds=1)
    except ValueError:
        return now
    return following.isoformat(timespec="milliseconds").replace("+00:00", "Z")
