#pragma once

#include <complex>
#include <cstdint>

/// For source files of templates: KRYLOV_INSTANTIATE(Scalar, Column), which they define, for all
/// numbers and column indices that matrices have.
#define KRYLOV_INSTANTIATE_ALL                    \
    KRYLOV_INSTANTIATE_BOTH(double)               \
    KRYLOV_INSTANTIATE_BOTH(float)                \
    KRYLOV_INSTANTIATE_BOTH(std::complex<double>) \
    KRYLOV_INSTANTIATE_BOTH(std::complex<float>)
#define KRYLOV_INSTANTIATE_BOTH(Scalar)      \
    KRYLOV_INSTANTIATE(Scalar, std::int32_t) \
    KRYLOV_INSTANTIATE(Scalar, std::int64_t)
