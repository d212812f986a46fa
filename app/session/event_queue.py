"""Hands events to listeners on one thread, so that nobody who causes an event waits for those who hear it."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from app.session.events import SessionEvent

log = logging.getLogger(__name__)

Listener = Callable[[SessionEvent], None]


class EventQueue:
    """Events reach every listener in the order in which they were put."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[SessionEvent | None] = queue.SimpleQueue()
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._deliver, name="session-events", daemon=True)
        self._thread.start()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Returns the function that ends the subscription."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def put(self, event: SessionEvent) -> None:
        self._events.put(event)

    def close(self) -> None:
        """Deliver what was put, then end. Safe to call from a listener."""
        self._events.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(2.0)

    def _deliver(self) -> None:
        while (event := self._events.get()) is not None:
            with self._lock:
                listeners = list(self._listeners)
            for listener in listeners:
                try:
                    listener(event)
                except Exception:
                    # A listener's fault must not silence the others; this is the boundary of the session.
                    log.exception("a listener failed on %s", event.kind)
        with self._lock:
            # Listeners may lead back to the session.
            self._listeners.clear()
