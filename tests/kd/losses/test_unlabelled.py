"""Images without a label do not count in the hard term; mdkd's reading `at` sees where tokens are strong."""

from __future__ import annotations

import torch
import torch.nn.functional as functional

from kd.losses.cross_entropy import cross_entropy
from kd.methods import mdkd


def test_the_hard_term_is_the_mean_over_labelled_images() -> None:
    logits = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    targets = functional.one_hot(torch.tensor([0, 1, 2, 0, 1, 2]), 3).float()
    targets[2:] = 0.0
    loss = cross_entropy(logits, targets)
    assert torch.allclose(loss, functional.cross_entropy(logits[:2], torch.tensor([0, 1])))
    loss.backward()
    assert logits.grad is not None and (logits.grad[2:] == 0).all() and (logits.grad[:2] != 0).any()


def test_a_batch_without_any_label_is_zero_and_finite() -> None:
    assert float(cross_entropy(torch.randn(4, 3), torch.zeros(4, 3))) == 0.0


def test_the_spatial_map_of_reading_at_is_not_constant() -> None:
    """After a layer norm over channels all tokens have one mean square: such a term could not be but 0."""
    random = torch.Generator().manual_seed(0)
    student, teacher = (torch.randn(2, 10, 32, generator=random) * torch.rand(2, 10, 1, generator=random) for _ in "st")
    options = mdkd.Options(feature_loss="at", channel=0.0, class_token=0.0)
    assert float(mdkd.feature_parts(student, teacher, options)["spatial"]) > 1e-2
    assert float(mdkd.feature_parts(student, student, options)["spatial"]) == 0.0
