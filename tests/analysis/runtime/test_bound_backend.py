"""The backends for GPUs, run on the CPU: the same scores as without buffers, from memory that is used again."""

import gc
import threading

import numpy as np
import pytest

from app.analysis.runtime import cuda_driver, onnx_backend, torch_backend
from app.analysis.runtime.backend import StudentError
from app.analysis.runtime.host_buffers import IN_WORK
from app.analysis.runtime.onnx_backend import BoundOnnxBackend, OnnxBackend
from app.analysis.runtime.student import StudentRuntime
from tests.bundles import TILE_PX, expected_probabilities, make_bundle

OUTPUTS = ("probabilities", "attention", "embedding", "out_of_domain")


def random_tiles(count, seed=3):
    return np.random.default_rng(seed).integers(0, 256, (count, TILE_PX, TILE_PX, 3)).astype(np.uint8)


def make_program(bundle):
    """A torch program with a product in it, which half precision changes."""
    torch = pytest.importorskip("torch")

    class Small(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.product = torch.nn.Linear(3, 8)

        def forward(self, tiles):
            mean = tiles.float().mean(dim=(1, 2)) / 255
            found = self.product(mean)
            attention = torch.ones(tiles.shape[0], 4, 4)
            return found, torch.softmax(found[:, :3], 1), attention, mean, mean.mean(1)

    sizes = ({0: torch.export.Dim("batch", min=1, max=64)},)
    example = torch.zeros(2, TILE_PX, TILE_PX, 3, dtype=torch.uint8)
    torch.export.save(torch.export.export(Small(), (example,), dynamic_shapes=sizes), str(bundle.path / "model.pt2"))
    return bundle.model_path("pt2")


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(tmp_path)


def test_bound_memory_gives_the_scores_of_a_plain_call(bundle):
    plain = OnnxBackend(bundle.model_path("fp32"), "cpu", 1)
    bound = BoundOnnxBackend(bundle.model_path("fp32"), "cpu", lock_pages=False)
    for count in (8, 1, 5, 8, 3):
        tiles = random_tiles(count, seed=count)
        expected, found = plain.run(tiles), bound.run(tiles)
        for name in OUTPUTS:
            assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    assert bound.buffers.made == 1


def test_scores_stay_when_the_memory_is_used_again(bundle):
    bound = BoundOnnxBackend(bundle.model_path("fp32"), "cpu", lock_pages=False)
    first = bound.run(random_tiles(4, seed=1))
    kept = first.embedding.copy()
    bound.run(random_tiles(4, seed=2))
    assert np.array_equal(first.embedding, kept)


def test_slices_of_other_arrays_are_taken_too(bundle):
    bound = BoundOnnxBackend(bundle.model_path("fp32"), "cpu", lock_pages=False)
    tiles = random_tiles(8)
    assert np.array_equal(bound.run(tiles[::2]).embedding, bound.run(np.ascontiguousarray(tiles[::2])).embedding)


def run_on_threads(backend, full, threads=6, rounds=8):
    """Each thread with tiles of its own; the largest difference to their mean colours, 0..``full`` in an embedding."""
    worst, lock = [0.0], threading.Lock()

    def work(number):
        for turn in range(rounds):
            tiles = random_tiles(1 + (number + turn) % 5, seed=100 * number + turn)
            found = backend.run(tiles).embedding / full
            expected = tiles.mean(axis=(1, 2)) / 255
            with lock:
                worst[0] = max(worst[0], float(np.abs(found - expected).max()))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    return worst[0]


def test_many_threads_share_few_buffers_and_never_each_others_tiles(bundle):
    bound = BoundOnnxBackend(bundle.model_path("fp32"), "cpu", lock_pages=False)
    bound.run(random_tiles(5))
    assert run_on_threads(bound, 255) < 1e-5
    # Each slot was enlarged at most once for each size of batch up to 5.
    assert bound.buffers.made <= 5 * IN_WORK
    made = bound.buffers.made
    assert run_on_threads(bound, 255) < 1e-5 and bound.buffers.made - made <= 5


def test_torch_uses_the_same_memory_again_and_never_mixes_batches(bundle):
    program = make_program(bundle)
    backend = torch_backend.TorchBackend(program, "cpu")
    assert run_on_threads(backend, 1) < 1e-5
    assert backend.buffers.made <= 5 * IN_WORK


def test_torch_computes_in_half_precision_where_that_is_asked_for(bundle):
    program = make_program(bundle)
    tiles = random_tiles(16)
    full = torch_backend.TorchBackend(program, "cpu", "fp32").run(tiles).probabilities
    half = torch_backend.TorchBackend(program, "cpu", "fp16").run(tiles).probabilities
    assert half.dtype == np.float32 and 0 < np.abs(half - full).max() < 0.02


@pytest.fixture
def pages(monkeypatch):
    """Counts what is locked and unlocked, in place of a driver."""
    counted = {"locked": 0, "unlocked": 0}

    def lock(_memory, gpu):
        counted["locked"] += 1
        return ""

    def unlock(_memory, gpu):
        counted["unlocked"] += 1

    monkeypatch.setattr(cuda_driver, "lock_pages", lock)
    monkeypatch.setattr(cuda_driver, "unlock_pages", unlock)
    return counted


def test_a_backend_that_is_dropped_or_closed_unlocks_its_memory(bundle, pages):
    for close in (False, True):
        backend = BoundOnnxBackend(bundle.model_path("fp32"), "cpu")
        backend.run(random_tiles(4))
        assert pages == {"locked": 1, "unlocked": 0}
        if close:
            backend.close()
            assert pages["unlocked"] == 1, "at once"
        del backend
        gc.collect()
        assert pages == {"locked": 1, "unlocked": 1}
        pages.update(locked=0, unlocked=0)


def test_torch_s_memory_is_unlocked_too(bundle, monkeypatch):
    """On a CPU that passes for CUDA: nothing that is kept for unlocking may keep the backend."""
    torch = pytest.importorskip("torch")
    unlocked = []
    monkeypatch.setattr(torch_backend, "_lock_pages", lambda _cuda, _memory: "")
    monkeypatch.setattr(torch_backend, "_unlock_pages", lambda _cuda, memory: unlocked.append(memory.nbytes))
    backend = torch_backend.TorchBackend(make_program(bundle), "cpu")
    monkeypatch.setattr(torch_backend.TorchBackend, "_on_cuda", True)
    monkeypatch.setattr(
        torch_backend.TorchBackend, "_enter", lambda _self, stack: stack.enter_context(torch.inference_mode()) and None
    )
    backend.run(random_tiles(4))
    assert not unlocked
    del backend
    gc.collect()
    assert len(unlocked) == 1


def test_a_refused_candidate_unlocks_its_memory(tmp_path, monkeypatch, pages):
    monkeypatch.setitem(onnx_backend.PROVIDERS, "cuda", ("CPUExecutionProvider", {}))
    monkeypatch.setattr(cuda_driver, "gpu_names", lambda: ("A100",))
    bundle = make_bundle(tmp_path, "off", fp16_error=2.0, agreement={"fp16": {"top1": 0.999}})
    runtime = StudentRuntime.load(bundle, "cuda")
    assert runtime.choice.precision == "fp32" and "fp16 was switched off" in runtime.choice.warnings[0]
    assert pages["locked"] == pages["unlocked"] + 1, "only what is in use stays locked"


def test_an_onnxruntime_without_the_private_names_is_used_without_them(tmp_path, monkeypatch, pages):
    """They may go away in any version; the plain call is then taken, and that is told."""
    monkeypatch.setitem(onnx_backend.PROVIDERS, "cuda", ("CPUExecutionProvider", {}))
    monkeypatch.setattr(cuda_driver, "gpu_names", lambda: ("A100",))
    monkeypatch.delattr("onnxruntime.OrtValue._get_c_value")
    bundle = make_bundle(tmp_path, "plain")
    with pytest.raises(StudentError, match="_get_c_value"):
        BoundOnnxBackend(bundle.model_path("fp32"), "cpu")
    runtime = StudentRuntime.load(bundle, "cuda")
    assert type(runtime.backend) is OnnxBackend and runtime.choice.device == "cuda" and not pages["locked"]
    assert "cannot be given memory" in runtime.choice.warnings[0]
    tiles = random_tiles(3)
    assert np.abs(runtime.score(tiles).probabilities - expected_probabilities(tiles)).max() < 1e-5


def test_without_a_driver_there_are_no_gpus_and_no_locked_memory():
    if cuda_driver.gpu_names():
        pytest.skip("this machine has an NVIDIA GPU")
    assert cuda_driver.lock_pages(np.zeros(10, np.uint8), 0) == "there is no NVIDIA driver"
    cuda_driver.unlock_pages(np.zeros(10, np.uint8), 0)


def test_a_device_that_is_not_there_is_a_sentence(bundle):
    with pytest.raises(StudentError, match=r"cannot be run on cuda:5|did not start"):
        BoundOnnxBackend(bundle.model_path("fp32"), "cuda:5")
