"""``asp.newton``: many small nonlinear systems at once, from a residual in Python."""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from . import _modes, _native
from ._arguments import check_array, check_number, is_number
from ._lowering import lower
from ._native import InputError
from ._newton_python import solve_system
from ._specialized import Specialized, plain_parameters

__all__ = ["Newton", "NewtonResult", "NewtonStatus", "newton"]

_UNBOUNDED = (-np.inf, np.inf)
_OPTIONS = {"tolerance": 1e-8, "most_iterations": 50}


class NewtonStatus(enum.IntEnum):
    """How a system ended."""

    CONVERGED = 0
    ITERATION_LIMIT = 1  #: the residual still fell, or circled
    SINGULAR = 2  #: the Jacobian has no inverse at the returned point
    NOT_FINITE = 3  #: the residual is NaN or infinite at the guess
    STALLED = 4  #: no step reduces the residual: perhaps there is no solution
    OUTSIDE = 5  #: the guess is not inside the unknowns' bounds


class NewtonResult(NamedTuple):
    """Solutions, and how each system ended. Not converging is an answer, not an exception.

    Attributes
    ----------
    x : ndarray, shape of the guess
        Solutions, or the best points found.
    status : ndarray of int32, shape (systems,)
        Values of `NewtonStatus`.
    iterations : ndarray of int32, shape (systems,)
        Newton steps computed.
    residual : ndarray, shape (systems,)
        Each equation relative to its terms at the guess; root of the sum of squares.
    """

    x: NDArray[np.float64]
    status: NDArray[np.int32]
    iterations: NDArray[np.int32]
    residual: NDArray[np.float64]

    @property
    def converged(self) -> bool:
        """Whether all systems did."""
        return not self.status.any()


