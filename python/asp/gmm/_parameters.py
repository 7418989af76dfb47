"""Parameters of an estimator as scikit-learn sees them, and what each may be."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Self

import numpy as np

from ._exceptions import invalid_parameter

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")
INIT_PARAMS = ("kmeans", "k-means++", "random", "random_from_data")

MOST = 2**31 - 1  # of what the core counts in an int
_COUNTS = ("n_components", "max_iter", "n_init", "threads")

Random = int | np.random.RandomState | np.random.Generator | None


class Parameters:
    """What the arguments of a constructor are, kept under their own names: never changed by a fit,
    checked when one begins."""

    @classmethod
    def _constructor(cls) -> list[inspect.Parameter]:
        """Arguments of the constructor, a subclass's own where it has one. `RuntimeError` for those
        without a name, as scikit-learn raises."""
        signature = inspect.signature(cls.__init__)
        arguments = list(signature.parameters.values())[1:]
        if any(argument.kind is argument.VAR_POSITIONAL for argument in arguments):
            raise RuntimeError(
                "scikit-learn estimators should always specify their parameters in the signature "
                f"of their __init__ (no varargs). {cls} with constructor {signature} doesn't "
                "follow this convention."
            )
        return [argument for argument in arguments if argument.kind is not argument.VAR_KEYWORD]

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return sorted(argument.name for argument in cls._constructor())

    def _settings(self) -> dict[str, Any]:
        """What a fit goes by. The constructor of a subclass may take less, or more."""
        return {name: getattr(self, name) for name in _WANTED}

    @classmethod
    def _with_settings(cls, settings: dict[str, Any]) -> Self:
        """One of these settings, also of those that a subclass's constructor does not take."""
        names = cls._parameter_names()
        made = cls(**{name: value for name, value in settings.items() if name in names})
        for name, value in settings.items():
            setattr(made, name, value)
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters of the constructor.

        Parameters
        ----------
        deep : bool
            Ignored: no parameter is an estimator.

        Returns
        -------
        dict
        """
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Changes parameters of the constructor.

        Parameters
        ----------
        **params
            By their names; `ValueError` for a name that is none.

        Returns
        -------
        self
        """
        names = self._parameter_names()
        for name in params:
            if name not in names:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: "
                    f"{names!r}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = []
        for parameter in self._constructor():
            name, value = parameter.name, getattr(self, parameter.name)
            if not _is_same(value, parameter.default):
                text = " ".join(repr(value).split())
                changed.append(f"{name}={text if len(text) <= 80 else text[:76] + ' ...'}")
        return f"{type(self).__name__}({', '.join(changed)})"


def _is_same(value: object, default: object) -> bool:
    if isinstance(value, np.ndarray) or isinstance(default, np.ndarray):
        return value is default
    return type(value) is type(default) and (value == default or value is default)


def check_parameters(owner: str, values: dict[str, Any]) -> None:
    """Raises `InvalidParameterError`, a `ValueError`, in scikit-learn's words."""
    for name, value in values.items():
        is_fine, wanted = _WANTED[name]
        if is_fine(value) and name in _COUNTS and value is not None and value > MOST:
            wanted = f"at most {MOST}"
        elif is_fine(value):
            continue
        raise invalid_parameter(
            f"The {name!r} parameter of {owner} must be {wanted}. Got {value!r} instead."
        )


def as_finite(name: str, value: Any) -> float:
    """Of a function's argument; `ValueError` where it is no finite number."""
    if not (isinstance(value, Real) and _is_finite(value)):
        raise ValueError(f"{name} = {value!r}: expected a finite number")
    return float(value)


def random_state_of(random_state: Random) -> np.random.RandomState | np.random.Generator:
    """What draws: None is NumPy's global one, a number a new one."""
    if random_state is None:
        return np.random.mtrand._rand
    if isinstance(random_state, (np.random.RandomState, np.random.Generator)):
        return random_state
    return np.random.RandomState(random_state)


def seed_from(random: np.random.RandomState | np.random.Generator) -> int:
    """A seed for the core, drawn."""
    draw = random.integers if isinstance(random, np.random.Generator) else random.randint
    return int(draw(0, 2**63 - 1, dtype=np.int64))


def _whole(least: int) -> tuple[Callable[[Any], bool], str]:
    return (
        lambda value: isinstance(value, Integral) and value >= least,  # type: ignore[operator]
        f"an int in the range [{least}, inf)",
    )


def _number() -> tuple[Callable[[Any], bool], str]:
    return (
        lambda value: isinstance(value, Real) and _is_finite(value) and float(value) >= 0.0,
        "a float in the range [0.0, inf)",
    )


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _one_of(options: tuple[str, ...]) -> tuple[Callable[[Any], bool], str]:
    names = ", ".join(map(repr, sorted(options)))
    return lambda value: isinstance(value, str) and value in options, f"a str among {{{names}}}"


def _array_or_none() -> tuple[Callable[[Any], bool], str]:
    def is_fine(value: Any) -> bool:
        is_sized = hasattr(value, "__len__") or hasattr(value, "__array__")
        return value is None or (is_sized and not isinstance(value, (str, bytes)))

    return is_fine, "an array-like or None"


def _is_random(value: Any) -> bool:
    if isinstance(value, Integral):
        return 0 <= int(value) < 2**32
    return value is None or isinstance(value, (np.random.RandomState, np.random.Generator))


def _is_bool(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_))


_WANTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "n_components": _whole(1),
    "covariance_type": _one_of(COVARIANCE_TYPES),
    "tol": _number(),
    "reg_covar": _number(),
    "max_iter": _whole(0),
    "n_init": _whole(1),
    "init_params": _one_of(INIT_PARAMS),
    "weights_init": _array_or_none(),
    "means_init": _array_or_none(),
    "precisions_init": _array_or_none(),
    "random_state": (
        _is_random,
        "an int in the range [0, 4294967295], an instance of 'numpy.random.mtrand.RandomState', an "
        "instance of 'numpy.random.Generator' or None",
    ),
    "warm_start": (_is_bool, "an instance of 'bool' or an instance of 'numpy.bool'"),
    "verbose": (
        lambda value: _is_bool(value) or (isinstance(value, Integral) and int(value) >= 0),
        "an int in the range [0, inf), an instance of 'bool' or an instance of 'numpy.bool'",
    ),
    "verbose_interval": _whole(1),
    "threads": (
        lambda value: (
            value is None
            or (isinstance(value, Integral) and not _is_bool(value) and int(value) >= 1)
        ),
        "an int in the range [1, inf) or None",
    ),
}
