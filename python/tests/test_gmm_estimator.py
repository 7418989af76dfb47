"""asp.GaussianMixture is an estimator as scikit-learn knows them."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import sklearn
from sklearn import base, exceptions, mixture, model_selection, pipeline, preprocessing
from sklearn.utils import estimator_checks

import asp
from asp import gmm

from gmm_samples import KINDS, clusters, given


@pytest.mark.parametrize("kind", KINDS)
def test_it_passes_scikit_learns_checks(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* does not inherit from")
        results = estimator_checks.check_estimator(
            asp.GaussianMixture(covariance_type=kind), on_fail=None, on_skip=None
        )
    assert len(results) > 40
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert failed == {}


def test_the_checks_pass_with_several_components() -> None:
    # Starts are drawn from samples at random: other ones where each stands there several times.
    expected = {"check_sample_weight_equivalence_on_dense_data": "starts are drawn from samples"}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* does not inherit from")
        results = estimator_checks.check_estimator(
            asp.GaussianMixture(3), on_fail=None, on_skip=None, expected_failed_checks=expected
        )
    assert [r["check_name"] for r in results if r["status"] == "failed"] == []


def test_the_constructor_is_scikit_learns() -> None:
    ours = inspect.signature(asp.GaussianMixture).parameters
    theirs = inspect.signature(mixture.GaussianMixture).parameters
    assert list(ours)[: len(theirs)] == list(theirs)
    for name, parameter in theirs.items():
        assert ours[name].default == parameter.default and ours[name].kind == parameter.kind
    assert set(ours) - set(theirs) == {"threads"}


def test_a_clone_has_the_parameters_and_is_not_fitted() -> None:
    fitted = asp.GaussianMixture(**given("diag"), tol=1e-4).fit(clusters())
    clone = base.clone(fitted)
    assert clone.get_params().keys() == fitted.get_params().keys()
    assert clone.tol == 1e-4 and (clone.means_init == fitted.means_init).all()
    assert not hasattr(clone, "means_")


@pytest.mark.parametrize(
    "again", [lambda m: pickle.loads(pickle.dumps(m)), copy.copy, copy.deepcopy]
)
def test_a_copy_answers_with_the_same_bits(again: Any) -> None:
    X = clusters()
    fitted = asp.GaussianMixture(**given("full")).fit(X)
    other = again(fitted)
    assert other.score_samples(X).tobytes() == fitted.score_samples(X).tobytes()
    assert other.get_params().keys() == fitted.get_params().keys()
    assert other.report_.log_likelihood.tolist() == fitted.lower_bounds_


def test_parameters_are_set_by_name() -> None:
    estimator = asp.GaussianMixture().set_params(n_components=4, tol=0.1)
    assert (estimator.n_components, estimator.tol) == (4, 0.1)
    with pytest.raises(ValueError) as error:
        estimator.set_params(components=3)
    assert str(error.value).startswith(
        "Invalid parameter 'components' for estimator GaussianMixture(n_components=4, tol=0.1). "
        "Valid parameters are: ['covariance_type', 'init_params', "
    )


def test_it_shows_what_was_changed() -> None:
    assert repr(asp.GaussianMixture()) == "GaussianMixture()"
    shown = repr(asp.GaussianMixture(5, covariance_type="diag", means_init=np.zeros((50, 9))))
    assert shown.startswith("GaussianMixture(n_components=5, covariance_type='diag', means_init=")
    assert len(shown) < 160 and "\n" not in shown


class Diagonal(asp.GaussianMixture):
    """Its constructor takes less than that of its base, and something of its own."""

    def __init__(self, n_components: int = 2, *, colour: str = "red", **others: Any) -> None:
        super().__init__(n_components, covariance_type="diag", random_state=0, **others)
        self.colour = colour


class TheirDiagonal(mixture.GaussianMixture):
    """The same of scikit-learn's."""

    def __init__(self, n_components: int = 2, *, colour: str = "red") -> None:
        super().__init__(n_components, covariance_type="diag", random_state=0)
        self.colour = colour


