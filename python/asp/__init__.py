"""Python functions, stencils and solvers that run as kernels made on this machine."""

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

__all__ = [
    "BackendError",
    "Callback",
    "Diagnosis",
    "Edge",
    "Finding",
    "Function",
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
