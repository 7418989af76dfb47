"""What a fit did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


_MOST_SHOWN = 10


@dataclass(frozen=True)
class Repair:
    """What had to be done so that a mixture stays one.

    Attributes
    ----------
    kind : {"variance_floor", "jitter", "reseeded", "fewer_components"}
    component : int
    iteration : int
        0: at the start.
    what : str
        For a person, one line.
    """

    kind: str
    component: int
    iteration: int
    what: str


@dataclass(frozen=True, eq=False)
class Report:
    """What a fit did.

    Attributes
    ----------
    repairs : tuple of Repair
        Of the start that was kept; none: nothing was degenerate.
    log_likelihood : ndarray, shape (iterations,)
        Mean of the samples' before each iteration [nats].
    greatest_fall : float
        Most that it ever fell by [nats], where no component had been re-seeded just before.
        Rounding and regularization explain little.
    starts : int
        That were tried.
    seconds : float
        Of the whole fit; NaN for one of many.
    samples, features : int
        0 samples: their number is not known, of a mixture from a file.
    dtype : numpy.dtype
        Of samples and arithmetic.
    """

    repairs: tuple[Repair, ...]
    log_likelihood: NDArray[np.float64]
    greatest_fall: float
    starts: int
    seconds: float
    samples: int
    features: int
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        """Some lines for a person."""
        best = f" of the best of {self.starts} starts" if self.starts > 1 else ""
        took = f", {self.seconds:.3g} s" if np.isfinite(self.seconds) else ""
        lines = [
            f"{f'{self.samples} samples of ' if self.samples else ''}{self.features} features, "
            f"{self.dtype}: "
            f"{len(self.log_likelihood)} iterations{best}{took}"
        ]
        if len(self.log_likelihood):
            lines.append(
                f"log-likelihood of a sample: {self.log_likelihood[0]:.6g} before the first, "
                f"{self.log_likelihood[-1]:.6g} before the last"
            )
        shown = self.repairs[:_MOST_SHOWN]
        lines += [f"repaired in iteration {r.iteration}: {r.what}" for r in shown]
        if len(shown) < len(self.repairs):
            lines.append(f"and {len(self.repairs) - len(shown)} further repairs")
        return "\n".join(lines)


def repairs_of(native: list[tuple[str, int, int, str]]) -> tuple[Repair, ...]:
    """From the core's."""
    return tuple(Repair(*each) for each in native)
