"""Mixtures and statistics in files, shared with the program gmm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import asp
from asp import gmm

from gmm_samples import KINDS, clusters, given


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_mixture_answers_with_the_same_bits(kind: str, tmp_path: Path) -> None:
    X = clusters(dtype=np.float32)
    saved = asp.GaussianMixture(3, covariance_type=kind, tol=1e-4, random_state=0, n_init=2).fit(X)
    saved.save(tmp_path / "model.h5")
    loaded = asp.GaussianMixture.load(str(tmp_path / "model.h5"))
    assert loaded.score_samples(X).tobytes() == saved.score_samples(X).tobytes()
    assert loaded.lower_bounds_ == saved.lower_bounds_
    assert loaded.converged_ is saved.converged_ is True
    assert loaded.get_params() == saved.get_params() | {"random_state": None}
    assert loaded.report_.dtype == np.float32


def test_what_was_repaired_is_saved(tmp_path: Path) -> None:
    X = np.repeat([[0.0, 1.0], [2.0, 5.0]], 10, axis=0)
    saved = asp.GaussianMixture(4, random_state=0).fit(X)
    saved.save(tmp_path / "model.h5")
    loaded = asp.GaussianMixture.load(tmp_path / "model.h5")
    assert loaded.report_.repairs == saved.report_.repairs != ()


def test_a_loaded_mixture_goes_on(tmp_path: Path) -> None:
    X = clusters()
    whole = asp.GaussianMixture(**given("full"), tol=1e-5).fit(X)
    half = asp.GaussianMixture(**given("full"), tol=1e-1).fit(X)
    half.save(tmp_path / "half.h5")
    loaded = asp.GaussianMixture.load(tmp_path / "half.h5")
    loaded.set_params(warm_start=True, tol=1e-5).fit(X)
    assert loaded.means_.tobytes() == whole.means_.tobytes()
    assert half.n_iter_ + loaded.n_iter_ == whole.n_iter_


def test_statistics_are_saved_whole(tmp_path: Path) -> None:
    mixture = asp.GaussianMixture(**given("tied")).fit(clusters())
    saved = gmm.statistics(mixture, clusters())
    saved.save(tmp_path / "seen.h5")
    loaded = gmm.Statistics.load(tmp_path / "seen.h5")
    for name in ("about", "weight", "first", "second"):
        assert getattr(loaded, name).tobytes() == getattr(saved, name).tobytes()
    assert (loaded.samples, loaded.log_likelihood) == (600, saved.log_likelihood)


@pytest.mark.parametrize("load", [asp.GaussianMixture.load, gmm.Statistics.load])
def test_a_file_that_is_none_is_named(load: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.h5").write_text("no model")
    for name in ("notes.h5", "missing.h5"):
        with pytest.raises(asp.InputError) as error:
            load(tmp_path / name)
        assert str(error.value).startswith(f"{tmp_path / name}: ")
        assert "\n" not in str(error.value)


def test_one_kind_of_file_is_not_the_other(tmp_path: Path) -> None:
    asp.GaussianMixture(**given("diag")).fit(clusters()).save(tmp_path / "model.h5")
    with pytest.raises(asp.InputError, match="model.h5"):
        gmm.Statistics.load(tmp_path / "model.h5")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    mixture = asp.GaussianMixture(**given("diag")).fit(clusters())
    with pytest.raises(asp.BackendError, match="nowhere/model.h5"):
        mixture.save(tmp_path / "nowhere" / "model.h5")
    with pytest.raises(gmm.NotFittedError):
        asp.GaussianMixture().save(tmp_path / "model.h5")
