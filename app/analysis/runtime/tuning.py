"""Threads, batch size and precision on a CPU, chosen by a short measurement and remembered on this machine.
(``gpu_tuning`` does so for a GPU.)

Which is best depends on the processor: int8 is slower than fp32 where there are no instructions for it, several small
sessions beat one with many threads or not, and a batch should fit into the cache. Threads and batch size leave the
scores equal to float rounding; in int8 too where the bundle was exported with fixed scales (``kd.int8``; older ones
take the scale from each batch; ``tests/benchmarks/int8_agreement.py`` measures it). The precision is part of the
scores' provenance, and int8 stands for choice only where the card's measured agreement allows it
(``app.analysis.runtime.precision``).

What was measured is kept in ``tuning.json`` in the user's cache folder, under a key of processor, cores, model and
version of ONNX Runtime. Delete the file to have it measured again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs

from app.analysis.runtime.backend import Backend, OutOfMemoryError, StudentError
from kd.bundle import GRAPH_INPUT, Bundle

log = logging.getLogger(__name__)

CACHE_VARIABLE = "FNASCOPE_CACHE"
"""Environment variable that names another cache folder than the user's."""
BUDGET_S = 1.2
"""At least; a slow model gets the time that ``RUNS`` tiles take."""
RUNS = 64
SLICE_S = 0.04
"""How long a candidate runs at a time; candidates take turns, so that a busy moment meets all of them."""
ROUNDS = 2
BATCHES = (8, 4, 16, 32)
"""First the one that is taken unless another is clearly faster."""
GPU_BATCHES = (32, 16, 64, 128)
"""The same on a GPU."""
REACTION_S = 0.025
"""A batch larger than the usual one may take so long: what comes into view has to wait for the one in work."""
CLEARLY = 1.1
"""How many times as fast a candidate must be to take the place of the usual one."""
CLEARLY_LAYOUT = 1.2
"""The same for one session of many threads: its reading no longer runs beside another one's inference."""
LONG_S = 2 * SLICE_S
"""A candidate that ran for so long in one go is not run again."""
TOO_SMALL_S = 5e-5
"""Models that take less time a tile are left at the usual settings: what is measured of them is noise."""
TOO_LARGE_S = 0.08
"""Models that take more time a tile are left there too: measuring would take many seconds."""
_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml")
MOST_BATCH = 256
MOST_THREADS = 4
"""A remembered number of threads for each core that is still believed."""

MakeBackend = Callable[[str, int], Backend]


@dataclass(frozen=True, slots=True)
class Tuning:
    """``workers`` threads that each score batches of ``batch`` tiles, with ``threads`` threads inside a batch.

    ``tiles_per_s`` is what was measured of each candidate, by name; empty where nothing was. Not ``complete`` where
    time did not suffice for all of them.
    """

    precision: str
    batch: int
    workers: int
    threads: int
    tiles_per_s: Mapping[str, float]
    complete: bool = True

    @property
    def measured(self) -> bool:
        """Whether every part of it was measured, rather than left as usual."""
        return self.complete and bool(self.tiles_per_s)

    @property
    def text(self) -> str:
        """For people, e.g. ``2 x 1 threads, batches of 8``."""
        return f"{self.workers} x {self.threads} threads, batches of {self.batch}"


def usual(precision: str, cores: int) -> Tuning:
    """What is taken without a measurement: a session thread on each core."""
    return Tuning(precision, BATCHES[0], cores, 1, {})


def measure(
    make: MakeBackend,
    precisions: Sequence[str],
    tiles: npt.NDArray[np.uint8],
    cores: int,
    *,
    keep_going: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.perf_counter,
    budget_s: float = BUDGET_S,
) -> Tuning | None:
    """Try precisions, then batch sizes, then how threads are laid out; None when ``keep_going`` said no.

    ``make(precision, threads)`` loads a backend; ``precisions`` begins with the usual one; ``tiles`` are uint8
    (B, H, W, 3). What the time does not suffice for stays as usual, and is not ``complete``. Raises StudentError,
    OutOfMemoryError.
    """
    bench = Bench(tiles, keep_going, clock)
    precision = precisions[0]
    one = make(precision, 1)
    one.run(bench.batch(1))
    begun = clock()
    one.run(bench.batch(1))
    tile_s = clock() - begun
    if not TOO_SMALL_S <= tile_s <= TOO_LARGE_S:
        # A busy moment makes any model slow: only what is too fast is so for ever.
        return replace(usual(precision, cores), complete=tile_s < TOO_SMALL_S) if keep_going() else None
    backends = {precision: one, **{other: make(other, 1) for other in precisions[1:]}}
    for other in precisions[1:]:
        backends[other].run(bench.batch(1))
    bench.begin(max(budget_s, RUNS * tile_s))
    precision = bench.best({name: _alone(backend, 4) for name, backend in backends.items()}, prefix="")
    one = backends[precision]
    # A model that is not taken need not stay in memory.
    backends.clear()
    # With all workers, as a slide is scored: they share cache and memory.
    sizes = [size for size in BATCHES if size <= BATCHES[0] or size * tile_s <= REACTION_S]
    batch = int(bench.best({str(size): Layout(one, cores, size) for size in sizes}, prefix="batch "))
    layouts = {f"{cores} x 1": Layout(one, cores, batch)}
    if cores > 1:
        wide = bench.untimed(lambda: make(precision, cores)) if bench.has_time else one
        layouts[f"1 x {cores}"] = Layout(wide, 1, batch)
    workers, threads = bench.best(layouts, prefix="threads ", clearly=CLEARLY_LAYOUT).split(" x ")
    found = Tuning(precision, batch, int(workers), int(threads), bench.found, bench.complete)
    return found if keep_going() else None


