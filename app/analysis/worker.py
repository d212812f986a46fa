"""The scoring process: serves one slide's session with runs and attention maps until told to quit."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

import cv2

from app.analysis import messages as m
from app.analysis import scoring_run, weighing
from app.analysis.attention_service import AttentionService
from app.analysis.early_scan import EarlyScan
from app.analysis.run_control import RunControl
from app.analysis.runtime.backend import StudentError
from app.analysis.runtime.student import StudentRuntime
from app.analysis.runtime.tuned_student import is_tuned, is_tuned_on_cpu, tune
from app.analysis.specimen import Specimen
from app.analysis.tile_reader import TileReader
from app.slides.open import open_slide
from app.slides.slide import Slide, SlideError
from kd.bundle import BundleError, load_bundle

log = logging.getLogger(__name__)


class ScoringWorker:
    """Reads commands on the main thread; loading, a run and attention have threads of their own."""

    def __init__(self, connection: Connection, job: m.Job) -> None:
        self._connection = connection
        self._job = job
        self._send_lock = threading.Lock()
        self._loaded = threading.Event()
        self._specimen: Specimen | None = None
        self._control = RunControl(0)
        self._run_thread: threading.Thread | None = None
        self._attention = AttentionService(self._send)

    def serve(self) -> None:
        """Until ``Quit``, a failure that ends everything, or the session's end of the pipe closing."""
        cv2.setNumThreads(1)
        # A thread back from an inference waits at most so long for the interpreter; the usual 5 ms cost 5 % of speed.
        sys.setswitchinterval(1e-4)
        self._start_thread("main", self._load_and_serve_attention)
        try:
            while not isinstance(command := self._connection.recv(), m.Quit):
                self._obey(command)
        except (EOFError, OSError):
            log.info("the session is gone; the scoring process ends")
        # Threads may sit in a read or an inference, and nothing here needs to be saved.
        os._exit(0)

    def _obey(self, command: m.Command) -> None:
        match command:
            case m.Start():
                self._start_run(command)
            case m.SetVisible(rect):
                self._control.set_visible(rect)
            case m.Pause():
                self._control.pause()
            case m.Resume():
                self._control.resume()
            case m.Cancel(generation):
                if generation == self._control.generation:
                    self._control.cancel()
            case m.AskAttention(cells):
                self._attention.ask(cells)
            case m.AskScores(cells):
                self._attention.ask_scores(cells)
            case m.AskWeights():
                self._start_thread("weights", lambda: self._weigh(command))

    def _start_run(self, start: m.Start) -> None:
        self._control.cancel()
        control = RunControl(start.generation, start.visible, start.paused)
        previous = self._run_thread

        def run() -> None:
            if previous is not None:
                previous.join()
            self._loaded.wait()
            assert self._specimen is not None
            scoring_run.run(self._specimen, start, control, self._send)

        self._control = control
        self._run_thread = self._start_thread("run", run)

    def _weigh(self, ask: m.AskWeights) -> None:
        self._loaded.wait()
        assert self._specimen is not None
        weighing.answer(self._specimen, ask, self._send)

    def _load_and_serve_attention(self) -> None:
        self._specimen = self._load()
        self._loaded.set()
        self._send(m.Ready(self._specimen.runtime.choice))
        self._attention.serve(self._specimen)

    def _load(self) -> Specimen:
        job = self._job
        slide = open_slide(job.slide_path, probe=False)
        if slide.info.fingerprint != job.fingerprint:
            raise SlideError(f"{job.slide_path.name} has changed on disk since it was opened; open it again.")
        bundle = load_bundle(job.bundle_path)
        if bundle.hash != job.bundle_hash:
            raise BundleError(f"The model {job.bundle_path.name} has changed on disk; choose it again.")
        # Not beside a measurement: what is measured on a busy machine would be remembered for good.
        kept = job.keep_precision
        early = self._find_cells(slide) if is_tuned_on_cpu(bundle, job.device, job.precision, kept) else None
        runtime = StudentRuntime.load(bundle, job.device, job.precision, keep_precision=kept, on_note=self._on_note)
        if early is None and is_tuned(bundle, runtime.choice, job.precision, kept):
            early = self._find_cells(slide)
        runtime, workers = tune(bundle, runtime, job.precision, job.workers, self._on_note, keep=kept)
        early = early or self._find_cells(slide)
        return Specimen(
            slide=slide,
            plan=job.plan,
            slide_mpp=job.slide_mpp,
            classes=len(bundle.card.classes),
            reader=TileReader(slide, job.plan),
            runtime=runtime,
            workers=workers,
            threads=runtime.threads,
            early_scan=early,
        )

    def _find_cells(self, slide: Slide) -> EarlyScan | None:
        """Begin to, for the run that the process was started for, or the one that is on by then; None where it was
        started for none."""
        job = self._job
        if not job.generation:
            return None
        scan = EarlyScan(slide, job.plan, job.slide_mpp, job.workers or os.cpu_count() or 1)

        def tell(share: float) -> None:
            self._send(m.Finding(self._control.generation or job.generation, share))

        self._start_thread("find-cells", lambda: scan.work(tell, lambda: self._control.keep_going()))
        return scan

    def _on_note(self, text: str) -> None:
        self._send(m.Note("memory", text))

    def _start_thread(self, name: str, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=self._guard, args=(target,), name=name, daemon=True)
        thread.start()
        return thread

    def _guard(self, target: Callable[[], None]) -> None:
        """The process's boundary: whatever goes wrong is logged, told to the session in a sentence, and ends it."""
        try:
            target()
        except (StudentError, SlideError, BundleError) as error:
            self._fail(str(error))
        except OSError as error:
            if not self._connection.closed:
                log.exception("the scoring process failed")
                self._fail(f"Scoring stopped: {error}")
        except Exception as error:
            log.exception("the scoring process failed")
            self._fail(f"Scoring stopped because of an error in the program ({type(error).__name__}: {error}).")

    def _fail(self, text: str) -> None:
        try:
            self._send(m.Failed(text))
        finally:
            os._exit(1)

    def _send(self, message: m.Message) -> None:
        with self._send_lock:
            self._connection.send(message)
