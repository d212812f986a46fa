"""``python -m kd.segment data|teacher|distill|evaluate|export``: cell segmentation, from images to a bundle."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from kd.command_line import run_tool
from kd.errors import KdError


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input."""
    commands = _commands()
    if not arguments or arguments[0] in ("-h", "--help"):
        print(f"{__doc__}\n\nEach command has its own --help.")
        return
    if arguments[0] not in commands:
        raise KdError(f"There is no command '{arguments[0]}'; there are {', '.join(commands)}.")
    commands[arguments[0]](arguments[1:])


def _commands() -> dict[str, Callable[[Sequence[str]], None]]:
    from kd.segment import data_tool, evaluate, export, train

    return {
        "data": data_tool.main,
        "teacher": train.teacher,
        "distill": train.distill,
        "evaluate": evaluate.main,
        "export": export.main,
    }


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
