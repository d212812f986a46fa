"""Installing, listing and removing model bundles: whole or not at all, with one sentence when not."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from app.analysis.self_check import self_check
from app.session.model_library import (
    ImportCancelled,
    ModelImportError,
    import_model,
    list_models,
    models_folder,
    remove_model,
)
from tests.bundles import make_bundle


@pytest.fixture
def bundle(tmp_path: Path):
    return make_bundle(tmp_path / "made", int8_error=0.001, agreement={"int8": {"top1": 1.0, "max_diff": 0.001}})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def zipped(bundle, target: Path, inner: str = "") -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in bundle.path.iterdir():
            archive.write(path, f"{inner}{path.name}")
    return target


def nothing_left(data: Path) -> bool:
    folder = models_folder(data)
    return not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize("how", ["folder", "zip", "zip of a folder"])
def test_a_bundle_is_installed_listed_and_removed(bundle, data, tmp_path, how):
    sources = {
        "folder": lambda: bundle.path,
        "zip": lambda: zipped(bundle, tmp_path / "m.zip"),
        "zip of a folder": lambda: zipped(bundle, tmp_path / "m.zip", "tiny.fnabundle/"),
    }
    shares: list[float] = []
    installed = import_model(sources[how](), data, on_progress=shares.append)
    assert shares[-1] == pytest.approx(1.0)
    (program, imported) = list_models(data, [bundle.path])
    assert program.bundled and not imported.bundled
    assert imported.path == installed and imported.hash == bundle.hash and imported.can_run
    with pytest.raises(ModelImportError, match="installed already"):
        import_model(bundle.path, data)
    with pytest.raises(ModelImportError, match="was not imported"):
        remove_model(bundle.path, data)
    remove_model(installed, data)
    assert nothing_left(data) and bundle.path.is_dir()


def test_another_model_of_the_same_name_gets_a_name_of_its_own(bundle, data, tmp_path):
    first = import_model(bundle.path, data)
    second = import_model(make_bundle(tmp_path / "other", "tiny", temperature=2.0).path, data)
    assert first != second and len(list_models(data, [])) == 2


def damaged(kind: str, bundle, tmp_path: Path) -> Path:
    card = bundle.path / "card.json"
    if kind == "no bundle":
        (tmp_path / "photos").mkdir()
        return tmp_path / "photos"
    if kind == "newer":
        card.write_text(json.dumps(json.loads(card.read_text()) | {"schema_version": 99}))
    elif kind == "no model":
        (bundle.path / "model.onnx").unlink()
    elif kind == "reference":
        np.savez(bundle.path / "reference.npz", nothing=np.zeros(1))
    elif kind == "card":
        card.write_text("{")
    elif kind == "text":
        (tmp_path / "m.zip").write_text("hello")
        return tmp_path / "m.zip"
    elif kind == "cut zip":
        whole = zipped(bundle, tmp_path / "m.zip").read_bytes()
        (tmp_path / "m.zip").write_bytes(whole[: len(whole) // 2])
        return tmp_path / "m.zip"
    elif kind == "zip without card":
        with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
            archive.writestr("readme.txt", "hello")
        return tmp_path / "m.zip"
    return bundle.path


@pytest.mark.parametrize(
    "kind", ["no bundle", "newer", "no model", "reference", "card", "text", "cut zip", "zip without card"]
)
def test_what_is_no_whole_bundle_is_refused_in_one_sentence_and_leaves_nothing(bundle, data, tmp_path, kind):
    source = damaged(kind, bundle, tmp_path)
    with pytest.raises(ModelImportError) as refused:
        import_model(source, data)
    text = str(refused.value)
    assert source.name in text and text.endswith(".") and "\n" not in text
    assert nothing_left(data)


def test_names_in_a_zip_cannot_lead_outside(bundle, data, tmp_path):
    archive_path = zipped(bundle, tmp_path / "m.zip")
    with zipfile.ZipFile(archive_path, "a") as archive:
        archive.writestr("../../escaped.txt", "out")
    installed = import_model(archive_path, data)
    assert not list(tmp_path.rglob("escaped.txt")) and (installed / "card.json").is_file()


def test_cancelling_leaves_nothing(bundle, data):
    with pytest.raises(ImportCancelled):
        import_model(bundle.path, data, keep_going=lambda: False)
    assert nothing_left(data)


def test_damaged_and_foreign_kinds_are_listed_with_the_reason(bundle, data, tmp_path):
    folder = models_folder(data)
    shutil.copytree(bundle.path, folder / "broken.fnabundle")
    (folder / "broken.fnabundle" / "card.json").write_text("{")
    other = make_bundle(tmp_path / "seg", "cells").path
    card = json.loads((other / "card.json").read_text())
    (other / "card.json").write_text(json.dumps(card | {"kind": "segmenter"}))
    import_model(other, data)
    by_name = {model.name: model for model in list_models(data, [])}
    assert not by_name["broken"].can_run and "cannot be read" in by_name["broken"].problem
    assert not by_name["cells"].can_run and by_name["cells"].card.kind == "segmenter"


def test_the_self_check_tells_each_precision(bundle, tmp_path):
    results = {checked.precision: checked for checked in self_check(bundle.path)}
    assert results["fp32"].ok and results["int8"].ok and "agree" in results["fp32"].text
    wrong = make_bundle(tmp_path / "wrong", "wrong", int8_error=3.0)
    results = {checked.precision: checked for checked in self_check(wrong.path)}
    assert results["fp32"].ok and not results["int8"].ok and "switched off" in results["int8"].text
    assert self_check(bundle.path, keep_going=lambda: False) == []
