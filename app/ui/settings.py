"""What the program remembers between starts. Kept in memory; read once, saved off the GUI thread."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

MAX_RECENT = 12

log = logging.getLogger(__name__)


@dataclass
class Settings:
    """All settings with their defaults. By a slide's fingerprint: ``calibrations`` um/px, ``scored_planes`` the
    focal plane to score (-1: all of them fused), ``colours`` how it is shown."""

    language: str = "system"
    theme: str = "system"
    device: str = "auto"
    precision: str = "auto"
    threads: int = 0
    auto_start: bool = True
    human_first: bool = False
    reader: str = ""
    model_path: str = ""
    overlay_visible: bool = True
    overlay_opacity: float = 0.35
    overlay_threshold: float = 0.0
    attention_visible: bool = False
    attention_opacity: float = 0.6
    legend_visible: bool = True
    minimap_visible: bool = True
    marks_visible: bool = True
    keep_tool: bool = False
    mark_classes: list[str] = field(default_factory=list)
    coverage_visible: bool = True
    coverage_magnification: float = 20.0
    gallery_magnification: float = 40.0
    teacher_path: str = ""
    worklist_folder: str = ""
    worklist_recursive: bool = True
    worklist_scoring: bool = False
    recent_files: list[str] = field(default_factory=list)
    calibrations: dict[str, float] = field(default_factory=dict)
    scored_planes: dict[str, float] = field(default_factory=dict)
    colours: dict[str, str] = field(default_factory=dict)
    window_geometry: str = ""
    window_state: str = ""

    def remember_file(self, path: Path) -> None:
        """Put a file on top of the recent ones."""
        text = str(path)
        self.recent_files = [text, *(p for p in self.recent_files if p != text)][:MAX_RECENT]


class SettingsStore:
    """The settings and their file. A damaged file is put aside and the defaults hold."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._write_lock = threading.Lock()
        self._snapshots = self._written = 0
        self.values = self._load()

    def snapshot(self) -> tuple[int, str]:
        """The settings as text, numbered; call it on the thread that changes them."""
        self._snapshots += 1
        return self._snapshots, json.dumps(asdict(self.values), indent=1, ensure_ascii=False) + "\n"

    def write(self, snapshot: tuple[int, str]) -> None:
        """Write a snapshot atomically, unless a later one is written already. Raises OSError. For any thread."""
        number, text = snapshot
        with self._write_lock:
            if number < self._written:
                return
            self._written = number
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.replace(temporary, self.path)

    def _load(self) -> Settings:
        try:
            raw = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError) as error:
            log.warning("The settings %s cannot be read (%s); the defaults hold.", self.path, error)
            return Settings()
        return _settings_from(raw if isinstance(raw, dict) else {})


def _settings_from(raw: Mapping[str, Any]) -> Settings:
    """Settings from parsed JSON; entries of a wrong type keep their default."""
    defaults = Settings()
    kept: dict[str, Any] = {}
    for entry in fields(Settings):
        default: Any = getattr(defaults, entry.name)
        value: Any = raw.get(entry.name)
        if isinstance(default, bool) and isinstance(value, bool):
            kept[entry.name] = value
        elif isinstance(default, (int, float)) and not isinstance(default, bool) and _is_number(value):
            kept[entry.name] = type(default)(value)
        elif isinstance(default, str) and isinstance(value, str):
            kept[entry.name] = value
        elif isinstance(default, list) and isinstance(value, list):
            kept[entry.name] = [v for v in value if isinstance(v, str)]
        elif entry.name == "colours" and isinstance(value, dict):
            kept[entry.name] = {str(k): v for k, v in value.items() if isinstance(v, str)}
        elif isinstance(default, dict) and isinstance(value, dict):
            kept[entry.name] = {str(k): float(v) for k, v in value.items() if _is_number(v)}
    return Settings(**kept)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