@dataclass(frozen=True, slots=True)
class Layout:
    """``workers`` threads that run batches of so many tiles side by side."""

    backend: Backend
    workers: int
    batch: int


def _alone(backend: Backend, batch: int) -> Layout:
    return Layout(backend, 1, batch)


class Bench:
    """Runs candidates by turns until the time is over; ``found`` holds tiles/s of each, 0 where memory did not suffice.
    ``complete`` as long as every candidate had its turn."""

    def __init__(
        self, tiles: npt.NDArray[np.uint8], keep_going: Callable[[], bool], clock: Callable[[], float]
    ) -> None:
        self._tiles = tiles
        self._keep_going = keep_going
        self._clock = clock
        self._deadline = clock()
        self.found: dict[str, float] = {}
        self.complete = True

    @property
    def has_time(self) -> bool:
        return self._keep_going() and self._clock() < self._deadline

    def begin(self, budget_s: float) -> None:
        """From now on there is so much time."""
        self._deadline = self._clock() + budget_s

    def untimed(self, make: Callable[[], Backend]) -> Backend:
        """Load a backend, which is not what the time is for."""
        begun = self._clock()
        made = make()
        self._deadline += self._clock() - begun
        return made

    def batch(self, count: int) -> npt.NDArray[np.uint8]:
        return np.ascontiguousarray(self._tiles[np.arange(count) % len(self._tiles)])

    def best(self, candidates: Mapping[str, Layout], prefix: str, clearly: float = CLEARLY) -> str:
        """Name of the fastest; the first one unless another is ``clearly`` faster, or when time ran out."""
        names = list(candidates)
        if len(names) == 1:
            return names[0]
        rates: dict[str, float] = {}
        again = names
        for _ in range(ROUNDS):
            turn, again = again, []
            for name in turn:
                if not self.has_time:
                    break
                begun = self._clock()
                rates[name] = max(rates.get(name, 0.0), self._rate(candidates[name]))
                if self._clock() - begun < LONG_S:
                    again.append(name)
        if len(rates) < len(names):
            self.complete = False
            return names[0]
        self.found.update({prefix + name: round(rate, 1) for name, rate in rates.items()})
        fastest = max(names, key=lambda name: rates[name])
        return fastest if rates[fastest] > clearly * rates[names[0]] else names[0]

    def _rate(self, layout: Layout) -> float:
        """Tiles/s; 0 where memory does not suffice. Raises StudentError."""
        tiles = self.batch(layout.batch)
        begun = self._clock()
        until = min(begun + SLICE_S, self._deadline)
        done: list[int] = []
        errors: list[Exception] = []

        def work() -> None:
            count = 0
            try:
                while count == 0 or (self._clock() < until and self._keep_going()):
                    layout.backend.run(tiles)
                    count += layout.batch
            except (OutOfMemoryError, StudentError) as error:
                errors.append(error)
            done.append(count)

        others = [threading.Thread(target=work, daemon=True) for _ in range(layout.workers - 1)]
        for thread in others:
            thread.start()
        work()
        for thread in others:
            thread.join()
        for error in errors:
            if isinstance(error, StudentError):
                raise error
        return 0.0 if errors else sum(done) / max(1e-9, self._clock() - begun)


def tuning_key(bundle: Bundle, cores: int, asked: str = "auto", gpus: str = "") -> str:
    """Of what a measurement holds for: processor, cores, model, version of ONNX Runtime, precision asked for, GPUs."""
    facts = (_processor(), str(cores), bundle.hash, _runtime_version(), asked, *([gpus] if gpus else []))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


def _runtime_version() -> str:
    for package in _PACKAGES:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return "unknown"


def recall(bundle: Bundle, cores: int, asked: str = "auto", gpus: str = "") -> Tuning | None:
    """What was measured of this model on this machine; None when nothing was, or it cannot be read."""
    try:
        stored = _read(memory_path()).get(tuning_key(bundle, cores, asked, gpus))
        if not isinstance(stored, dict):
            return None
        rates = {str(name): float(rate) for name, rate in stored["tiles_per_s"].items()}
        batch, workers, threads = (int(stored[name]) for name in ("batch", "workers", "threads"))
        tuning = Tuning(str(stored["precision"]), batch, workers, threads, rates)
    except (OSError, KeyError, AttributeError, TypeError, ValueError, OverflowError):
        return None
    sane = min(batch, workers, threads) >= 1 and batch <= MOST_BATCH and workers * threads <= MOST_THREADS * cores
    fits = tuning.precision in bundle.precisions and asked in ("auto", tuning.precision)
    return tuning if sane and fits else None


def remember(bundle: Bundle, cores: int, tuning: Tuning, asked: str = "auto", gpus: str = "") -> None:
    """Keep a measurement. A folder that cannot be written costs the next start a second, and nothing else."""
    path = memory_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = asdict(tuning)
        del kept["complete"]
        content = {**_read(path), tuning_key(bundle, cores, asked, gpus): kept}
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(content, stream, indent=1)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        log.warning("the measured settings could not be kept in %s: %s", path, error)


def memory_path() -> Path:
    """The file with all measurements of this machine."""
    folder = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("fnascope", appauthor=False)
    return Path(folder) / "tuning.json"


def sample_tiles(bundle: Bundle) -> npt.NDArray[np.uint8]:
    """Tiles to measure with: the bundle's own reference tiles. Raises BundleError."""
    return np.asarray(bundle.reference()[GRAPH_INPUT], np.uint8)


def _read(path: Path) -> dict[str, object]:
    """All measurements; none where the file is not there, or damaged. Raises OSError when it cannot be read now."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return f"{platform.machine()} {platform.processor()}"
