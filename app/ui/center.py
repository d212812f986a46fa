"""The middle of the window: banners, the canvas with the second slide beside it, the research-use line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.records.provenance import RESEARCH_USE_ONLY
from app.ui.opening_overlay import OpeningOverlay
from app.ui.panels.banners import BannerStack


class Center(QWidget):
    """``stack`` holds the first page and the canvas; ``splitter`` takes a second slide."""

    def __init__(self, banners: BannerStack, first_page: QWidget) -> None:
        super().__init__()
        research = QLabel(RESEARCH_USE_ONLY)
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
        self.splitter.addWidget(canvas)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(banners)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(research)
        self.opening_overlay = OpeningOverlay(canvas)
