#pragma once

#include "asp/base/array.hpp"
#include "krylov/basis.hpp"
#include "krylov/csr.hpp"

namespace krylov {

/// y = A x: each row from its first column to its last, one fused multiply-add each (on processors
/// that have it). The plain version: the oracle of all others. x [columns], y [rows].
template <class Scalar, class Column>
void multiply(const CsrView<Scalar, Column>& matrix, const Scalar* x, Scalar* y);

/// basis [k + 1, vectors, n], [0] given.
template <class Scalar, class Column>
void reference_powers(const CsrView<Scalar, Column>& matrix, const Recurrence& recurrence,
                      asp::View<Scalar, 3> basis);

/// result [vectors, n] = sum over p of coefficient[p] x_p, p = 0 first.
template <class Scalar, class Column>
void reference_polynomial(const CsrView<Scalar, Column>& matrix, const Polynomial& polynomial,
                          asp::View<const Scalar, 2> x, asp::View<Scalar, 2> result);

}  // namespace krylov
