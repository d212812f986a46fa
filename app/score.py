"""``python -m app.score SLIDE|FOLDER ... --out DIR``: scores slides without a window, by the same session.

Light: every process that the run starts imports the main module again before it does anything of its own.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when every slide was scored, 1 when one failed (the others go on), 130 when interrupted."""
    multiprocessing.freeze_support()
    from app.cohort.arguments import parse

    given = parse(arguments)
    if not given.worker:
        # These processes start while the rest is imported.
        from app.analysis.spare_process import warm_up

        warm_up()
        from app.slides.probe import start_probe_server

        start_probe_server()
    from app.cohort.command_line import run

    return run(given)


if __name__ == "__main__":
    sys.exit(main())
