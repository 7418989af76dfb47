"""Gaussian mixtures: scikit-learn's estimator at the speed of the machine, and what it lacks.

    mixture = asp.GaussianMixture(16, covariance_type="diag").fit(X)
    print(mixture.report_)

X is an array (n_samples, n_features) of float32 or float64.
"""

from ._exceptions import ConvergenceWarning, InvalidParameterError, NotFittedError
from ._gaussian_mixture import GaussianMixture
from ._report import Repair, Report

__all__ = [
    "ConvergenceWarning",
    "GaussianMixture",
    "InvalidParameterError",
    "NotFittedError",
    "Repair",
    "Report",
]
