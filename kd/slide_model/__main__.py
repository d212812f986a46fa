"""``python -m kd.slide_model bags|train|evaluate|export``: gated attention over a student's embeddings of tiles.

``app.patches --bag N`` cuts the bags of real slides (bags.csv); ``bags`` puts them together from phantom patches.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kd.command_line import command_text, log_to, run_tool
from kd.data.classes import dataset_info
from kd.data.manifest import read_manifest
from kd.errors import KdError
from kd.inference import choose_device
from kd.models.digest import weights_digest
from kd.options import add_flags, flag_values, from_table
from kd.run_folder import TrainedRun, load_run
from kd.setup_run import CACHE_NAME
from kd.slide_model.bags import BagSet, domain_of, read_bags, write_phantom_bags
from kd.slide_model.evaluation import evaluate_bags, write_slide_report
from kd.slide_model.export import slide_card, write_slide_bundle
from kd.slide_model.training import CONFIG, SlideOptions, fit_baseline, load_slide_run, save_run, train_slide_model


def build_parser() -> argparse.ArgumentParser:
    """The four commands and their flags."""
    parser = argparse.ArgumentParser(prog="python -m kd.slide_model", description="A model of whole slides.")
    commands = parser.add_subparsers(dest="command", required=True)
    bags = commands.add_parser("bags", help="put bags together from labelled phantom patches")
    bags.add_argument("--manifest", type=Path, required=True)
    bags.add_argument("--out", type=Path, required=True, metavar="CSV")
    bags.add_argument("--tiles", type=int, default=40, help="tiles a bag [40]")
    bags.add_argument("--share", type=float, default=0.1, help="share of suspicious tiles in a positive bag [0.1]")
    bags.add_argument("--seed", type=int, default=0)
    train = commands.add_parser("train", help="train on bags with labels of slides")
    train.add_argument("--bags", type=Path, required=True, metavar="CSV", help="path,label,group,split,bag")
    train.add_argument("--student", type=Path, required=True, metavar="RUN", help="run folder of the student")
    train.add_argument("--out", type=Path, required=True, metavar="RUN")
    train.add_argument("--mpp", type=float, help="um per px of the tiles, where the data do not say it")
    train.add_argument("--training-domain", help="what the data are, where they do not say it")
    add_flags(train, SlideOptions)
    evaluate = commands.add_parser("evaluate", help="measure, beside the mean of the most suspicious tiles")
    evaluate.add_argument("--split", default="test")
    evaluate.add_argument("--out", type=Path, required=True, metavar="DIR")
    evaluate.add_argument("--resamples", type=int, default=2000)
    export = commands.add_parser("export", help="write a bundle")
    export.add_argument("--out", type=Path, required=True, metavar="NAME.fnabundle")
    export.add_argument("--name", help="name of the model [that of the bundle folder]")
    for command in (evaluate, export):
        command.add_argument("--run", type=Path, required=True, metavar="RUN")
        command.add_argument("--bags", type=Path, metavar="CSV", help="[those of the run]")
        command.add_argument("--student", type=Path, metavar="RUN", help="[that of the run]")
    for command in (train, evaluate, export):
        command.add_argument("--cache", type=Path, help="folder for decoded images [.cache beside the student]")
        command.add_argument("--device", default="auto")
        command.add_argument("--threads", type=int, default=1)
        command.add_argument("--quiet", action="store_true", help="no progress bars")
    return parser


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input."""
    parsed = build_parser().parse_args(arguments)
    command = command_text("kd.slide_model", arguments)
    if parsed.command == "bags":
        _bags(parsed)
        return
    torch.set_num_threads(max(1, parsed.threads))
    if parsed.command == "train":
        _train(parsed, command)
        return
    run = load_slide_run(parsed.run)
    student = load_run(parsed.student or run.config["student_run"])
    if weights_digest(student.vit) != run.config["student"]:
        raise KdError(f"The student {student.folder.path} is not the one that {parsed.run} was trained with.")
    bags = _read(parsed, parsed.bags or Path(run.config["bags"]), student)
    if bags.classes != run.classes:
        raise KdError(f"The bags have the classes {', '.join(bags.classes)}; the model {', '.join(run.classes)}.")
    if parsed.command == "evaluate":
        if parsed.out.exists() and any(parsed.out.iterdir()):
            raise KdError(f"{parsed.out} is not empty; choose another folder for the report.")
        write_slide_report(evaluate_bags(run, bags, parsed.split, parsed.resamples), command, parsed.out)
        print(f"written to {parsed.out / 'report.md'}")
        return
    measured = evaluate_bags(run, bags, "val", 200)["models"]["gated attention"]
    card = slide_card(run, parsed.name or parsed.out.stem, command, {"validation": measured})
    write_slide_bundle(run, card, bags, parsed.out)
    print(f"{parsed.out}: a slide model for the student {run.config['student']}")


