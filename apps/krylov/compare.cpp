#include "krylov/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace krylov {
namespace {

std::string exact_text(double value) {
    return fmt::format("{:a}", value);
}
std::string exact_text(float value) {
    return fmt::format("{:a}", static_cast<double>(value));
}
template <class Real>
std::string exact_text(std::complex<Real> value) {
    return fmt::format("({}, {})", exact_text(value.real()), exact_text(value.imag()));
}

template <class Real>
bool is_finite(Real value) {
    return std::isfinite(value);
}
template <class Real>
bool is_finite(std::complex<Real> value) {
    return std::isfinite(value.real()) && std::isfinite(value.imag());
}

template <class Scalar>
bool has_same_bits(const Scalar& a, const Scalar& b) {
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): bits are what is compared
    return std::memcmp(&a, &b, sizeof(Scalar)) == 0;
}

/// Level, vector and row of the value at `place`.
Overflow coordinates(std::size_t place, const asp::Extents<3>& extents) {
    return {place / (extents[1] * extents[2]), place / extents[2] % extents[1], place % extents[2]};
}

}  // namespace

template <class Scalar>
std::optional<Difference> first_difference(asp::View<const Scalar, 3> found,
                                           asp::View<const Scalar, 3> expected) {
    const auto [at, other] =
        std::mismatch(found.begin(), found.end(), expected.begin(), has_same_bits<Scalar>);
    if (at == found.end()) return std::nullopt;
    const auto place = coordinates(static_cast<std::size_t>(at - found.begin()), found.extents());
    return Difference{place.level, place.vector, place.row, exact_text(*at), exact_text(*other)};
}

template <class Scalar>
std::optional<Overflow> first_overflow(asp::View<const Scalar, 3> vectors) {
    const auto* at = std::find_if_not(vectors.begin(), vectors.end(),
                                      [](const Scalar& value) { return is_finite(value); });
    if (at == vectors.end()) return std::nullopt;
    return coordinates(static_cast<std::size_t>(at - vectors.begin()), vectors.extents());
}

#define KRYLOV_INSTANTIATE(Scalar)                                                   \
    template std::optional<Difference> first_difference(asp::View<const Scalar, 3>,  \
                                                        asp::View<const Scalar, 3>); \
    template std::optional<Overflow> first_overflow(asp::View<const Scalar, 3>);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov
