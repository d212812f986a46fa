"""What goes on while very many records are made at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MANY = 100_000
"""From so many new objects on, the search for cycles would hold up the window for a noticeable time."""


@contextmanager
def without_collecting() -> Iterator[None]:
    """Hold Python's search for unused cycles, which would look through all records again and again, and where very
    many objects were made leave them out of it for good: a search among 100,000 marks holds every thread for a second.

    Records refer to nothing that refers to them; they go by themselves when nobody holds them any more. May be
    entered on several threads.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > _MANY:
            gc.freeze()
        if was_on:
            gc.enable()
