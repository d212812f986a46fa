"""The student runtime: choice with reason, reference check, and a batch that does not fit."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import onnx
import pytest

from app.analysis.runtime import torch_backend
from app.analysis.runtime.backend import OutOfMemoryError, RuntimeChoice, StudentError
from app.analysis.runtime.onnx_backend import OnnxBackend
from app.analysis.runtime.precision import intended_precision
from app.analysis.runtime.student import StudentRuntime
from app.records.scores import Scores
from kd.bundle import BundleError, load_bundle
from tests.bundles import TILE_PX, blow_up, expected_probabilities, make_bundle

TOP = Path(__file__).resolve().parents[2]
AGREES = {"int8": {"top1": 0.999, "max_diff": 0.01}}


def random_tiles(count):
    return np.random.default_rng(3).integers(0, 256, (count, TILE_PX, TILE_PX, 3)).astype(np.uint8)


def test_scores_are_those_of_the_graph(tmp_path):
    runtime = StudentRuntime.load(make_bundle(tmp_path), "cpu")
    tiles = random_tiles(5)
    scores = runtime.score(tiles)
    assert np.abs(scores.probabilities - expected_probabilities(tiles)).max() < 1e-5
    assert scores.attention.shape == (5, 4, 4) and scores.embedding.shape == (5, 3)
    assert scores.out_of_domain.shape == (5,) and scores.probabilities.dtype == np.float32


def test_the_automatic_choice_gives_its_reason(tmp_path):
    choice = StudentRuntime.load(make_bundle(tmp_path)).choice
    assert choice.precision == "fp32" and choice.precision_reason == "the bundle holds no int8 model"
    assert choice.reason.split(":")[0] in ("CPU", "CUDA", "DirectML", "CoreML") and len(choice.reason) > 8
    assert StudentRuntime.load(make_bundle(tmp_path, "b"), "cpu").choice.reason == "CPU: chosen by the user"


@pytest.mark.parametrize(
    ("device", "precision", "words"),
    [
        ("abacus", "auto", "no device"),
        ("cpu", "fp3", "no precision"),
        ("cpu", "int8", "no int8 model"),
        ("cuda", "int8", "CPU only"),
        ("directml", "auto", "directml"),
        ("mps", "fp32", "mps"),
    ],
)
def test_what_was_asked_for_by_name_and_cannot_be_had_is_refused(tmp_path, device, precision, words):
    with pytest.raises(StudentError, match=words):
        StudentRuntime.load(make_bundle(tmp_path), device, precision)


def test_int8_needs_the_cards_word_and_the_reference_tiles(tmp_path):
    agreed = make_bundle(tmp_path, "agreed", int8_error=0.001, agreement=AGREES)
    assert StudentRuntime.load(agreed, "cpu").choice.precision == "int8"
    assert StudentRuntime.load(agreed, "cpu", "fp32").choice.precision == "fp32"
    silent = make_bundle(tmp_path, "silent", int8_error=0.001)
    assert StudentRuntime.load(silent, "cpu").choice.precision == "fp32"
    assert StudentRuntime.load(silent, "cpu", "int8").choice.precision == "int8"
    poor = make_bundle(tmp_path, "poor", int8_error=0.001, agreement={"int8": {"top1": 0.97}})
    assert intended_precision(poor) == ("fp32", "int8 agrees with fp32 on 97.00% of tiles only")


def test_int8_that_is_off_is_switched_off_and_says_so(tmp_path):
    off = make_bundle(tmp_path, int8_error=2.0, agreement=AGREES)
    choice = StudentRuntime.load(off).choice
    assert choice.precision == "fp32" and choice.precision_reason == "int8 was switched off"
    assert "int8 was switched off" in choice.warnings[0] and "reference" in choice.warnings[0]
    assert "int8" not in choice.reason
    with pytest.raises(StudentError, match="switched off"):
        StudentRuntime.load(off, "cpu", "int8")


def test_fp32_that_does_not_reproduce_its_reference_is_refused(tmp_path):
    bundle = make_bundle(tmp_path)
    arrays = bundle.reference()
    arrays["probabilities"] = arrays["probabilities"] + np.float32(2e-4)
    np.savez(bundle.path / "reference.npz", **arrays)
    with pytest.raises(StudentError, match="reference tiles"):
        StudentRuntime.load(bundle)


def test_damaged_files_end_in_a_sentence(tmp_path):
    bundle = make_bundle(tmp_path)
    (bundle.path / "model.onnx").write_bytes(b"\x08garbage")
    with pytest.raises(StudentError, match=r"model\.onnx"):
        StudentRuntime.load(bundle, "cpu")
    (bundle.path / "reference.npz").write_bytes(b"garbage")
    with pytest.raises(BundleError, match="reference"):
        StudentRuntime.load(bundle, "cpu")


class SmallMemory:
    """A backend on a device that holds so many tiles at once."""

    def __init__(self, inner, capacity):
        self.inner, self.capacity, self.batches = inner, capacity, []

    def run(self, tiles) -> Scores:
        if len(tiles) > self.capacity:
            raise OutOfMemoryError("out of memory")
        self.batches.append(len(tiles))
        return self.inner.run(tiles)


def test_a_batch_that_does_not_fit_is_halved_and_that_is_said(tmp_path):
    bundle = make_bundle(tmp_path)
    backend = SmallMemory(OnnxBackend(bundle.model_path("fp32"), "cpu", 1), 3)
    notes = []
    runtime = StudentRuntime(backend, RuntimeChoice("onnxruntime", "cuda", "fp32", ""), notes.append)
    tiles = random_tiles(11)
    scores = runtime.score(tiles)
    assert np.abs(scores.probabilities - expected_probabilities(tiles)).max() < 1e-5
    assert backend.batches == [2, 2, 2, 2, 2, 1] and runtime.batch_size == 2
    assert "batches of 2" in notes[-1]
    backend.capacity = 0
    with pytest.raises(StudentError, match="one tile"):
        runtime.score(tiles)


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space of a process")
def test_onnxruntime_running_out_of_memory_is_recognised(tmp_path):
    bundle = make_bundle(tmp_path)
    model = onnx.load(bundle.path / "model.onnx")
    blow_up(model, 8192)  # 256 MiB a tile
    onnx.save(model, bundle.path / "model.onnx")
    code = f"""
        import resource
        import numpy as np
        from app.analysis.runtime.onnx_backend import OnnxBackend
        from app.analysis.runtime.backend import RuntimeChoice
        from app.analysis.runtime.student import StudentRuntime
        from kd.bundle import load_bundle
        backend = OnnxBackend(load_bundle({str(bundle.path)!r}).model_path("fp32"), "cpu", 1)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 1200 * 2**20, resource.RLIM_INFINITY))
        runtime = StudentRuntime(backend, RuntimeChoice("onnxruntime", "cpu", "fp32", ""), print)
        print(runtime.score(np.zeros((8, {TILE_PX}, {TILE_PX}, 3), np.uint8)).probabilities.shape)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, cwd=TOP)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "batches of" in done.stdout and "(8, 3)" in done.stdout


