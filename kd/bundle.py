"""The model bundle: the one contract between ``kd`` and ``app``. Needs numpy only, never torch.

A bundle is a folder ``NAME.fnabundle/`` that holds ``card.json``, ``model.safetensors``, ``model.onnx``,
optionally ``model.int8.onnx``, ``model.fp16.onnx`` and ``model.pt2``, and ``reference.npz``.

Graph contract. Input ``tiles``: uint8 (B, H, W, 3) RGB; scaling and normalisation are inside the graph.
Outputs, float32: ``logits`` (B, C), ``probabilities`` (B, C) calibrated, ``attention`` (B, h, w)
class-token attention of the last block, head mean times N (1 means uniform), ``embedding`` (B, D) class
token, ``out_of_domain`` (B,).
``reference.npz`` holds ``tiles`` and the float32 outputs that they must give, under the same names.

That is the contract of kind ``classifier``. A bundle of kind ``segmenter`` has ``model.onnx`` alone, whose one output
is ``probabilities`` (B, C, H, W) of every pixel; H and W are free within what the architecture can halve.

A slide model (kind ``slide model``) takes ``embeddings`` float32 (n, D) of a slide's tiles, made by the student whose
weights its card names (``architecture_args.student``), and gives ``probabilities`` (C,) of the slide's classes and
``attention`` (n,), the tiles' weights times n: 1 means as much as the average tile.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SCHEMA_VERSION = 1
SUFFIX = ".fnabundle"
MODEL_FILES = {"fp32": "model.onnx", "int8": "model.int8.onnx", "fp16": "model.fp16.onnx", "pt2": "model.pt2"}
GRAPH_INPUT = "tiles"
GRAPH_OUTPUTS = ("logits", "probabilities", "attention", "embedding", "out_of_domain")
CLASSIFIER, SEGMENTER, SLIDE_MODEL = "classifier", "segmenter", "slide model"
SEGMENTER_OUTPUTS = ("probabilities",)
SLIDE_INPUT, SLIDE_OUTPUTS = "embeddings", ("probabilities", "attention")
PHANTOM_DOMAIN = "phantom"
RESEARCH_USE_ONLY = "For Research Use Only. Not for use in diagnostic procedures."
FP32_TOLERANCE = 1e-4
REDUCED_TOLERANCE = 0.02
SUSPICIOUS_THRESHOLD = 0.5
"""A tile is suspicious when its suspicious classes together reach this probability."""


class BundleError(Exception):
    """A bundle cannot be used; the message is one sentence for the user: what, which file, what to do."""


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """One class: machine key, name for people, ``#rrggbb`` colour, meaning, and whether it is suspicious."""

    key: str
    name: str
    color: str
    meaning: str
    suspicious: bool


@dataclass(frozen=True)
class BundleCard:
    """``card.json``. Units in names; ``training_domain`` is ``phantom`` or what it was.

    ``prior`` is the class prior of the training data, ``temperature`` the calibration, ``agreement`` the
    measured agreement of each reduced precision with fp32 on tiles balanced by predicted class, e.g. ``{"int8":
    {"top1": .997, "max_diff": .01, "suspicious_flips": .001}}`` (the last: share of tiles that cross
    ``SUSPICIOUS_THRESHOLD``, where there are suspicious classes).
    ``out_of_domain_threshold`` is the value of the output above which a tile is flagged (None: no flag).
    ``mpp_tolerance`` is the relative deviation of mpp that training covered (0.03 = 3 %).
    ``stains``, ``preparations``, ``scanners`` are what the training data covered, as lower-case words.
    """

    name: str
    kind: str
    architecture: str
    architecture_args: Mapping[str, Any]
    date: str
    commit: str
    classes: tuple[ClassInfo, ...]
    tile_px: int
    mpp: float
    stride_um: float
    stains: tuple[str, ...]
    preparations: tuple[str, ...]
    scanners: tuple[str, ...]
    site: str
    training_domain: str
    prior: tuple[float, ...]
    training: Mapping[str, Any]
    metrics: Mapping[str, Any]
    temperature: float
    agreement: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    out_of_domain_threshold: float | None = None
    mpp_tolerance: float = 0.03
    mpp_assumed: bool = False
    licence: str = "Apache-2.0"
    research_use: str = RESEARCH_USE_ONLY
    schema_version: int = SCHEMA_VERSION

    @property
    def is_phantom(self) -> bool:
        return self.training_domain == PHANTOM_DOMAIN

    @property
    def suspicious_indices(self) -> tuple[int, ...]:
        return tuple(i for i, c in enumerate(self.classes) if c.suspicious)


