"""What single methods read and weigh, where it is not plain from their loss."""

from __future__ import annotations

import pytest
import torch

from kd import methods
from kd.methods import at, crckd, dkd, fdwa, fitnet, minilm, pkd, vitkd
from kd.methods.method import Context, Outputs, Step
from kd.models.attention import captured_qkv, class_token_scores
from kd.models.memory_bank import ClassSampler, MemoryBank
from kd.models.vit import VitConfig, build_vit, copy_teacher_blocks, forward_with_features

TEACHER = VitConfig(24, 8, 16, 12, 4, 3)
STUDENT = VitConfig(24, 8, 16, 3, 2, 3)
LABELS = torch.tensor([0, 0, 1, 2, -1, 1, 0, 2, -1, 1])
CONTEXT = Context(3, 12, 3, None, STUDENT, TEACHER, LABELS)
TARGETS = torch.eye(3)[[0, 1, 2, 0]]


def outputs(blocks: int = 0, seed: int = 0) -> Outputs:
    generator = torch.Generator().manual_seed(seed)
    features = [torch.randn(4, 10, 16, generator=generator) for _ in range(blocks)]
    return Outputs(torch.randn(4, 3, generator=generator), features)


def step(epoch: float = 0.0, update: int = 0) -> Step:
    return Step(update, epoch, 10, torch.rand(4, 3, 24, 24), torch.tensor([0, 2, 3, 1]))


@pytest.mark.parametrize(("epoch", "share"), [(0.0, 0.0), (1.0, 0.25), (4.0, 1.0), (9.0, 1.0)])
def test_dkd_warms_up(epoch: float, share: float) -> None:
    method = dkd.Decoupled(dkd.Options(warmup=4.0, alpha=1.5, beta=3.0), None)
    method.begin(step(epoch))
    warm, full = (
        method.loss(outputs(), outputs(seed=1), TARGETS),
        dkd.Decoupled(dkd.Options(alpha=1.5, beta=3.0), None),
    )
    whole = full.loss(outputs(), outputs(seed=1), TARGETS)
    assert torch.equal(warm["hard"], whole["hard"])
    for part in ("target", "others"):
        assert float(warm[part]) == pytest.approx(share * float(whole[part]), rel=1e-6)


def test_fdwa_weighs_images_far_from_the_teacher_more() -> None:
    ours = outputs(1)
    near = Outputs(outputs(seed=1).logits, [ours.features[0].clone()])
    far = Outputs(near.logits, [-ours.features[0]])
    options = fdwa.Options(maps=0.0)
    targets = [fdwa.FeatureDistanceWeighted(options, CONTEXT).loss(ours, t, TARGETS)["target"] for t in (near, far)]
    plain = dkd.Decoupled(dkd.Options(), None).loss(ours, near, TARGETS)["target"]
    assert float(targets[0]) == pytest.approx(float(plain), rel=1e-5)  # equal features: weight 1, plain dkd
    assert float(targets[1]) == pytest.approx(3.0 * float(plain), rel=1e-5)  # opposite features: weight 1 + 2


def test_fdwa_class_maps_are_the_models_own_reading_of_their_patches() -> None:
    torch.manual_seed(0)
    vit = build_vit(STUDENT)
    logits, (hidden,) = forward_with_features(vit, torch.rand(2, 3, 24, 24), (2,))
    swapped = torch.cat([hidden[:, 1:2], hidden[:, :1], hidden[:, 2:]], dim=1)  # the class token as a patch
    assert torch.allclose(fdwa.class_maps(vit, swapped)[:, 0], logits, atol=1e-5)


def test_fitnet_reads_the_middle_and_can_learn_any_linear_map() -> None:
    method = fitnet.build(fitnet.Options(), CONTEXT)
    assert (method.student_blocks, method.teacher_blocks) == ((1,), (5,))
    named = fitnet.build(fitnet.Options(student_layer=3, teacher_layer=12), CONTEXT)
    assert (named.student_blocks, named.teacher_blocks) == ((2,), (11,))
    assert isinstance(named, fitnet.Hint)
    named.adapter.weight.data = torch.eye(16)
    named.adapter.bias.data.zero_()
    same = outputs(1)
    assert float(named.loss(same, same, TARGETS)["hint"].detach()) == pytest.approx(0.0, abs=1e-6)


