"""From the start of the process to the window on screen, from source and, where it was built, from the bundle.

    python tests/benchmarks/start_time.py [--runs 15] [--out FILE.json]

Every run is a new process with an empty data folder, on the present X server or on an Xvfb of its own. The clock starts
before the process does and ends when the program's log file appears, which it writes right after the window has been
painted for the first time; the file is looked for every millisecond. The first run of each kind warms the disk cache
and is not counted. ``cpu`` is the processor time of the process until then, all threads: on a quiet machine wall time
is little more. Beside it, the same way, an empty PySide6 window from source: what no program with this library can go
below. Compiled Python files are kept in a folder of the benchmark's own. `make bundle` builds the bundle. Do not run it
beside other work.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from machine import command_line

TOP = Path(__file__).resolve().parents[2]
BUNDLE = TOP / "dist" / "fnascope" / ("fnascope.exe" if sys.platform == "win32" else "fnascope")
RESULTS = Path(__file__).resolve().parent / "results"
PATIENCE_S = 60.0

EMPTY_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        QTimer.singleShot(0, lambda: Path(sys.argv[2], "started.log").touch())
app = QApplication([])
window = Window()
window.show()
app.exec()
"""


@contextlib.contextmanager
def screen() -> Iterator[dict[str, str]]:
    """The environment of a process that shows a window."""
    left_out = ("QT_QPA_PLATFORM", "PYTHONDONTWRITEBYTECODE")
    environment = {key: value for key, value in os.environ.items() if key not in left_out}
    if sys.platform != "linux" or environment.get("DISPLAY"):
        yield environment
        return
    server = shutil.which("Xvfb")
    if server is None:
        sys.exit("There is no screen here and no Xvfb either: install it (Debian and Ubuntu: apt-get install xvfb).")
    read, write = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        os.close(write)
        with os.fdopen(read) as stream:
            number = stream.readline().strip()
        yield environment | {"DISPLAY": f":{number}", "XAUTHORITY": ""}
    finally:
        process.terminate()
        process.wait()


def commands() -> dict[str, list[str]]:
    """What is started; ``--data-dir FOLDER`` is appended."""
    found = {
        "empty PySide6 window": [sys.executable, "-c", EMPTY_WINDOW],
        "source": [sys.executable, "-m", "app"],
    }
    if BUNDLE.exists():
        found["bundle"] = [str(BUNDLE)]
    return found


def start_once(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Start, wait until the window stands, end it. Seconds of wall and processor time, and resident MiB."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--data-dir", folder], cwd=TOP, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while not any(Path(folder).rglob("*.log")):
                if process.poll() is not None or time.perf_counter() - start > PATIENCE_S:
                    sys.exit(f"{' '.join(command[:3])} did not show its window (status {process.poll()}).")
                time.sleep(0.001)
            wall = time.perf_counter() - start
            used = psutil.Process(process.pid)
            times, memory = used.cpu_times(), used.memory_info().rss
        finally:
            for child in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else ():
                child.kill()
            process.kill()
            process.wait()
    return {"wall_s": wall, "cpu_s": times.user + times.system, "rss_mib": memory / 2**20}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--out", type=Path, default=RESULTS / "start_time.json")
    options = parser.parse_args()
    table: dict[str, Any] = {
        "command": command_line(),
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "kinds": {},
    }
    found: dict[str, list[dict[str, float]]] = {}
    with screen() as shown, tempfile.TemporaryDirectory() as compiled:
        environment = shown | {"PYTHONPYCACHEPREFIX": compiled}
        for name, command in commands().items():
            start_once(command, environment)
            found[name] = [start_once(command, environment) for _ in range(options.runs)]
    for name, runs in found.items():
        row = {
            key: {
                "median": round(statistics.median(values), 3),
                "lowest": round(min(values), 3),
                "highest": round(max(values), 3),
            }
            for key in runs[0]
            for values in [[run[key] for run in runs]]
        }
        table["kinds"][name] = {"runs": options.runs, **row}
        print(name, json.dumps(row), flush=True)
    if "bundle" not in table["kinds"]:
        print("No bundle in dist/: not measured. Build it with `make bundle`.")
    options.out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
