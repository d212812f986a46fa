"""What is remembered, how the program starts, and how it meets errors."""

import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QToolButton

from app.resources import resource_path
from app.ui.actions import action_specs
from app.ui.background import run_in_background, wait_for_background
from app.ui.crash import CrashReporter
from app.ui.panels.analysis_panel import format_duration
from app.ui.settings import MAX_RECENT, Settings, SettingsStore
from app.ui.startup_checks import qt_problem, screen_problem
from app.ui.theme import DARK, LIGHT, Colors

TOP = Path(__file__).resolve().parents[2]


def run_program(*arguments: str, cwd: Path, timeout: float = 120, **environment: str) -> subprocess.CompletedProcess:
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True, text=True, check=False, timeout=timeout, cwd=cwd,
        env=env | {"PYTHONPATH": str(TOP), "HOME": str(cwd)} | environment,
    )  # fmt: skip


# Settings


def test_settings_survive_a_round_trip(tmp_path):
    store = SettingsStore(tmp_path / "deep" / "settings.json")
    assert store.values == Settings()
    store.values.theme = "dark"
    store.values.overlay_opacity = 0.3
    store.values.calibrations["abc"] = 0.1945
    store.values.remember_file(Path("/slides/schön ü.svs"))
    store.write(store.snapshot())
    assert SettingsStore(store.path).values == store.values
    assert not list(store.path.parent.glob("*.part"))


def test_an_older_snapshot_never_replaces_a_newer_one(tmp_path):
    store = SettingsStore(tmp_path / "settings.json")
    older = store.snapshot()
    store.values.theme = "dark"
    store.write(store.snapshot())
    store.write(older)
    assert SettingsStore(store.path).values.theme == "dark"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"theme": 3, "overlay_opacity": "x", "recent_files": {"a": 1}}', "\x00\x01"]
)
def test_damaged_settings_fall_back_to_the_defaults(tmp_path, text):
    (tmp_path / "settings.json").write_text(text, encoding="utf-8")
    assert SettingsStore(tmp_path / "settings.json").values == Settings()


def test_recent_files_are_few_and_unique():
    settings = Settings()
    for number in range(MAX_RECENT + 5):
        settings.remember_file(Path(f"/slides/{number}.svs"))
    settings.remember_file(Path("/slides/10.svs"))
    assert settings.recent_files[0] == str(Path("/slides/10.svs"))
    assert len(settings.recent_files) == len(set(settings.recent_files)) == MAX_RECENT


def test_choices_of_one_window_hold_in_the_next(open_window, tmp_path):
    window = open_window()
    window.set_theme("dark")
    window.docks.overlay.opacity.setValue(80)
    window.settings.overlay_opacity = 0.8
    window.actions_["fullscreen"].setChecked(False)
    window.docks.docks[0].hide()
    window.close()
    assert wait_for_background(20_000)
    assert json.loads((tmp_path / "data" / "settings.json").read_text(encoding="utf-8"))["theme"] == "dark"
    later = open_window()
    assert later.settings.theme == "dark"
    assert QApplication.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert later.docks.overlay.opacity.value() == 80
    assert later.docks.docks[0].isHidden()
    later.set_theme("light")
    assert QApplication.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.window)


def test_preferences_are_applied(open_window):
    window = open_window()
    window.actions_["preferences"].trigger()
    dialog = window.findChild(QDialog, "preferencesDialog")
    dialog.auto_start.setChecked(False)
    dialog.precision.setCurrentIndex(dialog.precision.findData("fp32"))
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.accept()
    assert (window.settings.auto_start, window.settings.precision, window.settings.theme) == (False, "fp32", "dark")
    window.set_theme("light")


# The start


def test_the_window_is_shown_before_anything_heavy_is_imported(tmp_path):
    """And torch, timm and matplotlib are never imported, not even with a slide open."""
    script = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication
        from app.ui.application import build_window
        from app.ui.paths import AppPaths

        if __name__ == "__main__":
            window = build_window(AppPaths.for_user(Path({str(tmp_path)!r})))
            window.show()
            heavy = ("numpy", "cv2", "onnxruntime", "openslide", "PIL", "torch", "timm", "matplotlib", "scipy")
            print("shown", [m for m in heavy if m in sys.modules], len(sys.modules))
            assert window.stage is not None
            import app.session.slide_session, app.slides.open
            print("later", [m for m in ("torch", "timm", "matplotlib", "scipy", "sklearn") if m in sys.modules])
            window.close()
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(TOP)}, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown, later = [line for line in done.stdout.splitlines() if line.startswith(("shown", "later"))]
    assert shown.startswith("shown []"), shown
    assert later == "later []"


def test_version_and_help_need_no_qt(tmp_path):
    assert run_program("--version", cwd=tmp_path).stdout.startswith("FNAScope")
    assert "Research Use Only" in run_program("--help", cwd=tmp_path).stdout


def test_without_a_screen_and_without_a_slide_the_program_says_what_to_do(tmp_path):
    done = run_program(cwd=tmp_path)
    assert done.returncode == 2
    assert "--demo" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_line_knows_the_devices_of_the_runtime():
    from app.__main__ import build_parser

    assert build_parser().parse_args(["--device", "cuda:1"]).device == "cuda:1"
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--device", "abacus"])