class Newton(Specialized):
    """What `asp.newton` makes: call it with guesses and parameters.

    Attributes
    ----------
    python
        The residual as it was written.
    """

    _kind = "newton"

    def __init__(
        self, python: types.FunctionType, roles: _Roles, specialize: str | None = None
    ) -> None:
        self._roles = roles
        self._others_of = _others(python, roles)
        super().__init__(python, specialize)

    def __repr__(self) -> str:
        return f"<asp.newton {self.__qualname__}: {', '.join(self._roles.unknowns)}>"

    def _signature(self) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        self._others_of = _others(self.python, self._roles)
        names = ("guess", *self._others_of, *_OPTIONS)
        return names, (None, *self._others_of.values(), *_OPTIONS.values())

    def _copied(self, mode: str) -> Self:
        return type(self)(self.python, self._roles, mode)

    def _prepare(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any] | None:
        if "specialize" not in kwargs:
            values, out = self._place(args, dict(kwargs))
            target = out[0] if out else None
            if isinstance(values["guess"], (tuple, list)):
                stacked = values | {"guess": self._stacked(values["guess"])}
                return (self(**stacked, out=target),)
            self._check(values, target)
        return super()._prepare(args, kwargs)

    def _stacked(self, guess: Sequence[object]) -> NDArray[np.float64]:
        """A guess given as arrays, one for each unknown."""
        rows = [check_array(f"guess[{j}]", row) for j, row in enumerate(guess)]
        if self._roles.is_flat or len({row.shape for row in rows}) != 1:
            shapes = ", ".join(str(row.shape) for row in rows)
            raise ValueError(f"argument 'guess' has arrays of shapes {shapes}: {self._expected()}")
        return np.stack(rows)

    def _expected(self) -> str:
        if self._roles.is_flat:
            return "expected an array of shape (systems,)"
        rows = [n if not s else f"{n}[{s}]" for n, s in self._roles.unknown_sizes().items()]
        return f"expected shape ({self._roles.rows}, systems), in its rows {', '.join(rows)}"

    def _check(self, values: Mapping[str, Any], out: Any) -> None:
        """`TypeError` or `ValueError` naming the argument that no kernel takes."""
        guess = check_array("guess", values["guess"])
        rows = self._roles.rows
        fits = (
            guess.ndim == 1 if self._roles.is_flat else guess.ndim == 2 and guess.shape[0] == rows
        )
        if not fits:
            raise ValueError(f"argument 'guess' has shape {guess.shape}: {self._expected()}")
        systems = guess.shape[-1]
        for name in self._others_of:
            self._check_parameter(name, values[name], systems)
        tolerance, most = values["tolerance"], values["most_iterations"]
        if not is_number(tolerance) or not tolerance > 0:
            raise ValueError(f"tolerance = {tolerance!r}: expected a positive number")
        if not is_number(most) or not 1 <= most < 1e9 or most != int(most):
            raise ValueError(
                f"most_iterations = {most!r}: expected a whole number, at least 1, below 1e9"
            )
        if out is not None:
            self._check_out(out, guess, values)

    def _check_parameter(self, name: str, value: object, systems: int) -> None:
        size, is_shared = self._roles.sizes.get(name, 0), name in self._roles.shared
        if is_number(value):
            check_number(name, value)
            if size:
                raise ValueError(f"argument '{name}' is a number: expected an array of {size}")
            return
        if is_shared and not size:
            raise TypeError(f"argument '{name}' is shared by all systems: expected a number")
        array = check_array(name, value)
        row = () if is_shared else (systems,)
        shape = (size, *row) if size else row
        if array.shape != shape:
            raise ValueError(f"argument '{name}' has shape {array.shape}: expected {shape}")

    def _check_out(
        self, out: object, guess: NDArray[np.float64], values: Mapping[str, Any]
    ) -> None:
        if type(out) is not NewtonResult:
            raise TypeError(
                f"argument 'out' is a {type(out).__name__}: expected the result of such a call"
            )
        systems = guess.shape[-1:]
        shapes = (guess.shape, systems, systems, systems)
        for name, array, shape in zip(out._fields, out, shapes, strict=True):
            dtype = np.int32 if name in ("status", "iterations") else np.float64
            if type(array) is not np.ndarray or (array.shape, array.dtype) != (shape, dtype):
                raise ValueError(f"out.{name}: expected an array of {dtype.__name__}, {shape}")
            if not array.flags.carray:
                raise ValueError(
                    f"out.{name}: expected an aligned one in C order that can be written to"
                )
        for k, array in enumerate(out):
            for j in range(k):
                if np.may_share_memory(out[j], array):
                    raise ValueError(
                        f"out.{out._fields[j]} overlaps out.{out._fields[k]}: "
                        "expected arrays of their own"
                    )
            if k > 0 and np.may_share_memory(array, guess):
                raise ValueError(f"out.{out._fields[k]} overlaps 'guess': expected another array")
        if out.x.ctypes.data != guess.ctypes.data and np.may_share_memory(out.x, guess):
            raise ValueError("out.x overlaps 'guess' in part: expected the same array or another")
        for name in self._others_of:
            value = values[name]
            for field, array in zip(out._fields, out, strict=True):
                if isinstance(value, np.ndarray) and np.may_share_memory(array, value):
                    raise ValueError(
                        f"out.{field} overlaps the argument '{name}': expected another array"
                    )

    def _bind_call(
        self, mode: _modes.Mode, values: Mapping[str, Any], out: tuple[Any, ...]
    ) -> None:
        roles = self._roles
        lowered, captures = lower(self.python, roles.symbols())
        shared = [name for name in self._others_of if name in roles.shared]

        def make(how: str) -> _native.NewtonSolver:
            unknowns = list(roles.unknowns)
            return _native.NewtonSolver(lowered, unknowns, shared, roles.bounds, how, self._extent)

        self._extent = values["guess"].shape[-1]
        solver = self._runner(lowered, None, mode, make)
        places = [(name in roles.shared, roles.sizes.get(name, 0)) for name in self._others_of]
        launch = solver.launch(places, roles.rows, roles.typical_sizes(), NewtonResult)
        slots = [("a", 1 if roles.is_flat else 2, False, False)]
        slots += [self._slot(values[name]) for name in self._others_of]
        slots += [("n", -1, False, False)] * len(_OPTIONS)
        slots += [("?", -1, True, False)] * len(out)
        self._bind_launch(slots, captures, launch)

    @staticmethod
    def _slot(value: object) -> tuple[str, int, bool, bool]:
        return ("n" if is_number(value) else "a", -1, False, False)

    def _run_python(self, values: Mapping[str, Any], out: tuple[Any, ...]) -> NewtonResult:
        """Newton's method in Python on the Python residual, system by system."""
        roles = self._roles
        guess = values["guess"]
        rows = guess.reshape(roles.rows, -1).T.tolist()
        bounds = roles.rows_of({n: roles.bounds.get(n, _UNBOUNDED) for n in roles.unknowns})
        try:
            solved = [
                solve_system(
                    self._residual(values, s),
                    row,
                    tolerance=float(values["tolerance"]),
                    most_iterations=int(values["most_iterations"]),
                    typical=roles.typical_sizes(),
                    bounds=bounds,
                )
                for s, row in enumerate(rows)
            ]
        except InputError as error:
            raise InputError(f"{self.__name__}: {error}") from None
        x = np.array([one[0] for one in solved]).reshape(-1, roles.rows).T.reshape(guess.shape)
        status, steps = (np.array([one[k] for one in solved], dtype=np.int32) for k in (1, 2))
        made = NewtonResult(
            np.ascontiguousarray(x), status, steps, np.array([one[3] for one in solved])
        )
        if not out:
            return made
        given: NewtonResult = out[0]
        given.x[...], given.status[...] = made.x, made.status
        given.iterations[...], given.residual[...] = made.iterations, made.residual
        return given

    def _residual(
        self, values: Mapping[str, Any], system: int
    ) -> Callable[[list[float]], Sequence[float]]:
        """The Python residual of one system's unknowns."""
        roles = self._roles
        fixed = {name: self._of_system(name, values[name], system) for name in self._others_of}
        sizes = roles.unknown_sizes()

        def residual(x: list[float]) -> Sequence[float]:
            arguments, at = dict(fixed), 0
            for name, size in sizes.items():
                arguments[name] = x[at : at + size] if size else x[at]
                at += size or 1
            result = self.python(**arguments)
            if isinstance(result, np.ndarray):
                result = result.ravel().tolist()
            return tuple(result) if isinstance(result, Iterable) else (result,)

        return residual

    def _of_system(self, name: str, value: Any, system: int) -> Any:
        if is_number(value):
            return float(value)
        return (value if name in self._roles.shared else value[..., system]).tolist()


