"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


class ExportError(Exception):
    """A file cannot be written; the message is one sentence for the user."""


@contextmanager
def written_whole(target: Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """A stream into a temporary file beside ``target`` that takes its place when all went well.

    Text is UTF-8 with ``\\n``. Raises ExportError when the file cannot be written; ``target`` is then as before.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    except OSError as error:
        raise ExportError(f"{target} cannot be written ({error.strerror}); choose another folder.") from error
    part = Path(temporary)
    try:
        text = {} if binary else {"encoding": "utf-8", "newline": "\n"}
        with os.fdopen(handle, "wb" if binary else "w", **text) as stream:  # type: ignore[call-overload]
            yield stream
        part.chmod(0o644)
        os.replace(part, target)
    except OSError as error:
        raise ExportError(
            f"{target} cannot be written ({error.strerror or error}); free some space or choose another folder."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def discard(target: Path) -> None:
    """Remove a file that is about to become stale, if it is there. Raises ExportError."""
    try:
        target.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(f"{target} cannot be replaced ({error.strerror}); choose another folder.") from error
