"""EM from one or several starts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _native
from .._modes import native_mode
from ._mixture import (
    checked_means,
    checked_weights,
    covariances_from_precisions,
    covariances_of,
    native_mixture,
)
from ._parameters import random_state_of, seed_from

ALL = 2**63 - 1


@dataclass(frozen=True)
class Given:
    """Where a caller wants to start: each part, or None."""

    weights: NDArray[np.float64] | None
    means: NDArray[np.float64] | None
    covariances: NDArray[np.float64] | None

    @classmethod
    def of(cls, p: dict[str, Any], features: int) -> Given:
        """From `weights_init`, `means_init`, `precisions_init`; `ValueError` where they do not fit."""
        components = int(p["n_components"])
        weights, means, precisions = p["weights_init"], p["means_init"], p["precisions_init"]
        return cls(
            None if weights is None else checked_weights(weights, components),
            None if means is None else checked_means(means, components, features),
            None
            if precisions is None
            else covariances_from_precisions(
                p["covariance_type"], precisions, components, features
            ),
        )

    @property
    def is_all(self) -> bool:
        """Whether nothing is left to choose."""
        return not (self.weights is None or self.means is None or self.covariances is None)

    def over(self, covariance_type: str, other: _native.GmmMixture | None) -> _native.GmmMixture:
        """What is given, and of another mixture what is not."""
        parts = (self.weights, self.means, self.covariances)
        if other is not None:
            others = (other.weights, other.means, covariances_of(other))
            parts = tuple(o if p is None else p for p, o in zip(parts, others))  # type: ignore[assignment]
        weights, means, covariances = parts
        assert weights is not None and means is not None and covariances is not None
        return native_mixture(covariance_type, weights, means, covariances)


@dataclass
class Outcome:
    """The best start's end."""

    mixture: _native.GmmMixture
    trace: list[float] = field(default_factory=list)
    converged: bool = False
    repairs: list[tuple[str, int, int, str]] = field(default_factory=list)
    starts: int = 1
    error: BaseException | None = None

    @property
    def lower_bound(self) -> float:
        """Of the last iteration."""
        return self.trace[-1] if self.trace else -np.inf


class EM:
    """Data, and how to work on them."""

    def __init__(
        self, rows: NDArray[Any], weights: NDArray[Any] | None, parameters: dict[str, Any]
    ) -> None:
        self.rows, self.weights, self.p = rows, weights, parameters
        self.how = (hart_count(parameters["threads"]), kernel_mode())
        self.progress = Progress(int(parameters["verbose"]), int(parameters["verbose_interval"]))

    def fit(self, given: Given) -> Outcome:
        """From as many starts as the parameters say; one where nothing is left to choose."""
        random = random_state_of(self.p["random_state"])
        starts = 1 if given.is_all else int(self.p["n_init"])
        best: Outcome | None = None
        for number in range(starts):
            self.progress.start(number)
            found = self._run(self.start(given, seed_from(random)))
            if best is None or found.lower_bound > best.lower_bound:
                best = found
            best.starts = number + 1
            if found.error is not None:
                best.error = found.error
                break
        assert best is not None
        return best

    def start(self, given: Given, seed: int) -> Outcome:
        """A mixture to begin with."""
        kind = self.p["covariance_type"]
        if given.is_all:
            return Outcome(given.over(kind, None))
        mixture, repairs = _native.gmm_start(self.rows, self.weights, self._options(seed), *self.how)
        return Outcome(given.over(kind, mixture), repairs=repairs)

    def go_on(self, mixture: _native.GmmMixture, lower_bound: float) -> Outcome:
        """From where an earlier fit ended."""
        self.progress.start(0)
        return self._run(Outcome(mixture), [lower_bound] if np.isfinite(lower_bound) else [])

    def _run(self, begin: Outcome, before: list[float] | None = None) -> Outcome:
        before = before or []
        if self.p["max_iter"] == 0:
            return begin
        options = self._options(0, len(before))
        hears = self.progress.listener(before)
        state, error = _native.gmm_continue_fit(
            _native.GmmFitState(begin.mixture, before),
            self.rows,
            self.weights,
            options,
            hears,
            *self.how,
        )
        end = Outcome(
            state.mixture,
            state.trace[len(before) :],
            state.converged,
            begin.repairs + [(k, m, i - len(before), what) for k, m, i, what in state.repairs],
            error=error,
        )
        self.progress.end(end)
        return end

    def _options(self, seed: int, iterations_before: int = 0) -> _native.GmmFitOptions:
        return _native.GmmFitOptions(
            self.p["covariance_type"],
            int(self.p["n_components"]),
            self.p["init_params"],
            int(self.p["max_iter"]) + iterations_before,
            float(self.p["tol"]),
            seed,
            _native.GmmMStepOptions(float(self.p["reg_covar"])),
        )


class Progress:
    """What `verbose` prints: scikit-learn's lines."""

    def __init__(self, verbose: int, interval: int) -> None:
        self._verbose, self._interval = verbose, interval
        self._began = self._last = 0.0

    def start(self, number: int) -> None:
        if self._verbose:
            print(f"Initialization {number}")
        self._began = self._last = time.perf_counter()

    def listener(self, before: list[float]) -> Any:
        """To be called with the iteration and its log-likelihood; None: nothing is to be said."""
        if not self._verbose:
            return None
        previous = before[-1] if before else -np.inf

        def hear(iteration: int, log_likelihood: float) -> None:
            nonlocal previous
            change, previous = log_likelihood - previous, log_likelihood
            self._iteration(iteration - len(before), change)

        return hear

    def _iteration(self, iteration: int, change: float) -> None:
        if iteration % self._interval:
            return
        if self._verbose == 1:
            print(f"  Iteration {iteration}")
            return
        now = time.perf_counter()
        print(
            f"  Iteration {iteration}\t time lapse {now - self._last:.5f}s\t ll change {change:.5f}"
        )
        self._last = now

    def end(self, outcome: Outcome) -> None:
        word = "converged" if outcome.converged else "did not converge"
        if self._verbose == 1:
            print(f"Initialization {word}.")
        elif self._verbose > 1:
            print(
                f"Initialization {word}. time lapse {time.perf_counter() - self._began:.5f}s\t "
                f"lower bound {outcome.lower_bound:.5f}."
            )


def hart_count(threads: int | None) -> int:
    """For the core: as many as are idle where nothing is said."""
    return ALL if threads is None else int(threads)


def kernel_mode() -> str:
    """For the core. A kernel is made before the first pass, never swapped in later: the same call
    has the same bits."""
    mode = native_mode(None)
    return "sync" if mode == "auto" else mode