def test_torch_runs_the_exported_program(tmp_path):
    torch = pytest.importorskip("torch")
    bundle = make_bundle(tmp_path)

    class MeanColour(torch.nn.Module):
        def forward(self, tiles):
            pixels = tiles.float()
            mean = pixels.mean(dim=(1, 2))
            logits = mean * 0.01
            attention = torch.ones(pixels.shape[0], 4, 4)
            return logits, torch.softmax(logits, 1), attention, mean, mean.mean(1)

    batch = torch.export.Dim("batch", min=1, max=64)
    example = torch.zeros(2, TILE_PX, TILE_PX, 3, dtype=torch.uint8)
    program = torch.export.export(MeanColour(), (example,), dynamic_shapes=({0: batch},))
    torch.export.save(program, str(bundle.path / "model.pt2"))
    assert torch_backend.is_installed()
    scores = torch_backend.TorchBackend(load_bundle(bundle.path).model_path("pt2"), "cpu").run(random_tiles(3))
    assert np.allclose(scores.embedding, random_tiles(3).mean(axis=(1, 2)), atol=1e-3)
    assert np.allclose(scores.probabilities.sum(1), 1, atol=1e-6)
    if not torch.cuda.is_available():
        with pytest.raises(StudentError, match="CUDA"):
            torch_backend.TorchBackend(bundle.model_path("pt2"), "cuda")
