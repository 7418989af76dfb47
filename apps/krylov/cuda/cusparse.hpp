#pragma once

#include "krylov/csr.hpp"

namespace krylov::cuda {

/// [s] of `k` products one after the other by cuSPARSE's CSR, with its analysis done before; the
/// mean of so many. Throws BackendError.
double cusparse_seconds(const Csr<double>& matrix, int k, int repetitions);

}  // namespace krylov::cuda
