"""A remembered answer is the teacher's answer, bit for bit; other images and further layers are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kd.models.frozen import FrozenTeacher
from kd.models.teacher_memo import RememberingTeacher
from kd.models.vit import VitConfig, build_vit

CONFIG = VitConfig(16, 8, 16, 4, 2, 3)


@pytest.mark.parametrize("bf16", [False, True])
def test_the_second_answer_is_the_first_and_costs_no_forward(tmp_path: Path, bf16: bool) -> None:
    torch.manual_seed(0)
    vit = build_vit(CONFIG)
    images = torch.rand(5, 3, 16, 16)
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        plain = FrozenTeacher(vit, CONFIG).observe(images, (1, 3), (3,))
        asked = RememberingTeacher(vit, CONFIG, tmp_path / "memo")
        first = asked.observe(images, (1, 3), (3,))
        # A teacher with other weights would answer otherwise: what comes back is remembered.
        other = RememberingTeacher(build_vit(CONFIG), CONFIG, tmp_path / "memo")
        second = other.observe(images, (3,), (3,))
        assert not torch.equal(other.observe(images + 0.01, (3,), (3,))[0], first[0])
        more = asked.observe(images, (0, 3), ())
    for found in (first, (second[0], [first[1][0], second[1][0]], second[2])):
        assert torch.equal(found[0], plain[0])
        assert all(torch.equal(a, b) for a, b in zip((*found[1], *found[2]), (*plain[1], *plain[2]), strict=True))
    assert len(more[1]) == 2 and torch.equal(more[1][1], plain[1][1])


def test_precisions_are_kept_apart(tmp_path: Path) -> None:
    teacher = RememberingTeacher(build_vit(CONFIG), CONFIG, tmp_path / "memo")
    images = torch.rand(2, 3, 16, 16)
    teacher.observe(images, (), ())
    with torch.autocast("cpu", torch.bfloat16):
        teacher.observe(images, (), ())
    assert len(list((tmp_path / "memo").glob("*.pt"))) == 2
