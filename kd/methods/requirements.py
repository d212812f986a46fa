"""What a method demands of classes, batches and models, each refused in one sentence before training starts."""

from __future__ import annotations

from kd.errors import KdError
from kd.methods.method import Context


def need_three_classes(name: str, context: Context) -> None:
    """Raises KdError for two classes, where the method's own term is constant or all but without gradient."""
    if context.classes < 3:
        raise KdError(
            f"The method {name} needs at least three classes, and there are {context.classes}: with two, what it adds "
            "to plain distillation vanishes. Use --method kd instead."
        )


def need_whole_batches(name: str, context: Context) -> None:
    """Raises KdError where a batch is accumulated from parts or shared by processes."""
    if context.accumulation > 1 or context.processes > 1:
        raise KdError(
            f"The method {name} relates the images of a batch to each other, so a batch cannot be accumulated from "
            "parts or shared by several processes. Run it in one process without accumulation."
        )


def need_equal_tokens(name: str, context: Context) -> None:
    """Raises KdError when the models cut an image into different numbers of patches."""
    ours, theirs = context.student, context.teacher
    if ours is not None and theirs is not None and ours.grid != theirs.grid:
        raise KdError(
            f"The method {name} compares patch by patch, but the student has {ours.grid} x {ours.grid} patches and "
            f"the teacher {theirs.grid} x {theirs.grid}; give the student the teacher's patch size."
        )


def need_equal_width(name: str, context: Context) -> None:
    """Raises KdError when the models' widths differ."""
    ours, theirs = context.student, context.teacher
    if ours is not None and theirs is not None and ours.width != theirs.width:
        raise KdError(
            f"The method {name} compares channel by channel, but the student is {ours.width} wide and the teacher "
            f"{theirs.width}; give the student the teacher's width, or use fitnet, which learns an adapter."
        )


def last_block(depth: int) -> tuple[int, ...]:
    """The last of ``depth`` blocks, 0-based."""
    return (depth - 1,)


def evenly_spread(student_depth: int, teacher_depth: int) -> tuple[int, ...]:
    """One teacher block (1-based) for each student block, the last for the last."""
    return tuple(round((i + 1) * teacher_depth / student_depth) for i in range(student_depth))


def layer_map(layers: tuple[int, ...], context: Context) -> tuple[int, ...]:
    """Teacher blocks (0-based) for all student blocks, from 1-based ``layers``; none given: evenly spread.

    Twelve to three gives 4, 8, 12. Raises KdError when the map does not fit.
    """
    ours, theirs = context.student_depth, context.teacher_depth
    layers = layers or evenly_spread(ours, theirs)
    if len(layers) != ours:
        raise KdError(f"layers must name one teacher block for each of the student's {ours} blocks.")
    if list(layers) != sorted(set(layers)) or layers[0] < 1 or layers[-1] > theirs:
        raise KdError(f"layers {layers} must rise, and lie between 1 and the teacher's {theirs} blocks.")
    return tuple(layer - 1 for layer in layers)
