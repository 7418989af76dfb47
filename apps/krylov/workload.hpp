#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "asp/base/array.hpp"
#include "asp/harts/team.hpp"
#include "krylov/akx.hpp"
#include "krylov/basis.hpp"
#include "krylov/csr.hpp"

namespace krylov {

/// Vectors to start from and room for what comes of them: what one call computes.
template <class Scalar>
struct Workload {
    CsrView<Scalar> matrix;
    Polynomial polynomial;  ///< where the basis is kept, its recurrence alone
    Keep keep = Keep::basis;
    /// [k + 1, vectors, n] the basis, or [2, vectors, n] x and the polynomial's value; [0] given.
    asp::Array<Scalar, 3> vectors;

    std::size_t k() const { return polynomial.recurrence.k(); }
    /// [k, vectors, n] or [1, vectors, n]
    asp::View<const Scalar, 3> results() const;
};

/// Of the whole machine.
std::size_t physical_memory_bytes();

/// x is 0 until somebody sets it. Without coefficients a polynomial has k + 1 ones. Throws
/// InputError for another number of coefficients, asp::BackendError for more vectors than this
/// machine has memory for.
template <class Scalar>
Workload<Scalar> make_workload(const CsrView<Scalar>& matrix, const Recurrence& recurrence,
                               Keep keep, int vectors, std::span<const double> coefficients = {});

template <class Scalar>
void run(const Akx<Scalar>& akx, Workload<Scalar>& work, const asp::Team* team);

/// The oracle's results beside the same x.
template <class Scalar>
asp::Array<Scalar, 3> reference_results(const Workload<Scalar>& work);

/// Numbers between -1 and 1, always the same for the same seed and length.
template <class Scalar>
void fill_random(std::span<Scalar> x, std::uint64_t seed = 1);

/// x [vectors, n] from "FILE.h5:/x": a dataset of n or vectors x n numbers, and for a complex
/// matrix pairs of them, last. Throws InputError.
template <class Scalar>
void read_x(const std::string& place, Workload<Scalar>& work);

/// Greatest sum of absolute values in a row: no eigenvalue is larger.
template <class Scalar>
double infinity_norm(const CsrView<Scalar>& matrix);

}  // namespace krylov
