"""The session's end of the scoring process: starts it, sends commands, hands on what comes, notices its death."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from app.analysis import messages as m
from app.analysis.spare_process import take

log = logging.getLogger(__name__)

QUIT_PATIENCE_S = 1.0


class ScoringProcess:
    """A spawned process and two threads. No method waits for the process, save ``close``.

    ``on_message`` is called for each message and ``on_end`` once with the exit code (None where it could
    not be started, which a ``Failed`` tells before), both with this object first
    and on the receiving thread. After ``close`` neither is called any more.
    """

    def __init__(
        self,
        job: m.Job,
        on_message: Callable[[ScoringProcess, m.Message], None],
        on_end: Callable[[ScoringProcess, int | None], None],
    ) -> None:
        self._job = job
        self._on_message = on_message
        self._on_end = on_end
        self._commands: queue.SimpleQueue[m.Command | None] = queue.SimpleQueue()
        self._process: SpawnProcess | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._live, name="scoring-process", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def send(self, command: m.Command) -> None:
        """Queue a command; it is lost when the process has ended."""
        self._commands.put(command)

    def close(self) -> None:
        """End the process: kindly, then by force. Waits up to about two seconds."""
        self._closed = True
        self._commands.put(m.Quit())
        self._thread.join(QUIT_PATIENCE_S)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join(QUIT_PATIENCE_S)

    def _live(self) -> None:
        try:
            process, connection = take()
        except OSError as error:
            log.exception("the scoring process cannot be started")
            if not self._closed:
                text = f"The scoring process cannot be started ({error}); close other programs and start again."
                self._on_message(self, m.Failed(text))
                self._on_end(self, None)
            return
        self._process = process
        sender = threading.Thread(target=self._send_commands, args=(connection,), name="scoring-sender", daemon=True)
        sender.start()
        self._receive(connection)
        self._commands.put(None)
        process.join()
        sender.join()
        connection.close()
        if not self._closed:
            self._on_end(self, process.exitcode)

    def _send_commands(self, connection: Connection) -> None:
        # A thread of its own: a pipe is full while the process still starts, and nobody else must wait for that.
        try:
            connection.send(self._job)
            while (command := self._commands.get()) is not None:
                connection.send(command)
        except OSError:
            log.info("a command came too late for the scoring process")

    def _receive(self, connection: Connection) -> None:
        try:
            while True:
                message = connection.recv()
                if not self._closed:
                    self._on_message(self, message)
        except (EOFError, OSError):
            return