def test_a_subclass_fits_as_its_base_does() -> None:
    X = clusters()
    expected = asp.GaussianMixture(3, covariance_type="diag", random_state=0).fit(X)
    found = base.clone(Diagonal(3, colour="blue")).fit(X)
    assert found.means_.tobytes() == expected.means_.tobytes()
    assert found.colour == "blue" and repr(found) == "Diagonal(n_components=3, colour='blue')"
    assert found.get_params() == TheirDiagonal(3, colour="blue").fit(X).get_params()
    batch, other = Diagonal(3).partial_fit(X), asp.GaussianMixture(**expected.get_params())
    assert batch.means_.tobytes() == other.partial_fit(X).means_.tobytes()
    with pytest.raises(gmm.InvalidParameterError, match="'tol' parameter of Diagonal must be a fl"):
        Diagonal(tol=-1.0).fit(X)


def test_a_subclass_is_a_prior_and_a_start() -> None:
    X, plain = clusters(), asp.GaussianMixture(3, covariance_type="diag", random_state=0)
    prior = Diagonal(3).fit(X)
    expected = gmm.map_adapt(plain.fit(X), X + 1.0)
    found = gmm.map_adapt(prior, X + 1.0)
    assert found.means_.tobytes() == expected.means_.tobytes()
    assert found.get_params() == expected.get_params()
    gone_on = gmm.fit_many(X, [range(600)], starts=[prior], covariance_type="diag", max_iter=1)
    assert gone_on[0].n_components == 3


def test_a_subclass_has_files(tmp_path: Path) -> None:
    X = clusters()
    fitted = Diagonal(3, tol=1e-4).fit(X)
    fitted.save(tmp_path / "model.h5")
    loaded = Diagonal.load(tmp_path / "model.h5")
    assert type(loaded) is Diagonal and (loaded.n_components, loaded.tol) == (3, 1e-4)
    assert loaded.score(X) == fitted.score(X)
    asp.GaussianMixture(2, random_state=0).fit(X).save(tmp_path / "full.h5")
    full = Diagonal.load(tmp_path / "full.h5")
    assert full.covariance_type == "full" and full.set_params(colour="blue").fit(X).converged_


def test_a_constructor_has_names_for_its_arguments() -> None:
    class Nameless(asp.GaussianMixture):
        def __init__(self, *sizes: int) -> None:
            super().__init__(sum(sizes))

    class TheirNameless(mixture.GaussianMixture):
        def __init__(self, *sizes: int) -> None:
            super().__init__(sum(sizes))

    said = []
    for kind in (Nameless, TheirNameless):
        with pytest.raises(RuntimeError) as error:
            kind(2).get_params()
        said.append(" ".join(str(error.value).replace("Their", "").split()))
    assert said[0] == said[1]


def test_it_is_a_step_of_a_pipeline() -> None:
    X = clusters()
    steps = pipeline.make_pipeline(
        preprocessing.StandardScaler(), asp.GaussianMixture(3, random_state=0)
    )
    labels = steps.fit_predict(X)
    assert (labels == steps.predict(X)).all()
    weights = np.ones(len(X))
    steps.fit(X, gaussianmixture__sample_weight=weights)
    assert np.isfinite(steps.score(X))


def test_weights_are_routed_where_they_are_asked_for() -> None:
    X, weights = clusters(), np.arange(600.0)
    expected = asp.GaussianMixture(2, random_state=0).fit(X, sample_weight=weights)
    with sklearn.config_context(enable_metadata_routing=True):
        asks = asp.GaussianMixture(2, random_state=0).set_fit_request(sample_weight=True)
        steps = pipeline.make_pipeline(base.clone(asks)).fit(X, sample_weight=weights)
        assert steps[-1].means_.tobytes() == expected.means_.tobytes()
        does_not_say = pipeline.make_pipeline(asp.GaussianMixture(2))
        with pytest.raises(exceptions.UnsetMetadataPassedError):
            does_not_say.fit(X, sample_weight=weights)


def test_its_parameters_can_be_searched() -> None:
    search = model_selection.GridSearchCV(
        asp.GaussianMixture(n_init=3, random_state=0), {"n_components": [1, 2, 3]}, cv=3
    )
    assert search.fit(clusters()).best_params_ == {"n_components": 3}


