"""On a real NVIDIA GPU only. Run it there: ``python -m pytest tests/analysis/runtime/test_cuda.py -rs``."""

import threading

import numpy as np
import pytest

from app.analysis.runtime import cuda_driver, onnx_backend, torch_backend
from app.analysis.runtime.student import StudentRuntime
from app.analysis.runtime.tuned_student import tune
from app.resources import resource_path
from kd.bundle import FP32_TOLERANCE, REDUCED_TOLERANCE, load_bundle

if not cuda_driver.gpu_names():
    pytest.skip("there is no NVIDIA GPU with its driver here", allow_module_level=True)
if "cuda" not in onnx_backend.available_devices():
    pytest.skip("this onnxruntime has no CUDA provider; install onnxruntime-gpu in its place", allow_module_level=True)


@pytest.fixture(scope="module")
def demo():
    return load_bundle(resource_path("models/demo.fnabundle"))


@pytest.fixture(scope="module")
def tiles(demo):
    found = demo.reference()["tiles"]
    return np.ascontiguousarray(found[np.arange(200) % len(found)])


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", FP32_TOLERANCE), ("fp16", REDUCED_TOLERANCE)])
def test_scores_are_those_of_the_cpu(demo, tiles, precision, tolerance):
    expected = StudentRuntime.load(demo, "cpu", "fp32").score(tiles).probabilities
    runtime = StudentRuntime.load(demo, "cuda", precision)
    assert (runtime.choice.device, runtime.choice.precision) == ("cuda", precision)
    found = runtime.score(tiles).probabilities
    assert np.abs(found - expected).max() <= tolerance


def test_memory_is_locked_and_threads_do_not_mix_their_tiles(demo, tiles):
    runtime = StudentRuntime.load(demo, "cuda:0")
    backend = runtime.backend
    assert isinstance(backend, onnx_backend.BoundOnnxBackend)
    expected, wrong = backend.run(tiles).embedding, []

    def work(start):
        for _ in range(20):
            found = backend.run(tiles[start : start + 32]).embedding
            if np.abs(found - expected[start : start + 32]).max() > 0.05:
                wrong.append(start)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 160, 32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    with backend.buffers.slot(tiles[:32]) as slot:
        assert slot.locked


def test_all_gpus_are_used_and_the_batch_is_measured(demo, tiles, tmp_path, monkeypatch):
    monkeypatch.setenv("FNASCOPE_CACHE", str(tmp_path))
    runtime, workers = tune(demo, StudentRuntime.load(demo))
    count = len(cuda_driver.gpu_names())
    assert runtime.choice.device == "cuda" and runtime.choice.devices == count and workers >= 2 * count
    assert "as measured" in runtime.choice.tuning
    assert len(runtime.score(tiles).probabilities) == len(tiles)


def test_a_batch_that_does_not_fit_is_halved(demo, tiles):
    notes = []
    runtime = StudentRuntime.load(demo, "cuda:0", on_note=notes.append)
    huge = np.broadcast_to(tiles[:1], (50_000, *tiles.shape[1:]))
    assert len(runtime.score(huge).probabilities) == len(huge)
    assert not notes or "batches of" in notes[0], "where all fits, nothing is halved"


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_torch_agrees(demo, tiles, precision):
    if not torch_backend.is_installed() or not demo.model_path("pt2").is_file():
        pytest.skip("needs torch and a bundle with an exported program (model.pt2)")
    found = torch_backend.TorchBackend(demo.model_path("pt2"), "cuda:0", precision).run(tiles).probabilities
    expected = StudentRuntime.load(demo, "cpu", "fp32").score(tiles).probabilities
    assert np.abs(found - expected).max() <= (FP32_TOLERANCE if precision == "fp32" else REDUCED_TOLERANCE)
