"""Entry point of the PyInstaller bundle: the viewer, or with ``score`` as first word the headless run."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    if sys.argv[1:2] == ["score"]:
        from app.score import main as score

        sys.exit(score(sys.argv[2:]))
    from app.__main__ import main

    sys.exit(main())
