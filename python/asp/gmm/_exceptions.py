"""What goes wrong, also as scikit-learn's own classes where a program uses it."""

from __future__ import annotations

import functools
import sys
from typing import Any


class ConvergenceWarning(UserWarning):
    """A fit ended before it converged. Also scikit-learn's class of this name, where that is
    loaded."""


class NotFittedError(ValueError, AttributeError):
    """A mixture is asked before it is fitted. Also scikit-learn's class of this name, where it is
    loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return not_fitted, self.args


class InvalidParameterError(ValueError, TypeError):
    """A parameter of the constructor is of no use. Also scikit-learn's class of this name, where it
    is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return invalid_parameter, self.args


def convergence_warning() -> type[Warning]:
    """The class to warn with."""
    theirs = _of_sklearn("sklearn.exceptions", "ConvergenceWarning")
    return _both(ConvergenceWarning, theirs) if theirs else ConvergenceWarning


def not_fitted(message: str) -> Exception:
    """The error to raise."""
    theirs = _of_sklearn("sklearn.exceptions", "NotFittedError")
    made: Exception = (_both(NotFittedError, theirs) if theirs else NotFittedError)(message)
    return made


def invalid_parameter(message: str) -> Exception:
    """The error to raise."""
    theirs = _of_sklearn("sklearn.utils._param_validation", "InvalidParameterError")
    ours = InvalidParameterError
    made: Exception = (_both(ours, theirs) if theirs else ours)(message)
    return made


def _of_sklearn(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)


@functools.cache
def _both(ours: Any, theirs: Any) -> type[Any]:
    return type(ours.__name__, (ours, theirs), {"__module__": ours.__module__})
