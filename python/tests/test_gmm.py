"""asp.GaussianMixture gives scikit-learn's numbers, and what scikit-learn cannot."""

from __future__ import annotations

import _thread
import concurrent.futures
import multiprocessing
import pickle
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn import mixture as sklearn_mixture

import asp

from gmm_samples import KINDS, clusters, given

PARAMETERS = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")


@pytest.fixture(autouse=True)
def _no_convergence_wanted() -> Iterator[None]:
    """Most fits here end after a few iterations, as they are told to."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Best performing initialization did not converge")
        yield


def both(X: Any, **parameters: Any) -> tuple[asp.GaussianMixture, Any]:
    ours = asp.GaussianMixture(**parameters).fit(X)
    return ours, sklearn_mixture.GaussianMixture(**parameters).fit(X)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_starts_give_scikit_learns_mixture(kind: str) -> None:
    ours, theirs = both(clusters(), **given(kind), tol=0.0, max_iter=20)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, abs=1e-9)
    np.testing.assert_allclose(ours.lower_bounds_, theirs.lower_bounds_, rtol=0.0, atol=1e-9)
    for name in PARAMETERS:
        found, expected = getattr(ours, name), getattr(theirs, name)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-7, err_msg=name)
    assert ours.n_iter_ == theirs.n_iter_ == 20
    assert ours.converged_ is theirs.converged_ is False
    assert ours.n_features_in_ == theirs.n_features_in_ == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_mixture_answers_as_scikit_learns(kind: str) -> None:
    X, new = clusters(), clusters(100, seed=1)
    ours, theirs = both(X, **given(kind), tol=0.0, max_iter=10)
    # Parameters agree to 1e-12 or so; logarithms of densities reach 100.
    np.testing.assert_allclose(ours.score_samples(new), theirs.score_samples(new), atol=1e-9)
    np.testing.assert_allclose(ours.predict_proba(new), theirs.predict_proba(new), atol=1e-9)
    assert ours.predict_proba(new).sum(axis=1) == pytest.approx(1.0, abs=1e-14)
    assert (ours.predict(new) == theirs.predict(new)).all()
    assert ours.predict(new).dtype == np.int64
    assert ours.score(new) == pytest.approx(theirs.score(new), abs=1e-9)
    assert ours.bic(new) == pytest.approx(theirs.bic(new), abs=1e-6)
    assert ours.aic(new) == pytest.approx(theirs.aic(new), abs=1e-6)
    assert (ours.fit_predict(X) == theirs.fit_predict(X)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_single_precision_is_near_double(kind: str) -> None:
    X = clusters(dtype=np.float32)
    ours = asp.GaussianMixture(**given(kind), tol=0.0, max_iter=5).fit(X)
    theirs = sklearn_mixture.GaussianMixture(**given(kind), tol=0.0, max_iter=5)
    theirs.fit(X.astype(np.float64))
    # 2^-24 of terms of up to 100 in the exponent of a responsibility is 6e-6. The parameters'
    # errors are those of means of responsibilities, times values of up to 60 (squares), and of
    # precisions of up to 5.
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, abs=2e-5)
    for name in PARAMETERS:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), atol=4e-4)
        assert getattr(ours, name).dtype == np.float32
    assert ours.report_.dtype == ours.predict_proba(X).dtype == np.float32
    assert ours.score_samples(X).dtype == np.float32
    assert ours.score_samples(X.astype(np.float64)).dtype == np.float64


@pytest.mark.parametrize("fitted_to", [np.float64, np.float32])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_samples_decide_on_the_precision_of_scores(fitted_to: Any, dtype: Any) -> None:
    fitted = asp.GaussianMixture(3, random_state=0).fit(clusters(dtype=fitted_to))
    X = clusters(dtype=dtype)
    assert fitted.score_samples(X).dtype == dtype and fitted.predict_proba(X).dtype == dtype
    assert fitted.means_.dtype == fitted_to


def test_parameters_of_single_precision_have_lost_nothing() -> None:
    X = (clusters() + 1e4).astype(np.float32)
    five, six = (
        asp.GaussianMixture(3, random_state=0, tol=0.0, max_iter=n).fit(X) for n in (5, 6)
    )
    # A sixth iteration begins with these scores.
    wide = X.astype(np.float64)
    assert five.score(wide) == pytest.approx(six.lower_bound_, abs=2e-5)
    rounded = asp.GaussianMixture(3)
    rounded.weights_, rounded.means_ = five.weights_, five.means_
    rounded.precisions_cholesky_ = five.precisions_cholesky_
    # What the attributes in float32 alone would say: means there have steps of 2^-10.
    away = np.abs(rounded.score_samples(wide) - five.score_samples(wide)).max()
    assert away > 1e-4


def test_many_samples_are_asked_for_in_blocks() -> None:
    X = np.random.default_rng(0).standard_normal((70000, 1)).astype(np.float32)
    mixture = asp.GaussianMixture(64, covariance_type="diag", init_params="random_from_data")
    mixture.set_params(max_iter=1, random_state=0).fit(X[:500])
    found = mixture.predict_proba(X)
    for part in (slice(0, 10), slice(32760, 32780), slice(69990, 70000)):
        np.testing.assert_allclose(found[part], mixture.predict_proba(X[part]), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_convergence_is_scikit_learns(kind: str) -> None:
    ours, theirs = both(clusters(), **given(kind))
    assert ours.converged_ is theirs.converged_ is True
    assert ours.n_iter_ == theirs.n_iter_
    assert len(ours.lower_bounds_) == ours.n_iter_


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", ["weights_init", "means_init", "precisions_init"])
def test_what_is_given_is_started_from(kind: str, missing: str) -> None:
    start = given(kind)
    del start[missing]
    mixture = asp.GaussianMixture(**start, max_iter=0, random_state=0).fit(clusters())
    for name, attribute in (
        ("weights_init", "weights_"),
        ("means_init", "means_"),
        ("precisions_init", "precisions_"),
    ):
        if name in start:
            np.testing.assert_allclose(getattr(mixture, attribute), start[name], rtol=1e-12)
    assert mixture.weights_.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.isfinite(mixture.score(clusters()))


def test_no_iteration_leaves_the_start() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mixture = asp.GaussianMixture(**given("full"), max_iter=0).fit(clusters())
    assert (mixture.n_iter_, mixture.lower_bound_, mixture.lower_bounds_) == (0, -np.inf, [])
    assert (mixture.means_ == given("full")["means_init"]).all()
    np.testing.assert_allclose(
        mixture.precisions_cholesky_[0] @ mixture.precisions_cholesky_[0].T,
        given("full")["precisions_init"][0],
        atol=1e-14,
    )
    assert (np.tril(mixture.precisions_cholesky_, -1) == 0.0).all()


@pytest.mark.parametrize("how", ["kmeans", "k-means++", "random", "random_from_data"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_start_raises_the_likelihood(how: str, dtype: Any) -> None:
    X = clusters(dtype=dtype)
    mixture = asp.GaussianMixture(3, init_params=how, random_state=3, tol=0.0, max_iter=30).fit(X)
    rise = np.diff(mixture.lower_bounds_)
    assert len(rise) == 29
    assert (rise > (-1e-10 if dtype == np.float64 else -1e-5)).all()  # rounding


def test_the_clusters_are_found() -> None:
    X = clusters(1500)
    mixture = asp.GaussianMixture(3, n_init=3, random_state=0).fit(X)
    order = np.argsort(mixture.means_[:, 0])  # -5, 0, 4
    # Ten standard errors of a mean over 500 samples of deviation 2, 1, 0.5.
    for m, centre, deviation in zip(order, ([-5, 1, 2], [0, 0, 0], [4, 3, -2]), (2.0, 1.0, 0.5)):
        np.testing.assert_allclose(mixture.means_[m], centre, atol=10 * deviation / np.sqrt(500))


def test_the_best_of_several_starts_is_kept() -> None:
    X = clusters()
    alone = [
        asp.GaussianMixture(4, init_params="random_from_data", random_state=seed).fit(X)
        for seed in range(10)
    ]
    worst = int(np.argmin([mixture.lower_bound_ for mixture in alone]))
    several = asp.GaussianMixture(
        4, init_params="random_from_data", n_init=8, random_state=worst
    ).fit(X)
    assert several.lower_bound_ > alone[worst].lower_bound_
    assert several.report_.starts == 8
    assert several.lower_bounds_[-1] == several.lower_bound_


@pytest.mark.parametrize(
    "state", [7, np.random.RandomState(7), np.random.default_rng(7)], ids=["int", "state", "gen"]
)
def test_the_same_random_state_gives_the_same_bits(state: Any) -> None:
    X = clusters()
    copies = [pickle.loads(pickle.dumps(state)) for _ in range(2)]
    found = [asp.GaussianMixture(3, random_state=copy).fit(X) for copy in copies]
    assert found[0].means_.tobytes() == found[1].means_.tobytes()
    drawn = [mixture.sample(5)[0] for mixture in found]
    assert drawn[0].tobytes() == drawn[1].tobytes()


def test_numpys_global_seed_is_heard() -> None:
    means = []
    for _ in range(2):
        np.random.seed(4)
        means.append(asp.GaussianMixture(3, init_params="random").fit(clusters()).means_)
    assert means[0].tobytes() == means[1].tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_number_of_threads_gives_the_same_bits(kind: str, dtype: Any) -> None:
    X = clusters(5000, dtype)
    found = [
        asp.GaussianMixture(3, covariance_type=kind, random_state=0, max_iter=3, threads=n).fit(X)
        for n in (1, 2, 3)
    ]
    for other in found[1:]:
        assert other.lower_bounds_ == found[0].lower_bounds_
        for name in PARAMETERS:
            assert getattr(other, name).tobytes() == getattr(found[0], name).tobytes()
        assert other.predict_proba(X).tobytes() == found[0].predict_proba(X).tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_weight_counts_as_repeated_samples(kind: str, dtype: Any) -> None:
    X = clusters(dtype=dtype)
    counts = np.random.default_rng(2).integers(0, 4, len(X))
    model = asp.GaussianMixture(**given(kind), tol=0.0, max_iter=5)
    weighted = pickle.loads(pickle.dumps(model)).fit(X, sample_weight=counts)
    repeated = model.fit(np.repeat(X, counts, axis=0))
    # Rounding, of sums in another order.
    tolerance = 1e-10 if dtype == np.float64 else 4e-4
    assert weighted.lower_bound_ == pytest.approx(repeated.lower_bound_, abs=tolerance)
    for name in PARAMETERS:
        np.testing.assert_allclose(
            getattr(weighted, name), getattr(repeated, name), rtol=0.0, atol=tolerance
        )


@pytest.mark.parametrize("kind", KINDS)
def test_data_far_from_zero_keep_their_variances_in_float32(kind: str) -> None:
    X = (clusters() + 1e4).astype(np.float32)
    start = given(kind) | {"means_init": given(kind)["means_init"] + 1e4}
    single = asp.GaussianMixture(**start, max_iter=10, tol=0.0).fit(X)
    double = asp.GaussianMixture(**start, max_iter=10, tol=0.0).fit(X.astype(np.float64))
    # The samples themselves have steps of 2^-10 there; their variances are 0.25 to 4.
    np.testing.assert_allclose(single.covariances_, double.covariances_, atol=1e-2)
    np.testing.assert_allclose(single.means_, double.means_, atol=1e-2)
    assert (np.linalg.eigvalsh(np.cov(X.T.astype(float))) > 0).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("reg_covar", [0.0, 1e-6])
@pytest.mark.parametrize("case", ["all the same", "few distinct", "constant", "0 and 9999", "tiny"])
def test_degenerate_samples_do_not_fail(
    case: str, reg_covar: float, dtype: Any, kind: str
) -> None:
    random = np.random.default_rng(0)
    X = {
        "all the same": np.full((20, 2), 3.25),
        "few distinct": np.repeat([[0.0, 1.0], [2.0, 5.0]], 10, axis=0),
        "constant": np.column_stack([random.standard_normal(30), np.full(30, 7.0)]),
        "0 and 9999": np.repeat([[0.0, 0.0], [9999.0, 9999.0]], 10, axis=0),
        "tiny": 1e-12 * random.standard_normal((30, 2)),
    }[case].astype(dtype)
    mixture = asp.GaussianMixture(
        4, covariance_type=kind, reg_covar=reg_covar, random_state=0, max_iter=20
    ).fit(X)
    assert mixture.means_.shape == (4, 2)
    assert mixture.weights_.sum() == pytest.approx(1.0)
    variances = (
        np.diagonal(mixture.covariances_, axis1=-2, axis2=-1)
        if kind in ("full", "tied")
        else mixture.covariances_
    )
    assert (variances > 0.0).all()
    assert np.isfinite(mixture.score_samples(X)).all()
    assert np.isfinite(mixture.predict_proba(X)).all()


def test_what_was_repaired_is_told() -> None:
    X = np.repeat([[0.0, 1.0], [2.0, 5.0]], 10, axis=0)
    report = asp.GaussianMixture(4, random_state=0).fit(X).report_
    assert report.repairs
    kinds = {repair.kind for repair in report.repairs}
    assert kinds <= {"variance_floor", "jitter", "reseeded", "fewer_components"}
    assert "\n" not in report.repairs[0].what
    assert report.repairs[0].what in str(report)
    assert report.samples == 20 and report.features == 2 and report.seconds > 0.0


def test_a_long_list_of_repairs_is_cut_short() -> None:
    report = asp.GaussianMixture(40, random_state=0).fit(np.zeros((50, 2))).report_
    assert len(report.repairs) > 12
    lines = str(report).splitlines()
    assert lines[-1] == f"and {len(report.repairs) - 10} further repairs"
    assert sum(line.startswith("repaired in iteration ") for line in lines) == 10


def test_a_fit_without_trouble_has_nothing_repaired() -> None:
    mixture = asp.GaussianMixture(3, random_state=0).fit(clusters())
    assert mixture.report_.repairs == ()
    assert mixture.report_.log_likelihood.tolist() == mixture.lower_bounds_
    assert 0.0 <= mixture.report_.greatest_fall < 1e-9  # rounding
    text = str(mixture.report_)
    assert text.startswith("600 samples of 3 features, float64: ")


@pytest.mark.parametrize("kind", KINDS)
def test_warm_start_goes_on(kind: str) -> None:
    X = clusters()
    ours = asp.GaussianMixture(**given(kind), tol=0.0, max_iter=3, warm_start=True)
    theirs = sklearn_mixture.GaussianMixture(**given(kind), tol=0.0, max_iter=3, warm_start=True)
    for _ in range(3):
        ours.fit(X)
        theirs.fit(X)
        assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, abs=1e-9)
        assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(ours.means_, theirs.means_, atol=1e-7)


def test_warm_start_sees_that_it_has_converged() -> None:
    X = clusters()
    ours = asp.GaussianMixture(**given("diag"), warm_start=True).fit(X)
    theirs = sklearn_mixture.GaussianMixture(**given("diag"), warm_start=True).fit(X)
    assert ours.fit(X).n_iter_ == theirs.fit(X).n_iter_ == 1
    assert ours.converged_


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", [5, np.random.RandomState(5)], ids=["int", "state"])
def test_samples_are_scikit_learns(kind: str, state: Any) -> None:
    parameters = given(kind) | {"max_iter": 5}
    one, other = (pickle.loads(pickle.dumps(state)) for _ in range(2))
    ours = asp.GaussianMixture(**parameters, random_state=one).fit(clusters())
    theirs = sklearn_mixture.GaussianMixture(**parameters, random_state=other).fit(clusters())
    if isinstance(state, np.random.RandomState):
        ours.random_state, theirs.random_state = (np.random.RandomState(6) for _ in range(2))
    (X, y), (expected, labels) = ours.sample(50), theirs.sample(50)
    assert (y == labels).all() and y.dtype == labels.dtype
    # Directions come from decompositions of matrices that agree to 1e-12.
    np.testing.assert_allclose(X, expected, atol=1e-8)


def test_a_mixture_may_be_written_by_hand() -> None:
    """As programs do that keep scikit-learn's attributes in files of their own."""
    fitted = asp.GaussianMixture(**given("full")).fit(clusters())
    made = asp.GaussianMixture(3)
    made.weights_, made.means_ = fitted.weights_, fitted.means_
    made.precisions_cholesky_ = fitted.precisions_cholesky_
    np.testing.assert_allclose(
        made.score_samples(clusters()), fitted.score_samples(clusters()), atol=1e-10
    )
    made.precisions_cholesky_ = 2.0 * fitted.precisions_cholesky_
    assert made.score(clusters()) < fitted.score(clusters())
    fitted.precisions_cholesky_[:] *= 2.0  # as in scikit-learn these decide
    np.testing.assert_allclose(
        made.score_samples(clusters()), fitted.score_samples(clusters()), atol=1e-10
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["weights_", "means_", "precisions_cholesky_"])
def test_values_that_are_changed_in_place_count(name: str, dtype: Any) -> None:
    X = clusters(dtype=dtype)
    fitted = asp.GaussianMixture(3, random_state=0).fit(X)
    before = fitted.score(X)
    values = getattr(fitted, name)
    values.flat[-1] *= 2.0
    assert fitted.score(X) != before
    values.flat[-1] /= 2.0
    assert fitted.score(X) == before
    values[0] *= -1.0 if name == "means_" else 2.0
    assert fitted.score(X) != before


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_contiguous_arrays_are_not_copied(dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from asp.gmm import _frames

    X = clusters(dtype=dtype)
    assert _frames.as_rows(X, "mixture", 1) is X
    X.flags.writeable = False
    assert _frames.as_rows(X, "mixture", 1) is X
    assert asp.GaussianMixture(2, random_state=0).fit(X).n_features_in_ == 3


@pytest.mark.parametrize(
    "convert",
    [
        lambda X: X.tolist(),
        lambda X: np.asfortranarray(X),
        lambda X: np.repeat(X, 2, axis=0)[::2],
        lambda X: X.astype(">f8"),
        lambda X: X.astype(object),
        lambda X: X.astype(np.longdouble),
    ],
    ids=["list", "fortran", "strides", "big-endian", "object", "long double"],
)
def test_other_arrays_are_converted(convert: Any) -> None:
    X = clusters()
    expected = asp.GaussianMixture(3, random_state=0).fit(X)
    found = asp.GaussianMixture(3, random_state=0).fit(convert(X))
    assert found.means_.tobytes() == expected.means_.tobytes()


def test_ctrl_c_keeps_what_a_fit_has_reached() -> None:
    X = clusters(3000)
    endless = given("full") | {"tol": 0.0, "max_iter": 10**9, "warm_start": True}
    mixture = asp.GaussianMixture(**endless)
    # A thread of its own: it runs since the fit lets go of the GIL.
    threading.Timer(0.5, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        mixture.fit(X)
    assert 0 < mixture.n_iter_ < 10**9 and not mixture.converged_
    reached = mixture.lower_bound_
    mixture.max_iter = 2
    assert mixture.fit(X).lower_bound_ >= reached - 1e-12  # rounding
    again = asp.GaussianMixture(**endless | {"max_iter": len(mixture.report_.log_likelihood)})
    assert again.fit(X).n_iter_ == 2


INTERRUPTED = """
import os, signal, threading
import numpy as np
import asp

X = np.random.default_rng(0).standard_normal((60000, 16))
given = {"means_init": X[:500]} if %r else {}
mixture = asp.GaussianMixture(500, covariance_type="diag", init_params="k-means++", **given)
threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    mixture.%s(X)
except KeyboardInterrupt:
    print("interrupted", hasattr(mixture, "means_"))
"""


@pytest.mark.parametrize("act", ["fit", "partial_fit"])
@pytest.mark.parametrize("is_given", [False, True])
def test_ctrl_c_ends_the_search_for_a_start(act: str, is_given: bool) -> None:
    """500 seeds among 32000 samples, of which each takes 8 times that: some seconds."""
    script = INTERRUPTED % (is_given, act)
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert done.stdout.split() == ["interrupted", "False"]


def lower_bound(seed: int) -> float:
    return asp.GaussianMixture(3, random_state=seed).fit(clusters()).lower_bound_


def test_processes_and_threads_find_the_same() -> None:
    expected = lower_bound(0)
    with multiprocessing.get_context("fork").Pool(2) as processes:
        assert processes.map(lower_bound, [0, 0, 0]) == [expected] * 3
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lower_bound, [0] * 8)) == [expected] * 8


def test_the_package_is_imported_without_mixtures_and_without_scikit_learn() -> None:
    code = (
        "import sys, asp; assert 'asp.gmm' not in sys.modules\n"
        "import numpy as np\n"
        "mixture = asp.GaussianMixture(2, random_state=0).fit(np.arange(20.0).reshape(10, 2))\n"
        "assert 'GaussianMixture' in dir(asp) and asp.gmm.GaussianMixture is type(mixture)\n"
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_name_that_is_none_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'asp' has no attribute 'GaussianMixtures'"):
        asp.GaussianMixtures  # noqa: B018
