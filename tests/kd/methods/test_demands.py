"""What methods refuse, in one sentence, before anything is trained."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from kd import methods
from kd.errors import KdError
from kd.methods.method import Context
from kd.methods.requirements import layer_map
from kd.models.vit import VitConfig

TEACHER = VitConfig(32, 8, 16, 12, 2, 5)
STUDENT = VitConfig(32, 8, 16, 3, 2, 5)
CONTEXT = Context(3, 12, 5, None, STUDENT, TEACHER, torch.arange(10) % 5)


# These ask for other models or more teachers: test_hdkd.py, test_multi_teacher.py, test_graft.py.
OWN_TESTS = {"hdkd", "multi_teacher", "graft"}


def build(name: str, context: Context, **options: object) -> object:
    module = methods.load(name)
    return module.build(module.Options(**options), context)


@pytest.mark.parametrize("name", ["dkd", "nkd", "lskd", "dist", "fdwa"])
def test_methods_that_need_three_classes_name_plain_kd(name: str) -> None:
    with pytest.raises(KdError, match=rf"method {name} needs at least three classes.*--method kd") as caught:
        build(name, replace(CONTEXT, classes=2))
    assert str(caught.value).count(".") == 2
    build(name, replace(CONTEXT, classes=3))


@pytest.mark.parametrize("name", sorted(set(methods.METHODS) - OWN_TESTS - {"dkd", "nkd", "lskd", "dist", "fdwa"}))
def test_the_others_take_two_classes(name: str) -> None:
    two = replace(CONTEXT, classes=2, student=replace(STUDENT, num_classes=2), teacher=replace(TEACHER, num_classes=2))
    build(name, replace(two, labels=torch.arange(10) % 2))


RELATIONAL = {"sp": {}, "rkd": {}, "dist": {}, "crckd": {}, "mdkd": {"feature_loss": "gram"}}


@pytest.mark.parametrize("split", [{"accumulation": 2}, {"processes": 2}])
@pytest.mark.parametrize("name", sorted(RELATIONAL))
def test_relational_methods_refuse_split_batches(name: str, split: dict[str, int]) -> None:
    build(name, CONTEXT, **RELATIONAL[name])
    with pytest.raises(KdError, match=rf"{name}.*relates the images of a batch.*accumulated"):
        build(name, replace(CONTEXT, **split), **RELATIONAL[name])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(set(methods.METHODS) - OWN_TESTS - set(RELATIONAL)))
def test_per_sample_methods_take_split_batches(name: str) -> None:
    build(name, replace(CONTEXT, accumulation=2, processes=2))


def test_gram_without_its_batch_term_takes_split_batches() -> None:
    build("mdkd", replace(CONTEXT, processes=2), feature_loss="gram", class_token=0.0)


@pytest.mark.parametrize("name", ["fitnet", "at", "vitkd", "attention", "minilm", "fdwa"])
def test_other_patches_are_refused_where_tokens_are_compared(name: str) -> None:
    with pytest.raises(KdError, match="4 x 4 patches and the teacher 2 x 2"):
        build(name, replace(CONTEXT, teacher=replace(TEACHER, patch_size=16)))


@pytest.mark.parametrize("name", ["pkd", "fdwa"])
def test_other_widths_are_refused_where_channels_are_compared(name: str) -> None:
    with pytest.raises(KdError, match=r"16 wide and the teacher 32.*fitnet"):
        build(name, replace(CONTEXT, teacher=replace(TEACHER, width=32)))


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("fitnet", {"student_layer": 4}, "student_layer 4"),
        ("fitnet", {"teacher_layer": 13}, "teacher_layer 13"),
        ("vitkd", {"shallow": (2, 3)}, "before the last of 3"),
        ("vitkd", {"mask": 1.0}, "between 0 and 1"),
        ("attention", {"heads": "max"}, "product, mean"),
        ("minilm", {"relation_heads": 3}, "divide both widths"),
        ("crckd", {"guide": "nobody"}, "ema, teacher"),
        ("at", {"layers": (4, 8)}, "each of the student's 3 blocks"),
        ("pkd", {"layers": (4, 8, 13)}, "teacher's 12 blocks"),
        ("at", {"layers": (4, 4, 8)}, "must rise"),
    ],
)
def test_options_that_do_not_fit(name: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(KdError, match=says):
        build(name, CONTEXT, **options)


@pytest.mark.parametrize("name", ["pkd", "tskd"])
def test_methods_on_early_blocks_need_some(name: str) -> None:
    with pytest.raises(KdError, match="single block"):
        build(name, replace(CONTEXT, student_depth=1, student=replace(STUDENT, depth=1)))


def test_crckd_refuses_mixed_images() -> None:
    with pytest.raises(KdError, match="without mixup"):
        build("crckd", replace(CONTEXT, mixup=0.2))


def test_layers_are_spread_evenly_when_none_are_named() -> None:
    assert layer_map((), CONTEXT) == (3, 7, 11)
    assert layer_map((1, 2, 12), CONTEXT) == (0, 1, 11)


def test_an_unknown_method_is_told_with_those_that_are() -> None:
    with pytest.raises(KdError, match=r"no method 'dkdd'; there are none, kd, mdkd.*dynamic"):
        methods.load("dkdd")
