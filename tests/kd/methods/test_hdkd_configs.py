"""The configurations of HDKD that lie in the repository give models that fit each other."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kd.methods import hdkd
from kd.methods.method import Context
from kd.models.architectures import build_model, model_config
from kd.options import ModelOptions, TrainingOptions, from_table

CONFIGS = Path(__file__).resolve().parents[3] / "resources" / "configs"


@pytest.mark.parametrize("size", ["paper", "96px"])
def test_teacher_and_student_fit(size: str) -> None:
    configs = {}
    for part in ("teacher", "student"):
        tables = tomllib.loads((CONFIGS / f"hdkd-{part}-{size}.toml").read_text())
        model = from_table(ModelOptions, tables["model"], part)
        from_table(TrainingOptions, tables["training"], part)
        configs[part] = model_config(model, model.img_size or 96, 6, part)
    teacher, student = configs["teacher"], configs["student"]
    hdkd.build(hdkd.Options(), Context(student.depth, teacher.depth, 6, None, student, teacher))
    sizes = {part: sum(p.numel() for p in build_model(config).parameters()) for part, config in configs.items()}
    if size == "paper":
        assert sizes["teacher"] == pytest.approx(4.25e6, rel=0.01) and sizes["student"] == pytest.approx(
            3.99e6, rel=0.01
        )
