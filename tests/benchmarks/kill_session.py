"""``kill -9`` at random moments of a session in the real window.

    python tests/benchmarks/kill_session.py --kills 50 --out FOLDER

A child process shows the window offscreen on a phantom slide, and a hand that acts at random reviews fields, draws,
counts groups, chooses categories, types, undoes, redoes and moves about, while the slide is being scored. It writes
down what it did, when, and what the case then was. The parent kills it, with its scoring process, at a random moment;
the next child opens the same slide in the window again and says what it found. Held against each other:

* the window opens, the case with it (every time);
* what the window said to be saved is there, and everything that was older than a second;
* the case is exactly the one of its newest saved step: marks, decisions, groups, category, comment;
* the view stands at a place that is no older than a second; what was seen of the slide is still seen.

A table of all kills goes to ``FOLDER/kills.csv``, a summary to standard output. Exit status 1 when anything was lost.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))
PATIENCE_S = 120.0
GUARANTEE_S = 1.0
"""Nothing older than this may be lost."""
EARLY_SHARE = 0.2
"""So many of the kills come while the window still opens."""


@dataclass
class Kill:
    """One child, from its start to its end. ``lost_s`` is the age of the newest step that was lost, at the kill."""

    number: int
    phase: str
    after_s: float
    steps_made: int = 0
    steps_lost: int = 0
    lost_s: float = 0.0
    starved_s: float = 0.0
    reopened: bool = False
    reopen_s: float = 0.0
    problems: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--child", nargs=4, metavar=("SLIDE", "MODEL", "DATA_DIR", "LOG"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        slide, model, data_dir, log = map(Path, options.child)
        Hand(slide, model, data_dir, log, random.Random(options.seed)).work()
        return 0
    with tempfile.TemporaryDirectory() as folder:
        kills = kill_sessions(Path(folder), options.kills, options.seed, tell=True)
    if options.out:
        write_table(kills, options.out / "kills.csv")
    print(summary(kills))
    return 1 if any(kill.problems for kill in kills) else 0


def kill_sessions(folder: Path, count: int, seed: int, *, tell: bool = False) -> list[Kill]:
    """Kill ``count`` sessions on one case that lies in ``folder``; each is held against what the next one finds."""
    from tests.phantom_case import make_phantom_model, write_phantom

    slide, model = write_phantom(folder), make_phantom_model(folder)
    log, chance = folder / "log", random.Random(seed)
    log.touch()
    kills: list[Kill] = []
    history: list[dict[str, Any]] = []
    for number in range(count):
        early = number > 0 and chance.random() < EARLY_SHARE
        kill = Kill(number + 1, "opening" if early else "working", chance.uniform(0.3, 3.0 if early else 5.0))
        child = _start(slide, model.path, folder / "data", log, chance.randrange(1 << 30))
        killed_at, lines = _run_and_kill(child, kill, log)
        _judge_opening(kills, history, lines)
        history += [line | {"killed_at": killed_at} for line in lines]
        made = [line for line in lines if "made" in line]
        kill.steps_made = len(made)
        kill.starved_s = max((b - a for a, b in itertools.pairwise([*(m["at"] for m in made), killed_at])), default=0.0)
        kills.append(kill)
        if tell:
            print(f"{kill.number}: {kill.phase} {kill.after_s:.2f} s, {kill.steps_made} steps", flush=True)
    child = _start(slide, model.path, folder / "data", log, seed)
    last = Kill(count + 1, "working", 0.1)
    _, lines = _run_and_kill(child, last, log)
    _judge_opening(kills, history, lines)
    return kills


def _start(slide: Path, model: Path, data_dir: Path, log: Path, seed: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, __file__, "--seed", str(seed), "--child", slide, model, data_dir, log],
        cwd=TOP,
        env=os.environ | {"PYTHONPATH": str(TOP), "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def _run_and_kill(child: subprocess.Popen[bytes], kill: Kill, log: Path) -> tuple[float, list[dict[str, Any]]]:
    """Kill the child and all that it started, so long after its start or its first step; what it wrote down."""
    read_to = log.stat().st_size
    give_up = time.monotonic() + PATIENCE_S
    while kill.phase == "working" and not any("opened" in line for line in _lines(log, read_to)):
        if child.poll() is not None or time.monotonic() > give_up:
            kill.problems.append("the window did not open")
            break
        time.sleep(0.02)
    time.sleep(kill.after_s)
    killed_at = time.monotonic()
    if child.poll() is not None:
        kill.problems.append(f"the program ended by itself, status {child.returncode}")
    else:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    return killed_at, list(_lines(log, read_to))


def _lines(log: Path, read_to: int) -> Iterator[dict[str, Any]]:
    """Whole lines only: the last one may have been cut by the kill."""
    with log.open("rb") as stream:
        stream.seek(read_to)
        for line in stream.read().split(b"\n")[:-1]:
            yield json.loads(line)


def _judge_opening(kills: list[Kill], history: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    """What the window found when it opened, against all that was done before. Kills in between found nothing yet."""
    found = next((line for line in lines if "opened" in line), None)
    waiting = [kill for kill in kills if not kill.reopened]
    if found is None or not waiting:
        return
    for kill in waiting:
        kill.reopened, kill.reopen_s = True, found["opened_after_s"]
    kill = waiting[-1]
    newest = found["opened"]
    saved = max((line["saved"] for line in history if "saved" in line), default=0)
    if newest < saved:
        kill.problems.append(f"step {saved} was said to be saved, {newest} is the newest that is there")
    steps = {line["made"]: line for line in history if "made" in line}
    lost = [line for seq, line in steps.items() if seq > newest]
    kill.steps_lost = len(lost)
    # A machine that did not let the hand act did not let the saving run either.
    allowed = GUARANTEE_S + 3 * max((one.starved_s for one in waiting), default=0.0)
    for line in lost:
        age = _age(line)
        kill.lost_s = max(kill.lost_s, age)
        if age > allowed:
            kill.problems.append(f"step {line['made']}, {age:.2f} s old, is lost")
    if newest in steps and steps[newest]["state"] != found["state"]:
        kill.problems.append(f"step {newest} is there, but the case is another")
    _judge_view(kill, history, found, allowed)


def _judge_view(kill: Kill, history: list[dict[str, Any]], found: dict[str, Any], allowed: float) -> None:
    old = [line for line in history if "place" in line and _age(line) > allowed]
    later = [line for line in history if "place" in line and _age(line) <= allowed]
    possible = [line["place"] for line in [*old[-1:], *later]]
    if possible and not any(_same_place(place, found["place"]) for place in possible):
        kill.problems.append(f"the view opened at {found['place']}, not where it was")
    seen = max((line["seen"] for line in history if "seen" in line and _age(line) > allowed), default=0)
    if found["seen"] < seen:
        kill.problems.append(f"{seen} cells of the slide had been seen, {found['seen']} are known")


def _age(line: dict[str, Any]) -> float:
    """How long before its program was killed this was written down, in seconds."""
    return float(line["killed_at"] - line["at"])


def _same_place(a: list[float], b: list[float]) -> bool:
    return all(abs(x - y) <= 2.0 for x, y in zip(a, b, strict=True))


def write_table(kills: list[Kill], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = [asdict(kill) | {"problems": "; ".join(kill.problems)} for kill in kills]
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({name: round(v, 3) if isinstance(v, float) else v for name, v in row.items()})


def summary(kills: list[Kill]) -> str:
    reopened = sum(kill.reopened for kill in kills)
    bad = [f"kill {kill.number}: {problem}" for kill in kills for problem in kill.problems]
    made, lost = sum(kill.steps_made for kill in kills), sum(kill.steps_lost for kill in kills)
    oldest = max((kill.lost_s for kill in kills), default=0.0)
    text = (
        f"{len(kills)} kills, {reopened} reopened, {made} steps made, {lost} lost, "
        f"the oldest of them {oldest:.2f} s old; {len(bad)} problems"
    )
    return "\n".join([text, *bad])


class Hand:
    """Acts at random before a real window until it is killed, and writes down what it did."""

    def __init__(self, slide: Path, model: Path, data_dir: Path, log: Path, chance: random.Random) -> None:
        self._begun = time.monotonic()
        self._chance = chance
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        from app.ui.application import build_window
        from app.ui.paths import AppPaths

        self.window = build_window(AppPaths.for_user(data_dir), bundle_path=model)
        self.window.resize(1400, 900)
        self.window.show()
        self.window.case.changed.connect(self._note_step)
        self.window.case.saveStatusChanged.connect(lambda status: self._say(saved=status.saved_seq))
        self.window.open_path(slide)

    def work(self) -> None:
        case = self.window.case
        self._wait(lambda: case.store is not None and self._marking_is_there())
        self._wait(lambda: self.window.stage.view.is_sharp)
        view, store = self.window.stage.view, case.store
        after_s = time.monotonic() - self._begun
        self._say(
            opened=store.saved_seq, opened_after_s=after_s, state=self._state(), place=self._place(), seen=self._seen()
        )
        view.restedAt.connect(lambda _rect: self._note_place())
        while True:
            self._act()
            self._wait(lambda: False, self._chance.uniform(0.0, 0.08))

    def _marking_is_there(self) -> bool:
        """Drawing is built with the canvas, after the window has been shown."""
        marking = getattr(self.window, "marking", None)
        return marking is not None and not marking.marks.is_loading

    def _act(self) -> None:
        from PySide6.QtCore import Qt

        key, chance = Qt.Key, self._chance
        ctrl = Qt.KeyboardModifier.ControlModifier
        self.window.stage.view.setFocus()
        match chance.randrange(10):
            case 0 | 1:
                self._key(key.Key_Space)
                self._key(chance.choice((key.Key_C, key.Key_X, key.Key_D)))
            case 2 | 3:
                self._draw(chance.choice((key.Key_Q, key.Key_W, key.Key_E, key.Key_K)))
            case 4:
                self._key(key.Key_G)
                self._type(str(chance.randrange(1, 40)))
                self._key(key.Key_Return)
            case 5:
                self._key(chance.choice((key.Key_1, key.Key_2, key.Key_3, key.Key_4, key.Key_5, key.Key_6)), ctrl)
            case 6:
                self._key(key.Key_Z, ctrl)
            case 7:
                self._key(key.Key_Z, ctrl | Qt.KeyboardModifier.ShiftModifier)
            case 8:
                self.window.sheet.panel.form.comment.setFocus()
                self._type(chance.choice("abcdefghij"))
            case _:
                self._look_elsewhere()

    def _look_elsewhere(self) -> None:
        from app.geometry import PointPx
        from tests.phantom_case import SIDE_PX

        at = PointPx(self._chance.uniform(0, SIDE_PX), self._chance.uniform(0, SIDE_PX))
        self.window.stage.view.center_on(at, self._chance.choice((10.0, 20.0, 40.0)))
        self._wait(lambda: False, self._chance.uniform(0.0, 0.8))

    def _draw(self, tool: Any) -> None:
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        view, chance = self.window.stage.view, self._chance
        self._key(tool)
        middle = view.rect().center()
        places = [middle + QPoint(chance.randrange(-300, 300), chance.randrange(-250, 250)) for _ in range(4)]
        QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[0])
        for place in places[1:]:
            QTest.mouseMove(view, place)
            QApplication.processEvents()
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[-1])
        self._key(Qt.Key.Key_Escape)

    def _key(self, key: Any, modifiers: Any = None) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        target = QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, modifiers or Qt.KeyboardModifier.NoModifier)
        QApplication.processEvents()

    def _type(self, text: str) -> None:
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        QTest.keyClicks(QApplication.focusWidget() or self.window, text)

    def _wait(self, condition: Any, seconds: float = PATIENCE_S) -> None:
        from PySide6.QtCore import QEventLoop
        from PySide6.QtWidgets import QApplication

        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.002)

    def _note_step(self, entry: Any) -> None:
        self._say(made=entry.seq, state=self._state(), seen=self._seen())

    def _note_place(self) -> None:
        self._say(place=self._place())

    def _place(self) -> list[float]:
        at = self.window.stage.view.transform
        return [at.center.x, at.center.y, 1000 * at.scale]

    def _seen(self) -> int:
        store, slide = self.window.case.store, self.window.case.slide
        return int(store.coverage(slide).seen(10).sum()) if store is not None else 0

    def _state(self) -> str:
        """A digest of all that the reader has made."""
        store, slide = self.window.case.store, self.window.case.slide
        marks = sorted((mark.uuid, mark.class_key or "", repr(mark.shape)) for mark in store.marks(slide))
        decisions = sorted((one.uuid, one.verdict.value) for one in store.decisions(slide))
        groups = sorted((group.uuid, group.cells) for group in store.groups())
        sheet = store.sheet
        facts = [marks, decisions, groups, str(sheet.category), sheet.comment]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def _say(self, **values: object) -> None:
        os.write(self._log, (json.dumps(values | {"at": time.monotonic()}) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
