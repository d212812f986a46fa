"""Opens a slide in the window, scores it, writes results and pictures, and makes a report of the case.

Run by ``test_no_network.py`` in a process of its own: SLIDE BUNDLE FOLDER.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(slide_path: Path, bundle_path: Path, folder: Path) -> int:
    from app.ui.offscreen_job import run_offscreen

    status = run_offscreen([slide_path], out_dir=folder / "out", bundle_path=bundle_path, data_dir=folder / "data")
    if status:
        return status
    from app.case.case_folder import cases_of_slide
    from app.case.case_opening import open_case
    from app.report.html import write_html
    from app.report.pdf import write_pdf
    from app.session.report_facts import ReportOptions, gather
    from app.session.slide_session import SlideSession
    from app.slides.open import open_slide
    from kd.bundle import load_bundle

    slide = open_slide(slide_path)
    session = SlideSession(slide, load_bundle(bundle_path), folder / "data")
    store = open_case(cases_of_slide(folder / "data", slide.info.fingerprint)[0])
    content = gather(store, session, ReportOptions(), folder / "data")
    write_pdf(content, folder / "report.pdf")
    write_html(content, folder / "report.html")
    store.close()
    session.close()
    slide.close()
    loaded = [name for name in sys.modules if "QtNetwork" in name or name in ("requests", "httpx", "aiohttp")]
    maps = Path("/proc/self/maps")
    libraries = "libQt6Network" in maps.read_text(encoding="utf-8") if maps.exists() else False
    print("network parts:", loaded, libraries)
    return 1 if loaded or libraries else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:4])))
