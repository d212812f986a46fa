"""The graph that a segmenter's bundle holds: uint8 tiles in, class probabilities of every pixel out."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kd.bundle import GRAPH_INPUT, SEGMENTER_OUTPUTS
from kd.onnx_graph import OPSET, open_onnx
from kd.segment.unet import UNet


class SegmenterGraph(nn.Module):
    """``forward(tiles)``: uint8 (B, H, W, 3) RGB to probabilities float32 (B, C, H, W).

    H and W may be any multiples of ``model.config.multiple``.
    """

    def __init__(self, model: UNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, tiles: Tensor) -> Tensor:
        images = tiles.permute(0, 3, 1, 2).float() / 255.0
        return torch.softmax(self.model(images), dim=1)


def export_segmenter(graph: SegmenterGraph, side_px: int, target: Path) -> None:
    """Write ``graph`` as ONNX; number, height and width of the tiles stay free."""
    graph = graph.eval().cpu()
    example = torch.zeros(2, side_px, side_px, 3, dtype=torch.uint8)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracer and deprecation notices; the result is compared with torch
        torch.onnx.export(
            graph,
            (example,),
            str(target),
            input_names=[GRAPH_INPUT],
            output_names=list(SEGMENTER_OUTPUTS),
            dynamic_axes={
                GRAPH_INPUT: {0: "batch", 1: "height", 2: "width"},
                SEGMENTER_OUTPUTS[0]: {0: "batch", 2: "height", 3: "width"},
            },
            opset_version=OPSET,
            dynamo=False,
        )


def run_segmenter_onnx(path: Path, tiles: npt.NDArray[np.uint8], batch: int = 32) -> npt.NDArray[np.float32]:
    """Probabilities (n, C, H, W) of an exported segmenter."""
    session = open_onnx(path)
    parts = [
        session.run(list(SEGMENTER_OUTPUTS), {GRAPH_INPUT: tiles[start : start + batch]})[0]
        for start in range(0, len(tiles), batch)
    ]
    return np.concatenate(parts)


def run_segmenter_torch(graph: SegmenterGraph, tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The same of the torch graph, on the CPU."""
    with torch.no_grad():
        return np.asarray(graph.eval().cpu()(torch.from_numpy(np.ascontiguousarray(tiles))).numpy())
