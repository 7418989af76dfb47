"""``@asp.function``: a Python function of numbers, at the points of arrays, as a kernel."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from . import _modes, _native
from ._arguments import check_array, check_number, check_overlap, check_shapes, is_number
from ._callback import steps_of
from ._errors import LoweringError
from ._lowering import lower
from ._specialized import Specialized, python_function_of

__all__ = ["Function", "function"]


class Function(Specialized):
    """What `asp.function` makes: call it with numbers, or with arrays of one shape.

    Attributes
    ----------
    python
        The function as it was written.
    """

    _kind = "function"
    _reserved = ("out", "specialize")

    def _bind_call(
        self, mode: _modes.Mode, values: Mapping[str, Any], out: tuple[Any, ...]
    ) -> None:
        lowered, captures = lower(self.python, callbacks=True)
        arrays = _check(values, out, len(lowered.results))
        mask = sum(1 << j for j, name in enumerate(values) if name not in arrays)
        if not arrays:
            mask = 0  # one point of the kernel for arrays
        self._extent = next((array.size for array in arrays.values()), 1)
        launch = self._launch(lowered, mask, mode, len(values) if arrays else 0)
        slots = [("a" if name in arrays else "n", -1, False, False) for name in values]
        slots += [("a", -1, True, False)] * len(out)
        self._bind_launch(slots, captures, launch)

    def _launch(
        self, lowered: _native.Function, mask: int, mode: _modes.Mode, parameters: int
    ) -> _native.Launch:
        """What a call runs; `parameters`: 0 where all are numbers."""

        def evaluator(part: _native.Function, bits: int) -> _native.Evaluator:
            return self._runner(
                part, bits, mode, lambda how: _native.Evaluator(part, bits, how, self._extent)
            )

        if lowered.calls:
            return _native.callback_launch(steps_of(lowered, mask, evaluator), len(self._names))
        whole = evaluator(lowered, mask)
        if parameters:
            return whole.for_arrays(parameters, len(lowered.results))
        return whole.for_numbers(len(lowered.results))

    def _run_python(self, values: Mapping[str, Any], out: tuple[Any, ...]) -> Any:
        return _run_python(self.python, values, out)

    def _check_python(self, values: Mapping[str, Any], out: tuple[Any, ...]) -> None:
        _check(values, out, len(out))

    def _copied(self, mode: str) -> Self:
        return type(self)(self.python, mode)


@overload
def function(python: Callable[..., Any], /, *, specialize: str | None = None) -> Function: ...
@overload
def function(*, specialize: str | None = None) -> Callable[[Callable[..., Any]], Function]: ...
def function(
    python: Callable[..., Any] | None = None, /, *, specialize: str | None = None
) -> Function | Callable[[Callable[..., Any]], Function]:
    """Makes a Python function of numbers a kernel that works on arrays.

    The function may compute with its parameters, captured numbers, `math` and NumPy's elementary
    functions; it may have local variables, ``if``, loops over constants, and call other such
    functions. The result of ``f(x, y)``, with arrays of any but one shape or numbers in any place,
    is a new array (or a float, where all are numbers); a tuple where the function returns several.
    ``out=array`` (or a tuple of arrays) is written to instead, without a copy, and may be one of
    the arguments. Captured numbers are read again at each call.

    Parameters
    ----------
    python : function or lambda
    specialize : {"auto", "sync", "require", "interpret", "off"}, optional
        When it is compiled; see `asp.specialize`. Each call takes this keyword, too.

    Raises
    ------
    LoweringError
        With ``specialize="require"``, at the first call: the function cannot be a kernel. Otherwise
        it warns once, with file, line and caret (`LoweringWarning`), and runs as Python.
    BackendError
        With ``specialize="require"``: there is no compiler.
    TypeError, ValueError
        Of a call: an argument is no number and no array of float64 in C order; shapes differ; an
        array that is written overlaps another one in part or is read-only.

    Examples
    --------
    >>> @asp.function
    ... def pressure(area, beta=1.0e5):
    ...     return beta * (area**0.5 - 1.0)
    >>> pressure(np.array([1.0, 4.0]))
    array([     0., 100000.])
    """
    if python is None:
        return lambda decorated: function(decorated, specialize=specialize)
    return Function(python_function_of(python, "function"), specialize)


def _check(
    values: Mapping[str, Any], out: tuple[Any, ...], results: int
) -> dict[str, NDArray[np.float64]]:
    """The arguments that are arrays; complains of what no kernel takes."""
    arrays: dict[str, NDArray[np.float64]] = {}
    for name, value in values.items():
        if is_number(value):
            check_number(name, value)
        else:
            arrays[name] = check_array(name, value)
    if not out:
        check_shapes(list(arrays), list(arrays.values()))
        return arrays
    if len(out) != results:
        raise ValueError(f"'out' has {len(out)} arrays: expected {results}, one for each result")
    if not arrays:
        raise ValueError("'out' is given, but all arguments are numbers: expected an array")
    written = [check_array("out", value, written=True) for value in out]
    check_shapes([*arrays, *["out"] * len(out)], [*arrays.values(), *written])
    check_overlap(list(arrays), list(arrays.values()), written)
    return arrays


def _run_python(
    python: types.FunctionType,
    values: Mapping[str, Any],
    out: tuple[Any, ...],
) -> Any:
    """The Python function itself, point by point."""
    arrays = {n: check_array(n, v) for n, v in values.items() if not is_number(v)}
    if not arrays:
        return python(*values.values())
    check_shapes(list(arrays), list(arrays.values()))
    like = next(iter(arrays.values()))
    columns = [
        arrays[n].ravel().tolist() if n in arrays else [values[n]] * like.size for n in values
    ]
    rows = [python(*point) for point in zip(*columns, strict=True)]
    if not rows:
        return _empty(python, like, out)
    several = isinstance(rows[0], (tuple, list))
    results = list(zip(*rows, strict=True)) if several else [rows]
    made = [np.array(result, dtype=np.float64).reshape(like.shape) for result in results]
    if out:
        if len(out) != len(made):
            raise ValueError(f"'out' has {len(out)} arrays: expected {len(made)}")
        written = [check_array("out", target, written=True) for target in out]
        check_shapes(["the result", *["out"] * len(out)], [like, *written])
        check_overlap(list(arrays), list(arrays.values()), written)
        for target, result in zip(written, made, strict=True):
            target[...] = result
        made = list(out)
    return tuple(made) if several else made[0]


def _empty(python: types.FunctionType, like: NDArray[np.float64], out: tuple[Any, ...]) -> Any:
    """Results at no point at all; their number is what the text says."""
    try:
        count = len(lower(python, callbacks=True)[0].results)
    except LoweringError:
        count = len(out) or 1
    if out:
        if len(out) != count:
            raise ValueError(f"'out' has {len(out)} arrays: expected {count}")
        made = list(out)
    else:
        made = [np.empty_like(like) for _ in range(count)]
    return tuple(made) if count > 1 else made[0]
