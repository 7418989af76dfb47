"""What is said of arguments that a kernel cannot take: which one, what it is, what was expected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def check_array(name: str, value: object, *, written: bool = False) -> NDArray[np.float64]:
    """The value, if kernels take it: float64, aligned, native, in C's order, and writeable if so.

    Raises
    ------
    TypeError, ValueError
        Names the argument and the cure.
    """
    _check_plain(name, value)
    if type(value) is not np.ndarray:
        kind = type(value).__name__
        article = "an" if kind[:1].lower() in "aeiou" else "a"
        cure = "" if written else f"; write np.asarray({name}, dtype=np.float64)"
        raise TypeError(
            f"argument '{name}' is {article} {kind}: expected an array of float64"
            f"{'' if written else ' or a number'}{cure}"
        )
    shown = f"argument '{name}' is an array of {value.dtype} with shape {value.shape}"
    if value.dtype != np.float64 or not value.dtype.isnative:
        cure = "" if written else f"; write {name}.astype(np.float64)"
        raise TypeError(f"{shown}: expected float64{cure}")
    if not value.flags.c_contiguous or not value.flags.aligned:
        raise ValueError(
            f"{shown} and strides {value.strides}: expected an aligned one in C order; "
            f"write np.ascontiguousarray({name})"
        )
    if written and not value.flags.writeable:
        raise ValueError(f"{shown} that is read-only: expected one to write to")
    return value


def _check_plain(name: str, value: object) -> None:
    """`TypeError` for arrays of NumPy's subclasses, whose meaning may be another."""
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        raise TypeError(
            f"argument '{name}' is a {type(value).__name__}: expected a plain array; "
            f"write np.asarray({name}), which has the same memory"
        )


def _runs_backwards(array: NDArray[np.float64]) -> bool:
    # Of an axis of one point NumPy's stride may be anything.
    return any(s < 0 for s, n in zip(array.strides, array.shape, strict=True) if n > 1)


def _overlaps_itself(array: NDArray[np.float64]) -> bool:
    """Whether two points may be at one place: a step is shorter than what smaller ones reach."""
    reach = 0
    for step, size in sorted(zip(array.strides, array.shape, strict=True)):
        if size < 2:
            continue
        if step <= reach:
            return True
        reach += step * (size - 1)
    return False


def is_number(value: object) -> bool:
    """Whether it stands for one number for all points."""
    real = (bool, int, float, np.bool_, np.integer, np.floating)
    return isinstance(value, real)


def check_number(name: str, value: object) -> None:
    """`OverflowError` naming the argument where a whole number is beyond all doubles."""
    try:
        float(value)  # type: ignore[arg-type]
    except OverflowError:
        raise OverflowError(f"argument '{name}' is a whole number beyond all doubles") from None


def check_shapes(names: Sequence[str], arrays: Sequence[NDArray[np.float64]]) -> None:
    """`ValueError` unless all shapes are equal."""
    for name, array in zip(names, arrays, strict=True):
        if array.shape != arrays[0].shape:
            raise ValueError(
                f"argument '{name}' has shape {array.shape}, but '{names[0]}' has "
                f"{arrays[0].shape}: expected equal shapes, or numbers"
            )


def check_overlap(
    names: Sequence[str],
    read: Sequence[NDArray[np.float64]],
    written: Sequence[NDArray[np.float64]],
) -> None:
    """`ValueError` where an array that is written shares memory with another one in part."""
    for k, out in enumerate(written):
        for name, array in zip(names, read, strict=True):
            same = out.ctypes.data == array.ctypes.data and out.shape == array.shape
            if not same and np.may_share_memory(out, array):
                raise ValueError(
                    f"'out' overlaps argument '{name}' in part: expected the same array or another"
                )
        if any(np.may_share_memory(out, other) for other in written[:k]):
            raise ValueError("two arrays of 'out' overlap: each result needs one of its own")


def check_field(
    name: str,
    value: object,
    first: tuple[str, NDArray[np.float64]] | None,
    *,
    written: bool,
) -> NDArray[np.float64]:
    """The value, if it is a field of a grid: float64, dense along its last axis, writeable if so.

    Raises
    ------
    TypeError, ValueError
        Names the argument and the cure. ``first``: the name and array whose shape it must have.
    """
    _check_plain(name, value)
    if type(value) is not np.ndarray:
        raise TypeError(
            f"argument '{name}' is a {type(value).__name__}: expected an array of float64, "
            "as the stencil uses it"
        )
    shown = f"argument '{name}' is an array of {value.dtype} with shape {value.shape}"
    if value.dtype != np.float64 or not value.dtype.isnative:
        cure = "" if written else f"; write {name}.astype(np.float64)"
        raise TypeError(f"{shown}: expected float64{cure}")
    if first is not None and value.ndim != first[1].ndim:
        raise ValueError(
            f"{shown}: expected {first[1].ndim} dimensions, as '{first[0]}' has, not {value.ndim}"
        )
    if first is not None and value.shape != first[1].shape:
        raise ValueError(f"{shown}: expected {first[1].shape}, the shape of '{first[0]}'")
    is_dense = value.flags.c_contiguous or value.strides[-1] == value.itemsize
    if not value.flags.aligned or not is_dense or _runs_backwards(value):
        raise ValueError(
            f"{shown} and strides {value.strides}: expected rising strides, the last one "
            f"{value.itemsize}; write np.ascontiguousarray({name})"
        )
    if written and not value.flags.writeable:
        raise ValueError(f"{shown} that is read-only: expected one to write to")
    if written and _overlaps_itself(value):
        raise ValueError(
            f"{shown} and strides {value.strides}, some of whose points are one in memory: "
            "expected an array of its own to write to"
        )
    return value
