"""Mixtures from statistics, batches and priors, and many at once."""

from __future__ import annotations

import _thread
import pickle
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import asp
from asp import gmm

from gmm_samples import CENTRES, KINDS, clusters, given


@pytest.fixture(autouse=True)
def _no_convergence_wanted() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Best performing initialization did not converge")
        yield


def begun(kind: str, iterations: int = 2) -> asp.GaussianMixture:
    return asp.GaussianMixture(**given(kind), tol=0.0, max_iter=iterations).fit(clusters())


@pytest.mark.parametrize("kind", KINDS)
def test_statistics_of_parts_add_to_those_of_all(kind: str) -> None:
    X, mixture = clusters(), begun(kind)
    whole = gmm.statistics(mixture, X)
    parts = gmm.statistics(mixture, X[:200]) + gmm.statistics(mixture, X[200:])
    rest = whole - gmm.statistics(mixture, X[:200])
    twice = 2.0 * whole
    assert (whole.samples, parts.samples, rest.samples) == (600, 600, 400)
    assert rest.total_weight == pytest.approx(400.0) and twice.total_weight == 1200.0
    tolerance = {"rtol": 1e-12, "atol": 1e-9}  # sums of 600 in another order
    for name in ("weight", "first", "second", "log_likelihood"):
        expected = getattr(whole, name)
        np.testing.assert_allclose(getattr(parts, name), expected, **tolerance)
        np.testing.assert_allclose(getattr(twice, name), 2.0 * expected, **tolerance)
        part = getattr(gmm.statistics(mixture, X[200:]), name)
        np.testing.assert_allclose(getattr(rest, name), part, **tolerance)


def test_statistics_are_what_they_say() -> None:
    X, mixture = clusters(), begun("full")
    found = gmm.statistics(mixture, X)
    r = mixture.predict_proba(X)
    d = X[:, np.newaxis] - found.about
    assert found.about.tobytes() == mixture.means_.tobytes()
    np.testing.assert_allclose(found.weight, r.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.first, np.einsum("nm,nmi->mi", r, d), atol=1e-10)
    second = np.einsum("nm,nmi,nmj->mij", r, d, d)[:, *np.tril_indices(3)]
    np.testing.assert_allclose(found.second, second, rtol=1e-10)
    assert found.log_likelihood == pytest.approx(mixture.score(X) * 600)
    assert repr(found) == "<Statistics of 600 samples under 3 full components in 3 dimensions>"


@pytest.mark.parametrize("kind", KINDS)
def test_the_mixture_of_statistics_is_the_next_iteration(kind: str) -> None:
    X = clusters()
    after = pickle.loads(pickle.dumps(gmm.statistics(begun(kind, 2), X))).mixture()
    expected = begun(kind, 3)
    assert after.means_.tobytes() == expected.means_.tobytes()
    assert after.covariances_.tobytes() == expected.covariances_.tobytes()
    assert after.lower_bound_ == expected.lower_bound_
    assert after.get_params()["covariance_type"] == kind


def test_statistics_of_different_mixtures_do_not_add() -> None:
    one, other = (gmm.statistics(begun(kind), clusters()) for kind in ("full", "diag"))
    with pytest.raises(ValueError) as error:
        one + other
    assert str(error.value) == (
        "statistics of 3 diag components in 3 dimensions: expected of 3 full components in 3 "
        "dimensions"
    )
    with pytest.raises(ValueError, match="factor = nan: expected a finite number"):
        one * np.nan
    with pytest.raises(ValueError, match="The 'reg_covar' parameter of mixture must be a float in"):
        one.mixture(-1.0)
    with pytest.raises(TypeError):
        one + 1  # type: ignore[operator]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_batch_is_one_iteration(kind: str, dtype: Any) -> None:
    X = clusters(dtype=dtype)
    batch = asp.GaussianMixture(**given(kind)).partial_fit(X)
    one = asp.GaussianMixture(**given(kind), tol=0.0, max_iter=1).fit(X)
    # Sums are divided by their weight before, not after.
    np.testing.assert_allclose(batch.means_, one.means_, rtol=0.0, atol=1e-12)
    np.testing.assert_allclose(batch.covariances_, one.covariances_, rtol=1e-10, atol=1e-12)
    assert batch.lower_bound_ == pytest.approx(one.lower_bound_, abs=1e-12)
    assert batch.n_iter_ == 1 and not batch.converged_