def _bags(parsed: argparse.Namespace) -> None:
    manifest = read_manifest(parsed.manifest)
    info = dataset_info(manifest.source, manifest.labels)
    suspicious = [c.key for c in info.classes if c.suspicious]
    if not suspicious:
        raise KdError(f"The class table of {parsed.manifest} calls no class suspicious; bags need one.")
    count = write_phantom_bags(
        manifest, suspicious, parsed.out, tiles=parsed.tiles, share=parsed.share, seed=parsed.seed
    )
    print(f"{parsed.out}: {count} bags of {parsed.tiles} tiles, put together from single patches of each case")


def _train(parsed: argparse.Namespace, command: str) -> None:
    if (parsed.out / CONFIG).exists():
        raise KdError(f"{parsed.out} holds a slide model already; choose another folder.")
    options = from_table(SlideOptions, flag_values(parsed, SlideOptions), "the command line")
    student = load_run(parsed.student)
    data = _data_facts(parsed, student)
    bags = _read(parsed, parsed.bags, student)
    logger = log_to()
    model, loss = train_slide_model(bags, options, progress=not parsed.quiet)
    baseline = fit_baseline(bags)
    labels = np.array([bag.label for bag in bags.of("train")])
    config = {
        "kind": "slide model",
        "command": command,
        "bags": str(parsed.bags),
        "bags_digest": bags.digest,
        "student_run": str(parsed.student),
        "student": weights_digest(student.vit),
        "classes": list(bags.classes),
        "prior": (np.bincount(labels, minlength=len(bags.classes)) / len(labels)).tolist(),
        "width": student.vit_config.width,
        "tile_px": student.vit_config.img_size,
        "options": dataclasses.asdict(options),
        "data": data,
    }
    save_run(parsed.out, config, model, baseline)
    logger.info("validation NLL %.4f, %d training bags; written to %s", loss, len(labels), parsed.out)


def _data_facts(parsed: argparse.Namespace, student: TrainedRun) -> dict[str, Any]:
    """Scale and stains of the student's data, which are those of the bags. What the bags are is said by their own data,
    else by the student's."""
    manifest = read_manifest(student.config["manifest"])
    info = dataset_info(manifest.source, manifest.labels)
    stated = set(manifest.extra.get("mpp", ()))
    mpp = parsed.mpp or info.mpp or (float(stated.pop()) if len(stated) == 1 else None)
    domain = domain_of(read_manifest(parsed.bags)) or parsed.training_domain or info.training_domain
    if mpp is None or not domain:
        raise KdError("The data do not say their scale and what they are; give --mpp and --training-domain.")
    return {
        "mpp": mpp, "mpp_assumed": parsed.mpp is not None, "training_domain": domain, "stains": list(info.stains),
        "scanners": list(info.scanners),
    }  # fmt: skip


def _read(parsed: argparse.Namespace, path: Path, student: TrainedRun) -> BagSet:
    cache = parsed.cache or student.folder.path.parent / CACHE_NAME
    return read_bags(path, student, cache, choose_device(parsed.device), progress=not parsed.quiet)


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
