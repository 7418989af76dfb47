"""Python functions, stencils and solvers that run as kernels made on this machine."""

from ._native import BackendError, InputError
from ._native import version as __version__

__all__ = ["BackendError", "InputError", "__version__"]
