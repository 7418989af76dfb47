"""Gaussian mixtures: scikit-learn's estimator at the speed of the machine, and what it lacks.

    mixture = asp.GaussianMixture(16, covariance_type="diag").fit(X)
    labels = mixture.predict(X)

X is an array (n_samples, n_features) of float32 or float64.
"""

from ._exceptions import ConvergenceWarning, InvalidParameterError, NotFittedError
from ._fit_files import fit_files
from ._gaussian_mixture import GaussianMixture
from ._many import fit_many
from ._report import Repair, Report
from ._select import Selection, select
from ._statistics import Statistics, map_adapt, statistics

__all__ = [
    "ConvergenceWarning",
    "GaussianMixture",
    "InvalidParameterError",
    "NotFittedError",
    "Repair",
    "Report",
    "Selection",
    "Statistics",
    "fit_files",
    "fit_many",
    "map_adapt",
    "select",
    "statistics",
]
