"""Moving layer targets: where they stand, and the loss there by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kd.errors import KdError
from kd.methods import leap
from kd.methods.method import Context, Outputs, Step
from kd.models.vit import VitConfig

CONTEXT = Context(3, 12, 4, None, VitConfig(24, 8, 16, 3, 2, 4), VitConfig(24, 8, 16, 12, 2, 4))


def method(**options: object) -> leap.MovingTargets:
    built = leap.build(leap.Options(**options), CONTEXT)  # type: ignore[arg-type]
    assert isinstance(built, leap.MovingTargets)
    return built


def test_targets_move_from_the_students_own_depth_to_the_layer_map_and_stay() -> None:
    moving = method(moving=0.5)
    assert moving.targets(0.0) == (0, 1, 2)
    assert moving.targets(0.25) == (2, 4, 7)
    assert moving.targets(0.5) == moving.targets(1.0) == (3, 7, 11)
    assert moving.teacher_blocks == tuple(range(12))
    courses = np.array([moving.targets(p) for p in np.linspace(0, 1, 60)])
    assert (np.diff(courses, axis=0) >= 0).all() and (np.diff(courses, axis=0) <= 1).all()


@pytest.mark.parametrize(("progress", "blocks"), [(0.0, (0, 1, 2)), (0.9, (3, 7, 11))])
def test_the_loss_is_taken_at_the_present_targets(progress: float, blocks: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(size=(3, 2, 10, 16)), rng.normal(size=(12, 2, 10, 16))

    def norm(h: np.ndarray) -> np.ndarray:
        return (h - h.mean(-1, keepdims=True)) / np.sqrt(h.var(-1, keepdims=True) + 1e-5)

    terms = []
    for student, block in zip(ours, blocks, strict=True):
        squared = (norm(student) - norm(theirs[block])) ** 2
        terms.append(squared[:, 1:].mean() + squared[:, 0].mean())
    moving = method(feature=2.0)
    moving.begin(Step(0, progress * 10, 10, torch.zeros(2), torch.zeros(2)))
    zeros = torch.zeros(2, 4)
    student = Outputs(zeros, [torch.tensor(h).float() for h in ours])
    parts = moving.loss(student, Outputs(zeros, [torch.tensor(h).float() for h in theirs]), torch.eye(4)[:2])
    assert float(parts["feature"]) == pytest.approx(2.0 * np.mean(terms), rel=1e-5)
    assert set(parts) == {"hard", "soft", "feature"}


@pytest.mark.parametrize(
    ("options", "says"), [({"moving": 0.0}, "moving 0.0"), ({"layers": (1, 2)}, "each of the student's 3 blocks")]
)
def test_options_that_do_not_fit(options: dict[str, object], says: str) -> None:
    with pytest.raises(KdError, match=says):
        method(**options)
