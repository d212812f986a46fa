"""The paths on which a segmentation teacher reaches its student, with the adapters that some of them learn.

``logits``: pixel by pixel; ``hidden``: where the encoder's output is strong; ``hidden_regressor``: the encoder's
output itself, through two learned convolutions; ``all_layers``: every level that both have, through learned 1x1
convolutions. ``none``: no teacher.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from kd.errors import KdError
from kd.segment import losses
from kd.segment.unet import Layers, UNetConfig

LOSSES = {
    "none": (),
    "logits": ("mse", "kld"),
    "hidden": ("mse", "kld"),
    "hidden_regressor": ("mse", "kld"),
    "all_layers": ("l1",),
}
VIEWS = ("same", "weak")


@dataclass(frozen=True)
class PathOptions:
    """``share``: weight of the teacher's term, 1 - share is that of the masks. ``teacher_view``: same, the student's
    augmented image; weak, the same geometry without colour, blur and noise."""

    path: str = "logits"
    loss: str = "kld"
    teacher_view: str = "weak"
    share: float = 0.5
    temperature: float = 2.0

    def __post_init__(self) -> None:
        if self.path not in LOSSES:
            raise KdError(f"There is no path '{self.path}'; there are {', '.join(LOSSES)}.")
        if self.path != "none" and self.loss not in LOSSES[self.path]:
            raise KdError(f"The path {self.path} takes the loss {' or '.join(LOSSES[self.path])}, not '{self.loss}'.")
        if self.teacher_view not in VIEWS:
            raise KdError(f"teacher_view must be same or weak, not '{self.teacher_view}'.")
        if not 0.0 <= self.share <= 1.0 or self.temperature <= 0:
            raise KdError("share must lie between 0 and 1, and the temperature must be above 0.")


class Distillation(nn.Module):
    """The teacher's term for one path. Adapters belong to training alone; nothing of them is exported."""

    def __init__(self, options: PathOptions, student: UNetConfig, teacher: UNetConfig | None) -> None:
        super().__init__()
        self.options = options
        self.adapters = nn.ModuleList()
        if teacher is None or options.path in ("none", "logits", "hidden"):
            return
        if options.path == "hidden_regressor":
            before, after = student.channels[-1], teacher.channels[-1]
            self.adapters.append(
                nn.Sequential(
                    nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(after, after, 3, padding=1)
                )
            )
        else:
            self.adapters.extend(nn.Conv2d(ours, theirs, 1) for ours, theirs in _channel_pairs(student, teacher))

    def forward(self, student: Layers, teacher: Layers) -> Tensor:
        """The unweighted loss."""
        path, loss = self.options.path, self.options.loss
        if path == "logits":
            if loss == "mse":
                return losses.logits_mse(student.logits, teacher.logits)
            return losses.logits_kld(student.logits, teacher.logits, self.options.temperature)
        if path == "hidden":
            return (losses.hidden_mse if loss == "mse" else losses.hidden_kld)(student.hidden, teacher.hidden)
        if path == "hidden_regressor":
            regressed = self.adapters[0](student.hidden)
            return (losses.regressed_mse if loss == "mse" else losses.regressed_kld)(regressed, teacher.hidden)
        pairs = [*zip(student.down, teacher.down, strict=False), *zip(student.up, teacher.up, strict=False)]
        adapted = [adapter(ours) for adapter, (ours, _) in zip(self.adapters, pairs, strict=True)]
        return losses.layers_l1(adapted, [theirs for _, theirs in pairs])


def _channel_pairs(student: UNetConfig, teacher: UNetConfig) -> list[tuple[int, int]]:
    """Channels of the levels that both have, from full size down: encoder, then decoder."""
    down = list(zip(student.channels, teacher.channels, strict=False))
    return down + down[: min(student.depth, teacher.depth) - 1]
