"""Python functions, stencils and solvers that run as kernels made on this machine."""

from typing import TYPE_CHECKING, Any

from numpy import exp, log, maximum, minimum, sqrt

from . import akx, bloodflow
from ._callback import Callback, callback
from ._errors import LoweringError, LoweringWarning
from ._function import Function, function
from ._modes import specialize
from ._native import BackendError, InputError
from ._native import version as __version__
from ._newton import Newton, NewtonResult, NewtonStatus, newton
from ._report import Report, report
from ._stencil import Stencil, stencil
from ._stencil_class import StencilKernel
from ._tracing import where
from ._tune import Diagnosis, Finding, Tuning, doctor, tune
from .grid import Edge, Grid, Point, dirichlet

if TYPE_CHECKING:
    from . import gmm
    from .gmm import GaussianMixture

__all__ = [
    "BackendError",
    "Callback",
    "Diagnosis",
    "Edge",
    "Finding",
    "Function",
    "GaussianMixture",
    "Grid",
    "InputError",
    "LoweringError",
    "LoweringWarning",
    "Newton",
    "NewtonResult",
    "NewtonStatus",
    "Point",
    "Report",
    "Stencil",
    "StencilKernel",
    "Tuning",
    "__version__",
    "akx",
    "bloodflow",
    "callback",
    "dirichlet",
    "doctor",
    "exp",
    "function",
    "gmm",
    "log",
    "maximum",
    "minimum",
    "newton",
    "report",
    "specialize",
    "sqrt",
    "stencil",
    "tune",
    "where",
]


def __getattr__(name: str) -> Any:
    # Loaded when they are wanted: importing asp stays quick.
    if name not in ("gmm", "GaussianMixture"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    found = importlib.import_module(".gmm", __name__)
    return found if name == "gmm" else found.GaussianMixture


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
