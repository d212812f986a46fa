"""The program that ``test_case_crash`` kills: a reader who edits without pause, and says what was done and saved.

Run as ``crash_session.py FOLDER LOG``. For each line on its standard input it forks a child that opens the case
and works until it is killed; the child's pid is printed. The log gets a line per edit (number, time, what the
state then was) and per saving.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

from app.case.case_opening import open_case
from app.case.case_writer import CaseWriter, SaveStatus
from app.geometry import PointPx, RectPx
from app.records.bethesda import BethesdaCategory
from app.records.coverage import View, quad_of_rect
from app.records.marks import Mark
from app.records.shapes import point
from app.records.specimen import Place, Sheet

SLIDE = "a" * 64


def main(folder: Path, log: Path) -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            work(folder, os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), random.Random(line))
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("ended", flush=True)


def work(folder: Path, log: int, chance: random.Random) -> None:
    def say(**values: object) -> None:
        os.write(log, (json.dumps(values) + "\n").encode())

    def on_status(status: SaveStatus) -> None:
        say(saved=status.saved_seq, trouble=status.message)

    store = open_case(folder)
    CaseWriter(store, on_status, backup_every_s=0.2)
    while True:
        corner = PointPx(chance.uniform(0, 9000), chance.uniform(0, 5000))
        store.add_view(SLIDE, View(quad_of_rect(RectPx(corner.x, corner.y, 1920, 1080)), 20, 0.5))
        place = Place(SLIDE, corner, 0.5, at_utc=f"{time.time():.6f}")
        store.set_place(place)
        mark = Mark(f"m{chance.randrange(30)}", SLIDE, point(corner.x, corner.y), note="n" * chance.randrange(300))
        match chance.randrange(8):
            case 0:
                entry = store.undo()
            case 1:
                entry = store.redo()
            case 2:
                entry = store.edit("Delete", remove=[mark])
            case 3:
                entry = store.edit("Sheet", put=[Sheet(chance.choice(list(BethesdaCategory)), comment=str(corner.x))])
            case _:
                entry = store.edit("Add", put=[mark])
        if entry is not None:
            marks = {one.uuid: one.shape.parts[0][0][0, 0] for one in store.marks(SLIDE)}
            state = [marks, store.sheet.category, store.sheet.comment, store.can_undo, store.can_redo]
            say(made=entry.seq, at=time.monotonic(), state=state, place=place.at_utc)
        time.sleep(chance.uniform(0, 0.004))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
