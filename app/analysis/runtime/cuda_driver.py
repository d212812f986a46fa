"""NVIDIA's driver, asked directly: which GPUs there are, and memory that they can read by themselves.

The driver's own library comes with every driver, whatever else is installed, so that neither torch nor a CUDA toolkit
is needed. CUDA Driver API: https://docs.nvidia.com/cuda/cuda-driver-api. Hidden GPUs (``CUDA_VISIBLE_DEVICES``) are not
counted, and ONNX Runtime and torch number the others alike.
"""

from __future__ import annotations

import ctypes
import logging
import sys
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_PORTABLE = 1
"""CU_MEMHOSTREGISTER_PORTABLE: locked for every GPU."""
_NAME_BYTES = 256


@cache
def gpu_names() -> tuple[str, ...]:
    """Names of the NVIDIA GPUs that can be used, in the driver's order; none without a driver."""
    driver = _driver()
    count = ctypes.c_int()
    if driver is None or driver.cuDeviceGetCount(ctypes.byref(count)):
        return ()
    return tuple(_name(driver, number) for number in range(count.value))


def lock_pages(array: npt.NDArray[Any], gpu: int) -> str:
    """Keep ``array`` where it is in memory, so that GPUs copy from and to it by themselves while the processor goes
    on. Returns "", or why it cannot be done. The array must be unlocked before it is given up."""
    driver = _driver()
    if driver is None:
        return "there is no NVIDIA driver"
    with _Context(driver, gpu) as problem:
        return problem or _problem(driver, driver.cuMemHostRegister_v2(_address(array), _size(array), _PORTABLE))


def unlock_pages(array: npt.NDArray[Any], gpu: int) -> None:
    """Undo ``lock_pages``."""
    driver = _driver()
    if driver is not None:
        with _Context(driver, gpu) as problem:
            if problem or (problem := _problem(driver, driver.cuMemHostUnregister(_address(array)))):
                log.warning("memory could not be unlocked: %s", problem)


class _Context:
    """The GPU's primary context, which ONNX Runtime uses too, on the calling thread; enters with what went wrong."""

    def __init__(self, driver: Any, gpu: int) -> None:
        self._driver, self._gpu = driver, gpu
        self._entered = False

    def __enter__(self) -> str:
        context = _primary_context(self._gpu)
        if isinstance(context, str):
            return context
        problem = _problem(self._driver, self._driver.cuCtxPushCurrent_v2(context))
        self._entered = not problem
        return problem

    def __exit__(self, *_: object) -> None:
        if self._entered:
            self._driver.cuCtxPopCurrent_v2(ctypes.byref(ctypes.c_void_p()))


@cache
def _primary_context(gpu: int) -> ctypes.c_void_p | str:
    """Kept for as long as the program runs. A sentence where there is none."""
    driver, device, context = _driver(), ctypes.c_int(), ctypes.c_void_p()
    if driver is None:
        return "there is no NVIDIA driver"
    problem = _problem(driver, driver.cuDeviceGet(ctypes.byref(device), gpu)) or _problem(
        driver, driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device)
    )
    return problem or context


@cache
def _driver() -> Any:
    """The driver's library, initialised; None where there is none, or no GPU for it."""
    try:
        driver = ctypes.CDLL(_LIBRARY)
        problem = _problem(driver, driver.cuInit(0))
    except (OSError, AttributeError):
        return None
    if problem:
        log.warning("the NVIDIA driver cannot be used: %s", problem)
        return None
    return driver


def _problem(driver: Any, status: int) -> str:
    """In words; empty when all went well."""
    if status == 0:
        return ""
    text = ctypes.c_char_p()
    driver.cuGetErrorString(status, ctypes.byref(text))
    return (text.value or b"unknown error").decode(errors="replace") + f" (CUDA error {status})"


def _name(driver: Any, number: int) -> str:
    device, name = ctypes.c_int(), ctypes.create_string_buffer(_NAME_BYTES)
    if driver.cuDeviceGet(ctypes.byref(device), number) or driver.cuDeviceGetName(name, _NAME_BYTES, device):
        return f"GPU {number}"
    return name.value.decode(errors="replace")


def _address(array: npt.NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _size(array: npt.NDArray[np.generic]) -> ctypes.c_size_t:
    return ctypes.c_size_t(array.nbytes)