def test_screens_are_told_apart():
    assert "DISPLAY" in screen_problem({}, "linux")
    assert "offscreen" in screen_problem({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0"}, "linux")
    assert ":987" in screen_problem({"DISPLAY": ":987"}, "linux") or "libraries" in screen_problem(
        {"DISPLAY": ":987"}, "linux"
    )
    assert screen_problem({}, "win32") == ""
    assert screen_problem({}, "darwin") == ""
    assert qt_problem() == ""


def test_offscreen_job_scores_takes_pictures_and_writes_results(tmp_path, slide_path, bundle):
    done = run_program(
        str(slide_path), "--model", str(bundle.path), "--out", str(tmp_path / "out"), "--data-dir",
        str(tmp_path / "data"), cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no screen" in done.stdout.splitlines()[0]
    out = tmp_path / "out"
    from PySide6.QtGui import QImage

    for name in ("overview.png", "field-20x.png", "attention-40x.png"):
        image = QImage(str(out / name))
        assert (image.width(), image.height()) == (1920, 1080)
    names = {p.name for p in out.iterdir()}
    assert {"scores.csv", "scores.geojson", "summary.json", "heatmap-red.png"} <= names
    assert not [n for n in names if n.endswith(".part")]
    summary = (out / "summary.json").read_text(encoding="utf-8")
    assert bundle.hash in summary
    assert "Research Use Only" in summary


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_an_interrupted_offscreen_job_ends_at_once_and_leaves_nothing_running(tmp_path, large_path, dense_bundle):
    env = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
    program = subprocess.Popen(
        [sys.executable, "-m", "app", str(large_path), "--model", str(dense_bundle.path), "--offscreen",
         str(tmp_path / "out"), "--data-dir", str(tmp_path / "data")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=env | {"PYTHONPATH": str(TOP)},
    )  # fmt: skip
    assert program.stdout is not None
    for line in program.stdout:
        if line.startswith(("Starting", "Finding", "Scoring")):
            break
    family = psutil.Process(program.pid).children(recursive=True)
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 130
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    _, left = psutil.wait_procs(family, timeout=20)
    assert not left


def test_offscreen_job_names_each_slide_that_failed_and_does_the_others(tmp_path, slide_path, bundle):
    bad = tmp_path / "bad.svs"
    bad.write_bytes(b"not a slide")
    done = run_program(
        str(bad), str(slide_path), "--model", str(bundle.path), "--offscreen", str(tmp_path / "out"), "--data-dir",
        str(tmp_path / "data"), cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    errors = done.stderr.strip().splitlines()
    assert len(errors) == 1
    assert "bad.svs" in errors[0]
    assert (tmp_path / "out" / slide_path.stem / "scores.csv").is_file()
    assert not (tmp_path / "out" / "bad" / "scores.csv").exists()


# Errors


def test_an_uncaught_error_is_logged_and_shown_once(qapp, qtbot, caplog):
    shown = []
    reporter = CrashReporter(lambda summary, details: shown.append((summary, details)))
    try:
        raise RuntimeError("unforeseen")
    except RuntimeError as error:
        with caplog.at_level(logging.CRITICAL):
            reporter._handle(RuntimeError, error, error.__traceback__)
    qtbot.waitUntil(lambda: bool(shown))
    summary, details = shown[0]
    assert "unforeseen" in summary
    assert "Traceback" in details
    assert "FNAScope" in details
    assert "unforeseen" in caplog.text


def test_background_work_delivers_its_result_or_its_error_and_nothing_after_a_cancel(qtbot):
    results, errors, discarded = [], [], []
    run_in_background(lambda _token: 42, on_done=results.append)
    run_in_background(lambda _token: 1 / 0, on_error=errors.append)
    job = run_in_background(lambda token: "late", on_done=results.append, discard=discarded.append)
    job.cancel()
    qtbot.waitUntil(lambda: bool(results and errors and discarded))
    assert wait_for_background(5000)
    QApplication.processEvents()
    assert results == [42]
    assert isinstance(errors[0], ZeroDivisionError)
    assert discarded == ["late"]


# Made with care


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(theme: Colors):
    for ground in (theme.window, theme.panel, theme.raised, theme.info, theme.warning, theme.error):
        assert contrast(theme.text, ground) >= 7
    for ground in (theme.window, theme.panel, theme.raised):
        assert contrast(theme.muted, ground) >= 4.5
        assert contrast(theme.accent, ground) >= 4.5
    assert contrast(theme.accent_text, theme.accent) >= 4.5


def test_every_action_has_its_icon_and_no_two_share_a_key():
    seen: dict[str, str] = {}
    for spec in action_specs():
        if spec.icon:
            assert resource_path(f"icons/{spec.icon}.svg").is_file()
        for key in spec.keys:
            assert key not in seen, f"{key}: {spec.name} and {seen[key]}"
            seen[key] = spec.name


def test_every_tool_button_is_named_and_explained(open_window):
    window = open_window()
    for button in window.toolbar.findChildren(QToolButton):
        if button.objectName() != "qt_toolbar_ext_button":
            assert button.accessibleName()
            assert button.toolTip()


def test_sheet_about_and_shortcuts_open_and_say_research_use(open_window, qtbot):
    window = open_window()
    window.actions_["shortcuts"].trigger()
    sheet = window.findChild(QDialog, "shortcutsDialog")
    from PySide6.QtWidgets import QLabel

    texts = {label.text() for label in sheet.findChildren(QLabel)}
    assert {"Fit to window", "hold H", "Shift+R", "Shift+arrow keys"} <= texts
    sheet.close()
    window.actions_["about"].trigger()
    about = window.findChild(QDialog, "aboutDialog")
    assert any("Research Use Only" in label.text() for label in about.findChildren(QLabel))
    import openslide

    assert any(f"OpenSlide {openslide.__library_version__}," in label.text() for label in about.findChildren(QLabel))
    about.close()
    assert any("Research Use Only" in label.text() for label in window.findChildren(QLabel))
    assert not window.findChildren(QMessageBox)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (41, "41 s"), (100, "2 min"), (3500, "58 min"), (7260, "2 h 01 min")]
)
def test_durations_are_told_as_people_do(seconds, text):
    assert format_duration(seconds) == text
