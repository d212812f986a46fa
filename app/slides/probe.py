"""Trying an unknown file in a child process, with a time and a memory limit.

The child is started once and kept warm, so that a probe costs a few milliseconds; a file on which it
crashes, hangs or takes too much memory costs that child its life and nothing else. Programs that are
frozen must call ``multiprocessing.freeze_support()`` first thing in their main module.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import psutil

from app.slides.fingerprint import fingerprint_file, slide_files
from app.slides.probe_child import READY, Examine, serve
from app.slides.slide import SlideError, UnsupportedSlideError

if TYPE_CHECKING:
    from app.slides.samples import Verdict

log = logging.getLogger(__name__)

TIME_LIMIT_S = 4.5
"""For opening and the first reads; with ending the child it stays below 5 s."""

MEMORY_LIMIT_BYTES = 2**30
START_LIMIT_S = 60.0
_END_LIMIT_S = 2.0
"""A child that waits for a dead network drive cannot be killed before the drive answers; nobody waits for it."""

_POLL_S = 0.01
_NEAR_LIMIT = 0.75

_RETIRE_BYTES = 256 * 2**20
"""A child that still holds more than this after a probe is replaced."""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a probe found: the sentence that refuses the file or None, its cost in seconds and peak memory."""

    refusal: str | None
    unsupported: bool
    seconds: float
    peak_bytes: int


class ProbeServer:
    """One warm child process that tries files, replaced when a file takes it down. Thread-safe."""

    def __init__(
        self,
        time_limit_s: float = TIME_LIMIT_S,
        memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
        examine: Examine | None = None,
    ) -> None:
        self._examine = examine
        self._time_limit_s = time_limit_s
        self._memory_limit_bytes = memory_limit_bytes
        self._lock = Lock()
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._ready = False

    def start(self) -> None:
        """Start the child without waiting for it."""
        with self._lock:
            self._start()

    def probe(self, path: Path) -> ProbeReport:
        """Try a file. Raises ``SlideError`` only when the child cannot be started."""
        with self._lock:
            process, connection = self._started()
            began = time.perf_counter()
            peak = 0
            try:
                connection.send(str(path))
                watched = psutil.Process(process.pid)
                while not connection.poll(_POLL_S):
                    peak = max(peak, watched.memory_info().rss)
                    if peak > self._memory_limit_bytes:
                        return self._end_badly(_too_large(path, self._memory_limit_bytes), began, peak)
                    if time.perf_counter() - began > self._time_limit_s:
                        return self._end_badly(_too_slow(path), began, peak)
                verdict, own_peak = connection.recv()
                resting = watched.memory_info().rss
            except (EOFError, OSError, psutil.Error):
                # Allocations that fail near the limit end many C libraries.
                near_limit = peak > _NEAR_LIMIT * self._memory_limit_bytes
                sentence = _too_large(path, self._memory_limit_bytes) if near_limit else _crashed(path)
                return self._end_badly(sentence, began, peak)
            seconds = time.perf_counter() - began
            if resting > _RETIRE_BYTES:
                self._stop()
                self._start()
            return _report(path, verdict, seconds, max(peak, own_peak))

    def close(self) -> None:
        """End the child; a later probe starts a new one."""
        with self._lock:
            self._stop()

    def _started(self) -> tuple[SpawnProcess, Connection]:
        self._start()
        process, connection = self._process, self._connection
        assert process is not None and connection is not None
        if not self._ready:
            try:
                self._ready = connection.poll(START_LIMIT_S) and connection.recv() == READY
            except (EOFError, OSError):
                self._ready = False
            if not self._ready:
                self._stop()
                raise SlideError(_NOT_STARTED)
        return process, connection

    def _start(self) -> None:
        if self._process is not None and self._process.is_alive():
            return
        self._stop()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, self._memory_limit_bytes, self._examine), name="slide-probe", daemon=True
        )
        try:
            process.start()
        except OSError as error:
            ours.close()
            raise SlideError(_NOT_STARTED) from error
        finally:
            theirs.close()
        self._process, self._connection = process, ours

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join(_END_LIMIT_S)
        if self._connection is not None:
            self._connection.close()
        self._process, self._connection, self._ready = None, None, False

    def _end_badly(self, sentence: str, began: float, peak: int) -> ProbeReport:
        seconds = time.perf_counter() - began
        self._stop()
        self._start()
        return ProbeReport(sentence, False, seconds, peak)


_server = ProbeServer()
_seen: set[tuple[str, tuple[int, ...]]] = set()
_seen_lock = Lock()


def start_probe_server() -> None:
    """Start the child early (at program start, off the GUI thread), so that the first file need not wait."""
    _server.start()


def stop_probe_server() -> None:
    """End the child; it ends with the program anyway."""
    _server.close()


def probe_once(path: Path) -> None:
    """Probe a file or folder unless the same content was found good before. Raises ``SlideError``."""
    key = None
    if path.is_file():
        key = (fingerprint_file(path), tuple(file.stat().st_mtime_ns for file in slide_files(path)))
        with _seen_lock:
            if key in _seen:
                return
    report = _server.probe(path)
    if report.refusal is not None:
        raise (UnsupportedSlideError if report.unsupported else SlideError)(report.refusal)
    if key is not None:
        with _seen_lock:
            _seen.add(key)


def _report(path: Path, verdict: Verdict, seconds: float, peak_bytes: int) -> ProbeReport:
    if verdict.traceback:
        # The child has no log of its own.
        log.error("%s, while it was examined:\n%s", path, verdict.traceback)
    return ProbeReport(verdict.refusal, verdict.unsupported, seconds, peak_bytes)


_NOT_STARTED = "The process that checks unknown files cannot be started; start the program again."


def _crashed(path: Path) -> str:
    return f"{path.name} is damaged in a way that crashes its reader; copy it again or export it anew."


def _too_slow(path: Path) -> str:
    return (
        f"{path.name} could not be opened within 5 seconds; copy it to a local disk, or export it anew if it is there."
    )


def _too_large(path: Path, limit: int) -> str:
    return (
        f"{path.name} needs more than {limit // 2**20} MiB to open; it is damaged, or too large for an image without a "
        "pyramid: export it as pyramidal TIFF."
    )
