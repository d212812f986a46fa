"""What is chosen where there are GPUs: devices, precision, batch size, and the words for them.

Two GPUs are pretended to the choice; sessions on the CPU stand in their place, so that everything behind it is run.
"""

import logging

import numpy as np
import pytest

from app.analysis.runtime import cuda_driver, gpu_tuning, onnx_backend, tuned_student
from app.analysis.runtime import tuning as t
from app.analysis.runtime.backend import OutOfMemoryError, RuntimeChoice, StudentError
from app.analysis.runtime.devices import Device, device_argument, parse_device
from app.analysis.runtime.host_buffers import IN_WORK
from app.analysis.runtime.onnx_backend import BoundOnnxBackend
from app.analysis.runtime.precision import intended_on_gpu, intended_precision
from app.analysis.runtime.student import StudentRuntime
from app.analysis.runtime.tuned_student import tune
from app.resources import resource_path
from app.session.setup import runtime_notices
from kd.bundle import REDUCED_TOLERANCE, load_bundle
from tests.bundles import TILE_PX, expected_probabilities, make_bundle

AGREES = {"fp16": {"top1": 0.999}, "int8": {"top1": 0.999}}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(t.CACHE_VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setitem(onnx_backend.PROVIDERS, "cuda", ("CPUExecutionProvider", {}))
    monkeypatch.setattr(cuda_driver, "gpu_names", lambda: ("A100", "A100"))


def random_tiles(count):
    return np.random.default_rng(3).integers(0, 256, (count, TILE_PX, TILE_PX, 3)).astype(np.uint8)


def half(folder, name="half", error=0.001, **changes):
    return make_bundle(folder, name, fp16_error=error, int8_error=0.001, **({"agreement": AGREES} | changes))


def test_devices_are_read_by_kind_and_number():
    assert parse_device("cuda:1") == Device("cuda", 1) and parse_device("cuda") == Device("cuda")
    assert device_argument("auto") == "auto" and device_argument("cuda:12") == "cuda:12"
    for wrong in ("abacus", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "cuda:1:2", ""):
        with pytest.raises(ValueError, match=r"There is no device|is not the number"):
            parse_device(wrong)


def test_all_gpus_share_the_work_and_the_text_says_so(tmp_path, two_gpus):
    for asked, why in (("auto", "device found (onnxruntime)"), ("cuda", "chosen by the user")):
        runtime = StudentRuntime.load(half(tmp_path, asked), asked)
        assert runtime.backend.devices == ("cuda:0", "cuda:1")
        assert runtime.choice.reason == f"CUDA (2 devices): {why}"
        assert runtime.choice.device_text == "cuda (2 devices, onnxruntime)"
        tiles = random_tiles(5)
        assert np.abs(runtime.score(tiles).probabilities - expected_probabilities(tiles)).max() < REDUCED_TOLERANCE


def test_one_gpu_of_several_can_be_named(tmp_path, two_gpus):
    runtime = StudentRuntime.load(half(tmp_path), "cuda:1")
    assert isinstance(runtime.backend, BoundOnnxBackend) and runtime.choice.devices == 1
    assert runtime.choice.reason == "CUDA (cuda:1): chosen by the user"
    with pytest.raises(StudentError, match=r"no cuda:2; this machine has cuda:0 \(A100\), cuda:1 \(A100\)"):
        StudentRuntime.load(load_bundle(tmp_path / "half.fnabundle"), "cuda:2")


def test_a_gpu_that_cannot_be_used_is_left_out_and_told(tmp_path, two_gpus, monkeypatch):
    made = BoundOnnxBackend.__init__

    def fail_on_the_first(self, model, device, **options):
        if device == "cuda:0":
            raise StudentError("the device is lost")
        made(self, model, device, **options)

    monkeypatch.setattr(BoundOnnxBackend, "__init__", fail_on_the_first)
    choice = StudentRuntime.load(half(tmp_path)).choice
    assert choice.devices == 1 and choice.device == "cuda" and choice.warnings == ("cuda:0: the device is lost",)


def test_where_no_gpu_can_be_used_the_cpu_is_taken_and_says_why(tmp_path, two_gpus, monkeypatch):
    def fail(self, model, device, **options):
        raise StudentError("CUDAExecutionProvider did not start; see that its drivers are installed")

    monkeypatch.setattr(BoundOnnxBackend, "__init__", fail)
    bundle = half(tmp_path)
    choice = StudentRuntime.load(bundle).choice
    assert (choice.device, choice.precision) == ("cpu", "int8")
    assert choice.reason.startswith("CPU: cuda:0: CUDAExecutionProvider did not start")
    assert len(choice.warnings) == 2, "each device once, not for each precision"
    with pytest.raises(StudentError, match="cannot be run on cuda"):
        StudentRuntime.load(bundle, "cuda")


def test_a_provider_without_a_gpu_is_not_tried_unless_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(cuda_driver, "gpu_names", lambda: ())
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: providers)
    choice = StudentRuntime.load(half(tmp_path)).choice
    assert choice.warnings == () and choice.reason == "CPU: no CUDA device found"


