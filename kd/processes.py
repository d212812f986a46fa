"""Several processes that train one model, started by ``torchrun``: who is first, and sums over all of them.

``torchrun --nproc-per-node 2 -m kd.distill ...`` is all there is to it; there is no launcher of our own. Torch's
DistributedDataParallel averages the gradients: the training loop needs nothing that a further library would add.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed
from torch import Tensor

from kd.errors import KdError


@dataclass(frozen=True)
class Processes:
    """``rank`` 0 is the first process, which alone writes files; ``count`` processes share every batch."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def mean(self, values: Tensor) -> Tensor:
        """The mean of ``values`` over all processes."""
        if self.count > 1:
            torch.distributed.all_reduce(values)
            values = values / self.count
        return values

    def agree(self, first_says: bool) -> bool:
        """What the first process says."""
        if self.count == 1:
            return first_says
        told = [first_says]
        torch.distributed.broadcast_object_list(told)
        return told[0]

    def wait(self) -> None:
        """Until every process is here."""
        if self.count > 1:
            torch.distributed.barrier()

    @contextmanager
    def first_goes_first(self) -> Iterator[None]:
        """The first process runs the block before the others do: what it prepares, they find."""
        if not self.is_first:
            self.wait()
        yield
        if self.is_first:
            self.wait()


def join_processes(device: torch.device) -> tuple[Processes, torch.device]:
    """Join the others that torchrun started, if any; each takes the GPU of its local rank. Raises KdError."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Processes(), device
    if device.type == "mps":
        raise KdError("Several processes cannot share the device mps; give --device cpu, or start one process.")
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(torch.distributed.destroy_process_group)
    return Processes(torch.distributed.get_rank(), count), device
