"""The house rules that a machine can check: arrows, heavy imports, what a room may say of itself."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent


def imported_modules(statement: str) -> set[str]:
    """Top-level and dotted modules loaded by a fresh interpreter that runs the statement."""
    code = f"{statement}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=TOP, check=True)
    return set(done.stdout.split())


def test_arrows_between_rooms_run_down_only():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], capture_output=True, text=True, cwd=TOP, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize(
    ("statement", "never"),
    [
        ("import kd.bundle", {"torch", "timm", "cv2", "onnxruntime"}),
        ("import kd.phantom", {"torch", "timm"}),
        ("import app.cohort.command_line", {"torch", "timm", "matplotlib", "PySide6", "onnxruntime", "asyncio"}),
        ("import app.score, app.cohort.arguments, app.analysis.spare_process", {"numpy", "cv2", "onnxruntime", "tqdm"}),
        ("import app.session.slide_session", {"torch", "timm", "matplotlib", "PySide6"}),
        ("import app.ui.main_window", {"torch", "timm", "matplotlib", "onnxruntime", "cv2"}),
    ],
)
def test_heavy_modules_stay_off_the_path(statement, never):
    loaded = {name.split(".")[0] for name in imported_modules(statement)}
    assert not loaded & never


def test_every_room_says_what_it_is_for():
    for folder in (TOP / "app", TOP / "kd"):
        for init in folder.rglob("__init__.py"):
            assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))), f"{init} has no docstring"