def test_columns_have_names() -> None:
    frame = pandas.DataFrame(clusters(), columns=["a", "b", "c"])
    fitted = asp.GaussianMixture(3, random_state=0).fit(frame)
    assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
    assert fitted.feature_names_in_.dtype == object
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted.predict(frame)
    with pytest.warns(UserWarning, match="X does not have valid feature names, but GaussianMixtur"):
        fitted.predict(clusters())
    with pytest.warns(UserWarning) as warned:
        fitted.bic(clusters())
    assert warned[0].filename == __file__
    with pytest.raises(ValueError) as error:
        fitted.predict(frame.rename(columns={"b": "d"}))
    assert str(error.value) == (
        "The feature names should match those that were passed during fit.\n"
        "Feature names unseen at fit time:\n- d\n"
        "Feature names seen at fit time, yet now missing:\n- b\n"
    )
    with pytest.raises(ValueError, match="Feature names must be in the same order as they were"):
        fitted.predict(frame[["b", "a", "c"]])
    fitted.fit(clusters())
    assert not hasattr(fitted, "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names, but GaussianMixture was fitted wit"):
        fitted.predict(frame)


def test_names_are_all_strings_or_none_is() -> None:
    mixed = pandas.DataFrame(clusters(), columns=["a", 1, "c"])
    with pytest.raises(TypeError, match="Feature names are only supported if all input features"):
        asp.GaussianMixture().fit(mixed)
    numbered = pandas.DataFrame(clusters())
    assert not hasattr(asp.GaussianMixture().fit(numbered), "feature_names_in_")


def test_missing_values_of_a_frame_are_nan() -> None:
    frame = pandas.DataFrame(clusters()).convert_dtypes()
    assert asp.GaussianMixture().fit(frame).n_features_in_ == 3
    frame.iloc[4, 1] = pandas.NA
    with pytest.raises(ValueError, match=re.escape("Input X contains NaN: X[4, 1] = nan")):
        asp.GaussianMixture().fit(frame)


def test_no_convergence_is_warned_of() -> None:
    message = (
        "Best performing initialization did not converge. Try different init parameters, or "
        "increase max_iter, tol, or check for degenerate data."
    )
    with pytest.warns(exceptions.ConvergenceWarning) as warned:
        asp.GaussianMixture(**given("full"), max_iter=2).fit(clusters())
    assert [str(w.message) for w in warned] == [message]
    assert issubclass(warned[0].category, gmm.ConvergenceWarning)
    assert warned[0].filename == __file__


def test_a_mixture_that_is_not_fitted_says_so() -> None:
    expected = (
        "This GaussianMixture instance is not fitted yet. Call 'fit' with appropriate arguments "
        "before using this estimator."
    )
    X = clusters()
    new = asp.GaussianMixture()
    for ask in (new.predict, new.predict_proba, new.score_samples, new.score, new.bic, new.aic):
        with pytest.raises(exceptions.NotFittedError) as error:
            ask(X)
        assert str(error.value) == expected
    with pytest.raises(gmm.NotFittedError) as error:
        new.sample()
    again = pickle.loads(pickle.dumps(error.value))
    assert str(again) == expected and isinstance(again, exceptions.NotFittedError)


@pytest.mark.parametrize("verbose", [1, 2])
def test_it_prints_what_scikit_learn_prints(
    verbose: int, capsys: pytest.CaptureFixture[str]
) -> None:
    parameters = {**given("full"), "verbose": verbose, "verbose_interval": 2, "tol": 1e-5}
    shown = []
    for kind in (mixture.GaussianMixture, asp.GaussianMixture):
        kind(**parameters).fit(clusters())
        text = capsys.readouterr().out
        shown.append(re.sub(r"time lapse \S+s", "time lapse", text).replace("-0.00000", "0.00000"))
    assert "Initialization 0\n  Iteration 2" in shown[1]
    assert shown[1] == shown[0]


def test_several_starts_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    asp.GaussianMixture(3, n_init=2, random_state=0, verbose=1, tol=1.0).fit(clusters())
    text = capsys.readouterr().out
    assert text == (
        "Initialization 0\nInitialization converged.\nInitialization 1\nInitialization converged.\n"
    )
