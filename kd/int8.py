"""Int8 of a student's products with fixed scales, so that a tile's scores do not depend on its batch.

ONNX Runtime's own quantiser takes the range of each activation from the batch at hand: the same tile then gets other
scores beside other tiles. Here the ranges are taken once, from calibration tiles, and written into the file; and each
integer product, its scale and its bias are the one operator that ONNX Runtime has for them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from kd.bundle import GRAPH_INPUT
from kd.int8_nodes import Int8Nodes, Ranges
from kd.int8_weights import patch_moments, pixel_moments
from kd.models.student_graph import StudentGraph
from kd.onnx_graph import open_onnx
from kd.onnx_nodes import OnnxNodes, save
from kd.student_onnx import pixel_stem, student_model

CALIBRATION_BATCH = 8


def quantize_int8(graph: StudentGraph, target: Path, tiles: npt.NDArray[np.uint8]) -> None:
    """Weights int8 for each channel, activations uint8; head, attention map and distance stay in float.

    ``tiles`` uint8 (n, H, W, 3) give the ranges of the activations: from the least to the largest value of any tile.
    """
    config = graph.config
    convolutions = config.stem == "conv"
    moments = pixel_moments(tiles, pixel_stem(graph)) if convolutions else patch_moments(tiles, config.patch_size)
    save(student_model(graph, Int8Nodes(activation_ranges(graph, tiles), moments)), target)


def activation_ranges(graph: StudentGraph, tiles: npt.NDArray[np.uint8]) -> Ranges:
    """Least and largest value of what is to be integers, by its name in ``OnnxNodes.inner``; 0 lies between them."""
    nodes = OnnxNodes()
    session = open_onnx(student_model(graph, nodes, watched=True).SerializeToString())
    values = list(dict.fromkeys(nodes.inner.values()))
    ranges = dict.fromkeys(values, (0.0, 0.0))
    for start in range(0, len(tiles), CALIBRATION_BATCH):
        found = session.run(values, {GRAPH_INPUT: tiles[start : start + CALIBRATION_BATCH]})
        for value, array in zip(values, found, strict=True):
            low, high = ranges[value]
            ranges[value] = min(low, float(array.min())), max(high, float(array.max()))
    return {name: ranges[value] for name, value in nodes.inner.items()}
