"""Installed model bundles: those in the user's data folder and those that come with the program. Worker only."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kd.bundle import CLASSIFIER, SLIDE_MODEL, SUFFIX, Bundle, BundleCard, BundleError, belong_together, load_bundle

FOLDER = "models"
RUNNABLE_KIND = CLASSIFIER
"""What scores slides. A slide model works beside the classifier that it belongs to; segmenters are only listed."""
CHECKED_KINDS = (CLASSIFIER, SLIDE_MODEL)
MAX_BYTES = 8 * 2**30
_CHUNK_BYTES = 4 * 2**20
_HIDDEN = "."


class ModelImportError(Exception):
    """A model cannot be installed or removed; one sentence for the user: what, which file, what to do."""


class ImportCancelled(Exception):
    """The user no longer wants it; nothing was left behind."""


@dataclass(frozen=True)
class InstalledModel:
    """A bundle on disk. ``card`` is None when it cannot be used, and ``problem`` says why. ``bundled``: it came with
    the program and cannot be removed."""

    path: Path
    card: BundleCard | None
    hash: str
    bundled: bool
    problem: str = ""

    @property
    def name(self) -> str:
        return self.card.name if self.card is not None else self.path.stem

    @property
    def can_run(self) -> bool:
        return self.card is not None and self.card.kind == RUNNABLE_KIND

    @property
    def can_be_checked(self) -> bool:
        return self.card is not None and self.card.kind in CHECKED_KINDS

    @property
    def is_slide_model(self) -> bool:
        return self.card is not None and self.card.kind == SLIDE_MODEL

    def students(self, installed: Sequence[InstalledModel]) -> list[InstalledModel]:
        """Of a slide model: the installed models whose tiles it can weigh."""
        if self.card is None or not self.is_slide_model:
            return []
        return [m for m in installed if m.can_run and m.card is not None and belong_together(self.card, m.card)]


def load_any(path: Path) -> Bundle:
    """A bundle of whatever kind its card names. Raises BundleError."""
    try:
        stated = json.loads((path / "card.json").read_text(encoding="utf-8"))
        kind = stated.get("kind") if isinstance(stated, dict) else None
    except (OSError, ValueError):
        kind = None  # load_bundle says in words what is wrong
    return load_bundle(path, kind if isinstance(kind, str) else CLASSIFIER)


def models_folder(data_dir: Path) -> Path:
    """Where imported models lie."""
    return data_dir / FOLDER


def list_models(data_dir: Path, bundled: Sequence[Path], others: Sequence[Path] = ()) -> list[InstalledModel]:
    """All bundles, those of the program first; ``others`` are bundles elsewhere that the user works with."""
    folder = models_folder(data_dir)
    own = sorted(p for p in folder.glob(f"*{SUFFIX}") if p.is_dir()) if folder.is_dir() else []
    known = {path.absolute() for path in (*bundled, *own)}
    elsewhere = [path for path in others if path.absolute() not in known]
    return [*(_look_at(path, True) for path in bundled), *(_look_at(path, False) for path in (*own, *elsewhere))]


def import_model(
    source: Path,
    data_dir: Path,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Path:
    """Install a bundle from a folder or a zip file and return where it is now.

    It is read and checked first, copied under a hidden name, checked again and renamed, so that a half copy is never
    taken for a model. Raises ModelImportError, ImportCancelled.
    """
    folder = models_folder(data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".importing-", dir=folder) as temporary:
            copied = Path(temporary) / f"model{SUFFIX}"
            if source.is_dir():
                _checked(source, source)
                _copy_folder(source, copied, on_progress, keep_going)
            else:
                copied = _unpack(source, Path(temporary), on_progress, keep_going)
            card, digest = _checked(copied, source)
            target = _target(folder, card, digest, source)
            os.replace(copied, target)
    except OSError as error:
        raise ModelImportError(
            f"{source.name} cannot be installed in {folder}: {error.strerror or error}; check the disk and try again."
        ) from error
    return target


def remove_model(path: Path, data_dir: Path) -> None:
    """Delete an imported bundle. Raises ModelImportError for one that lies elsewhere, or cannot be deleted."""
    folder = models_folder(data_dir).absolute()
    if path.absolute().parent != folder:
        raise ModelImportError(f"{path.name} was not imported and is not removed; it lies in {path.parent}.")
    going = path.with_name(f".removed-{os.getpid()}-{path.name}")
    try:
        os.replace(path, going)
        shutil.rmtree(going)
    except OSError as error:
        raise ModelImportError(f"{path.name} cannot be removed: {error.strerror or error}.") from error


def _look_at(path: Path, bundled: bool) -> InstalledModel:
    try:
        bundle = load_any(path)
    except BundleError as error:
        return InstalledModel(path, None, "", bundled, str(error))
    return InstalledModel(path, bundle.card, bundle.hash, bundled)


def _checked(folder: Path, source: Path) -> tuple[BundleCard, str]:
    """Card and hash of a bundle that is whole. Raises ModelImportError in words that name the source."""
    try:
        bundle = load_any(folder)
        if bundle.card.kind == CLASSIFIER:
            bundle.reference()
    except BundleError as error:
        raise ModelImportError(str(error).replace(str(folder), str(source))) from error
    return bundle.card, bundle.hash


def _target(folder: Path, card: BundleCard, digest: str, source: Path) -> Path:
    """A free name for a new bundle. Raises ModelImportError when the same model is there already."""
    for path in folder.glob(f"*{SUFFIX}"):
        installed = _look_at(path, False)
        if installed.hash == digest:
            raise ModelImportError(f"The model in {source.name} is installed already, as {path.stem}.")
    name = "".join(c if c.isalnum() or c in "-_ ." else "_" for c in card.name).strip(" .") or "model"
    target = folder / f"{name}{SUFFIX}"
    return folder / f"{name} {digest[:6]}{SUFFIX}" if target.exists() else target


def _copy_folder(
    source: Path, target: Path, on_progress: Callable[[float], None], keep_going: Callable[[], bool]
) -> None:
    """Copy the files of a bundle; folders and links within are not part of one."""
    files = [path for path in sorted(source.iterdir()) if path.is_file() and not path.name.startswith(_HIDDEN)]
    total = max(1, sum(path.stat().st_size for path in files))
    target.mkdir()
    done = 0
    for path in files:
        with path.open("rb") as reader, (target / path.name).open("wb") as writer:
            while chunk := reader.read(_CHUNK_BYTES):
                if not keep_going():
                    raise ImportCancelled
                writer.write(chunk)
                done += len(chunk)
                on_progress(done / total)


def _unpack(
    source: Path, temporary: Path, on_progress: Callable[[float], None], keep_going: Callable[[], bool]
) -> Path:
    """Unpack the bundle of a zip file, which lies at its root or in one folder."""
    try:
        with zipfile.ZipFile(source) as archive:
            cards = [PurePosixPath(n) for n in archive.namelist() if PurePosixPath(n).name == "card.json"]
            if len(cards) != 1 or len(cards[0].parts) > 2:
                found = "no model card" if not cards else "more than one model card"
                raise ModelImportError(f"{source.name} is not a model bundle: it holds {found}; choose another file.")
            root = cards[0].parent
            wanted = [info for info in archive.infolist() if PurePosixPath(info.filename).parent == root]
            wanted = [info for info in wanted if not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16)]
            total = max(1, sum(info.file_size for info in wanted))
            if total > MAX_BYTES:
                raise ModelImportError(f"{source.name} would unpack to {total / 2**30:.0f} GiB, too much for a model.")
            target = temporary / f"model{SUFFIX}"
            target.mkdir()
            done = 0
            for info in wanted:
                # The last part of the name only: nothing can be written outside the folder.
                place = target / PurePosixPath(info.filename).name
                with archive.open(info) as reader, place.open("wb") as writer:
                    while chunk := reader.read(_CHUNK_BYTES):
                        if not keep_going():
                            raise ImportCancelled
                        writer.write(chunk)
                        done += len(chunk)
                        on_progress(min(1.0, done / total))
                        if done > MAX_BYTES:
                            raise ModelImportError(f"{source.name} holds more than it states; it is not unpacked.")
            return target
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelImportError(
            f"{source.name} is damaged or no zip file ({error}); copy or download it again."
        ) from error