def test_attention_transfer_sees_where_tokens_stand_out_however_strong_single_channels_are() -> None:
    method = at.build(at.Options(hard=0.0, attention=1.0), CONTEXT)
    calm = [torch.randn(4, 10, 16, generator=torch.Generator().manual_seed(i)) for i in range(3)]
    loud = [h * torch.tensor([1000.0] + [1.0] * 15) + torch.tensor([5000.0] + [0.0] * 15) for h in calm]
    assert float(method.loss(Outputs(TARGETS, calm), Outputs(TARGETS, loud), TARGETS)["attention"]) < 1e-6
    elsewhere = [h.roll(1, dims=1) for h in calm]
    assert float(method.loss(Outputs(TARGETS, calm), Outputs(TARGETS, elsewhere), TARGETS)["attention"]) > 1e-2


def test_pkd_is_patient_with_the_blocks_before_the_last() -> None:
    method = pkd.build(pkd.Options(), CONTEXT)
    assert (method.student_blocks, method.teacher_blocks) == ((0, 1), (3, 7))


def test_vitkd_generates_hidden_tokens_from_the_others_alone() -> None:
    method = vitkd.build(vitkd.Options(), CONTEXT)
    assert (method.student_blocks, method.teacher_blocks) == ((0, 1, 2), (0, 1, 11))
    assert isinstance(method, vitkd.MimickingAndGeneration)
    tokens, mask = torch.randn(2, 9, 16), (torch.arange(9) % 2).float().expand(2, 9)
    changed = tokens + mask[..., None] * torch.randn(2, 9, 16)
    assert torch.equal(method.generated(tokens, mask), method.generated(changed, mask))
    other = tokens + (1 - mask)[..., None]
    assert not torch.allclose(method.generated(tokens, mask), method.generated(other, mask))


def test_captured_scores_are_those_that_the_block_attends_with() -> None:
    torch.manual_seed(0)
    vit = build_vit(STUDENT)
    seen: list[torch.Tensor] = []
    last = vit.blocks[2].attn  # type: ignore[index, union-attr]
    last.fused_attn = False  # type: ignore
    last.attn_drop.register_forward_hook(lambda module, given, output: seen.append(output))  # type: ignore
    with captured_qkv(vit, (2, 0)) as qkv:
        vit(torch.rand(2, 3, 24, 24))
    assert [q.shape for q in qkv] == [(2, 3, 2, 10, 8)] * 2
    assert torch.allclose(class_token_scores(qkv[0]).softmax(-1), seen[0][:, :, 0], atol=1e-6)
    with captured_qkv(vit, (1,)) as later:
        vit(torch.rand(2, 3, 24, 24))
    assert len(qkv) == 2 and len(later) == 1  # no hook is left behind


def test_minilm_takes_models_with_other_numbers_of_heads() -> None:
    method = minilm.build(minilm.Options(values=0.0), CONTEXT)
    assert isinstance(method, minilm.SelfAttentionRelations) and method.heads == 4
    generator = torch.Generator().manual_seed(0)
    joined = torch.randn(4, 3, 10, 16, generator=generator)
    ours = joined.unflatten(3, (2, 8)).transpose(2, 3)
    theirs = joined.unflatten(3, (4, 4)).transpose(2, 3)
    parts = method.loss(Outputs(TARGETS, [], [ours]), Outputs(TARGETS, [], [theirs]), TARGETS)
    assert set(parts) == {"hard", "queries", "keys"}
    assert float(parts["queries"]) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("heads", ["product", "mean"])
def test_a_student_that_is_its_teacher_attends_as_its_teacher(heads: str) -> None:
    from dataclasses import replace

    from kd.distill import distillation
    from kd.models.frozen import FrozenTeacher

    torch.manual_seed(0)
    teacher, student = build_vit(replace(TEACHER, depth=3)), build_vit(replace(TEACHER, depth=3))
    copy_teacher_blocks(student, teacher, (0, 1, 2))
    module = methods.load("attention")
    context = replace(CONTEXT, teacher_depth=3, student=replace(TEACHER, depth=3), teacher=replace(TEACHER, depth=3))
    method = module.build(module.Options(heads=heads, hard=0.0), context)
    objective = distillation(student, TEACHER, FrozenTeacher(teacher, TEACHER), method)
    _, parts = objective(torch.rand(4, 3, 24, 24), TARGETS)
    assert all(float(value.detach()) == pytest.approx(0.0, abs=1e-6) for value in parts.values())


