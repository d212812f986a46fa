"""The middle of the window: banners, the canvas with the second slide beside it, the research-use line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.records.provenance import RESEARCH_USE_ONLY
from app.ui.opening_overlay import OpeningOverlay
from app.ui.panels.banners import BannerStack
from app.ui.sentences import in_words

TITLE_PX = 36
"""Height of the title bars of two slides side by side: alike, so that both views are of one size."""


class Center(QWidget):
    """``stack`` holds the first page and the canvas; ``splitter`` takes a second slide, and ``title`` then names
    the first."""

    def __init__(self, banners: BannerStack, first_page: QWidget) -> None:
        super().__init__()
        local = in_words(RESEARCH_USE_ONLY)
        research = QLabel(RESEARCH_USE_ONLY if local == RESEARCH_USE_ONLY else f"{local}  {RESEARCH_USE_ONLY}")
        research.setObjectName("researchUse")
        research.setAlignment(Qt.AlignmentFlag.AlignCenter)
        canvas = QWidget()
        self.stack = QStackedLayout(canvas)
        # The page that is not shown must not keep the canvas wide.
        first_page.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.stack.addWidget(first_page)
        self.splitter = QSplitter()
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(3)
        self.title = QLabel()
        self.title.setObjectName("besideTitle")
        self.title.setFixedHeight(TITLE_PX)
        self.title.setContentsMargins(10, 0, 4, 0)
        self.title.hide()
        first = QWidget()
        column = QVBoxLayout(first)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(canvas, 1)
        self.splitter.addWidget(first)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(banners)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(research)
        self.opening_overlay = OpeningOverlay(canvas)
