"""``python -m kd.distill --teacher RUN --method mdkd --out RUN``: train a student, a 3-block ViT, with a teacher.

Without ``--teacher`` only ``--method none`` is possible: the same student, trained on the labels alone. All
methods share initialisation, order, augmentation and schedule for a given seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kd import methods, metrics
from kd.command_line import command_text, log_to, run_tool
from kd.data.image_cache import images_digest
from kd.data.randomness import derived_seed
from kd.errors import KdError
from kd.inference import choose_device, predict
from kd.memory import keep_freed_memory
from kd.methods.method import Context, Guide, Method, ModuleMethod, Outputs
from kd.models.architectures import build_model, hybrid_student, model_config
from kd.models.attention import captured_qkv
from kd.models.digest import weights_digest
from kd.models.frozen import FrozenTeacher
from kd.models.hdkd import HdkdConfig
from kd.models.teacher_memo import RememberingTeacher
from kd.models.vit import VitConfig, copy_teacher_blocks, forward_with_features, normalise, set_fused_attention
from kd.options import ModelOptions, Runtime, TrainingOptions, add_flags, flag_values, from_table, pairs
from kd.processes import Processes, join_processes
from kd.run_folder import RunFolder, TrainedRun, load_run
from kd.setup_run import (
    Data,
    cache_folder,
    common_parser,
    image_size,
    load_data,
    read_tables,
    run_config,
    training_options,
)
from kd.teacher_views import ViewsTeacher, cached_views
from kd.training import Objective, Training

STUDENT_DEPTH = 3
_LIKE_ANY = ("img_size", "mean", "std")
_AS_TEACHER = ("img_size", "patch_size", "width", "heads", "mlp_ratio", "mean", "std", "stem")


def build_parser() -> argparse.ArgumentParser:
    """All flags."""
    parser = common_parser("kd.distill", "Train a small vision transformer with a trained teacher.")
    parser.add_argument("--manifest", type=Path, help="CSV with path,label,group,split [that of the teacher]")
    parser.add_argument(
        "--teacher", type=Path, action="append", default=[], metavar="RUN",
        help="run folder of the teacher; several times for multi_teacher",
    )  # fmt: skip
    parser.add_argument("--method", help=f"{', '.join(methods.METHODS)} [mdkd]")
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="option of the method, e.g. spatial=0"
    )
    parser.add_argument("--init", help="scratch, or teacher:0,5,11 (teacher blocks, 0-based, to start from) [scratch]")
    parser.add_argument(
        "--teacher-memo", type=Path, metavar="DIR",
        help="keep the teacher's answers here, for further students that are shown the very same images",
    )  # fmt: skip
    add_flags(parser, ModelOptions)
    return parser


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input, Interrupted after Ctrl-C."""
    parsed = build_parser().parse_args(arguments)
    tables = read_tables(parsed)
    options, strengths, where = training_options(parsed, tables)
    table = dict(tables["method"])
    if options.patch_drop:
        raise KdError("patch_drop is for the teacher alone: features of a student that misses tokens have no match.")
    name = parsed.method or table.pop("name", "mdkd")
    init = parsed.init or table.pop("init", "scratch")
    table = {key: value for key, value in table.items() if key not in ("name", "init")}
    module = methods.load(name)
    keep_freed_memory()
    processes, device = join_processes(choose_device(where.device))
    teachers = [load_run(path) for path in parsed.teacher]
    teacher = teachers[0] if teachers else None
    if len(teachers) > 1 and name != "multi_teacher":
        raise KdError(f"The method {name} takes one --teacher; several are for multi_teacher.")
    if teacher is None and (name != "none" or init != "scratch"):
        raise KdError(f"The method {name} with start '{init}' needs --teacher RUN.")
    manifest = parsed.manifest or (Path(teacher.config["manifest"]) if teacher else None)
    if manifest is None:
        raise KdError("Give --manifest CSV (without a teacher there is none to take it from).")
    given = tables["model"] | flag_values(parsed, ModelOptions)
    if name == "hdkd":
        given = {"arch": "hdkd", **given}
    model = student_model(given, teacher, parsed.config or "flags")
    size = image_size(manifest, model.img_size)
    with processes.first_goes_first():
        data = load_data(
            manifest, parsed.classes, size, parsed.out, options, strengths, where,
            unlabelled=name not in methods.LABELLED_ONLY, shots=parsed.shots,
        )  # fmt: skip
    for one in teachers:
        if [c.key for c in one.classes] != list(data.info.keys):
            raise KdError(f"The teacher {one.folder.path} has other classes than the manifest {manifest}.")
    config = model_config(model, size, len(data.info.keys))
    chosen = from_table(module.Options, table | pairs(parsed.option, "--option"), f"method {name}")
    prior = torch.from_numpy(data.prior).float().log().to(device) if options.prior_adjusted else None
    torch.manual_seed(derived_seed(options.seed, 0, 0, "method"))
    context = method_context(config, teacher, data, prior, options.mixup, where, processes)
    if name == "multi_teacher":
        context = dataclasses.replace(context, guides=validated_guides(teachers, data, device))
    method: Method = module.build(chosen, context)
    _check_kinds(name, method, config, teacher, init)

    torch.manual_seed(derived_seed(options.seed, 0, 0, "weights"))
    vit = build_model(config, drop_path=options.drop_path)
    if init != "scratch":
        assert teacher is not None
        copy_teacher_blocks(vit, teacher.vit, teacher_blocks(init))
    further: dict[str, Any] = {"method": {"name": name, "options": dataclasses.asdict(chosen)}, "init": init}
    if teacher is not None:
        further["teacher"] = {"weights": weights_digest(teacher.vit), "checkpoint": teacher.checkpoint}
    if len(teachers) > 1:
        further["further_teachers"] = [
            {"weights": weights_digest(t.vit), "checkpoint": t.checkpoint} for t in teachers[1:]
        ]
    if parsed.shots:
        further["shots"] = parsed.shots
    folder = RunFolder(parsed.out)
    facts = run_config("student", command_text("kd.distill", arguments), data, config.as_dict(), options, further)
    resume = processes.agree(processes.is_first and folder.begin(facts, restart=parsed.restart))
    if processes.is_first:
        log_to(str(parsed.out / "log.txt")).info("%s", facts["command"])
    vit.to(device)
    frozen = None
    if teacher is not None and method.needs_teacher:
        frozen = frozen_teacher(teacher, parsed.teacher_memo).to(device)
        set_fused_attention(frozen.vit, not (options.amp == "bf16" and device.type == "cpu"))
        if parsed.teacher_memo is None:
            with processes.first_goes_first():
                frozen = _with_views(frozen, teacher, method, data, parsed.out, options, where, device)
    companion = method if isinstance(method, ModuleMethod) else None
    if companion is not None:
        companion.attach(vit, teacher.vit if teacher else None)
        companion.to(device)
    objective = distillation(vit, config, frozen, method)
    training = Training(
        folder, vit, config, objective, data.training, data.validation, options, where, device, companion,
        before=frozen.begin if isinstance(frozen, ViewsTeacher) else None, processes=processes,
    )  # fmt: skip
    training.fit(resume=resume)


