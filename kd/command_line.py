"""What every training tool does around its work: one line per error, no traceback, clean stop on Ctrl-C."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Callable, Sequence

from kd.errors import KdError

INTERRUPTED = 130


class Interrupted(Exception):
    """The user stopped the run; its state is saved. The message says how to go on."""


def run_tool(main: Callable[[Sequence[str]], None], arguments: Sequence[str]) -> int:
    """Exit status of ``main(arguments)``: 0, 1 with one line on stderr, or 130 after an interruption."""
    try:
        main(arguments)
    except KdError as error:
        if os.environ.get("LOCAL_RANK", "0") == "0":  # under torchrun one process of a machine speaks
            print(f"error: {error}", file=sys.stderr)
        return 1
    except Interrupted as stop:
        print(str(stop), file=sys.stderr)
        return INTERRUPTED
    except KeyboardInterrupt:
        print("stopped; nothing half-written was left", file=sys.stderr)
        return INTERRUPTED
    return 0


def command_text(module: str, arguments: Sequence[str]) -> str:
    """The command line as it can be typed again."""
    return f"python -m {module} {shlex.join(arguments)}"


def log_to(path_or_none: str | None = None) -> logging.Logger:
    """The tools' logger: to stderr, and to a file where a path is given."""
    logger = logging.getLogger("kd")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if path_or_none is not None:
        handlers.append(logging.FileHandler(path_or_none, encoding="utf-8"))
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
        logger.addHandler(handler)
    return logger
