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
from ._parameters import MOST, random_state_of, seed_from

ALL = 2**63 - 1


@dataclass(frozen=True)
class Given:
    """Where a caller wants to start: each part, or None."""

    weights: NDArray[np.float64] | None
    means: NDArray[np.float64] | None
    covariances: NDArray[np.float64] | None

    @classmethod
    def of(cls, p: dict[str, Any], features: int) -> Given:
        """From the parameters `..._init`; `ValueError` where they do not fit."""
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
    def is_none(self) -> bool:
        """Whether all is left to choose."""
        return self.weights is None and self.means is None and self.covariances is None

    @property
    def is_all(self) -> bool:
        """Whether nothing is left to choose."""
        return not (self.weights is None or self.means is None or self.covariances is None)

    def over(self, covariance_type: str, other: _native.GmmMixture | None) -> _native.GmmMixture:
        """What is given, and of another mixture what is not."""
        weights, means, covariances = self.weights, self.means, self.covariances
        if other is not None:
            weights = other.weights if weights is None else weights
            means = other.means if means is None else means
            covariances = covariances_of(other) if covariances is None else covariances
        assert weights is not None and means is not None and covariances is not None
        return native_mixture(covariance_type, weights, means, covariances)


@dataclass
class Outcome:
    """Where the best start ended."""

    mixture: _native.GmmMixture
    trace: list[float] = field(default_factory=list)
    converged: bool = False
    repairs: list[tuple[str, int, int, str]] = field(default_factory=list)
    greatest_fall: float = 0.0
    starts: int = 1
    error: BaseException | None = None

    @classmethod
    def of(cls, state: _native.GmmFitState, before: int = 0) -> Outcome:
        """Of the best start of a fit, without the iterations that were done before it."""
        state = max([state, *state.best], key=lambda s: s.trace[-1] if s.trace else -np.inf)
        repairs = [(kind, m, max(0, i - before), what) for kind, m, i, what in state.repairs]
        return cls(
            state.mixture, state.trace[before:], state.converged, repairs, state.greatest_fall
        )

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

    def fit(self, given: Given) -> Outcome:
        """From as many starts as the parameters say; one where nothing is left to choose."""
        random = random_state_of(self.p["random_state"])
        if given.is_none:
            starts = int(self.p["n_init"]) if self.p["max_iter"] else 1
            found = self._run(None, self.options(seed_from(random), starts))
            found.starts = starts if found.error is None else found.starts
            return found
        best: Outcome | None = None
        for number in range(1 if given.is_all else int(self.p["n_init"])):
            begin, repairs, error = self.start(given, seed_from(random))
            if error is not None:
                if best is None:
                    raise error
                best.error = error
                break
            state = _native.GmmFitState(begin, [], False, [])
            found = self._run(state, self.options(), number=number)
            found.repairs = repairs + found.repairs
            if best is None or found.lower_bound > best.lower_bound:
                best = found
            best.starts, best.error = number + 1, found.error
            if found.error is not None:
                break
        assert best is not None
        return best

    def start(
        self, given: Given, seed: int
    ) -> tuple[_native.GmmMixture, list[tuple[str, int, int, str]], BaseException | None]:
        """A mixture to begin with: what is given, and what is found for the rest; or what was
        raised meanwhile."""
        kind = self.p["covariance_type"]
        if given.is_all:
            return given.over(kind, None), [], None
        found, repairs, error = _native.gmm_start(
            self.rows, self.weights, self.options(seed), *self.how
        )
        return found if error is not None else given.over(kind, found), repairs, error

    def go_on(self, mixture: _native.GmmMixture, lower_bound: float) -> Outcome:
        """From where an earlier fit ended."""
        before = [lower_bound] if np.isfinite(lower_bound) else []
        state = _native.GmmFitState(mixture, before, False, [])
        return self._run(state, self.options(before=len(before)), len(before))

    def options(self, seed: int = 0, starts: int = 1, before: int = 0) -> _native.GmmFitOptions:
        """For the core; `before`: iterations that are done."""
        return fit_options(self.p, int(self.p["n_components"]), seed, starts, before)

    def _run(
        self,
        state: _native.GmmFitState | None,
        options: _native.GmmFitOptions,
        before: int = 0,
        number: int = 0,
    ) -> Outcome:
        hears = None
        if self.p["verbose"]:
            previous = state.trace[-1] if before and state is not None else -np.inf
            hears = Progress(self.p, before, number, previous).hear
        end, error = _native.gmm_fit(state, self.rows, self.weights, options, hears, *self.how)
        outcome = Outcome.of(end, before)
        outcome.error, outcome.starts = error, end.start + 1  # where it did not come to its end
        return outcome


def fit_options(
    p: dict[str, Any], components: int, seed: int, starts: int, before: int = 0
) -> _native.GmmFitOptions:
    """From a constructor's parameters."""
    return _native.GmmFitOptions(
        p["covariance_type"],
        components,
        p["init_params"],
        starts,
        min(int(p["max_iter"]) + before, MOST),
        float(p["tol"]),
        seed,
        _native.GmmMStepOptions(float(p["reg_covar"])),
    )


class Progress:
    """What `verbose` prints: scikit-learn's lines."""

    def __init__(self, p: dict[str, Any], before: int, number: int, previous: float) -> None:
        self._verbose, self._interval = int(p["verbose"]), int(p["verbose_interval"])
        self._last_iteration = int(p["max_iter"])
        self._before, self._number, self._previous = before, number, previous
        self._start = -1
        self._began = self._last = time.perf_counter()

    def hear(self, start: int, iteration: int, log_likelihood: float, converged: bool) -> None:
        """After each iteration."""
        if start != self._start:
            self._begin(start)
        change, self._previous = log_likelihood - self._previous, log_likelihood
        iteration -= self._before
        if iteration % self._interval == 0:
            self._iteration(iteration, change)
        if converged or iteration == self._last_iteration:
            self._end(log_likelihood, converged)

    def _begin(self, start: int) -> None:
        print(f"Initialization {self._number + start}")
        if self._start >= 0:
            self._previous = -np.inf
            self._began = self._last = time.perf_counter()
        self._start = start

    def _iteration(self, iteration: int, change: float) -> None:
        if self._verbose == 1:
            print(f"  Iteration {iteration}")
            return
        now = time.perf_counter()
        took, self._last = now - self._last, now
        print(f"  Iteration {iteration}\t time lapse {took:.5f}s\t ll change {change:.5f}")

    def _end(self, log_likelihood: float, converged: bool) -> None:
        word = "converged" if converged else "did not converge"
        if self._verbose == 1:
            print(f"Initialization {word}.")
            return
        took = time.perf_counter() - self._began
        print(
            f"Initialization {word}. time lapse {took:.5f}s\t lower bound {log_likelihood:.5f}."
        )


def hart_count(threads: int | None) -> int:
    """For the core: as many as are idle where nothing is said."""
    return ALL if threads is None else int(threads)


def kernel_mode() -> str:
    """For the core. In mode "auto" a kernel is compiled in the background when it has run for a
    second; all kernels give the same bits."""
    return native_mode(None)
