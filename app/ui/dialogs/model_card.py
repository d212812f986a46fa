"""The model card of the bundle in use, as its makers wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from app.records.stains import stain_names
from app.ui.theme import colors

if TYPE_CHECKING:
    from kd.bundle import Bundle, BundleCard


class ModelCardDialog(QDialog):
    """What the model is, what it was trained on, what was measured, and what it may be used for."""

    def __init__(self, bundle: Bundle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelCardDialog")
        self.setWindowTitle(self.tr("Model card: {0}").format(bundle.card.name))
        self.resize(680, 720)
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(self.tr("Model card"))
        self.browser.setHtml(self._html(bundle))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.browser)
        layout.addWidget(buttons)

    def _html(self, bundle: Bundle) -> str:
        card = bundle.card
        parts = [f"<h2>{escape(card.name)}</h2><p><b>{escape(card.research_use)}</b></p>"]
        if card.is_phantom:
            parts.append(
                "<p>"
                + self.tr(
                    "Trained on phantom data, that is, on synthetic pictures. It shows that the machinery works "
                    "and says nothing about patients."
                )
                + "</p>"
            )
        parts.append(_table(self._facts(bundle)))
        parts.append(f"<h3>{self.tr('Classes')}</h3>" + self._classes(card))
        for title, values in ((self.tr("Metrics"), card.metrics), (self.tr("Training"), card.training)):
            if values:
                parts.append(f"<h3>{title}</h3>" + _table(_flat(values)))
        if card.agreement:
            parts.append(f"<h3>{self.tr('Agreement of reduced precisions with fp32')}</h3>")
            parts.append(_table(_flat(card.agreement)))
        return "".join(parts)

    def _facts(self, bundle: Bundle) -> list[tuple[str, str]]:
        card, tr = bundle.card, self.tr
        preparations = ", ".join(card.preparations) or tr("not stated")
        scanners = ", ".join(card.scanners) or tr("not stated")
        return [
            (tr("Kind"), card.kind),
            (tr("Architecture"), card.architecture),
            (tr("Training domain"), card.training_domain),
            (tr("Site"), card.site or tr("not stated")),
            (tr("Stains"), stain_names(card.stains) or tr("not stated")),
            (tr("Preparations"), preparations),
            (tr("Scanners"), scanners),
            (tr("Tile"), f"{card.tile_px} px, {card.mpp:g} µm/px, {tr('stride')} {card.stride_um:g} µm"),
            (tr("Temperature"), f"{card.temperature:.3f}"),
            (tr("Precisions"), ", ".join(bundle.precisions)),
            (tr("Date"), card.date),
            (tr("Commit"), card.commit),
            (tr("Licence"), card.licence),
            (tr("Hash"), bundle.hash),
        ]

    def _classes(self, card: BundleCard) -> str:
        rows = "".join(
            f"<tr><td style='background:{info.color};width:14px'>&nbsp;</td>"
            f"<td style='padding-left:8px'><b>{escape(info.name)}</b></td>"
            f"<td style='padding-left:12px'>{escape(info.meaning)}</td>"
            f"<td style='padding-left:12px'>{self.tr('suspicious') if info.suspicious else ''}</td>"
            f"<td align='right' style='padding-left:12px'>{100 * share:.1f} %</td></tr>"
            for info, share in zip(card.classes, card.prior, strict=True)
        )
        share = self.tr("share in training")
        muted = f"color:{colors().muted};padding-left:12px"
        head = f"<tr><td></td><td></td><td></td><td></td><td align='right' style='{muted}'>{share}</td></tr>"
        return f"<table cellspacing='3'>{head}{rows}</table>"


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested values as rows, with dotted names."""
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            rows += _flat(value, f"{name}.")
        elif isinstance(value, float):
            rows.append((name, f"{value:.4g}"))
        else:
            rows.append((name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
    return rows


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td style='color:{colors().muted};padding-right:16px'>{escape(k)}</td><td>{escape(v)}</td></tr>"
        for k, v in rows
    )
    return f"<table cellspacing='2'>{cells}</table>"
