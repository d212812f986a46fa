"""Makes ``import timm`` work where torchvision was built for CUDA and stands beside a CPU build of torch.

timm imports torchvision. The pinned torchvision wheel links against CUDA libraries; beside CPU torch its
compiled operators do not load, and its import then fails with ``operator torchvision::nms does not exist``,
because it registers shape functions for operators that nobody defined. Declaring the schemas of these
operators (without any kernel: nothing in ``kd`` calls them) lets the import pass.

Does nothing where torchvision's own operators load. Import this module before timm.
"""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_library: torch.library.Library | None = None


def define_missing_operators() -> tuple[str, ...]:
    """Declare the operator schemas that torchvision needs at import; returns the names that were missing."""
    global _library
    spec = importlib.util.find_spec("torchvision")
    if _library is not None or spec is None or spec.origin is None or _native_operators_load(Path(spec.origin).parent):
        return ()
    # torchvision warns about its unloadable extension on import; the reason is known and documented above.
    warnings.filterwarnings("ignore", message="Failed to load '.*' extension")
    warnings.filterwarnings("ignore", message="Failed to load image Python extension")
    _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS.values():
        _library.define(schema)  # type: ignore[no-untyped-call]
    return tuple(_SCHEMAS)


def _native_operators_load(folder: Path) -> bool:
    for pattern in ("_C*.so", "_C*.pyd"):
        for library in folder.glob(pattern):
            try:
                torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
            except (OSError, ImportError, RuntimeError):
                continue
            return hasattr(torch.ops.torchvision, "nms")
    return False


define_missing_operators()
