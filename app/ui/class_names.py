"""Names of a model's classes in the user's language. A laboratory's own names stay as its card writes them."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

KNOWN = (
    QT_TRANSLATE_NOOP("ClassNames", "Background"),
    QT_TRANSLATE_NOOP("ClassNames", "Colloid"),
    QT_TRANSLATE_NOOP("ClassNames", "Benign follicular"),
    QT_TRANSLATE_NOOP("ClassNames", "Microfollicle"),
    QT_TRANSLATE_NOOP("ClassNames", "Follicular neoplasm"),
    QT_TRANSLATE_NOOP("ClassNames", "Papillary carcinoma"),
    QT_TRANSLATE_NOOP("ClassNames", "Inflammation"),
    QT_TRANSLATE_NOOP("ClassNames", "Lymphocytes"),
    QT_TRANSLATE_NOOP("ClassNames", "Macrophages"),
    QT_TRANSLATE_NOOP("ClassNames", "Oncocytic cells"),
    QT_TRANSLATE_NOOP("ClassNames", "Benign"),
    QT_TRANSLATE_NOOP("ClassNames", "Malignant"),
    QT_TRANSLATE_NOOP("ClassNames", "benign"),
    QT_TRANSLATE_NOOP("ClassNames", "suspicious"),
)
"""For the translators; any other name is shown as it is."""


def class_name(name: str) -> str:
    """The name to show for a class of a model card."""
    return QCoreApplication.translate("ClassNames", name)