@pytest.mark.parametrize("kind", KINDS)
def test_batches_lead_to_where_all_samples_do(kind: str) -> None:
    X = clusters(12000)
    whole = asp.GaussianMixture(**given(kind)).fit(X)
    online = asp.GaussianMixture(**given(kind))
    for batch in X.reshape(40, 300, 3):
        online.partial_fit(batch)
    assert online.n_iter_ == len(online.lower_bounds_) == 40
    assert online.report_.samples == 12000
    # What 300 samples cannot tell of 18 to 29 parameters, and a bit that was learned early:
    # the likelihood is flat at its top.
    assert online.score(X) == pytest.approx(whole.score(X), abs=0.02)
    np.testing.assert_allclose(online.means_, whole.means_, atol=0.25)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_is_gone_on_from_in_batches(kind: str) -> None:
    X = clusters(3000)
    mixture = asp.GaussianMixture(**given(kind)).fit(X)
    fitted = mixture.means_.copy()
    mixture.partial_fit(clusters(300, seed=9))
    # As the eleventh batch of 300 it counts 11^-0.6 = 0.24; its own means are off by some standard
    # errors, of deviations of up to 2 over 100 samples.
    assert 0.0 < np.abs(mixture.means_ - fitted).max() < 0.24 * 5 * 2.0 / 10.0
    assert mixture.report_.samples == 3300


def test_batches_draw_random_numbers_for_the_start_alone() -> None:
    random = np.random.RandomState(0)
    mixture = asp.GaussianMixture(3, random_state=random).partial_fit(clusters())
    after = random.get_state()[2]
    mixture.partial_fit(clusters())
    assert random.get_state()[2] == after


def test_a_batch_is_no_iteration_to_converge_from() -> None:
    X = clusters()
    mixture = asp.GaussianMixture(**given("full"), warm_start=True).fit(X)
    mixture.partial_fit(X)
    assert mixture.fit(X).n_iter_ > 1