def belong_together(slide_model: BundleCard, student: BundleCard) -> bool:
    """Whether a slide model was trained on the embeddings of this student, by the name of the student's weights."""
    wanted = slide_model.architecture_args.get("student")
    return bool(wanted) and wanted == student.training.get("weights")


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk whose card was read and checked. ``hash`` covers the card and every model file."""

    path: Path
    card: BundleCard
    hash: str

    def model_path(self, precision: str) -> Path:
        """Path of the model for ``fp32``, ``fp16``, ``int8`` (ONNX) or ``pt2`` (exported torch program); may not
        exist."""
        return self.path / MODEL_FILES[precision]

    @property
    def precisions(self) -> tuple[str, ...]:
        """The ONNX precisions that the bundle holds."""
        return tuple(p for p in ("fp32", "fp16", "int8") if self.model_path(p).is_file())

    def reference(self) -> dict[str, npt.NDArray[Any]]:
        """Reference tiles and the outputs they must give.

        Raises BundleError when the file is missing, damaged or incomplete.
        """
        path = self.path / "reference.npz"
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {key: stored[key] for key in stored.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise BundleError(
                f"The bundle's reference tiles {path} cannot be read ({error}); install the bundle again."
            ) from error
        given = SLIDE_INPUT if self.card.kind == SLIDE_MODEL else GRAPH_INPUT
        missing = {given, "probabilities"} - arrays.keys()
        if missing:
            raise BundleError(f"{path} lacks {', '.join(sorted(missing))}; install the bundle again.")
        return arrays


def load_bundle(path: str | Path, kind: str = CLASSIFIER) -> Bundle:
    """Read and check a bundle folder.

    Raises BundleError, in one sentence, when it is no bundle or one of another kind, has another schema version, or
    its card is damaged or contradicts itself.
    """
    folder = Path(path)
    card_path = folder / "card.json"
    if not folder.is_dir():
        raise BundleError(f"There is no model bundle at {folder}; choose a folder that ends in {SUFFIX}.")
    try:
        raw = json.loads(card_path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError(f"{folder} is not a model bundle: it has no card.json.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BundleError(f"The model card {card_path} cannot be read ({error}); install the bundle again.") from error
    card = card_from_dict(raw, card_path)
    if card.kind != kind:
        raise BundleError(f"The bundle {folder} is a {card.kind}, and a {kind} is needed here; choose another one.")
    if not (folder / "model.onnx").is_file():
        raise BundleError(f"The bundle {folder} has no model.onnx; export or install it again.")
    return Bundle(folder, card, _hash_folder(folder))


def card_from_dict(raw: Any, source: Path) -> BundleCard:
    """A checked card from parsed JSON; ``source`` names the file in errors. Raises BundleError."""
    if not isinstance(raw, dict):
        raise BundleError(f"The model card {source} is not a JSON object; install the bundle again.")
    version = raw.get("schema_version")
    if version != SCHEMA_VERSION:
        raise BundleError(
            f"The model card {source} has schema version {version!r}, this program reads {SCHEMA_VERSION}; "
            "export the bundle again with a matching version of kd."
        )
    known = {f.name for f in fields(BundleCard)}
    unknown = raw.keys() - known
    if unknown:
        raise BundleError(f"The model card {source} has unknown entries: {', '.join(sorted(unknown))}.")
    values = dict(raw)
    try:
        values["classes"] = tuple(ClassInfo(**c) for c in raw["classes"])
        for key in ("stains", "preparations", "scanners", "prior"):
            values[key] = tuple(raw[key])
        card = BundleCard(**values)
        _check(card, source)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"The model card {source} is incomplete or damaged ({error}); install the bundle again."
        ) from error
    return card


def write_card(card: BundleCard, folder: Path) -> None:
    """Write ``card.json`` atomically. Raises BundleError when the card contradicts itself."""
    target = folder / "card.json"
    try:
        _check(card, target)
    except (TypeError, ValueError) as error:
        raise BundleError(f"The model card for {folder} cannot be written: {error}.") from error
    text = json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n"
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(temporary, target)


def _check(card: BundleCard, source: Path) -> None:
    if len(card.classes) < 2:
        raise ValueError("fewer than two classes")
    if len({c.key for c in card.classes}) != len(card.classes):
        raise ValueError("two classes have the same key")
    if len(card.prior) != len(card.classes) or abs(sum(card.prior) - 1.0) > 1e-3:
        raise ValueError("the prior does not give one share per class that add up to 1")
    if card.tile_px <= 0 or not 0.01 < card.mpp < 100 or card.stride_um <= 0:
        raise ValueError("tile size, mpp or stride is out of range")
    if card.temperature <= 0:
        raise ValueError("the temperature is not positive")
    for info in card.classes:
        if len(info.color) != 7 or not info.color.startswith("#"):
            raise ValueError(f"colour {info.color!r} of class {info.key} is not #rrggbb")
        int(info.color[1:], 16)


def _hash_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in ("card.json", "model.safetensors", *MODEL_FILES.values()):
        path = folder / name
        if path.is_file():
            digest.update(name.encode())
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:32]
