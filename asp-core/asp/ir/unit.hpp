#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace asp::ir {

/// Physical dimension: exponents of m, kg, s, A, K, mol, cd, in sixtieths, so that roots are exact.
/// Values are always SI: a unit has no factor.
struct Dimension {
    static constexpr int parts = 60;
    std::array<int, 7> exponents{};

    bool operator==(const Dimension&) const = default;
    bool is_number() const { return *this == Dimension{}; }
};

/// A dimension, or unknown, which fits everything.
using Unit = std::optional<Dimension>;

Dimension operator*(const Dimension& a, const Dimension& b);
Dimension operator/(const Dimension& a, const Dimension& b);
/// Nothing where the exponents are no sixtieths.
std::optional<Dimension> power(const Dimension& a, double exponent);

/// "Pa s/m^3", "m2", "kg m^-3", "1": SI units without prefixes (m kg s A K mol cd N Pa J W Hz),
/// with products by space or '*', one '/' for all that follows it. Nothing if it cannot be read.
std::optional<Dimension> parse_unit(std::string_view text);
/// The shortest form: "Pa" for kg m^-1 s^-2, "m^2", "1".
std::string to_string(const Dimension& dimension);

}  // namespace asp::ir
