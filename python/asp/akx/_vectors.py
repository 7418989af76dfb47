"""Vectors that go in and arrays that come out: dtypes and shapes, and what overflowed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def as_array(name: str, x: Any) -> Array:
    """`TypeError` where numpy finds no array in it."""
    try:
        return np.asarray(x)
    except (TypeError, ValueError):
        kind = type(x).__name__
        raise TypeError(f"{name} is a {kind}: expected an array, all rows as long") from None


def as_vectors(
    x: object, rows: int, vectors: int, dtype: np.dtype[Any], name: str = "x"
) -> Array:
    """x of shape (n,) or (m, n) as (m, n), not copied; `TypeError` names what is wrong."""
    given = as_array(name, x)
    if given.dtype == dtype and given.shape == (vectors, rows):
        return given
    if given.dtype == dtype and given.shape == (rows,) and vectors == 1:
        return given[np.newaxis]
    wanted = f"({vectors}, {rows})" if vectors > 1 else f"({rows},)"
    raise TypeError(
        f"{name} has dtype {given.dtype} and shape {given.shape}: expected {dtype} and shape "
        f"{wanted}"
    )


def check_out(name: str, out: object, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array to write to; `TypeError` names what is wrong with it."""
    if not isinstance(out, np.ndarray) or out.dtype != dtype or out.shape != shape:
        found = (
            f"dtype {out.dtype} and shape {out.shape}"
            if isinstance(out, np.ndarray)
            else f"type {type(out).__name__}"
        )
        raise TypeError(f"{name} has {found}: expected dtype {dtype} and shape {shape}")
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise TypeError(f"{name} is not C-contiguous and writable")
    return out


def check_finite(x: Array) -> None:
    """`ValueError` names the place of what is not."""
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        place = tuple(int(i) for i in bad[0])
        where = f"[{place[1]}]" if len(x) == 1 else f"[{place[0]}, {place[1]}]"
        raise ValueError(f"x{where} = {x[place]}: expected a finite number")


def raise_overflow(level: int | None, k: int, dtype: np.dtype[Any]) -> None:
    """Where a level is not finite; x itself has been looked at."""
    if level is not None:
        raise OverflowError(
            f"level {level} of {k} overflows {dtype}: take basis='chebyshev' or 'newton', a "
            "recurrence that scales, or a smaller k"
        )
