"""WSInfer's own pipeline, for ``wsinfer_peer.py``; run by the Python that has WSInfer, never imported.

    WSINFER_PYTHON wsinfer_side.py serve     # one JSON request a line on stdin, one JSON answer a line on stdout
    WSINFER_PYTHON wsinfer_side.py cli ...   # the ``wsinfer`` program, with an empty list of published models

Nothing of WSInfer is changed. Two things are given to it: operator schemas where torchvision's own do not load beside
a CPU build of torch, and an empty model list in place of the one it would download. A clock is hung into its progress
bar, which is made when the model is loaded and ended by the last batch.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import torch

_kept = []


def define_missing_operators() -> None:
    """As ``kd.torchvision_compat``, which is not installed here."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _kept.append(library)


def prepare(request: dict) -> Path:
    """A results folder that holds the coordinates as ``wsinfer patch`` leaves them."""
    from wsinfer.patchlib import save_hdf5

    results = Path(request["results"])
    (results / "patches").mkdir(parents=True)
    (results / "masks").mkdir()
    import numpy as np

    coordinates = np.array(request["coordinates"], np.int64)
    name = Path(request["slide"]).stem
    save_hdf5(results / "patches" / f"{name}.h5", coordinates, request["patch_px"], request["mpp"])
    (results / "masks" / f"{name}.jpg").write_bytes(b"")
    return results


def infer(request: dict) -> dict:
    """One run of WSInfer's inference over the slide; seconds in all, and of its loop over batches."""
    from wsinfer.modellib import run_inference as inference
    from wsinfer.modellib.models import LocalModelTorchScript
    from wsinfer_zoo.client import ModelConfiguration

    results = prepare(request)
    config = ModelConfiguration.from_dict(json.loads(Path(request["config"]).read_text()))
    model = LocalModelTorchScript(config=config, model_path=request["model"])
    torch.set_num_threads(request["threads"])
    loop = {}

    class Clocked(inference.tqdm.tqdm):  # type: ignore[name-defined, misc]
        def __iter__(self):  # type: ignore[no-untyped-def]
            begun = time.perf_counter()
            yield from super().__iter__()
            loop["seconds"] = time.perf_counter() - begun

    plain = inference.tqdm.tqdm
    inference.tqdm.tqdm = Clocked  # type: ignore[attr-defined]
    try:
        begun = time.perf_counter()
        _, failed = inference.run_inference(
            Path(request["slide"]).parent,
            results,
            model,
            batch_size=request["batch"],
            num_workers=request["loaders"],
            speedup=request["speedup"],
        )
        seconds = time.perf_counter() - begun
    finally:
        inference.tqdm.tqdm = plain  # type: ignore[attr-defined]
    if failed:
        return {"error": f"WSInfer failed on {failed}"}
    table = results / "model-outputs-csv" / f"{Path(request['slide']).stem}.csv"
    return {
        "seconds": seconds,
        "loop_seconds": loop["seconds"],
        "table": str(table),
        "threads": torch.get_num_threads(),
    }


def serve() -> None:
    """Answer requests until stdin ends; what WSInfer prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import wsinfer.modellib.run_inference  # noqa: F401  (importing is not part of a run)
    from wsinfer import __version__

    print(json.dumps({"wsinfer": __version__, "torch": torch.__version__}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"results": str(prepare(request))} if request.pop("only_prepare", False) else infer(request)
        print(json.dumps(answer), file=answers, flush=True)


def main() -> None:
    define_missing_operators()
    # Its model list would be downloaded; its cache lies in the home folder.
    (Path.home() / ".wsinfer-zoo").mkdir(parents=True, exist_ok=True)
    if sys.argv[1] == "serve":
        serve()
        return
    import wsinfer_zoo.client

    wsinfer_zoo.client.load_registry = lambda registry_file=None: wsinfer_zoo.client.ModelRegistry(models={})
    from wsinfer.cli.cli import cli

    cli(sys.argv[2:])


if __name__ == "__main__":
    main()
