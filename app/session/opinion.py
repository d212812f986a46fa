"""What another model says of a field of the gallery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opinion:
    """``class_name`` and ``probability`` of the class that is most likely over the field's suspicious tiles, under
    ``model``; ``suspicion`` is the mean summed probability of its suspicious classes there. ``disagrees``: the two
    models differ about whether the field is suspicious, or, when both find it so, about the class."""

    model: str
    class_key: str
    class_name: str
    probability: float
    suspicion: float
    disagrees: bool
    unlike_training: bool = False
