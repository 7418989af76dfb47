"""Samples that do not fit memory."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from .. import _native
from ._fit import Outcome, hart_count, kernel_mode
from ._gaussian_mixture import GaussianMixture
from ._many import options_of, parameters_of
from ._parameters import MOST

Input = str | os.PathLike[str]


def fit_files(
    inputs: Input | Sequence[Input],
    n_components: int = 1,
    *,
    weights: Input | None = None,
    rows: str | None = None,
    memory_mib: int | None = None,
    **parameters: Any,
) -> GaussianMixture:
    """Fits a mixture to samples in files that need not fit memory.

    They are read in blocks, once for each pass, while the block before is worked on. Samples of
    which all are float32 are worked on in float32.

    Parameters
    ----------
    inputs : path or sequence of paths
        ``"FILE.h5:/dataset"`` or ``"FILE.npy"``, of shape (n_samples, n_features), float32 or
        float64; one behind another.
    n_components : int
    weights : path, optional
        Of all these samples, one list.
    rows : str, optional
        ``"1000:2000"``, ``"1000:"``, ``":2000"``: only these samples.
    memory_mib : int, optional
        Samples that take no more [MiB] are kept in memory, by default a quarter of the machine's;
        others are read for each pass, and take two blocks of 8 MiB or so.
    **parameters
        Of `GaussianMixture`, as of `fit_many`.

    Returns
    -------
    GaussianMixture
        To the bit that of `GaussianMixture.fit` for the same samples. Whether it has converged says
        its `converged_`.

    Raises
    ------
    InputError
        A file that is not there or of another shape or type; a NaN, an infinity or a negative
        weight, with file, row and column. Also a `ValueError`.
    KeyboardInterrupt
        Ctrl-C: nothing is kept.
    """
    began = time.perf_counter()
    checked = parameters_of("fit_files", {"n_components": n_components} | parameters)
    if memory_mib is None:
        memory_mib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4 >> 20
    if not (isinstance(memory_mib, Integral) and 0 <= memory_mib <= MOST):
        raise ValueError(f"memory_mib = {memory_mib!r}: expected a whole number from 0 to {MOST}")
    if not (rows is None or isinstance(rows, str)):
        raise TypeError(f"rows = {rows!r}: expected a str, as '0:1000'")
    several = [inputs] if isinstance(inputs, (str, os.PathLike)) else list(inputs)
    if not several:
        raise ValueError("inputs is empty: expected FILE.h5:/dataset or FILE.npy")
    source = _native.GmmFrameInput(
        [os.fspath(each) for each in several],
        "" if weights is None else os.fspath(weights),
        "" if rows is None else rows,
    )
    if source.size < n_components:
        raise ValueError(
            f"Expected n_samples >= n_components but got n_components = {n_components}, "
            f"n_samples = {source.size}"
        )
    options = options_of(checked, n_components)
    threads = hart_count(checked["threads"])
    state, error = source.fit(int(memory_mib) << 20, options, threads, kernel_mode())
    if error is not None:
        raise error
    made = GaussianMixture(**checked)
    outcome = Outcome.of(state)
    outcome.starts = int(checked["n_init"])
    dtype = np.dtype(np.float32 if source.is_single else np.float64)
    seconds = time.perf_counter() - began
    made._keep(outcome, (source.size, source.dimension), dtype, seconds)
    made._set_features(source.dimension, None)
    return made