def test_a_step_that_stays_follows_data_that_change() -> None:
    mixture = asp.GaussianMixture(**given("diag"))
    for _ in range(30):
        mixture.partial_fit(clusters(300), least_step=0.3)
    for _ in range(30):
        mixture.partial_fit(clusters(300) + 1.0, least_step=0.3)
    np.testing.assert_allclose(mixture.means_, CENTRES + 1.0, atol=0.5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_window_is_made_of_the_last_batches(kind: str, dtype: Any) -> None:
    mixture = asp.GaussianMixture(**given(kind))
    held: list[gmm.Statistics] = []
    for number, batch in enumerate(clusters(3000, dtype).reshape(10, 300, 3)):
        if number == 0:
            seen_with = asp.GaussianMixture(**given(kind), max_iter=0).fit(batch)
        else:
            seen_with = mixture
        held = [*held, gmm.statistics(seen_with, batch)][-3:]
        mixture.partial_fit(batch, window=3)
        expected = held[0]
        for statistics in held[1:]:
            expected = expected + statistics
        # Sums of some 900 numbers of size 100, added in another order and taken away again; of
        # float32 the same, since sums are float64.
        tolerance = 1e-9 if dtype == np.float64 else 1e-6
        found = expected.mixture()
        np.testing.assert_allclose(mixture.means_, found.means_, atol=tolerance)
        np.testing.assert_allclose(mixture.covariances_, found.covariances_, atol=tolerance)
    assert mixture.n_iter_ == 10 and mixture.report_.samples == 3000


def test_a_window_forgets_what_has_left_it() -> None:
    mixture = asp.GaussianMixture(3, covariance_type="diag", random_state=0)
    for batch in clusters(3000).reshape(10, 300, 3):
        mixture.partial_fit(batch + 100.0, window=2)
    one, other = clusters(300), clusters(300, seed=1)
    mixture.partial_fit(one, window=2).partial_fit(other, window=2)
    expected = asp.GaussianMixture(1).fit(np.concatenate([one, other])).means_[0]
    np.testing.assert_allclose(mixture.weights_ @ mixture.means_, expected, atol=1e-9)


def test_a_window_begins_with_what_was_fitted() -> None:
    X, batch = clusters(), clusters(300, seed=1)
    for begun_with in (
        asp.GaussianMixture(**given("full")).fit(X),
        asp.GaussianMixture(**given("full")).partial_fit(X),
    ):
        expected = gmm.statistics(begun_with, batch).mixture()
        begun_with.partial_fit(batch, window=5)
        np.testing.assert_allclose(begun_with.means_, expected.means_, atol=1e-12)  # rounding
        begun_with.partial_fit(batch)  # and without a window what is known counts again
        assert np.isfinite(begun_with.score(X))


@pytest.mark.parametrize("window", [None, 3])
def test_what_was_learned_of_another_mixture_does_not_count(window: int | None) -> None:
    X, other = clusters(), asp.GaussianMixture(2, random_state=0).fit(clusters())
    learns = asp.GaussianMixture(3, random_state=0).partial_fit(X, window=window)
    learns.n_components = 2
    for name in ("weights_", "means_", "precisions_cholesky_"):
        setattr(learns, name, getattr(other, name))
    assert learns.partial_fit(X, window=window).means_.shape == (2, 3)


def test_a_window_can_be_pickled() -> None:
    one = asp.GaussianMixture(3, random_state=0)
    for batch in clusters(1500).reshape(5, 300, 3):
        one.partial_fit(batch, window=2)
    other = pickle.loads(pickle.dumps(one))
    for mixture in (one, other):
        mixture.partial_fit(clusters(300, seed=1), window=2)
    assert one.means_.tobytes() == other.means_.tobytes()
    assert one.covariances_.tobytes() == other.covariances_.tobytes()


def test_a_mixture_that_learns_can_be_pickled() -> None:
    one = asp.GaussianMixture(3, random_state=0).partial_fit(clusters())
    other = pickle.loads(pickle.dumps(one))
    for mixture in (one, other):
        mixture.partial_fit(clusters(300, seed=1))
    assert one.means_.tobytes() == other.means_.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_batches_have_weights(kind: str) -> None:
    X = clusters()
    counts = np.random.default_rng(3).integers(0, 3, len(X))
    weighted, repeated = (asp.GaussianMixture(**given(kind)) for _ in range(2))
    for _ in range(2):
        weighted.partial_fit(X, sample_weight=counts)
        repeated.partial_fit(np.repeat(X, counts, axis=0))
    np.testing.assert_allclose(weighted.means_, repeated.means_, atol=1e-10)  # rounding of sums


@pytest.mark.parametrize("kind", KINDS)
def test_adaptation_lies_between_prior_and_data(kind: str) -> None:
    prior, X = begun(kind, 20), clusters(60, seed=5) + 1.0
    counts = gmm.statistics(prior, X).weight
    found = gmm.map_adapt(prior, X, {"means": 8.0})
    by_data = gmm.statistics(prior, X).mixture().means_
    share = (counts / (counts + 8.0))[:, np.newaxis]
    np.testing.assert_allclose(
        found.means_, share * by_data + (1.0 - share) * prior.means_, atol=1e-10
    )
    assert (found.covariances_ == prior.covariances_).all()
    np.testing.assert_allclose(found.weights_, prior.weights_, rtol=1e-14)  # divided by their sum
    assert found.get_params().keys() == prior.get_params().keys()


def test_adaptation_without_relevance_is_an_iteration() -> None:
    prior, X = begun("full", 20), clusters(300, seed=5)
    found, expected = gmm.map_adapt(prior, X, 0.0), gmm.statistics(prior, X).mixture()
    np.testing.assert_allclose(found.means_, expected.means_, atol=1e-12)
    np.testing.assert_allclose(found.covariances_, expected.covariances_, atol=1e-10)


def test_a_relevant_prior_stays() -> None:
    prior, X = begun("full", 20), clusters(60, seed=5) + 1.0
    found = gmm.map_adapt(prior, X, 1e12, iterations=3)
    np.testing.assert_allclose(found.means_, prior.means_, atol=1e-9)


@pytest.mark.parametrize(
    ("relevance", "message"),
    [
        (-1.0, "relevance = -1.0: expected a finite number, at least 0"),
        (np.nan, "relevance = nan: expected a finite number"),
        ("much", "relevance = 'much': expected a finite number"),
        (
            {"variances": 1.0},
            "relevance['variances']: expected one of weights, means, covariances",
        ),
    ],
)
def test_relevance_that_is_none(relevance: Any, message: str) -> None:
    with pytest.raises(ValueError) as error:
        gmm.map_adapt(begun("diag"), clusters(), relevance)
    assert str(error.value) == message


def test_adaptation_takes_an_iteration() -> None:
    with pytest.raises(ValueError, match="iterations = 0: expected at least 1"):
        gmm.map_adapt(begun("diag"), clusters(), iterations=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_many_fits_are_those_of_each_alone(kind: str, dtype: Any) -> None:
    X = clusters(900, dtype)
    random = np.random.default_rng(0)
    choices: list[Any] = [random.choice(900, 100 + 10 * i, replace=False) for i in range(8)]
    choices.append(X[:, 0] > 0.0)
    counts = [1 + i % 3 for i in range(9)]
    parameters: dict[str, Any] = {"covariance_type": kind, "random_state": 4, "n_init": 2}
    for threads in (1, 2):
        many = gmm.fit_many(X, choices, counts, threads=threads, **parameters)
        for choice, count, found in zip(choices, counts, many):
            alone = asp.GaussianMixture(count, **parameters).fit(X[choice])
            assert found.means_.tobytes() == alone.means_.tobytes()
            assert found.covariances_.tobytes() == alone.covariances_.tobytes()
            assert found.lower_bounds_ == alone.lower_bounds_
            assert found.converged_ is alone.converged_


def test_many_fits_go_on_from_mixtures() -> None:
    X = clusters()
    starts = [begun("diag"), begun("diag", 5)]
    many = gmm.fit_many(
        X, [range(300), range(300, 600)], starts=starts, covariance_type="diag", max_iter=3, tol=0.0
    )
    for start, part, found in zip(starts, (X[:300], X[300:]), many):
        alone = asp.GaussianMixture(
            **start.get_params() | {"warm_start": True, "max_iter": 3, "tol": 0.0}
        )
        alone.weights_, alone.means_ = start.weights_, start.means_
        alone.precisions_cholesky_ = start.precisions_cholesky_
        alone.converged_, alone.lower_bound_ = False, -np.inf
        np.testing.assert_allclose(found.means_, alone.fit(part).means_, atol=1e-12)
        assert found.n_components == 3


def test_many_fits_have_weights() -> None:
    X = clusters()
    counts = np.random.default_rng(3).integers(1, 3, len(X))
    weighted = gmm.fit_many(X, [range(600)], 1, sample_weight=counts)[0]
    repeated = asp.GaussianMixture(1).fit(np.repeat(X, counts, axis=0))
    np.testing.assert_allclose(weighted.means_, repeated.means_, atol=1e-10)  # rounding of sums


def test_no_fits_are_none() -> None:
    assert gmm.fit_many(clusters(), []) == []


def test_ctrl_c_ends_many_fits() -> None:
    X = clusters(600)
    threading.Timer(0.4, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        gmm.fit_many(X, [np.arange(600)] * 20000, 3, tol=0.0, max_iter=1000, random_state=0)


@pytest.mark.parametrize("samples", [20000, 100000])
def test_ctrl_c_ends_a_selection(samples: int) -> None:
    threading.Timer(0.4, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        gmm.select(clusters(samples), [20], tol=0.0, max_iter=10**9, random_state=0)


def test_the_number_of_components_is_chosen() -> None:
    X = clusters(900)
    chosen = gmm.select(X, range(1, 6), random_state=0, n_init=3)
    assert chosen.best.n_components == 3
    assert chosen.best is chosen.mixtures[3]
    for count in range(1, 6):
        assert chosen.scores[count] == pytest.approx(chosen.mixtures[count].bic(X), rel=1e-12)
    assert str(chosen).splitlines()[3].endswith("<")
    by_aic = gmm.select(X, [1, 2], "aic", covariance_type="diag", random_state=0)
    assert by_aic.scores[1] == pytest.approx(by_aic.mixtures[1].aic(X), rel=1e-12)


def test_a_criterion_counts_weights() -> None:
    X = clusters()
    counts = np.random.default_rng(0).integers(1, 4, len(X))
    weighted = gmm.select(X, [1], sample_weight=counts)
    repeated = gmm.select(np.repeat(X, counts, axis=0), [1])
    assert weighted.scores[1] == pytest.approx(repeated.scores[1], rel=1e-12)


def test_a_chosen_mixture_is_that_of_a_fit() -> None:
    X = clusters()
    chosen = gmm.select(X, [2, 3], random_state=1)
    for count, mixture in chosen.mixtures.items():
        alone = asp.GaussianMixture(count, random_state=1).fit(X)
        assert mixture.means_.tobytes() == alone.means_.tobytes()
