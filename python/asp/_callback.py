"""``@asp.callback``: Python functions that kernels call back."""

from __future__ import annotations

import functools
import itertools
import types
import weakref
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from . import _native

__all__ = ["Callback", "by_key", "callback"]

_numbers = itertools.count()
_known: weakref.WeakValueDictionary[str, Callback] = weakref.WeakValueDictionary()


class Callback:
    """What `asp.callback` makes: a Python function that a kernel calls as it is.

    Attributes
    ----------
    python
        The function as it was written.
    """

    __name__: str
    __qualname__: str

    def __init__(self, python: types.FunctionType, vectorized: bool) -> None:
        functools.update_wrapper(self, python)
        self.python = python
        self.vectorized = vectorized
        self.key = f"{python.__name__}#{next(_numbers)}"
        _known[self.key] = self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.python(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<asp.callback {self.__qualname__}>"

    def as_function(self, name: str) -> _native.Function:
        """What stands for it in a kernel's formulas."""
        code = self.python.__code__
        parameters = code.co_varnames[: code.co_argcount]
        function = _native.opaque_function(name, parameters, self.key)
        given = self.python.__defaults__ or ()
        for parameter, value in zip(parameters[len(parameters) - len(given) :], given, strict=True):
            if isinstance(value, (int, float)):
                function.preset(parameter, float(value))
        return function

    def serve(self, *columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Its values at points: columns of float64, shape (points,), and one such column back."""
        if not self.vectorized:
            points = zip(*(column.tolist() for column in columns), strict=True)
            return np.array([self._as_number(self.python(*point)) for point in points])
        shape = columns[0].shape  # the callback may resize what is its own
        result = self.python(*columns)
        if type(result) is np.ndarray and result.shape == shape:
            if result.dtype == np.float64 and result.flags.c_contiguous:
                return result
        return self._as_column(result, shape[0])

    def _as_number(self, result: object) -> float:
        if type(result) is float:
            return result
        value = np.asarray(result)
        if value.dtype.kind not in "biuf" or value.shape != ():
            raise TypeError(
                f"callback '{self.__name__}' returned {_shown(result)}: expected a number"
            )
        return float(value)

    def _as_column(self, result: object, points: int) -> NDArray[np.float64]:
        try:
            array = np.asarray(result)
        except ValueError:  # lists of several lengths
            array = np.array(None)
        if array.dtype.kind not in "biuf":
            raise TypeError(
                f"callback '{self.__name__}' returned {_shown(result)}: expected an array of "
                "float64, one value for each point, or a number"
            )
        if array.shape not in ((), (points,)):
            raise ValueError(
                f"callback '{self.__name__}' returned shape {array.shape}: expected ({points},), "
                "one value for each point"
            )
        return np.ascontiguousarray(np.broadcast_to(array, (points,)), dtype=np.float64)


def _shown(result: object) -> str:
    if result is None:
        return "None"
    if isinstance(result, np.ndarray):
        return f"an array of {result.dtype}"
    return f"a {type(result).__name__}"


def by_key(key: str) -> Callback:
    return _known[key]


@overload
def callback(python: Callable[..., Any], /) -> Callback: ...
@overload
def callback(*, vectorized: bool = True) -> Callable[[Callable[..., Any]], Callback]: ...
def callback(
    python: Callable[..., Any] | None = None, /, *, vectorized: bool = True
) -> Callback | Callable[[Callable[..., Any]], Callback]:
    """Marks a function that cannot become native code and is to be called from kernels anyway.

    A function under `asp.function` may call it like any other. What stands around the call becomes
    native code; the call itself is made in Python, for many points at a time, by the thread that
    called the kernel: other threads of the kernel wait for its answer. What it raises ends the
    kernel and reaches the caller; so does Ctrl-C. It may call kernels itself.

    As everything in a kernel, a call in a branch that is not taken is made nevertheless.

    Parameters
    ----------
    python : function
        Of numbers that are positional; one number is returned.
    vectorized : bool
        True: it is called with arrays of shape (points,), float64, its own to keep, and returns
        such an array or a number for all. False: with floats, point by point.

    Examples
    --------
    >>> @asp.callback
    ... def measured(x):
    ...     return np.interp(x, table_x, table_y)
    >>> @asp.function
    ... def force(x, stiffness):
    ...     return stiffness * measured(x) ** 2
    """
    if python is None:
        return lambda decorated: _of(decorated, vectorized)
    return _of(python, vectorized)


def _of(python: Callable[..., Any], vectorized: bool) -> Callback:
    if not isinstance(python, types.FunctionType):
        raise TypeError(f"asp.callback takes a Python function, not {python!r}")
    code = python.__code__
    if code.co_argcount == 0 or code.co_kwonlyargcount or code.co_flags & 0x0C:
        raise TypeError(f"{python.__qualname__}: expected one plain parameter or more")
    return Callback(python, vectorized)


def steps_of(
    function: _native.Function,
    mask: int,
    evaluator: Callable[[_native.Function, int], _native.Evaluator],
) -> Sequence[tuple[_native.Evaluator, int, Callable[..., Any] | None]]:
    """Native parts by turns with callbacks, as `_native.callback_launch` takes them."""
    steps: list[tuple[_native.Evaluator, int, Callable[..., Any] | None]] = []
    for key, stage in function.stages():
        serve = by_key(key).serve if key else None
        steps.append((evaluator(stage, mask), len(stage.results), serve))
    return steps
