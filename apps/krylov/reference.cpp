#include "krylov/reference.hpp"

#include <algorithm>

#include "krylov/detail/instantiate.hpp"
#include "krylov/detail/multiply_add.hpp"

namespace krylov {
namespace {

using detail::multiply_add;

/// y = a (A x) + b x + c previous, where y holds A x.
template <class Scalar>
void take_step(const Recurrence& recurrence, std::size_t p, std::span<Scalar> y, const Scalar* x,
               const Scalar* previous) {
    using Real = detail::Real<Scalar>;
    const auto a = static_cast<Real>(recurrence.a[p]), b = static_cast<Real>(recurrence.b[p]);
    const auto c = static_cast<Real>(recurrence.c[p]);
    for (std::size_t i = 0; i < y.size(); ++i) {
        Scalar value = multiply_add(b, x[i], a * y[i]);
        if (recurrence.has_previous()) value = multiply_add(c, previous[i], value);
        y[i] = value;
    }
}

}  // namespace

template <class Scalar, class Column>
void multiply(const CsrView<Scalar, Column>& matrix, const Scalar* x, Scalar* y) {
    for (std::int64_t i = 0; i < matrix.rows(); ++i) {
        Scalar sum{};
        const auto row = static_cast<std::size_t>(i);
        for (auto j = matrix.row_start[row]; j < matrix.row_start[row + 1]; ++j) {
            const auto entry = static_cast<std::size_t>(j);
            sum = multiply_add(matrix.value[entry], x[matrix.column[entry]], sum);
        }
        y[i] = sum;
    }
}

template <class Scalar, class Column>
void reference_powers(const CsrView<Scalar, Column>& matrix, const Recurrence& recurrence,
                      asp::View<Scalar, 3> basis) {
    const auto n = static_cast<std::size_t>(matrix.rows());
    for (std::size_t p = 0; p < recurrence.k(); ++p)
        for (std::size_t v = 0; v < basis.extent(1); ++v) {
            Scalar* const y = &basis(p + 1, v, 0);
            multiply(matrix, &basis(p, v, 0), y);
            if (!recurrence.is_monomial())
                take_step(recurrence, p, std::span(y, n), &basis(p, v, 0),
                          &basis(p > 0 ? p - 1 : 0, v, 0));
        }
}

template <class Scalar, class Column>
void reference_polynomial(const CsrView<Scalar, Column>& matrix, const Polynomial& polynomial,
                          asp::View<const Scalar, 2> x, asp::View<Scalar, 2> result) {
    using Real = detail::Real<Scalar>;
    const std::size_t k = polynomial.recurrence.k();
    asp::Array<Scalar, 3> basis({k + 1, x.extent(0), x.extent(1)});
    std::copy(x.begin(), x.end(), basis.begin());
    reference_powers(matrix, polynomial.recurrence, basis.view());
    for (std::size_t i = 0; i < x.size(); ++i) {
        Scalar sum = static_cast<Real>(polynomial.coefficient[0]) * x.data()[i];
        for (std::size_t p = 1; p <= k; ++p)
            sum = multiply_add(static_cast<Real>(polynomial.coefficient[p]),
                               basis.data()[p * x.size() + i], sum);
        result.data()[i] = sum;
    }
}

#define KRYLOV_INSTANTIATE(Scalar, Column)                                                \
    template void multiply(const CsrView<Scalar, Column>&, const Scalar*, Scalar*);       \
    template void reference_powers(const CsrView<Scalar, Column>&, const Recurrence&,     \
                                   asp::View<Scalar, 3>);                                 \
    template void reference_polynomial(const CsrView<Scalar, Column>&, const Polynomial&, \
                                       asp::View<const Scalar, 2>, asp::View<Scalar, 2>);
KRYLOV_INSTANTIATE_ALL

}  // namespace krylov
