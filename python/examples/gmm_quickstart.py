"""A Gaussian mixture of unknown size, found, drawn, and beside scikit-learn's.

python gmm_quickstart.py --samples 20000
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np

import asp
from timing import seconds

CENTRES = np.array([[-4.0, 0.0], [0.0, 2.5], [3.5, -1.5], [5.0, 3.0]])
DEVIATIONS = np.array([[1.4, 0.5], [0.6, 1.0], [0.9, 0.9], [0.5, 0.4]])
SHARES = np.array([0.4, 0.3, 0.2, 0.1])


def points(samples: int) -> np.ndarray:
    """Four clouds."""
    random = np.random.default_rng(0)
    which = random.choice(len(SHARES), samples, p=SHARES)
    return CENTRES[which] + DEVIATIONS[which] * random.standard_normal((samples, 2))


def draw(mixture: asp.GaussianMixture, X: np.ndarray, columns: int = 72, rows: int = 20) -> str:
    """Each cell has the letter of the component that is likeliest there; none where no point is."""
    low, high = X.min(axis=0), X.max(axis=0)
    cells = (((X - low) / (high - low)) * [columns - 1e-9, rows - 1e-9]).astype(int)
    picture = np.full((rows, columns), " ")
    order = np.argsort(mixture.means_[:, 0])
    letters = np.empty(len(order), dtype="<U1")
    letters[order] = list("abcdefghij"[: len(order)])
    picture[rows - 1 - cells[:, 1], cells[:, 0]] = letters[mixture.predict(X)]
    return "\n".join("  " + "".join(line).rstrip() for line in picture)


def show_components(mixture: asp.GaussianMixture) -> None:
    """A line for each, from left to right."""
    print("    share        mean            deviations")
    for letter, m in zip("abcdefghij", np.argsort(mixture.means_[:, 0])):
        mean, deviation = mixture.means_[m], np.sqrt(mixture.covariances_[m])
        print(
            f"  {letter} {mixture.weights_[m]:5.2f}  {mean[0]:7.2f} {mean[1]:7.2f}  "
            f"{deviation[0]:7.2f} {deviation[1]:7.2f}"
        )


def beside_scikit_learn(found: asp.GaussianMixture, X: np.ndarray) -> None:
    """The same start and the same iterations."""
    try:
        from sklearn.mixture import GaussianMixture
    except ImportError:
        print("scikit-learn is not installed: nothing to compare with")
        return
    start = {
        "n_components": found.n_components,
        "covariance_type": "diag",
        "weights_init": found.weights_,
        "means_init": found.means_ + 0.3,
        "precisions_init": found.precisions_,
        "max_iter": 20,
        "tol": 0.0,
    }
    ours, theirs = asp.GaussianMixture(**start), GaussianMixture(**start)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 20 iterations are all that is wanted
        our_time, their_time = seconds(lambda: ours.fit(X)), seconds(lambda: theirs.fit(X))
    apart = abs(ours.lower_bound_ - theirs.lower_bound_)
    print(f"20 iterations: {our_time * 1e3:.1f} ms, scikit-learn {their_time * 1e3:.1f} ms")
    print(f"log-likelihoods of a sample differ by {apart:.1e}")


def main(samples: int = 20000) -> None:
    X = points(samples)
    chosen = asp.gmm.select(X, range(1, 8), covariance_type="diag", n_init=3, random_state=0)
    print(f"{chosen}\n")
    print(f"{draw(chosen.best, X[:4000])}\n")
    show_components(chosen.best)
    print(f"\n{chosen.best.report_}")
    beside_scikit_learn(chosen.best, X)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=20000)
    main(**vars(parser.parse_args()))