class _Roles:
    """What the residual's parameters are."""

    def __init__(
        self,
        unknowns: str | Sequence[str],
        shared: str | Sequence[str],
        sizes: Mapping[str, int],
        bounds: Mapping[str, tuple[float, float]],
        typical: Mapping[str, float],
    ) -> None:
        self.unknowns = (unknowns,) if isinstance(unknowns, str) else tuple(unknowns)
        if not self.unknowns:
            raise InputError("unknowns = (): expected the name of at least one parameter")
        for name in self.unknowns:
            if self.unknowns.count(name) > 1:
                raise InputError(f"unknowns = {self.unknowns}: '{name}' stands there twice")
        self.shared = (shared,) if isinstance(shared, str) else tuple(shared)
        self.sizes = dict(sizes)
        self.bounds = {name: (float(low), float(high)) for name, (low, high) in bounds.items()}
        self.typical = dict(typical)
        self.is_flat = isinstance(unknowns, str) and not self.sizes.get(unknowns, 0)
        for name, (low, high) in self.bounds.items():
            if not low < high:
                raise InputError(f"bounds of '{name}': ({low}, {high}): expected a range")
        for name in (*self.bounds, *self.typical):
            if name not in self.unknowns:
                known = ", ".join(self.unknowns)
                raise InputError(f"'{name}' has bounds or a size, but the unknowns are {known}")

    @property
    def rows(self) -> int:
        return sum(size or 1 for size in self.unknown_sizes().values())

    def unknown_sizes(self) -> dict[str, int]:
        return {name: self.sizes.get(name, 0) for name in self.unknowns}

    def rows_of(self, values: Mapping[str, Any]) -> list[Any]:
        """A value for each unknown as one for each row."""
        return [values[n] for n, size in self.unknown_sizes().items() for _ in range(size or 1)]

    def typical_sizes(self) -> list[float]:
        return self.rows_of({name: self.typical.get(name, 1.0) for name in self.unknowns})

    def symbols(self) -> list[_native.Symbol]:
        names = dict.fromkeys((*self.sizes, *self.bounds))
        return [
            _native.Symbol(name, *self.bounds.get(name, _UNBOUNDED), self.sizes.get(name, 0))
            for name in names
        ]


