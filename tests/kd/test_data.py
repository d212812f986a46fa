"""Manifests, class tables, the image cache and augmentation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from kd import teacher
from kd.command_line import run_tool
from kd.data.augment import Augmentation, augment
from kd.data.classes import dataset_info
from kd.data.image_cache import load_images
from kd.data.manifest import read_manifest
from kd.data.randomness import generator
from kd.errors import KdError


def replace(old: str, new: str) -> Callable[[Path], None]:
    def change(manifest: Path) -> None:
        text = manifest.read_text()
        assert old in text
        manifest.write_text(text.replace(old, new, 1))

    return change


def truncate_image(manifest: Path) -> None:
    path = manifest.parent / "images" / "5.png"
    path.write_bytes(path.read_bytes()[:200])


def single_class(manifest: Path) -> None:
    text = manifest.read_text().replace(",few,", ",empty,").replace(",many,", ",empty,")
    manifest.write_text(text)


def no_val(manifest: Path) -> None:
    manifest.write_text(manifest.read_text().replace(",val,", ",test,"))


def no_training_patches_of_a_class(manifest: Path) -> None:
    lines = [x for x in manifest.read_text().splitlines() if not (",many," in x and ",train," in x)]
    manifest.write_text("\n".join(lines) + "\n")


DAMAGE: list[tuple[Callable[[Path], None], str]] = [
    (replace("path,label", "file,label"), "lacks the column(s) path"),
    (replace("images/7.png,", ","), "empty field in data row 8"),
    (replace("case0,train", "case0,test"), "group 'case0' in two splits"),
    (replace(",empty,case0,train", ",empty,case0,training"), "unknown split 'training'"),
    (replace(",few,", ",several,"), "unknown label 'several' in data row 2"),
    (replace("images/3.png", "images/4.png"), "names the image images/4.png 2 times"),
    (replace("images/3.png", "images/nowhere.png"), "1 image(s) of the manifest"),
    (truncate_image, "1 image(s) of"),
    (single_class, "a single class, 'empty'"),
    (no_val, "no rows of split 'val'"),
    (no_training_patches_of_a_class, "no patches of class many"),
    (lambda m: m.write_text("path,label,group,split\n"), "has no rows"),
    (lambda m: m.write_bytes(b"\xff\xfe\x00garbage"), "cannot be read"),
    (lambda m: m.unlink(), "cannot be read"),
    (lambda m: (m.parent / "dataset.json").write_text("{"), "damaged or incomplete"),
]


@pytest.mark.parametrize(("damage", "text"), DAMAGE, ids=[text for _, text in DAMAGE])
def test_what_is_wrong_is_told_in_one_line_before_training(
    damage: Callable[[Path], object],
    text: str,
    own_dots: Callable[[], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    manifest = own_dots()
    damage(manifest)
    command = ["--manifest", str(manifest), "--out", str(tmp_path / "runs" / "run"), "--width", "16", "--heads", "2"]
    command += ["--patch-size", "8", "--depth", "1", "--epochs", "1", "--batch-size", "8", "--quiet"]
    assert run_tool(teacher.main, command) == 1
    error = capsys.readouterr().err.strip()
    assert text in error
    assert len(error.splitlines()) == 1
    left = [p for p in (tmp_path / "runs").rglob("*") if p.is_file()]
    assert left == []


def test_further_columns_are_kept(dots: Path) -> None:
    manifest = read_manifest(dots)
    assert set(manifest.extra) == {"mpp", "stain"}
    assert len(manifest.rows("train")) + len(manifest.rows("val")) + len(manifest.rows("test")) == len(manifest)


def test_class_table_from_json_and_neutral_defaults(dots: Path, tmp_path: Path) -> None:
    info = dataset_info(dots, ())
    assert info.keys == ("empty", "few", "many")
    assert [c.suspicious for c in info.classes] == [False, False, True]
    plain = dataset_info(tmp_path / "manifest.csv", ("b", "a_c", "b"))
    assert [c.key for c in plain.classes] == ["a_c", "b"]
    assert plain.classes[0].name == "a c"
    assert len({c.color for c in plain.classes}) == 2
    assert not any(c.suspicious for c in plain.classes)
    table = tmp_path / "table.json"
    table.write_text(json.dumps([{"key": "x", "colour": "#ABCDEF"}, {"key": "y", "suspicious": True}]))
    listed = dataset_info(dots, (), table)
    assert (listed.classes[0].color, listed.classes[1].suspicious) == ("#abcdef", True)
    with pytest.raises(KdError, match="no class table"):
        dataset_info(dots, (), tmp_path / "nowhere.json")


def test_the_cache_holds_the_very_pixels_and_notices_a_changed_file(
    own_dots: Callable[[], Path], tmp_path: Path
) -> None:
    manifest = read_manifest(own_dots())
    cache = tmp_path / "cache"
    images = load_images(manifest, 24, cache, progress=False)
    for row in (0, 17):
        np.testing.assert_array_equal(images[row], np.asarray(Image.open(manifest.file(row))))
    Image.new("RGB", (24, 24), (1, 2, 3)).save(manifest.file(0))
    assert load_images(manifest, 24, cache, progress=False)[0, 0, 0].tolist() == [1, 2, 3]


def test_images_of_another_size_are_letterboxed_on_their_border(own_dots: Callable[[], Path], tmp_path: Path) -> None:
    manifest = read_manifest(own_dots())
    wide = np.full((10, 40, 3), 50, np.uint8)
    wide[:, 10:30] = 200
    Image.fromarray(wide).save(manifest.file(0))
    fitted = load_images(manifest, 20, tmp_path / "cache", progress=False)[0]
    assert fitted.shape == (20, 20, 3)
    assert fitted[10, 10].tolist() == [200, 200, 200]
    np.testing.assert_array_equal(fitted[:7], np.broadcast_to(fitted[0, 0], (7, 20, 3)))


def test_augmentation_depends_on_seed_epoch_and_step_alone() -> None:
    tiles = torch.randint(0, 256, (8, 24, 24, 3), dtype=torch.uint8)
    one = augment(tiles, Augmentation(), generator(1, 2, 3, "augment"))
    torch.rand(17)
    assert torch.equal(one, augment(tiles, Augmentation(), generator(1, 2, 3, "augment")))
    assert not torch.equal(one, augment(tiles, Augmentation(), generator(1, 2, 4, "augment")))
    assert one.min() >= 0
    assert one.max() <= 1


def test_all_eight_orientations_occur_and_only_they() -> None:
    tile = torch.arange(6 * 6 * 3).to(torch.uint8).reshape(1, 6, 6, 3) + 20
    only = Augmentation(**{**Augmentation.none().__dict__, "dihedral": True})
    turned = augment(tile.repeat(200, 1, 1, 1), only, generator(0, 0, 0, "augment"))
    plain = tile[0].permute(2, 0, 1).float() / 255
    views = [torch.rot90(p, k, (1, 2)) for k in range(4) for p in (plain, plain.flip(2))]
    found = [sum(torch.allclose(image, view, atol=1e-6) for image in turned) for view in views]
    assert sum(found) == 200
    assert min(found) > 5


def test_crops_keep_at_least_the_least_scale() -> None:
    # A ramp's slope after the crop is the scale that was cut.
    ramp = torch.linspace(20, 220, 48).round().to(torch.uint8).view(1, 1, 48, 1).expand(64, 48, 48, 3).contiguous()
    only = Augmentation(**{**Augmentation.none().__dict__, "scale_min": 0.8, "scale_share": 1.0})
    cropped = augment(ramp, only, generator(0, 0, 0, "augment"))
    slopes = (cropped[:, 0, 24, 40] - cropped[:, 0, 24, 8]) / ((ramp[0, 24, 40, 0] - ramp[0, 24, 8, 0]) / 255)
    assert slopes.min() > 0.77
    assert slopes.max() < 1.03
    assert slopes.std() > 0.03
