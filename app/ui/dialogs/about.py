"""What this program is, its versions and licences, and what it must not be used for."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.records.provenance import RESEARCH_USE_ONLY
from app.ui.crash import describe_environment
from app.ui.icons import app_icon
from app.ui.panels.layout import heading, muted_label

_LIBRARIES = (
    ("PySide6-Essentials", "Qt for Python", "LGPL-3.0"),
    ("numpy", "NumPy", "BSD-3-Clause"),
    ("opencv-python-headless", "OpenCV", "Apache-2.0"),
    ("openslide-python", "OpenSlide", "LGPL-2.1"),
    ("onnxruntime", "ONNX Runtime", "MIT"),
    ("pillow", "Pillow", "MIT-CMU"),
    ("platformdirs", "platformdirs", "MIT"),
    ("psutil", "psutil", "BSD-3-Clause"),
)


class AboutDialog(QDialog):
    """Name, version, research-use line, licences; ``Copy details`` for a bug report."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("aboutDialog")
        self.setWindowTitle(self.tr("About FNAScope"))
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(72, 72))
        title = heading("FNAScope")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        title.setFont(font)
        research = heading(RESEARCH_USE_ONLY)
        text = QLabel(
            self.tr(
                "A viewer for whole slides of fine needle aspiration cytology. A small vision transformer scores "
                "the tiles; a person reads the slide and decides."
            )
        )
        text.setWordWrap(True)
        environment = muted_label(describe_environment())
        licences = muted_label(self.tr("FNAScope: Apache-2.0. It uses:") + "\n" + library_lines())
        words = QVBoxLayout()
        words.setSpacing(8)
        for label in (title, research, text, environment, licences):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(20)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton(self.tr("Copy &details"), self)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(f"{describe_environment()}\n{library_lines()}")
        )
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        copy.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 14)
        layout.setSpacing(16)
        layout.addLayout(top)
        layout.addWidget(buttons)
        self.setMinimumWidth(520)


def library_lines() -> str:
    """One line per library: name, version, licence."""
    return "\n".join(f"{name} {_version(package)}, {licence}" for package, name, licence in _LIBRARIES)


def _version(package: str) -> str:
    if package == "openslide-python":
        return _openslide_version()
    try:
        return version(package)
    except PackageNotFoundError:  # a bundle carries no package metadata
        return ""


def _openslide_version() -> str:
    """Of the library, not of its Python binding."""
    try:
        from openslide import __library_version__
    except (ImportError, OSError):
        return ""
    return str(__library_version__)
