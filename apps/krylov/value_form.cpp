#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <optional>

#include "krylov/sliced_matrix.hpp"

namespace krylov {
namespace {

/// The different numbers of a matrix, 0 first; nothing where they are more than 16.
template <class Scalar, class Column>
std::optional<std::array<Scalar, 16>> few_numbers(const CsrView<Scalar, Column>& matrix) {
    std::array<Scalar, 16> numbers{};
    std::size_t count = 1;
    for (const Scalar& value : matrix.value) {
        const Scalar* const end = numbers.data() + count;
        if (std::find(std::as_const(numbers).data(), end, value) != end) continue;
        // What is not a number equals none, not even itself.
        if (count == numbers.size() || value != value) return std::nullopt;
        numbers[count++] = value;
    }
    return numbers;
}

}  // namespace

template <class Scalar, class Column>
ShortForm<Scalar> shortest_form(const CsrView<Scalar, Column>& matrix) {
    if constexpr (std::is_same_v<Scalar, double>) {
        const auto is_minus_zero = [](double x) { return x == 0.0 && std::signbit(x); };
        const auto numbers = few_numbers(matrix);
        if (numbers && std::ranges::none_of(matrix.value, is_minus_zero))
            return {ValueForm::coded, *numbers};
        const auto is_single = [](double x) {
            return static_cast<double>(static_cast<float>(x)) == x;
        };
        if (std::ranges::all_of(matrix.value, is_single)) return {ValueForm::single, {}};
    }
    return {};
}

#define KRYLOV_INSTANTIATE(Scalar)                                    \
    template ShortForm<Scalar> shortest_form(const CsrView<Scalar>&); \
    template ShortForm<Scalar> shortest_form(const CsrView<Scalar, std::int64_t>&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov
