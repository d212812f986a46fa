"""Where the program keeps what it writes: data, settings, logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP_NAME = "fnascope"


@dataclass(frozen=True, slots=True)
class AppPaths:
    """Folders of one user; a data folder that was named on the command line holds everything."""

    data_dir: Path
    settings_file: Path
    log_dir: Path

    @classmethod
    def for_user(cls, data_dir: Path | None = None) -> AppPaths:
        """The standard places of the platform, or everything under ``data_dir``."""
        if data_dir is not None:
            return cls(data_dir, data_dir / "settings.json", data_dir / "logs")
        return cls(
            Path(platformdirs.user_data_dir(APP_NAME, appauthor=False)),
            Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / "settings.json",
            Path(platformdirs.user_log_dir(APP_NAME, appauthor=False)),
        )


def program_version() -> str:
    """Version of the installed program; empty in a tree that was never installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(APP_NAME)
    except PackageNotFoundError:
        return ""