def test_half_precision_needs_the_cards_word_and_the_reference_tiles(tmp_path, two_gpus):
    choice = StudentRuntime.load(half(tmp_path)).choice
    assert choice.precision == "fp16" and choice.precision_reason == "fp16 agrees with fp32 on 99.90% of tiles"
    silent = half(tmp_path, "silent", agreement={})
    assert intended_on_gpu(silent) == ("fp32", "the card does not say how well fp16 agrees")
    assert StudentRuntime.load(silent).choice.precision == "fp32"
    assert StudentRuntime.load(silent, precision="fp16").choice.precision == "fp16"
    poor = half(tmp_path, "poor", agreement={"fp16": {"top1": 0.97}})
    assert intended_on_gpu(poor) == ("fp32", "fp16 agrees with fp32 on 97.00% of tiles only")
    assert intended_on_gpu(make_bundle(tmp_path, "none")) == ("fp32", "the bundle holds no fp16 model")


def test_half_precision_that_is_off_is_switched_off_and_says_so(tmp_path, two_gpus):
    off = half(tmp_path, error=2.0)
    choice = StudentRuntime.load(off).choice
    assert (choice.device, choice.precision, choice.devices) == ("cuda", "fp32", 2)
    assert choice.precision_reason == "fp16 was switched off"
    assert "cuda:0: fp16 was switched off" in choice.warnings[0] and "reference" in choice.warnings[0]
    assert [notice.severity for notice in runtime_notices(choice)] == ["info", "warning"]
    with pytest.raises(StudentError, match="switched off"):
        StudentRuntime.load(off, "cuda", "fp16")


def test_scores_that_are_there_keep_a_precision_that_the_device_has(tmp_path, two_gpus):
    bundle = half(tmp_path)
    kept = StudentRuntime.load(bundle, "cuda", keep_precision="fp32").choice
    assert (kept.precision, kept.precision_reason) == ("fp32", "as the scores that are stored")
    assert StudentRuntime.load(bundle, "cuda", keep_precision="int8").choice.precision == "fp16"
    assert intended_precision(bundle, keep="fp16")[0] == "int8", "not on a CPU"


def test_half_precision_on_a_cpu_has_to_be_asked_for_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(cuda_driver, "gpu_names", lambda: ())
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    bundle = half(tmp_path)
    with pytest.raises(StudentError, match="fp16 runs on a GPU only"):
        StudentRuntime.load(bundle, "auto", "fp16")
    choice = StudentRuntime.load(bundle, "cpu", "fp16").choice
    assert choice.precision == "fp16" and "a CPU turns it into fp32" in choice.precision_reason
    with pytest.raises(StudentError, match="no fp16 model"):
        StudentRuntime.load(make_bundle(tmp_path, "none"), "cpu", "fp16")


