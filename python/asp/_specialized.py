"""What functions and stencils have in common: a Python function, its kernels, its calls."""

from __future__ import annotations

import atexit
import functools
import operator
import os
import pickle
import sys
import time
import types
import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol, Self, TypeVar, cast

from . import _modes, _native
from ._errors import LoweringError, LoweringWarning, warn
from ._lowering import ABSENT, Capture

__all__ = ["Specialized"]

_MOST_KERNELS = 64  # of one function: argument patterns times captured values
_MOST_COMPILED = 8  # in the background, of one argument pattern


class Runner(Protocol):
    """What is kept of a kernel."""

    @property
    def kernel(self) -> _native.Kernel: ...


R = TypeVar("R", bound=Runner)


class Entry(NamedTuple):
    """What a kernel has cost and given; `waited`: seconds in which a call waited for it."""

    kernel: _native.Kernel
    tally: _native.Tally
    waited: float


class Specialized(_native.Dispatcher):
    """A Python function whose calls run kernels; a class decides what its text means.

    Attributes
    ----------
    python
        The function as it was written.
    """

    __name__: str
    __qualname__: str
    _kind: str  #: the decorator's name

    def __init__(self, python: types.FunctionType, specialize: str | None = None) -> None:
        self.python = python
        names, defaults = self._signature()
        super().__init__(names, defaults)
        functools.update_wrapper(self, python)
        self._names = names
        self._presets = defaults
        self._mode = None if specialize is None else _modes.checked(specialize, "specialize")
        self._runners: dict[tuple[str, object, str], Runner] = {}
        self._latest: Runner | None = None
        self._ledger: dict[tuple[str, object, str], Entry] = {}
        self._latest_tally: _native.Tally | None = None
        self._extent = 0  # of the index space of the latest call that was new
        self._refusal: LoweringError | None = None
        self._others: dict[str, Self] = {}
        self._has_warned = False
        every.add(self)

    @property
    def source(self) -> str:
        """The C++ of the kernel that ran last; waits until it is written."""
        return self._kernel().source()

    @property
    def provenance(self) -> str:
        """How the kernel that ran last came to be: the rung of the ladder in a word."""
        if self._refusal is not None or self._effective_mode() == "off":
            return "python"
        return self._kernel().rung

    def explain(self) -> str:
        """Rung and why, variant, compile time and cache of the kernel that ran last."""
        if self._refusal is not None:
            return f"{self.__name__}: runs as Python:\n{self._refusal}"
        if self._effective_mode() == "off":
            return f"{self.__name__}: runs as Python, specializing is off"
        return f"{self.__name__}: {self._kernel().explain()}"

    def wait(self) -> None:
        """Returns when no compile of this function is under way in the background."""
        for runner in list(self._runners.values()):
            runner.kernel.wait()
        for other in list(self._others.values()):
            other.wait()

    def __repr__(self) -> str:
        return f"<asp.{self._kind} {self.__qualname__}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        found: object = sys.modules.get(self.__module__)
        for name in self.__qualname__.split("."):
            found = getattr(found, name, None)
        if found is not self:
            raise pickle.PicklingError(
                f"{self!r} is not what its module has under that name, by which it is found again: "
                f"write the decorator @asp.{self._kind} above a function of the module"
            )
        return self.__qualname__  # as functions

    @abstractmethod
    def _bind_call(
        self, mode: _modes.Mode, values: Mapping[str, Any], out: tuple[Any, ...]
    ) -> None:
        """Checks a call's arguments, makes its kernel and binds it; `LoweringError` if there is
        none."""

    def _check_python(self, values: Mapping[str, Any], out: tuple[Any, ...]) -> None:
        """Complains, where that is off, of arguments that a kernel would not take."""

    @abstractmethod
    def _run_python(self, values: Mapping[str, Any], out: tuple[Any, ...]) -> Any:
        """The Python function itself."""

    @abstractmethod
    def _copied(self, mode: str) -> Self:
        """The same with another mode of its own."""

    def _in_mode(self, mode: str) -> Self:
        if mode not in self._others:
            self._others[mode] = self._copied(mode)
        return self._others[mode]

    def _effective_mode(self) -> _modes.Mode:
        return self._mode or _modes.default()

    def _kernel(self) -> _native.Kernel:
        if self._latest is None:
            raise LoweringError(f"{self.__name__}: there is no kernel yet; call it first")
        return self._latest.kernel

    def _prepare(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any] | None:
        """Called where nothing is bound for such arguments: binds, answers or complains."""
        if "specialize" in kwargs:
            asked = kwargs.pop("specialize")
            other = self if asked in (None, self._mode) else self._in_mode(asked)
            result = other(*args, **kwargs)
            self._latest = other._latest or self._latest
            return (result,)
        mode = self._effective_mode()
        self._renew_defaults()
        values, out = self._place(args, kwargs)
        if mode == "off":
            self._check_python(values, out)
        if mode == "off" or (mode != "require" and self._is_refused()):
            return (self._run_python(values, out),)
        try:
            self._bind_call(mode, values, out)
        except LoweringError as error:
            if mode == "require" or error.is_mistake:
                raise
            if self._refusal is None or str(self._refusal) != str(error):
                shown = f"{self.__name__} runs as Python:\n{error}"
                warn(shown, LoweringWarning)
            self._refusal = error
            return (self._run_python(values, out),)
        self._refusal = None
        return None

    def _is_refused(self) -> bool:
        refusal = self._refusal
        if refusal is None or not refusal.captures:
            return False  # unknown what it hangs on: tried again
        return all(capture.holds() for capture in refusal.captures)

    def _renew_defaults(self) -> None:
        names, defaults = self._signature()
        # By identity: -0.0 == 0.0, and arrays do not say.
        if names != self._names or not all(map(operator.is_, defaults, self._presets)):
            self._names, self._presets = names, defaults
            super().__init__(names, defaults)

    def _place(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[dict[str, Any], tuple[Any, ...]]:
        """Each parameter's value, and what is to be written to."""
        out = None if "out" in self._names else kwargs.pop("out", None)
        if len(args) > len(self._names):
            raise TypeError(
                f"{self.__name__}() takes {len(self._names)} arguments ({', '.join(self._names)}), "
                f"not {len(args)}"
            )
        values = dict(zip(self._names, args, strict=False))
        for name, value in kwargs.items():
            if name not in self._names:
                raise TypeError(f"{self.__name__}() has no parameter '{name}'")
            if name in values:
                raise TypeError(f"{self.__name__}() got parameter '{name}' twice")
            values[name] = value
        for name, preset in zip(self._names, self._presets, strict=True):
            if name not in values and preset is None:
                raise TypeError(f"{self.__name__}() misses the argument '{name}'")
            values.setdefault(name, preset)
        written = () if out is None else out if type(out) is tuple else (out,)
        return {name: values[name] for name in self._names}, written

    def _runner(
        self, function: object, pattern: object, mode: _modes.Mode, make: Callable[[str], R]
    ) -> R:
        """The kernel that was made of this function for such arguments, or one that is made now."""
        key = (str(function), pattern, mode)
        runner = self._runners.get(key)
        if runner is None:
            often = mode == "auto" and self._changes_too_often(pattern)
            start = time.perf_counter()
            runner = make("interpret" if often else mode)
            waited = time.perf_counter() - start
            if len(self._runners) >= _MOST_KERNELS:
                oldest = next(iter(self._runners))
                del self._runners[oldest], self._ledger[oldest]
            self._runners[key] = runner
            self._ledger[key] = Entry(runner.kernel, _native.Tally(runner.kernel), waited)
        self._latest = runner
        self._latest_tally = self._ledger[key].tally
        return cast(R, runner)

    def _changes_too_often(self, pattern: object) -> bool:
        """Whether what it captures changes faster than kernels pay."""
        if sum(1 for _, other, _ in self._runners if other == pattern) < _MOST_COMPILED:
            return False
        if not self._has_warned:
            self._has_warned = True
            warn(
                f"what {self.__name__} captures has changed {_MOST_COMPILED} times, each time for "
                "another kernel; from now on it is interpreted: pass it as an argument",
                LoweringWarning,
            )
        return True

    def _latest_extent(self) -> int:
        others = [other._latest_extent() for other in self._others.values()]
        return max([self._extent, *others])

    def _make_anew(self) -> None:
        """Drops all kernels: the next call makes its own, of the variant that is best by now."""
        self._forget()
        self._runners.clear()
        self._ledger.clear()
        for other in self._others.values():
            other._make_anew()

    def _bind_launch(
        self,
        slots: list[tuple[str, int, bool, bool]],
        captures: Iterable[Capture],
        launch: _native.Launch,
    ) -> None:
        guards = [(c.holder, c.key, c.value, c.value is not ABSENT) for c in captures]
        if self._mode is None:
            guards.append((vars(_modes), "_default", _modes._default, True))
        assert self._latest_tally is not None
        self._bind(slots, guards, launch, self._latest_tally)

    def _signature(self) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Parameters of a call, and of each its default or None."""
        return plain_parameters(self.python, self._reserved)

    _reserved: tuple[str, ...] = ("specialize",)


def plain_parameters(
    python: types.FunctionType, reserved: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """A function's parameters, and of each its default or None; `TypeError` for other kinds."""
    code = python.__code__
    if code.co_kwonlyargcount or code.co_flags & 0x0C:
        raise TypeError(f"{python.__qualname__}: only plain parameters are supported")
    names = code.co_varnames[: code.co_argcount]
    for name in reserved:
        if name in names:
            raise TypeError(f"{python.__qualname__}: a parameter must not be called '{name}'")
    given = python.__defaults__ or ()
    return names, (None,) * (len(names) - len(given)) + given


every: weakref.WeakSet[Any] = weakref.WeakSet()  #: what has kernels, in `_runners`


def python_function_of(python: object, decorator: str) -> types.FunctionType:
    """`TypeError` for anything but a plain Python function."""
    if not isinstance(python, types.FunctionType):
        raise TypeError(f"asp.{decorator} takes a Python function, not {python!r}")
    outer = python.__qualname__.rpartition(".")[0]
    first = python.__code__.co_varnames[: python.__code__.co_argcount][:1]
    if outer and not outer.endswith("<locals>") and first in (("self",), ("cls",)):
        raise TypeError(
            f"asp.{decorator}: '{python.__qualname__}' is a method, and '{first[0]}' is no number: "
            "write it outside of the class, with what it needs as parameters, or derive the class "
            "of a stencil from asp.StencilKernel"
        )
    return python


def _stop_all() -> None:
    """No compile goes on while the process ends."""
    for one in list(every):
        for runner in list(one._runners.values()):
            runner.kernel.stop()


def _wait_all() -> None:
    """A compile that is under way would be lost in a forked process, its locks held for ever."""
    while compiling := [
        runner.kernel
        for one in list(every)
        for runner in list(one._runners.values())
        if runner.kernel.is_compiling
    ]:
        compiling[0].wait()


atexit.register(_stop_all)
os.register_at_fork(before=_wait_all)
