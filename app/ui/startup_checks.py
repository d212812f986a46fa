"""Before Qt is asked for anything: are its system libraries here, and is there a screen?

Qt ends the process when its platform plugin cannot load or reach the display, so both are tried first.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from pathlib import Path

_INSTALL = "sudo apt-get install -y --no-install-recommends"
_OFFSCREEN_PACKAGES = "libegl1 libgl1 libglib2.0-0 libfontconfig1 libfreetype6 libdbus-1-3 libxkbcommon0"
_X11_PACKAGES = (
    "libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 "
    "libxcb-render-util0 libxcb-shape0 libxcb-xfixes0 libxcb-xkb1"
)
_X11_LIBRARIES = (
    "libxcb.so.1",
    "libxkbcommon-x11.so.0",
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-image.so.0",
    "libxcb-keysyms.so.1",
    "libxcb-randr.so.0",
    "libxcb-render-util.so.0",
    "libxcb-shape.so.0",
    "libxcb-xfixes.so.0",
    "libxcb-xkb.so.1",
)
_SCREENLESS = ("offscreen", "minimal", "vnc")


def running_on() -> str:
    """The platform's name, as ``sys.platform``."""
    return sys.platform


def qt_problem() -> str:
    """One sentence when Qt cannot be loaded, with the command that helps; empty when it can."""
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        if running_on().startswith("linux"):
            return (
                f"Qt lacks a system library ({error}); on Debian and Ubuntu run: "
                f"{_INSTALL} {_OFFSCREEN_PACKAGES} {_X11_PACKAGES}"
            )
        return f"Qt cannot be loaded ({error}); install FNAScope again."
    return ""


def screen_problem(environment: Mapping[str, str], platform: str) -> str:
    """Why there is no screen, as the beginning of a sentence; empty when a window can be shown."""
    chosen = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if chosen in _SCREENLESS:
        return f"Qt is told to use no screen (QT_QPA_PLATFORM={chosen}),"
    if not platform.startswith("linux"):
        return ""
    if _wayland_socket(environment):
        return ""
    if not environment.get("DISPLAY"):
        return "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set),"
    missing = [name for name in _X11_LIBRARIES if not _loads(name)]
    if missing:
        return f"A window needs system libraries that are missing here ({_INSTALL} {_X11_PACKAGES}),"
    if not _x_server_answers():
        return f"The screen {environment['DISPLAY']} does not answer,"
    return ""


def _wayland_socket(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY")
    return bool(name) and (Path(environment.get("XDG_RUNTIME_DIR", "/")) / str(name)).exists()


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _x_server_answers() -> bool:
    """Connect to the X server that DISPLAY names, as Qt's plugin would."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    broken = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not broken
