"""The trainings of a plan as processes of one thread each, side by side; what is finished is not run again."""

from __future__ import annotations

import csv
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kd.benchmark.plan import Fold, Plan, Row
from kd.command_line import Interrupted
from kd.errors import KdError
from kd.models.teacher_memo import WANTED

logger = logging.getLogger("kd")


class Trainings:
    """Runs lie in ``out/runs``, as ``row-seed``, or ``fold/row-seed`` where there are several folds."""

    def __init__(self, plan: Plan, out: Path, cache: Path | None, memo: Path | None) -> None:
        """``memo``: folder in which the students of one seed share their teacher's answers; emptied seed by seed."""
        self.plan, self.out, self.cache, self.memo = plan, out, cache, memo
        self.failed: list[str] = []
        self._stop = threading.Event()
        self._processes: set[subprocess.Popen[bytes]] = set()

    def folder(self, fold: Fold, row: Row, seed: int) -> Path:
        base = self.out / "runs"
        return (base if len(self.plan.folds) == 1 else base / fold.name) / f"{row.name}-{seed}"

    def groups(self) -> list[tuple[Fold, int]]:
        """(fold, seed), seeds outermost, so that an unfinished benchmark has whole seeds."""
        seeds = sorted({seed for row in self.plan.rows for seed in self.plan.seeds_of(row)})
        return [(fold, seed) for seed in seeds for fold in self.plan.folds]

    def run(self, jobs: int, seeds: Sequence[int] | None = None) -> None:
        """Train teachers, then students (of some seeds where they are named).

        A run that fails is noted in ``failed``, and the others go on.
        Raises Interrupted after Ctrl-C, with the running trainings saved.
        """
        groups = [(fold, seed) for fold, seed in self.groups() if seeds is None or seed in seeds]
        # A polite kill is a Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with ThreadPoolExecutor(jobs) as pool:
            try:
                list(pool.map(self._teacher, self.plan.folds))
                list(pool.map(lambda group: self._group(*group), groups))
            except KeyboardInterrupt as stop:
                self._stop.set()
                for process in list(self._processes):
                    process.terminate()
                raise Interrupted("stopped and saved; the same command goes on from there") from stop

    def _teacher(self, fold: Fold) -> None:
        if finished(Path(fold.teacher)) or self._stop.is_set():
            return
        if not self.plan.teacher_config:
            raise KdError(f"The teacher {fold.teacher} is not trained, and the plan names no teacher_config.")
        arguments = ["--config", self.plan.teacher_config, "--manifest", fold.manifest, *self.plan.teacher_flags]
        self._process("kd.teacher", [*arguments, "--out", fold.teacher], Path(fold.teacher))

    def _group(self, fold: Fold, seed: int) -> None:
        rows = [row for row in self.plan.rows if seed in self.plan.seeds_of(row)]
        memo = self._memo(fold, seed)
        for row in rows:
            folder = self.folder(fold, row, seed)
            if finished(folder):
                check_same(folder, self.plan, row, seed)
            elif not self._stop.is_set():
                shared = ["--teacher-memo", str(memo)] if memo and row.method != "none" else []
                self._process("kd.distill", [*self.arguments(fold, row, seed), *shared, "--out", str(folder)], folder)
        if memo is not None and not self._stop.is_set():
            shutil.rmtree(memo, ignore_errors=True)

    def arguments(self, fold: Fold, row: Row, seed: int) -> list[str]:
        """What makes the run: the flags of ``kd.distill`` but for folders and caches."""
        plan = self.plan
        options = [f"--option={key}={_text(value)}" for key, value in row.options.items()]
        options += [f"--teacher={folder}" for folder in row.teachers]
        return [
            "--config", plan.config, "--manifest", row.manifest or fold.manifest, "--teacher", fold.teacher,
            "--method", row.method, "--init", row.init, "--epochs", str(plan.epochs_of(row)), "--seed", str(seed),
            *options,
        ]  # fmt: skip

    def _memo(self, fold: Fold, seed: int) -> Path | None:
        if self.memo is None:
            return None
        folder = self.memo / f"{fold.name}-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        depth = _teacher_depth(Path(fold.teacher))
        last = [depth - 1]
        # The blocks that feature methods read by default; others are asked for when a student comes to them.
        blocks = sorted({max(0, depth // 3 - 1), max(0, 2 * depth // 3 - 1), *last})
        (folder / WANTED).write_text(json.dumps({"blocks": blocks, "attention": last}), encoding="utf-8")
        return folder

    def _process(self, module: str, arguments: Sequence[str], folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        cache = ["--cache", str(self.cache)] if self.cache else []
        command = [sys.executable, "-P", "-m", module, *arguments, *cache, "--quiet"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        logger.info("start %s", folder)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as process:
            self._processes.add(process)
            assert process.stderr is not None
            tail = process.stderr.read().decode(errors="replace").strip().splitlines()
        self._processes.discard(process)
        if process.returncode:
            reason = tail[-1] if tail else f"status {process.returncode}"
            self.failed.append(f"{folder}: {reason}")
            logger.error("%s failed: %s", folder, reason)
            if module == "kd.teacher" and not self._stop.is_set():
                raise KdError(f"The teacher {folder} could not be trained ({reason}).")
        else:
            logger.info("done %s", folder)


def finished(folder: Path) -> bool:
    """True when a run folder holds all its epochs."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        with (folder / "log.csv").open(newline="") as stream:
            rows = sum(1 for _ in csv.DictReader(stream))
    except (OSError, ValueError):
        return False
    return bool(rows >= config["training"]["epochs"] and (folder / "best.pt").is_file())


def check_same(folder: Path, plan: Plan, row: Row, seed: int) -> None:
    """Raises KdError when a finished run is not what the plan asks for."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    method, training = config["method"], config["training"]
    is_now = [method["name"], config["init"], training["epochs"], training["seed"]]
    asked = [row.method, row.init, plan.epochs_of(row), seed]
    options = {key: _text(method["options"].get(key)) for key in row.options}
    if is_now != asked or any(_number(options[key]) != _number(_text(row.options[key])) for key in row.options):
        raise KdError(f"{folder} holds another run than the plan's row '{row.name}'; choose another --out.")


def _text(value: Any) -> str:
    return ",".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value)


def _number(text: str) -> float | str:
    try:
        return float({"True": "1", "False": "0"}.get(text, text))
    except ValueError:
        return text


def _teacher_depth(folder: Path) -> int:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return int(config["model"]["depth"])
