"""The language of the window: the system's, or the one that was chosen."""

from __future__ import annotations

import logging

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from app.resources import resource_path

log = logging.getLogger(__name__)

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Code in the settings, and the name in the language itself. ``system`` follows the system."""

_installed: list[QTranslator] = []


def language_in_use(chosen: str) -> str:
    """``en`` or ``zh_CN`` for ``system`` or a code; a language that is not delivered becomes English."""
    if chosen in LANGUAGES:
        return chosen
    return "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"


def install_language(app: QApplication, chosen: str) -> str:
    """Translate everything that is built from now on. Returns the language's code."""
    for translator in _installed:
        app.removeTranslator(translator)
    _installed.clear()
    code = language_in_use(chosen)
    if code != "en":
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for name, place in ((f"qtbase_{code}", folder), (f"fnascope_{code}", str(resource_path("translations")))):
            translator = QTranslator(app)
            if translator.load(name, place):
                QCoreApplication.installTranslator(translator)
                _installed.append(translator)
            else:
                log.warning("The translation %s is not in %s.", name, place)
        _make_sure_of_chinese_letters(app)
    return code


def _make_sure_of_chinese_letters(app: QApplication) -> None:
    """Where the system has no font with Chinese letters (bare Linux machines), the bundled one steps in."""
    if QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        return
    font_id = QFontDatabase.addApplicationFont(str(resource_path("fonts/DroidSansFallback.ttf")))
    font = app.font()
    font.setFamilies([*font.families(), *QFontDatabase.applicationFontFamilies(font_id)])
    app.setFont(font)