def test_the_sampler_draws_the_class_or_the_others_and_never_rows_outside_training() -> None:
    torch.manual_seed(0)
    sampler = ClassSampler(LABELS)
    asked = torch.tensor([0, 1, 2, 1])
    same, others = sampler.same_class(asked, 200), sampler.other_classes(asked, 200)
    assert (LABELS[same] == asked[:, None]).all()
    assert ((LABELS[others] != asked[:, None]) & (LABELS[others] >= 0)).all()
    for row, label in enumerate(asked):
        assert set(same[row].tolist()) == set(torch.nonzero(label == LABELS).flatten().tolist())
        assert set(others[row].tolist()) == set(torch.nonzero((label != LABELS) & (LABELS >= 0)).flatten().tolist())
    assert (sampler.samples, sampler.fewest_others) == (8, 5)


def test_the_memory_is_a_running_mean_of_length_one_on_the_given_rows() -> None:
    bank = MemoryBank(5, 3)
    before = bank.vectors.clone()
    new = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    bank.remember(torch.tensor([4, 1]), new, 0.25)
    expected = 0.25 * before[4] + 0.75 * new[0]
    assert torch.allclose(bank.vectors[4], expected / expected.norm())
    assert torch.equal(bank.vectors[[0, 2, 3]], before[[0, 2, 3]])
    first = bank.scaled(torch.tensor([1.0, 3.0]), 10)
    assert torch.allclose(first, torch.tensor([0.05, 0.15]))
    assert torch.allclose(bank.scaled(torch.tensor([40.0]), 10), torch.tensor([2.0]))


def test_crckd_guide_follows_the_student_as_a_running_mean() -> None:
    torch.manual_seed(0)
    student = build_vit(STUDENT)
    method = crckd.build(crckd.Options(ema=0.9), CONTEXT)
    assert isinstance(method, crckd.CategoryGuided)
    method.attach(student, None)
    method.train()
    assert not any(module.training for module in method.guide.modules())
    assert not any(p.requires_grad for p in method.guide.parameters())
    start = student.head.bias.detach().clone()  # type: ignore[union-attr]
    student.head.bias.data.add_(1.0)  # type: ignore[union-attr, operator]
    expected = start
    for update, share in ((0, 1.0), (1, 0.0), (2, 0.5), (100, 0.9)):
        method.begin(step(update=update))
        expected = share * expected + (1 - share) * student.head.bias.detach()  # type: ignore[union-attr, operator]
        assert torch.allclose(method.guide.head.bias, expected)
        student.head.bias.data.add_(1.0)  # type: ignore[union-attr, operator]


def test_crckd_can_be_guided_by_the_trained_teacher() -> None:
    method = crckd.build(crckd.Options(guide="teacher"), CONTEXT)
    assert method.needs_teacher and method.teacher_blocks == (11,)
    assert not crckd.build(crckd.Options(), CONTEXT).needs_teacher


@pytest.mark.parametrize(("row", "matters"), [(0, True), (1, False), (6, False)])
def test_crckd_counts_the_image_itself_among_its_own_class(row: int, matters: bool) -> None:
    def contrast(moved: bool) -> float:
        torch.manual_seed(0)
        student = build_vit(STUDENT)
        method = crckd.build(crckd.Options(positives=1), CONTEXT)
        assert isinstance(method, crckd.CategoryGuided)
        method.attach(student, None)
        if moved:
            method.guide_memory.vectors[row] += 1.0
        method.begin(Step(0, 0.0, 1, torch.rand(1, 3, 24, 24), torch.tensor([0])))
        hidden = torch.randn(1, 10, 16)
        return float(method.loss(Outputs(torch.zeros(1, 3), [hidden]), None, TARGETS[:1])["contrast"].detach())

    # Rows 0, 1 and 6 are of one class; with a single positive, it is the image itself, row 0.
    assert (contrast(True) != contrast(False)) == matters
