"""Ctrl-C while slides are scored is noted, and raised where it does no harm."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.cohort.here import interrupt_noted

TOP = Path(__file__).resolve().parents[2]
POLLS = """
import os, random, signal, threading
from concurrent.futures import ThreadPoolExecutor, wait
from app.cohort.here import interrupt_noted

def poll():
    stop = threading.Event()
    with interrupt_noted() as interrupted, ThreadPoolExecutor(1) as pool:
        waiting = {pool.submit(stop.wait)}
        threading.Timer(random.uniform(0.0005, 0.005), os.kill, (os.getpid(), signal.SIGINT)).start()
        while not interrupted.is_set():
            wait(waiting, timeout=0)
        stop.set()

for _ in range(100):
    poll()
print("all ended")
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_the_first_is_noted_the_second_raises_and_the_handler_comes_back():
    before = signal.getsignal(signal.SIGINT)
    with interrupt_noted() as noted:
        assert not noted.is_set()
        signal.raise_signal(signal.SIGINT)
        assert noted.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_it_never_leaves_a_lock_of_the_pool_taken():
    """Raised within ``wait``, one of some hundred interrupts left a future's lock taken, and the pool never ended."""
    done = subprocess.run([sys.executable, "-c", POLLS], cwd=TOP, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "all ended\n"), done.stderr


def test_on_another_thread_nothing_is_changed():
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with interrupt_noted() as noted:
            seen.append((signal.getsignal(signal.SIGINT), noted.is_set()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(before, False)]
