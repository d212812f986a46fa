"""Report files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class ReportError(Exception):
    """A report cannot be written; the message is one sentence for the user."""


def write_whole(target: Path, content: bytes) -> Path:
    """Write beside ``target`` and take its place when all is on the disk. Raises ``ReportError``; ``target`` is then
    as before."""
    part: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o644)
        os.replace(part, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError(
            f"{target} cannot be written ({reason}); free some space or choose another folder."
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return target
