"""Mixtures and statistics in files, shared with the program gmm."""

from __future__ import annotations

import _thread
import threading
import warnings
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


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("memory_mib", [0, 100])
def test_samples_in_files_give_the_mixture_of_those_in_memory(
    memory_mib: int, dtype: Any, tmp_path: Path
) -> None:
    X = clusters(400000, dtype)  # more than a block of 8 MiB, or of 4
    np.save(tmp_path / "one.npy", X[:100001])
    np.save(tmp_path / "other.npy", X[100001:])
    parameters: dict[str, Any] = {"random_state": 0, "max_iter": 2, "covariance_type": "diag"}
    streamed = gmm.fit_files(
        [tmp_path / "one.npy", tmp_path / "other.npy"], 3, memory_mib=memory_mib, **parameters
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two iterations are all that is wanted
        expected = asp.GaussianMixture(3, **parameters).fit(X)
    assert streamed.means_.tobytes() == expected.means_.tobytes()
    assert streamed.covariances_.tobytes() == expected.covariances_.tobytes()
    assert streamed.report_.dtype == dtype and streamed.report_.samples == 400000


def test_samples_in_files_have_weights(tmp_path: Path) -> None:
    X, weights = clusters(), np.arange(600.0)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "w.npy", weights)
    found = gmm.fit_files(tmp_path / "x.npy", 2, weights=tmp_path / "w.npy", random_state=0)
    expected = asp.GaussianMixture(2, random_state=0).fit(X, sample_weight=weights)
    assert found.means_.tobytes() == expected.means_.tobytes()
    part = gmm.fit_files(tmp_path / "x.npy", 2, rows="100:400", random_state=0)
    expected = asp.GaussianMixture(2, random_state=0).fit(X[100:400])
    assert part.means_.tobytes() == expected.means_.tobytes()


def test_what_is_wrong_with_files_is_named(tmp_path: Path) -> None:
    X = clusters()
    X[77, 1] = np.nan
    np.save(tmp_path / "x.npy", X)
    path = str(tmp_path / "x.npy")
    for act, message in (
        (lambda: gmm.fit_files(path, 2), f"{path}: row 77, column 1: "),
        (lambda: gmm.fit_files(tmp_path / "y.npy"), f"{tmp_path / 'y.npy'}: "),
        (lambda: gmm.fit_files([]), "inputs is empty: expected FILE.h5:/dataset or FILE.npy"),
        (lambda: gmm.fit_files(path, rows="9:700"), "rows 9:700: expected rows of [0, 600)"),
        (lambda: gmm.fit_files(path, rows="600:"), "rows 600:: expected rows of [0, 600)"),
        (lambda: gmm.fit_files(path, rows="nine"), "rows nine: expected FIRST:END"),
        (
            lambda: gmm.fit_files(path, memory_mib=-1),
            "memory_mib = -1: expected a whole number from 0 to 2147483647",
        ),
        (
            lambda: gmm.fit_files(path, memory_mib=2**44),
            "memory_mib = 17592186044416: expected a whole number from 0 to 2147483647",
        ),
        (
            lambda: gmm.fit_files(path, memory_mib=1.5),  # type: ignore[arg-type]
            "memory_mib = 1.5: expected a whole number from 0 to 2147483647",
        ),
        (lambda: gmm.fit_files(path, 601), "Expected n_samples >= n_components but got n_compon"),
        (lambda: gmm.fit_files(path, 0), "The 'n_components' parameter of fit_files must be an i"),
    ):
        with pytest.raises(ValueError) as error:
            act()
        assert str(error.value).startswith(message)
        assert "\n" not in str(error.value)
    with pytest.raises(TypeError) as wrong:
        gmm.fit_files(path, rows=3)  # type: ignore[arg-type]
    assert str(wrong.value) == "rows = 3: expected a str, as '0:1000'"


def test_ctrl_c_ends_a_fit_to_files(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", clusters(3000))
    threading.Timer(0.4, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        gmm.fit_files(tmp_path / "x.npy", 3, tol=0.0, max_iter=10**9, random_state=0)
