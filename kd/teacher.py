"""``python -m kd.teacher --manifest M --out RUN``: train the teacher, a 12-block ViT, on labelled patches.

``--arch hdkd`` trains the convolutional teacher of that method instead.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kd.command_line import command_text, log_to, run_tool
from kd.data.randomness import derived_seed
from kd.errors import KdError
from kd.inference import choose_device
from kd.losses.cross_entropy import cross_entropy
from kd.memory import keep_freed_memory
from kd.models.architectures import build_model, model_config
from kd.models.vit import forward_with_features, load_pretrained, normalise
from kd.options import ModelOptions, add_flags, flag_values, from_table
from kd.processes import join_processes
from kd.run_folder import RunFolder
from kd.setup_run import common_parser, image_size, load_data, read_tables, run_config, training_options
from kd.training import Training


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input, Interrupted after Ctrl-C."""
    parser = common_parser("kd.teacher", "Train the teacher, a vision transformer, on labelled patches.")
    parser.add_argument("--manifest", type=Path, required=True, help="CSV with path,label,group,split")
    add_flags(parser, ModelOptions)
    parsed = parser.parse_args(arguments)
    tables = read_tables(parsed)
    options, strengths, where = training_options(parsed, tables)
    model = from_table(ModelOptions, tables["model"] | flag_values(parsed, ModelOptions), parsed.config or "flags")
    if model.pretrained and model.weights:
        raise KdError("Give either --pretrained or --weights, not both.")
    if model.arch != "vit" and (model.pretrained or model.weights):
        raise KdError(f"There are no pretrained weights for the architecture {model.arch}.")
    keep_freed_memory()
    processes, device = join_processes(choose_device(where.device))
    size = image_size(parsed.manifest, model.img_size)
    with processes.first_goes_first():
        data = load_data(
            parsed.manifest, parsed.classes, size, parsed.out, options, strengths, where, shots=parsed.shots
        )
    config = model_config(model, size, len(data.info.keys), "teacher")
    torch.manual_seed(derived_seed(options.seed, 0, 0, "weights"))
    vit = build_model(config, drop_path=options.drop_path, patch_drop=options.patch_drop)
    further: dict[str, Any] = {"pretrained": model.pretrained, "weights": model.weights}
    if parsed.shots:
        further["shots"] = parsed.shots
    folder = RunFolder(parsed.out)
    facts = run_config("teacher", command_text("kd.teacher", arguments), data, config.as_dict(), options, further)
    resume = processes.agree(processes.is_first and folder.begin(facts, restart=parsed.restart))
    if processes.is_first:
        log_to(str(parsed.out / "log.txt")).info("%s", facts["command"])
    if (model.pretrained or model.weights) and not resume:
        weights = Path(model.weights) if model.weights else None
        random = load_pretrained(vit, config, timm_name=model.pretrained or None, weights=weights)
        logging.getLogger("kd").info("pretrained weights loaded; left random: %s", ", ".join(random) or "nothing")
    vit.to(device)
    log_prior = torch.from_numpy(data.prior).float().log().to(device) if options.prior_adjusted else None

    def objective(images: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        logits, _ = forward_with_features(vit, normalise(images, config), ())
        return logits, {"hard": cross_entropy(logits, targets, log_prior)}

    training = Training(
        folder, vit, config, objective, data.training, data.validation, options, where, device, processes=processes
    )
    training.fit(resume=resume)


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