def distillation(vit: nn.Module, config: VitConfig, teacher: FrozenTeacher | None, method: Method) -> Objective:
    """The objective: student and teacher see the same augmented images; each model runs once."""
    ours_seen: tuple[int, ...] = ()
    theirs_seen: tuple[int, ...] = ()
    if isinstance(method, ModuleMethod):
        ours_seen, theirs_seen = method.student_attention, method.teacher_attention

    def objective(images: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        theirs = None
        if teacher is not None:
            theirs = Outputs(*teacher.observe(images, method.teacher_blocks, theirs_seen))
        with captured_qkv(vit, ours_seen) as qkv:
            logits, features = forward_with_features(vit, normalise(images, config), method.student_blocks)
        return logits, method.loss(Outputs(logits, features, qkv), theirs, targets)

    return objective


def _with_views(
    frozen: FrozenTeacher, teacher: TrainedRun, method: Method, data: Data, out: Path,
    options: TrainingOptions, where: Runtime, device: torch.device,
) -> FrozenTeacher:  # fmt: skip
    """The teacher with a table of its answers, where augmentation allows one."""
    attention = method.teacher_attention if isinstance(method, ModuleMethod) else ()
    return cached_views(
        frozen, weights_digest(teacher.vit), data.training, f"{data.manifest.digest()} {images_digest(data.manifest)}",
        (method.teacher_blocks, attention), cache_folder(out, where), device=device, bf16=options.amp == "bf16",
        epochs=options.epochs, limit_gb=where.teacher_cache_gb, progress=where.progress,
    )  # fmt: skip


def method_context(
    config: VitConfig,
    teacher: TrainedRun | None,
    data: Data,
    prior: Tensor | None,
    mixup: float,
    where: Runtime,
    processes: Processes,
) -> Context:
    """What a method may know of models and data."""
    labels = torch.full((len(data.manifest),), -1)
    rows = torch.from_numpy(data.training.rows)
    labels[rows] = torch.from_numpy(data.training.labels)[rows]
    theirs = teacher.vit_config if teacher else None
    depth = theirs.depth if theirs else 0
    split = where.accumulation, processes.count
    return Context(config.depth, depth, len(data.info.keys), prior, config, theirs, labels, mixup, *split)


def validated_guides(teachers: Sequence[TrainedRun], data: Data, device: torch.device) -> tuple[Guide, ...]:
    """Every teacher, frozen, with its negative log likelihood on the validation patches."""
    held, guides = data.validation, []
    for run in teachers:
        model = FrozenTeacher(run.vit, run.vit_config).to(device)
        found = predict(model.vit, run.vit_config, held.images, held.rows, device=device)
        nll = float(metrics.nll_terms(metrics.softmax(found.logits), held.labels).mean())
        guides.append(Guide(model, nll))
    return tuple(guides)


def _check_kinds(name: str, method: Method, student: VitConfig, teacher: TrainedRun | None, init: str) -> None:
    """Raises KdError where a method would compare a transformer's blocks with what is none."""
    mixed = isinstance(student, HdkdConfig) or (teacher is not None and isinstance(teacher.vit_config, HdkdConfig))
    if not mixed or (name == "hdkd" and init == "scratch"):
        return
    attention = method.student_attention + method.teacher_attention if isinstance(method, ModuleMethod) else ()
    if init != "scratch" or method.student_blocks or method.teacher_blocks or attention:
        raise KdError(
            f"The method {name} with start '{init}' compares or copies blocks of vision transformers, and one of the "
            "models is a convolutional one; use kd, multi_teacher or hdkd with --init scratch."
        )


def frozen_teacher(teacher: TrainedRun, memo: Path | None) -> FrozenTeacher:
    """The teacher; with a folder, one that looks up there what it has been asked before."""
    if memo is None:
        return FrozenTeacher(teacher.vit, teacher.vit_config)
    return RememberingTeacher(teacher.vit, teacher.vit_config, memo / weights_digest(teacher.vit))


def student_model(given: dict[str, Any], teacher: TrainedRun | None, source: str) -> ModelOptions:
    """The student's size: 3 blocks and all else as the teacher, unless given otherwise. Raises KdError."""
    defaults: dict[str, Any] = {"depth": STUDENT_DEPTH}
    if teacher is not None:
        theirs = teacher.vit_config
        shared = _LIKE_ANY if isinstance(theirs, HdkdConfig) else _AS_TEACHER
        defaults |= {name: getattr(theirs, name) for name in shared}
    if given.get("arch") == "hdkd":
        kept = {name: value for name, value in defaults.items() if name in _LIKE_ANY}
        defaults = kept | hybrid_student(teacher.vit_config if teacher else None)
    model = from_table(ModelOptions, defaults | given, source)
    if model.pretrained or model.weights:
        raise KdError("A student starts from scratch or from its teacher (--init), not from other weights.")
    return model


def teacher_blocks(init: str) -> tuple[int, ...]:
    """``teacher:0,5,11`` to (0, 5, 11). Raises KdError."""
    kind, _, numbers = init.partition(":")
    try:
        if kind != "teacher":
            raise ValueError(kind)
        return tuple(int(number) for number in numbers.split(","))
    except ValueError as error:
        raise KdError(f"--init {init} is neither 'scratch' nor like 'teacher:0,5,11'.") from error


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
