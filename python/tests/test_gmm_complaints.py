"""asp.GaussianMixture: what cannot be done is said, in scikit-learn's words where it has some."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn import mixture

import asp
from asp import gmm

from gmm_samples import clusters, given

X = clusters()


def said(error: type[Exception], act: Callable[[], object]) -> str:
    with pytest.raises(error) as raised:
        act()
    message = str(raised.value)
    assert "\n" not in message
    return message


def at(row: int, column: int, value: float, dtype: Any = np.float64) -> Any:
    samples = clusters(5000, dtype)
    samples[row, column] = value
    return samples


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 0}, "must be an int in the range [1, inf). Got 0 instead."),
        ({"n_components": 2.0}, "must be an int in the range [1, inf). Got 2.0 instead."),
        ({"tol": -1.0}, "must be a float in the range [0.0, inf). Got -1.0 instead."),
        ({"tol": math.nan}, "must be a float in the range [0.0, inf). Got nan instead."),
        ({"reg_covar": -1e-3}, "must be a float in the range [0.0, inf). Got -0.001 instead."),
        ({"max_iter": -1}, "must be an int in the range [0, inf). Got -1 instead."),
        ({"n_init": 0}, "must be an int in the range [1, inf). Got 0 instead."),
        (
            {"covariance_type": "round"},
            "must be a str among {'diag', 'full', 'spherical', 'tied'}. Got 'round' instead.",
        ),
        (
            {"init_params": "best"},
            "must be a str among {'k-means++', 'kmeans', 'random', 'random_from_data'}. Got 'best' "
            "instead.",
        ),
        ({"weights_init": 1.0}, "must be an array-like or None. Got 1.0 instead."),
        ({"means_init": "zero"}, "must be an array-like or None. Got 'zero' instead."),
        ({"precisions_init": 1}, "must be an array-like or None. Got 1 instead."),
        (
            {"random_state": -1},
            "must be an int in the range [0, 4294967295], an instance of "
            "'numpy.random.mtrand.RandomState', an instance of 'numpy.random.Generator' or None. "
            "Got -1 instead.",
        ),
        (
            {"warm_start": 1},
            "must be an instance of 'bool' or an instance of 'numpy.bool'. Got 1 instead.",
        ),
        (
            {"verbose": -1},
            "must be an int in the range [0, inf), an instance of 'bool' or an instance of "
            "'numpy.bool'. Got -1 instead.",
        ),
        ({"verbose_interval": 0}, "must be an int in the range [1, inf). Got 0 instead."),
        ({"threads": 0}, "must be an int in the range [1, inf) or None. Got 0 instead."),
    ],
    ids=lambda p: next(iter(p)) if isinstance(p, dict) else "",
)
def test_parameters_of_no_use(parameters: dict[str, Any], message: str) -> None:
    (name,) = parameters
    estimator = asp.GaussianMixture(**parameters)  # nothing is said before fit
    for act in (estimator.fit, estimator.partial_fit):
        expected = f"The '{name}' parameter of GaussianMixture {message}"
        assert said(gmm.InvalidParameterError, partial(act, X)) == expected
    if name not in ("random_state", "threads", "covariance_type", "init_params"):
        # scikit-learn's own words, less the order of a set.
        assert said(ValueError, lambda: mixture.GaussianMixture(**parameters).fit(X)) == expected


@pytest.mark.parametrize("name", ["n_components", "max_iter", "n_init", "threads"])
@pytest.mark.parametrize("value", [2**31, 2**70])
def test_whole_numbers_have_an_end(name: str, value: int) -> None:
    parameters: dict[str, Any] = {name: value}
    for owner, act in (
        ("GaussianMixture", asp.GaussianMixture(**parameters).fit),
        ("GaussianMixture", asp.GaussianMixture(**parameters).partial_fit),
        ("select", lambda X: gmm.select(X, [1], **parameters)),
        ("fit_many", lambda X: gmm.fit_many(X, [range(9)], **parameters)),
    ):
        if name == "n_components" and owner != "GaussianMixture":
            continue  # checked below: it is an argument of its own
        assert said(gmm.InvalidParameterError, partial(act, X)) == (
            f"The '{name}' parameter of {owner} must be at most 2147483647. Got {value} instead."
        )


@pytest.mark.parametrize("name", ["tol", "reg_covar"])
def test_numbers_beyond_all_floats_are_infinite(name: str) -> None:
    parameters: dict[str, Any] = {name: 10**400}
    message = said(gmm.InvalidParameterError, lambda: asp.GaussianMixture(**parameters).fit(X))
    assert message.startswith(f"The '{name}' parameter of GaussianMixture must be a float in the ")


def test_the_last_iteration_that_can_be_counted_is_gone_on_to() -> None:
    mixture = asp.GaussianMixture(2, max_iter=2**31 - 1, warm_start=True, random_state=0).fit(X)
    assert mixture.fit(X).converged_


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_that_are_not_finite_are_named(dtype: Any) -> None:
    fitted = asp.GaussianMixture(2, random_state=0).fit(X)
    for ask in (asp.GaussianMixture().fit, asp.GaussianMixture().partial_fit, fitted.predict):
        assert said(ValueError, partial(ask, at(4321, 1, np.nan, dtype))) == (
            "Input X contains NaN: X[4321, 1] = nan: expected finite numbers"
        )
        assert said(ValueError, partial(ask, at(7, 2, -np.inf, dtype))) == (
            "Input X contains infinity or a value too large for "
            f"dtype('{np.dtype(dtype)}'): X[7, 2] = -inf: expected finite numbers"
        )


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        (
            np.zeros(5),
            ValueError,
            "Expected 2D array, got 1D array instead: X has shape (5,). Reshape your data either "
            "using array.reshape(-1, 1) if your data has a single feature or array.reshape(1, -1) "
            "if it contains a single sample.",
        ),
        (
            np.float64(3.0),
            ValueError,
            "Expected 2D array, got scalar array instead: X has shape (). Reshape your data either "
            "using array.reshape(-1, 1) if your data has a single feature or array.reshape(1, -1) "
            "if it contains a single sample.",
        ),
        (
            np.zeros((2, 2, 2)),
            ValueError,
            "Found array with dim 3, while dim <= 2 is required by GaussianMixture.",
        ),
        (
            np.zeros((0, 3)),
            ValueError,
            "Found array with 0 sample(s) (shape=(0, 3)) while a minimum of 2 is required by "
            "GaussianMixture.",
        ),
        (
            np.zeros((1, 3)),
            ValueError,
            "Found array with 1 sample(s) (shape=(1, 3)) while a minimum of 2 is required by "
            "GaussianMixture.",
        ),
        (
            np.zeros((3, 0)),
            ValueError,
            "Found array with 0 feature(s) (shape=(3, 0)) while a minimum of 1 is required by "
            "GaussianMixture.",
        ),
        (
            np.zeros((4, 2), dtype=complex),
            ValueError,
            "Complex data not supported: X has dtype complex128",
        ),
        (
            sparse.csr_array((4, 4)),
            TypeError,
            "Sparse data was passed for X, but dense data is required. Use '.toarray()' to convert "
            "to a dense numpy array.",
        ),
        (
            np.array([["a", "b"], ["c", "d"]]),
            ValueError,
            "X has dtype <U1: could not convert string to float: np.str_('a')",
        ),
        (
            np.zeros((4, 2), "datetime64[s]"),
            TypeError,
            "X has dtype datetime64[s]: expected real numbers",
        ),
        (
            np.ma.masked_array(np.ones((2, 2)), mask=[[True, False], [False, False]]),
            ValueError,
            "X is an array with masked values: expected all to be there",
        ),
    ],
    ids="1D 0D 3D no-sample one no-feature complex sparse text dates masked".split(),
)
def test_samples_that_are_none(samples: Any, error: type[Exception], message: str) -> None:
    assert said(error, lambda: asp.GaussianMixture().fit(samples)) == message


@pytest.mark.parametrize(("dtype", "size"), [(np.float64, 1e300), (np.float32, 1e30)])
def test_samples_whose_squares_are_no_numbers(dtype: Any, size: float) -> None:
    message = said(
        asp.InputError, lambda: asp.GaussianMixture(2).fit((X * size).astype(dtype))
    )
    word = "double" if dtype == np.float64 else "single"
    assert f"their squares leave the range of {word} precision; scale them" in message


def test_samples_too_far_from_a_mixture_for_squares() -> None:
    far, fitted = np.full((9, 3), 1e300), asp.GaussianMixture(2, random_state=0).fit(X)
    for act in (
        fitted.partial_fit,
        partial(fitted.partial_fit, window=2),
        partial(gmm.statistics, fitted),
        partial(gmm.map_adapt, fitted),
    ):
        assert said(asp.InputError, partial(act, far)) == (
            "values up to 1e+300, in row 0, column 0 (weights up to 1): their squares leave the "
            "range of double precision; scale them"
        )
    # What is only asked has an answer: impossible, and of no component.
    for dtype in (np.float64, np.float32):
        least = np.finfo(dtype).min
        several = np.array([X[0], [4.0 * np.sqrt(-least)] * 3], dtype)
        scores = fitted.score_samples(several)
        assert scores[0] > -100.0 and scores[1] == -np.inf
        assert fitted.predict_proba(several).sum(axis=1).round(6).tolist() == [1.0, 0.0]


def test_samples_fewer_than_components() -> None:
    expected = "Expected n_samples >= n_components but got n_components = 5, n_samples = 4"
    assert said(ValueError, lambda: asp.GaussianMixture(5).fit(X[:4])) == expected
    assert said(ValueError, lambda: mixture.GaussianMixture(5).fit(X[:4])) == expected
    assert said(ValueError, lambda: asp.GaussianMixture(5).partial_fit(X[:4])) == expected


def test_features_other_than_in_the_fit() -> None:
    fitted = asp.GaussianMixture(2, random_state=0).fit(X)
    expected = "X has 2 features, but GaussianMixture is expecting 3 features as input."
    for ask in (fitted.predict, fitted.predict_proba, fitted.score, fitted.bic, fitted.partial_fit):
        assert said(ValueError, partial(ask, X[:, :2])) == expected
    assert said(ValueError, lambda: gmm.statistics(fitted, X[:, :2])) == expected
    assert said(ValueError, lambda: gmm.map_adapt(fitted, X[:, :2])) == expected


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            np.ones((600, 1)),
            "Sample weights must be 1D array or scalar, got 2D array. Expected either a scalar "
            "value or a 1D array of length 600.",
        ),
        (np.ones(599), "sample_weight.shape == (599,), expected (600,)!"),
        (
            -np.ones(600),
            "sample_weight[0] = -1.0: expected finite numbers, at least 0. Negative values in data "
            "passed to `sample_weight`",
        ),
        (
            np.where(np.arange(600) == 7, np.nan, 1.0),
            "Input sample_weight contains nan: sample_weight[7]: expected finite numbers, at least "
            "0",
        ),
        (
            np.where(np.arange(600) == 7, np.inf, 1.0),
            "Input sample_weight contains inf: sample_weight[7]: expected finite numbers, at least "
            "0",
        ),
        (np.zeros(600), "Sample weights must contain at least one non-zero number."),
        (np.full(600, "x"), "could not convert string to float: np.str_('x')"),
    ],
    ids=["2D", "short", "negative", "nan", "infinite", "zero", "text"],
)
def test_weights_that_are_none(weights: Any, message: str) -> None:
    fitted = asp.GaussianMixture(2, random_state=0).fit(X)
    for act in (
        lambda: asp.GaussianMixture().fit(X, sample_weight=weights),
        lambda: asp.GaussianMixture().partial_fit(X, sample_weight=weights),
        lambda: gmm.statistics(fitted, X, weights),
        lambda: gmm.fit_many(X, [range(10)], sample_weight=weights),
        lambda: gmm.select(X, [1], sample_weight=weights),
    ):
        assert said(ValueError, act) == message


def start(**changes: Any) -> asp.GaussianMixture:
    return asp.GaussianMixture(**given(changes.pop("kind", "full")) | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"weights_init": [0.5, 0.5]},
            "The parameter 'weights' should have the shape of (3,), but got (2,)",
        ),
        (
            {"weights_init": [0.5, 0.2, 0.2]},
            "The parameter 'weights' should be normalized, but got sum(weights) = 0.90000",
        ),
        (
            {"weights_init": [1.5, -0.5, 0.0]},
            "The parameter 'weights' should be in the range [0, 1], but got max value 1.50000, min "
            "value -0.50000",
        ),
        (
            {"means_init": np.zeros((3, 2))},
            "The parameter 'means' should have the shape of (3, 3), but got (3, 2)",
        ),
        (
            {"means_init": np.full((3, 3), np.nan)},
            "The parameter 'means' contains NaN or infinity",
        ),
        (
            {"precisions_init": np.eye(3)},
            "The parameter 'full precision' should have the shape of (3, 3, 3), but got (3, 3)",
        ),
        (
            {"precisions_init": -np.stack([np.eye(3)] * 3)},
            "'full precision' should be symmetric, positive-definite",
        ),
        (
            {"kind": "tied", "precisions_init": np.triu(np.ones((3, 3)))},
            "'tied precision' should be symmetric, positive-definite",
        ),
        (
            {"kind": "diag", "precisions_init": np.zeros((3, 3))},
            "'diag precision' should be positive",
        ),
        (
            {"kind": "spherical", "precisions_init": -np.ones(3)},
            "'spherical precision' should be positive",
        ),
    ],
    ids=str,
)
def test_starts_that_are_none(changes: dict[str, Any], message: str) -> None:
    assert said(ValueError, lambda: start(**changes).fit(X)) == message
    assert said(ValueError, lambda: start(**changes).partial_fit(X)) == message


def test_going_on_needs_the_same_mixture() -> None:
    for changes, message in (
        ({"n_components": 2}, "n_components = 2: expected 3, as of the mixture to go on from"),
        (
            {"covariance_type": "diag"},
            "precisions_cholesky_ has shape (3, 3, 3): expected (3, 3), covariance_type being "
            "'diag'",
        ),
    ):
        fitted = asp.GaussianMixture(3, warm_start=True, random_state=0).fit(X)
        fitted.set_params(**changes)
        assert said(ValueError, lambda: fitted.fit(X)) == message
        assert said(ValueError, lambda: fitted.partial_fit(X)) == message
    fitted = asp.GaussianMixture(2, warm_start=True, random_state=0).fit(X)
    assert said(ValueError, lambda: fitted.fit(X[:, :2])) == (
        "n_features = 2: expected 3, as of the mixture to go on from"
    )


def test_a_fit_that_was_refused_leaves_the_mixture() -> None:
    fitted = asp.GaussianMixture(2, random_state=0).fit(X)
    before = fitted.__dict__.copy()
    said(ValueError, lambda: fitted.fit(at(0, 0, np.nan)))
    said(ValueError, lambda: fitted.partial_fit(X, decay=0.1))
    assert fitted.__dict__.keys() == before.keys()
    assert all(fitted.__dict__[name] is value for name, value in before.items())


def test_batches_have_a_decay_and_a_step() -> None:
    learns = asp.GaussianMixture(2)
    assert said(asp.InputError, lambda: learns.partial_fit(X, decay=0.5)) == (
        "decay = 0.5: expected a number above 0.5 and at most 1"
    )
    assert said(asp.InputError, lambda: learns.partial_fit(X, least_step=2.0)) == (
        "least step = 2: expected a number from 0 to 1"
    )
    assert said(ValueError, lambda: learns.partial_fit(X, decay="1")) == (  # type: ignore[arg-type]
        "decay = '1': expected a finite number"
    )
    assert said(ValueError, lambda: learns.partial_fit(X, least_step=np.inf)) == (
        "least_step = inf: expected a finite number"
    )


@pytest.mark.parametrize("window", [0, 2.0, 2**31])
def test_a_window_has_a_batch(window: Any) -> None:
    assert said(ValueError, lambda: asp.GaussianMixture(2).partial_fit(X, window=window)) == (
        f"window = {window}: expected a whole number from 1 to 2147483647"
    )


def test_samples_drawn_are_counted() -> None:
    fitted = asp.GaussianMixture(2, random_state=0).fit(X)
    assert said(ValueError, lambda: fitted.sample(0)) == (
        "Invalid value for 'n_samples': 0 . The sampling requires at least one sample."
    )


@pytest.mark.parametrize(
    ("lists", "components", "error", "message"),
    [
        ([[0, 600]], 1, ValueError, "index_lists[0][1] = 600: expected one of 600 samples from 0"),
        ([[0, 1], [-1]], 1, ValueError, "index_lists[1][0] = -1: expected one of 600 samples from"),
        (
            [[0.5, 1.0]],
            1,
            TypeError,
            "index_lists[0] has dtype float64 and shape (2,): expected whole numbers in one dim",
        ),
        ([np.ones(3, bool)], 1, ValueError, "index_lists[0] has shape (3,): expected a mask of (6"),
        (
            [range(5), range(2)],
            3,
            ValueError,
            "index_lists[1]: Expected n_samples >= n_components but got n_components = 3, "
            "n_samples = 2",
        ),
        ([[]], 1, ValueError, "index_lists[0]: Expected n_samples >= n_components but got n_compo"),
        ([range(5)], 0, ValueError, "n_components[0] = 0: expected at least 1"),
        (
            [range(5)],
            [1, 2],
            ValueError,
            "n_components has dtype int64 and shape (2,): expected a whole number, or one for each "
            "of 1 index lists",
        ),
    ],
    ids=["past", "negative", "float", "mask", "few", "empty", "none", "count"],
)
def test_choices_that_are_none(
    lists: Any, components: Any, error: type[Exception], message: str
) -> None:
    assert said(error, lambda: gmm.fit_many(X, lists, components)).startswith(message)


def test_mixtures_to_start_from_fit() -> None:
    diag = asp.GaussianMixture(2, covariance_type="diag", random_state=0).fit(X)
    assert said(ValueError, lambda: gmm.fit_many(X, [range(5)], starts=[])) == (
        "starts has 0 mixtures: expected 1"
    )
    assert said(ValueError, lambda: gmm.fit_many(X, [range(5)], starts=[diag])) == (
        "starts[0] is diag in 3 dimensions: expected full in 3"
    )
    said(gmm.NotFittedError, lambda: gmm.fit_many(X, [range(5)], starts=[asp.GaussianMixture()]))


def test_parameters_that_functions_do_not_have() -> None:
    for act, name in ((gmm.fit_many, "fit_many"), (gmm.select, "select")):
        for parameter in ("means_init", "warm_start", "verbose", "colour"):
            assert said(TypeError, lambda: act(X, [[0, 1]], **{parameter: True})) == (
                f"{name}() got an unexpected keyword argument '{parameter}'"
            )
        assert said(ValueError, lambda: act(X, [[0, 1]], tol=-1.0)) == (
            f"The 'tol' parameter of {name} must be a float in the range [0.0, inf). Got -1.0 "
            "instead."
        )


def test_a_selection_needs_something_to_choose_from() -> None:
    assert said(ValueError, lambda: gmm.select(X, [])) == (
        "n_components is empty: expected numbers of components to try"
    )
    assert said(ValueError, lambda: gmm.select(X, [0])) == (
        "n_components has 0: expected whole numbers, at least 1"
    )
    assert said(ValueError, lambda: gmm.select(X[:4], [2, 5])) == (
        "Expected n_samples >= n_components but got n_components = 5, n_samples = 4"
    )
    assert said(ValueError, lambda: gmm.select(X, [1], "likelihood")) == (  # type: ignore[arg-type]
        "criterion = 'likelihood': expected 'bic' or 'aic'"
    )