def newton(
    residual: Callable[..., Any],
    *,
    unknowns: str | Sequence[str],
    shared: str | Sequence[str] = (),
    sizes: Mapping[str, int] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    typical: Mapping[str, float] | None = None,
    specialize: str | None = None,
) -> Newton:
    """Makes a solver for many small systems of equations, 1 to 16 unknowns each.

    The residual is a Python function of numbers, of the kind that `asp.function` takes; it returns
    as many of them as there are unknowns, all zero at a solution. Jacobian and elimination follow
    from its text; Newton's steps are damped so that the residual falls.

    Parameters
    ----------
    residual : function or lambda
    unknowns : str or sequence of str
        The residual's parameters that are solved for.
    shared : str or sequence of str, optional
        Parameters that are the same for all systems.
    sizes : dict of str to int, optional
        Parameters and unknowns that are vectors, ``x[0]`` to ``x[size - 1]`` in the residual.
    bounds : dict of str to (float, float), optional
        Open ranges of unknowns; ``{"area": (0, inf)}``: no step goes beyond nine tenths of the way.
    typical : dict of str to float, optional
        Sizes of unknowns whose guess may be 0; by default 1.
    specialize : {"auto", "sync", "require", "interpret", "off"}, optional
        See `asp.specialize`. "off" runs Newton's method in Python on the residual as it is.

    Returns
    -------
    solve(guess, *parameters, tolerance=1e-8, most_iterations=50, out=None, specialize=None)
        `guess`, the guesses: an array of shape (rows of unknowns, systems), in the order of
        `unknowns`; of shape (systems,) where `unknowns` is one name; or a tuple of arrays of shape
        (systems,), which are copied together. `parameters`: all other parameters of the residual
        in its order, each an array of shape (systems,) or (size, systems), or a number for all
        systems; a shared one is a number, or of shape (size,). A single parameter that is an array
        is read where it is; several are copied together. Converged is a system whose Newton step
        is at most `tolerance` of each unknown. Returns a `NewtonResult`; given an earlier one as
        `out`, its arrays are written to and it is returned. ``out.x`` may be `guess` itself.

    Raises
    ------
    InputError
        At the first call: the residual is no system of equations of these unknowns.
    LoweringError, BackendError
        As `asp.function` does.
    TypeError, ValueError
        Of a call: names the argument, what it is and what was expected.

    Examples
    --------
    >>> def circle_and_line(x, y, radius):
    ...     return x * x + y * y - radius**2, y - x
    >>> solve = asp.newton(circle_and_line, unknowns=("x", "y"))
    >>> solve(np.ones((2, 3)), np.array([1.0, 2.0, 3.0])).x[0]
    array([0.70710678, 1.41421356, 2.12132034])
    """
    python = getattr(residual, "python", residual)
    if not isinstance(python, types.FunctionType):
        raise TypeError(f"asp.newton takes a Python function, not {residual!r}")
    roles = _Roles(unknowns, shared, sizes or {}, bounds or {}, typical or {})
    return Newton(python, roles, specialize)


def _others(python: types.FunctionType, roles: _Roles) -> dict[str, Any]:
    """The parameters that are no unknowns, each with its default or None; checks all names."""
    names, presets = plain_parameters(python)
    for name in (*roles.unknowns, *roles.shared, *roles.sizes):
        if name not in names:
            known = ", ".join(names)
            raise InputError(f"{python.__qualname__}() has no parameter '{name}', only {known}")
    for name in ("guess", *_OPTIONS):
        if name in names:
            raise TypeError(f"{python.__qualname__}: a parameter must not be called '{name}'")
    pairs = dict(zip(names, presets, strict=True))
    return {name: value for name, value in pairs.items() if name not in roles.unknowns}
