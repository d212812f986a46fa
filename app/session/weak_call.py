"""A call back into an object that the one who calls must not keep alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable


def weak_call(method: Callable[[str], None]) -> Callable[[str], None]:
    """Call a bound method as long as its object is there; nothing happens afterwards."""
    held = weakref.WeakMethod(method)

    def call(text: str) -> None:
        if (alive := held()) is not None:
            alive(text)

    return call
