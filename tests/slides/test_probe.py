"""The probing child: what takes it down costs the child and becomes one sentence."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from app.slides import probe
from app.slides.open import open_slide
from app.slides.probe import ProbeServer
from app.slides.slide import SlideError, UnsupportedSlideError

# The child imports this by name, as it imports the real examination.
MISBEHAVIOUR = """
    import os, time

    from app.slides.samples import Verdict

    def fail(path):
        return Verdict("bad.svs fails.", traceback="Traceback: line 7 of the child")

    def crash(path):
        if "bad" in path.name:
            os.abort()
        return Verdict()

    def hang(path):
        if "bad" in path.name:
            time.sleep(600)
        return Verdict()

    def swallow(path):
        blocks = []
        while "bad" in path.name:
            blocks.append(bytearray(os.urandom(1 << 20)))
            time.sleep(0.0005)
        return Verdict()
"""


@pytest.fixture(scope="module")
def misbehaviour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("examiners")
    (folder / "misbehaviour.py").write_text(textwrap.dedent(MISBEHAVIOUR))
    sys.path.insert(0, str(folder))
    import misbehaviour

    yield misbehaviour
    sys.path.remove(str(folder))


# A program that is killed while its child hangs in a file.
KILLED_PARENT = """
    import os, sys
    from pathlib import Path

    sys.path[:0] = {folders!r}
    import misbehaviour
    from app.slides.probe import ProbeServer

    if __name__ == "__main__":
        server = ProbeServer(examine=misbehaviour.hang)
        server.probe(Path("good.svs"))
        server._connection.send("bad.svs")
        print(server._process.pid, flush=True)
        os._exit(1)
"""


@pytest.fixture
def server() -> Iterator[Callable[..., ProbeServer]]:
    servers: list[ProbeServer] = []

    def start(**options: Any) -> ProbeServer:
        # A busy machine must not look like a file that hangs.
        servers.append(ProbeServer(**{"time_limit_s": 120.0, **options}))
        return servers[-1]

    yield start
    for one in servers:
        one.close()


def is_gone(pid: int | None) -> bool:
    return pid is not None and (not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


@pytest.mark.parametrize(
    ("examiner", "options", "words"),
    [
        ("crash", {}, "crashes its reader"),
        ("hang", {"time_limit_s": 0.5}, "could not be opened within"),
        ("swallow", {"memory_limit_bytes": 300 * 2**20}, "needs more than 300 MiB"),
    ],
)
def test_a_file_that_takes_the_child_down(
    misbehaviour: ModuleType,
    server: Callable[..., ProbeServer],
    examiner: str,
    options: dict[str, float],
    words: str,
) -> None:
    running = server(examine=getattr(misbehaviour, examiner), **options)
    assert running.probe(Path("good.svs")).refusal is None
    first_child = running._process
    report = running.probe(Path("bad.svs"))
    assert report.refusal is not None and report.refusal.startswith("bad.svs") and words in report.refusal
    assert not report.unsupported
    assert running.probe(Path("good.svs")).refusal is None
    assert first_child is not None and running._process is not first_child


def test_the_memory_limit_holds_for_a_real_image(tmp_path: Path, server: Callable[..., ProbeServer]) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(np.zeros((6000, 6000, 3), np.uint8)).save(path, compress_level=1)
    report = server(memory_limit_bytes=120 * 2**20).probe(path)
    assert report.refusal is not None and "large.png needs more" in report.refusal
    assert report.peak_bytes < 400 * 2**20
    assert server().probe(path).refusal is None


def test_the_same_child_serves_many_files(
    write_pyramid: Callable[..., Path], server: Callable[..., ProbeServer]
) -> None:
    running = server()
    paths = [write_pyramid(name=f"{number}.tif") for number in range(3)]
    reports = [running.probe(path) for path in paths]
    assert [report.refusal for report in reports] == [None] * 3
    assert all(report.peak_bytes > 10 * 2**20 for report in reports)
    child = running._process
    assert child is not None
    running.probe(paths[0])
    assert running._process is child


def test_closing_ends_the_child(server: Callable[..., ProbeServer], write_pyramid: Callable[..., Path]) -> None:
    running = server()
    path = write_pyramid()
    running.probe(path)
    assert running._process is not None
    pid = running._process.pid
    running.close()
    assert is_gone(pid)
    assert running.probe(path).refusal is None


def test_a_hanging_child_does_not_outlive_a_killed_program(misbehaviour: ModuleType, tmp_path: Path) -> None:
    assert probe.__file__ is not None and misbehaviour.__file__ is not None
    folders = [str(Path(probe.__file__).parents[2]), str(Path(misbehaviour.__file__).parent)]
    script = tmp_path / "killed_parent.py"
    script.write_text(textwrap.dedent(KILLED_PARENT).format(folders=folders))
    # Its output ends only when the child, which holds the same pipe, has ended too.
    output = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, timeout=60, check=False).stdout
    assert is_gone(int(output))


def test_the_traceback_of_an_unexpected_error_is_logged(
    misbehaviour: ModuleType, server: Callable[..., ProbeServer], caplog: pytest.LogCaptureFixture
) -> None:
    assert server(examine=misbehaviour.fail).probe(Path("bad.svs")).refusal == "bad.svs fails."
    assert "line 7 of the child" in caplog.text


def test_a_good_file_is_probed_once_until_it_changes(
    write_pyramid: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    probed: list[str] = []
    real = probe._server.probe

    def counted(path: Path) -> probe.ProbeReport:
        probed.append(path.name)
        return real(path)

    monkeypatch.setattr(probe._server, "probe", counted)
    path = write_pyramid(name="once.tif", description="test_a_good_file_is_probed_once")
    for _ in range(3):
        open_slide(path).close()
    assert probed == ["once.tif"]
    moved = path.rename(path.with_name("moved.tif"))
    open_slide(moved).close()
    assert probed == ["once.tif"]
    write_pyramid(name="moved.tif", width=500)
    open_slide(moved).close()
    assert probed == ["once.tif", "moved.tif"]


def test_a_refusal_keeps_its_kind(tmp_path: Path, shared_data: Path) -> None:
    path = tmp_path / "letter.kfb"
    path.write_text("no slide")
    with pytest.raises(UnsupportedSlideError, match="KFB"):
        open_slide(path)
    with pytest.raises(SlideError, match="cannot be decoded") as caught:
        open_slide(shared_data / "hostile" / "openslide-python" / "unreadable.svs")
    assert not isinstance(caught.value, UnsupportedSlideError)


def test_a_slide_with_one_bad_tile_is_let_through(shared_data: Path) -> None:
    open_slide(shared_data / "hostile" / "derived" / "cmu-badtile.svs").close()
