"""``@asp.stencil``: Python loops over the points of grids, as kernels."""

from __future__ import annotations

import dis
import functools
import re
import types
from collections.abc import Callable, Mapping
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from . import _lowering, _modes, _native
from ._arguments import check_field, check_number, is_number
from ._errors import LoweringError
from ._source import NoSource
from ._specialized import Specialized, python_function_of
from .grid import Edge, Grid

__all__ = ["Stencil", "stencil"]

_MOST_STEPS = 1e15  # beyond, doubles do not count one by one

# What the parser says of a text that means something else as a kernel than as Python: no text of
# which it says so runs as Python, unless that is asked for.
_MISTAKES = re.compile(
    r" is read \d+ points? outside of the grid;"
    r"| is read before it is written"
    r"| is written in .* only, and (read outside|not at all points)"
    r"| is written in this loop and read at another point"
)

_POINTS_OF_A_BLOCK = 1024  # in one dimension a kernel's index is a block


class Stencil(Specialized):
    """What `asp.stencil` makes: call it with arrays and numbers for one sweep over their points.

    Fields are written in place; sums and extremes are returned.

    Attributes
    ----------
    python
        The function as it was written; it takes `Grid` objects.
    """

    _kind = "stencil"

    def __init__(
        self,
        python: types.FunctionType,
        specialize: str | None = None,
        edge: Edge | str = "none",
        feeds: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(python, specialize)
        self._edge = edge if isinstance(edge, Edge) else Edge(edge)
        self._feeds = None if feeds is None else dict(feeds)
        self._steps: _Steps | None = None

    def iterate(self, steps: int, /, *args: Any, **kwargs: Any) -> Any:
        """So many sweeps, several in one pass over the memory where that pays.

        What a step writes into a field the next one reads from the field that it feeds, see
        `asp.stencil`. Points that no loop writes carry on the values of that field. The result is
        in the written fields; those that are read stay as they are. Returned is what the last step
        returns. Ctrl-C ends a kernel between two passes; the written fields then hold what some
        whole step wrote.

        Raises
        ------
        ValueError
            It is not clear which field feeds which, or `steps` is negative.
        """
        if self._steps is None:
            self._steps = _Steps(self)
        result = self._steps(*args, **kwargs, steps=steps)
        self._latest = self._steps._latest or self._latest
        return result

    def wait(self) -> None:
        """Returns when no compile of this function is under way in the background."""
        super().wait()
        if self._steps is not None:
            self._steps.wait()

    def _bind_call(
        self, mode: _modes.Mode, values: Mapping[str, Any], out: tuple[Any, ...]
    ) -> None:
        used = names_of(self.python)
        dimensions = _dimensions({n: v for n, v in values.items() if n in used} or values)
        function, captures = self._lower(dimensions)
        parameters = dict(zip(values, function.parameters, strict=False))
        _check({n: v for n, v in values.items() if n in used}, parameters)
        shape = next(v.shape for v in values.values() if isinstance(v, np.ndarray))
        self._extent = shape[0] if dimensions > 1 else -(-shape[0] // _POINTS_OF_A_BLOCK)
        runner = self._runner(
            function, dimensions, mode, lambda how: _native.Stencil(function, how, self._extent)
        )
        slots = [
            ("a", dimensions, is_written, True)
            if is_field
            else ("n" if name in used else _letter(name, values[name]), -1, False, True)
            for name, (is_field, is_written) in parameters.items()
        ]
        self._bind_runner(runner, function, slots, captures)

    def _bind_runner(
        self,
        runner: _native.Stencil,
        function: _native.GridFunction,
        slots: list[tuple[str, int, bool, bool]],
        captures: list[_lowering.Capture],
    ) -> None:
        self._bind_launch(slots, captures, runner.launch(function))

    def _lower(self, dimensions: int) -> tuple[_native.GridFunction, list[_lowering.Capture]]:
        edge = Edge.kinds.index(self._edge.kind)
        try:
            source, environment, captures = self._read()
            function = _native.parse_grid(source, dimensions, edge, self._edge.value, environment)
        except NoSource:
            raise LoweringError(f"{self.__name__}: a stencil needs its source text") from None
        except LoweringError:
            raise
        except _native.InputError as error:
            refused = LoweringError(str(error))
            refused.captures = tuple(captures)
            refused.is_mistake = _MISTAKES.search(str(error)) is not None
            raise refused from None
        return function, captures

    def _read(self) -> tuple[_native.Source, _native.Environment, list[_lowering.Capture]]:
        """The text, what its names mean, and what that hangs on."""
        text = _lowering.read(self.python, callbacks=False)
        return text.source, text.environment, list(text.captures)

    def _check_python(self, values: Mapping[str, Any], out: tuple[Any, ...]) -> None:
        used = names_of(self.python)
        given = {n: v for n, v in values.items() if n in used}
        try:
            function, _ = self._lower(_dimensions(given or values))
        except LoweringError:
            return  # no kernel would take anything
        _check(given, dict(zip(values, function.parameters, strict=False)))

    def _run_python(self, values: Mapping[str, Any], out: tuple[Any, ...]) -> Any:
        return self._call_python([_as_grid(value, self._edge) for value in values.values()])

    def _call_python(self, grids: list[Any]) -> Any:
        return self.python(*grids)

    def _copied(self, mode: str) -> Self:
        return type(self)(self.python, mode, self._edge, self._feeds)


class _Steps(Stencil):
    """A stencil's sweeps one after the other; `steps` is one more parameter."""

    _kind = "stencil"

    def __init__(self, one: Stencil, specialize: str | None = None) -> None:
        self._one = one
        super().__init__(one.python, specialize or one._mode, one._edge, one._feeds)
        self.__name__ = one.__name__

    def _lower(self, dimensions: int) -> tuple[_native.GridFunction, list[_lowering.Capture]]:
        return self._one._lower(dimensions)

    def _signature(self) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        names, presets = self._one._signature()
        return (*names, "steps"), (*presets, None)

    def _bind_call(
        self, mode: _modes.Mode, values: Mapping[str, Any], out: tuple[Any, ...]
    ) -> None:
        _whole_steps(values["steps"])
        super()._bind_call(mode, values, out)

    def _bind_runner(
        self,
        runner: _native.Stencil,
        function: _native.GridFunction,
        slots: list[tuple[str, int, bool, bool]],
        captures: list[_lowering.Capture],
    ) -> None:
        names = self._names[:-1]
        roles = dict(zip(names, function.parameters, strict=True))
        pairs = self._pairs(roles)
        feeds = [(names.index(written), names.index(read)) for read, written in pairs.items()]
        launch = runner.launch_steps(function, feeds)
        self._bind_launch([*slots, ("n", -1, False, False)], captures, launch)

    def _pairs(self, roles: Mapping[str, tuple[bool, bool]]) -> dict[str, str]:
        """Which field is read in the next step for each that is written."""
        read = [name for name, (is_field, is_written) in roles.items() if is_field != is_written]
        written = [name for name, (_, is_written) in roles.items() if is_written]
        if self._feeds is None and len(read) == len(written) == 1:
            return {read[0]: written[0]}
        if self._feeds is None:
            example = f"@asp.stencil(feeds={{{(read or ['u'])[0]!r}: {(written or ['out'])[0]!r}}})"
            raise ValueError(
                f"{self.__name__}: which field feeds which? say it in the decorator: {example}"
            )
        for name, source in self._feeds.items():
            if name not in read or source not in written:
                raise ValueError(
                    f"{self.__name__}: feeds {name!r}: {source!r}: expected one of "
                    f"{', '.join(read)} from one of {', '.join(written)}"
                )
        return self._feeds

    def _python_pairs(self, values: Mapping[str, Any]) -> Mapping[str, str]:
        """As `_pairs`, also of a text that is no kernel: there `feeds` alone says it."""
        dimensions = _dimensions(values)
        try:
            function, _ = self._lower(dimensions)
        except LoweringError as error:
            if self._feeds is None:
                raise ValueError(
                    f"{self.__name__}: which field feeds which is not seen, as it cannot be a "
                    'kernel; say it in the decorator, such as @asp.stencil(feeds={"u": "out"}):\n'
                    f"{error}"
                ) from None
        else:
            return self._pairs(dict(zip(values, function.parameters, strict=True)))
        for name in (*self._feeds, *self._feeds.values()):
            if not isinstance(values.get(name), np.ndarray):
                arrays = ", ".join(n for n, v in values.items() if isinstance(v, np.ndarray))
                raise ValueError(f"{self.__name__}: feeds: {name!r}: expected one of {arrays}")
        return self._feeds

    def _run_python(self, values: Mapping[str, Any], out: tuple[Any, ...]) -> Any:
        """Sweep after sweep by the Python source."""
        steps = _whole_steps(values["steps"])
        now = {name: value for name, value in values.items() if name != "steps"}
        pairs = self._python_pairs(now)
        before = {read: values[read] for read in pairs}
        result = None
        for _ in range(steps):
            # Points that no loop writes keep what the step began with.
            after = {written: before[read].copy() for read, written in pairs.items()}
            result = self._one._run_python({**now, **before, **after}, out)
            before = {read: after[written] for read, written in pairs.items()}
        for read, written in pairs.items():
            values[written][...] = before[read]
        return result

    def _copied(self, mode: str) -> Self:
        return type(self)(self._one, mode)


@overload
def stencil(python: Callable[..., Any], /) -> Stencil: ...
@overload
def stencil(
    *,
    edge: Edge | str = "none",
    feeds: Mapping[str, str] | None = None,
    specialize: str | None = None,
) -> Callable[[Callable[..., Any]], Stencil]: ...
def stencil(
    python: Callable[..., Any] | None = None,
    /,
    *,
    edge: Edge | str = "none",
    feeds: Mapping[str, str] | None = None,
    specialize: str | None = None,
) -> Stencil | Callable[[Callable[..., Any]], Stencil]:
    """Makes a Python function over the points of grids a kernel on NumPy arrays.

    The function loops over ``g.points()``, ``g.interior(width)`` or ``g.border(width)`` of its
    fields; ``g[p]`` reads and writes, ``p + (0, 1)`` is a neighbour, ``g.neighbors(p)`` are all
    next to it, ``p[0]`` is an index and ``g.shape[0]`` a size; ``g.like()`` is another field for
    values in between. All points of a loop count as done at once; later loops see what earlier
    ones wrote. A variable that starts as a number before a loop and grows in it by ``+=``, ``max``
    or ``min`` may be returned. Numbers and functions from outside may be used, as in
    `asp.function`.

    Fields are arrays of float64 of one shape, one to three dimensions, dense along the last; they
    are not copied. With ``specialize="off"`` the Python source itself runs, on `Grid` objects.

    Parameters
    ----------
    python : function
    edge : {"none", "periodic", "neumann"} or `asp.dirichlet` (value)
        What reading outside the grid means: a mistake, found before anything runs; the grid repeats
        itself; it is mirrored about its edge; there stands a constant.
    feeds : {read: written}, optional
        For `Stencil.iterate`: the field that is read takes, in the next step, what was written.
        Where one field is read and one is written, these.
    specialize : {"auto", "sync", "require", "interpret", "off"}, optional
        When it is compiled; see `asp.specialize`. Each call takes this keyword, too.

    Raises
    ------
    LoweringError
        At the first call, with file, line and caret. The text reads outside of a grid that has no
        edge, or what another point of the same loop writes, or what is not written: unless
        ``specialize="off"`` asks for it, that does not run as Python, where it would mean something
        else. With ``specialize="require"`` also where it has what no kernel has; otherwise that
        warns once (`LoweringWarning`) and runs as Python.
    TypeError, ValueError
        Of a call: names the argument, what it is, and what was expected.

    Examples
    --------
    >>> @asp.stencil
    ... def heat(new, u, c):
    ...     for p in new.interior(1):
    ...         new[p] = u[p] + c * (sum(u[q] for q in u.neighbors(p)) - 4 * u[p])
    """
    outside = edge if isinstance(edge, Edge) else Edge(edge)
    if python is None:
        return lambda decorated: Stencil(
            python_function_of(decorated, "stencil"), specialize, outside, feeds
        )
    return Stencil(python_function_of(python, "stencil"), specialize, outside, feeds)


def _as_grid(value: Any, edge: Edge) -> Any:
    return Grid(value, edge) if isinstance(value, np.ndarray) and value.ndim > 0 else value


def _dimensions(values: Mapping[str, Any]) -> int:
    """Of the first array."""
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            if 1 <= value.ndim <= 3:
                return value.ndim
            raise ValueError(
                f"argument '{name}' has {value.ndim} dimensions: expected one to three"
            )
    raise TypeError(f"none of {', '.join(values)} is an array: expected the fields of a grid")


def _whole_steps(steps: Any) -> int:
    if not is_number(steps) or not 1 <= steps < _MOST_STEPS or steps != int(steps):
        raise ValueError(f"steps = {steps!r}: expected a whole number, at least 1, below 1e15")
    return int(steps)


def _check(values: Mapping[str, Any], parameters: Mapping[str, tuple[bool, bool]]) -> None:
    """Complains of what the kernel cannot take."""
    first: tuple[str, NDArray[np.float64]] | None = None
    for name, (is_field, is_written) in parameters.items():
        if name not in values:
            continue  # it is not used
        value = values[name]
        if not is_field:
            if not is_number(value):
                raise TypeError(
                    f"argument '{name}' is {_kind_of(value)}: expected a number, "
                    "as the stencil uses it"
                )
            check_number(name, value)
            continue
        first = first or (name, check_field(name, value, None, written=is_written))
        check_field(name, value, first, written=is_written)


def names_of(function: types.FunctionType) -> frozenset[str]:
    """What a function reads of its own names, also inside of comprehensions."""
    return _names_of(function.__code__)


@functools.lru_cache(1024)
def _names_of(code: types.CodeType) -> frozenset[str]:
    found: set[str] = set(code.co_cellvars)
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith("LOAD"):
            value = instruction.argval
            values = value if isinstance(value, tuple) else (value,)
            found |= {name for name in values if isinstance(name, str)}
    return frozenset(found)


def _letter(name: str, value: object) -> str:
    """Of a parameter that is not used: how a call finds such a value to be (see Operand::Kind)."""
    if is_number(value):
        check_number(name, value)
        return "n"
    if not isinstance(value, np.ndarray):
        raise TypeError(f"argument '{name}' is {_kind_of(value)}: expected a number or an array")
    if type(value) is not np.ndarray or value.dtype != np.float64 or not value.dtype.isnative:
        return "?"
    is_dense = value.flags.c_contiguous or value.strides[-1] == value.itemsize
    return "a" if value.flags.aligned and is_dense else "?"


def _kind_of(value: object) -> str:
    kind = type(value).__name__
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"a {kind}"
