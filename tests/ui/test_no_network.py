"""The program reaches for no network: not the window, not the scoring process, not the probe, not the report.

Every Python process of the run gets an audit hook that writes down and refuses name look-ups and connections to
anything but this machine (processes talk to each other by pipes and local sockets).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE_S = 300
ROOT = Path(__file__).resolve().parents[2]
HOOK = """
import os, sys

LOG = os.environ["FNA_NETWORK_LOG"]
LOCAL = ("127.0.0.1", "::1", "localhost", None, "")


def note(text):
    handle = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, (text + "\\n").encode("utf-8", "replace"))
    os.close(handle)


def hook(event, args):
    host = "local"
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and isinstance(args[1], tuple):
        host = args[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = args[0]
    elif event in ("urllib.Request", "http.client.connect", "ftplib.connect", "smtplib.connect"):
        host = str(args[:2])
    if host != "local" and host not in LOCAL:
        note(f"REFUSED {event} {args[1:]!r} {sys.argv!r}")
        raise PermissionError(f"no network here: {event}")


sys.addaudithook(hook)
note(f"START {os.getpid()} {' '.join(sys.orig_argv)}")
"""


@pytest.fixture
def watched(tmp_path):
    """Environment in which every Python process carries the hook, and the file that it writes."""
    hooks, log = tmp_path / "hooks", tmp_path / "network.log"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    paths = os.pathsep.join([str(hooks), str(ROOT)])
    return {**os.environ, "PYTHONPATH": paths, "FNA_NETWORK_LOG": str(log), "QT_QPA_PLATFORM": "offscreen"}, log


def test_the_hook_would_notice(watched):
    environment, log = watched
    for attempt in (
        "import socket; socket.create_connection(('192.0.2.1', 80), 0.1)",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')",
        "from multiprocessing import get_context as c; p = c('spawn').Process(target=__import__('socket').getaddrinfo,"
        " args=('example.org', 80)); p.start(); p.join(); raise SystemExit(p.exitcode)",
    ):
        ended = subprocess.run([sys.executable, "-c", attempt], env=environment, capture_output=True, check=False)
        assert ended.returncode != 0, attempt
    assert log.read_text(encoding="utf-8").count("REFUSED") >= 4


def test_open_score_and_report_without_network(watched, slide_path, bundle, tmp_path):
    environment, log = watched
    job = Path(__file__).with_name("no_network_job.py")
    ended = subprocess.run(
        [sys.executable, str(job), str(slide_path), str(bundle.path), str(tmp_path / "job")],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = log.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("REFUSED")] == []
    processes = {line.split()[1] for line in lines if line.startswith("START")}
    assert len(processes) >= 3, "the window, the probe and the scoring process were all watched"
    assert (tmp_path / "job" / "out" / "summary.json").exists() and (tmp_path / "job" / "report.pdf").exists()