def test_half_precision_without_a_usable_gpu_says_why_each_cannot(tmp_path, two_gpus, monkeypatch):
    def fail(self, model, device, **options):
        raise StudentError("libcudnn.so.9 cannot be opened")

    monkeypatch.setattr(BoundOnnxBackend, "__init__", fail)
    with pytest.raises(StudentError, match=r"cuda:0: libcudnn.so.9 cannot be opened; cuda:1: .* fp16 runs on a GPU"):
        StudentRuntime.load(half(tmp_path), "auto", "fp16")


def test_the_demo_students_half_precision_agrees(two_gpus):
    bundle = load_bundle(resource_path("models/demo.fnabundle"))
    runtime = StudentRuntime.load(bundle, "cuda")
    assert runtime.choice.precision == "fp16"
    reference = bundle.reference()
    off = np.abs(runtime.score(reference["tiles"]).probabilities - reference["probabilities"])
    assert off.max() < REDUCED_TOLERANCE


class Gpu:
    """Time of a batch by its size; sizes above ``room`` do not fit."""

    def __init__(self, seconds, room=1000):
        self.seconds, self.room, self.now, self.sizes = seconds, room, 0.0, []

    def run(self, tiles):
        if len(tiles) > self.room:
            raise OutOfMemoryError("full")
        self.sizes.append(len(tiles))
        self.now += self.seconds(len(tiles))

    def measure(self):
        return gpu_tuning.measure_batches(self, "fp16", random_tiles(4), 1, clock=lambda: self.now)


def test_the_fastest_batch_that_answers_in_time_is_taken():
    assert Gpu(lambda size: 1e-4 * size).measure().batch == t.GPU_BATCHES[0], "none is clearly faster"
    assert Gpu(lambda size: 5e-3 + 1e-5 * size).measure().batch == 128
    slow = Gpu(lambda size: 20e-3 + 1e-4 * size)
    assert slow.measure().batch == 32 and max(slow.sizes) == 64, "64 took longer than 25 ms"
    assert Gpu(lambda size: 5e-3 + 1e-5 * size, room=64).measure().batch == 64
    with pytest.raises(OutOfMemoryError):
        Gpu(lambda size: 1e-3, room=8).measure()


def test_the_batch_is_measured_once_and_remembered_for_these_gpus(tmp_path, two_gpus, monkeypatch):
    bundle, measured = half(tmp_path), []
    measure = tuned_student.measure_batches

    def counted(*arguments, **options):
        measured.append(arguments)
        return measure(*arguments, **options)

    monkeypatch.setattr(tuned_student, "measure_batches", counted)
    for _ in range(2):
        runtime, workers = tune(bundle, StudentRuntime.load(bundle))
        assert runtime.batch_size in t.GPU_BATCHES and workers >= 2 * IN_WORK
        assert runtime.choice.device_text == (
            f"cuda (2 devices, onnxruntime, batches of {runtime.batch_size}, as measured)"
        )
        assert tune(bundle, StudentRuntime.load(bundle), asked_workers=3)[1] == 3
    assert len(measured) == 1
    monkeypatch.setattr(cuda_driver, "gpu_names", lambda: ("A100", "H100"))
    tune(bundle, StudentRuntime.load(bundle))
    assert len(measured) == 2


def test_a_measurement_that_fails_leaves_the_usual_and_says_so(tmp_path, two_gpus, monkeypatch, caplog):
    def fail(*_arguments, **_options):
        raise OutOfMemoryError("full")

    monkeypatch.setattr(tuned_student, "measure_batches", fail)
    bundle = half(tmp_path)
    with caplog.at_level(logging.ERROR):
        runtime, _ = tune(bundle, StudentRuntime.load(bundle))
    assert runtime.batch_size == t.GPU_BATCHES[0] and "usual ones are taken (full)" in runtime.choice.warnings[-1]
    assert "as usual" in runtime.choice.tuning and not t.memory_path().exists()


def test_one_device_needs_no_count():
    assert RuntimeChoice("torch", "cuda", "fp16", "").device_text == "cuda (torch)"
