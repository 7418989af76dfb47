#include "asp/ir/unit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <tuple>

namespace asp::ir {
namespace {

struct NamedUnit {
    std::string_view name;
    std::array<int, 7> exponents;  ///< of m, kg, s, A, K, mol, cd
    bool shown;                    ///< 1/s is not always a frequency, so Hz is read but not written
};

constexpr std::array<NamedUnit, 12> named{{
    {"kg", {0, 1, 0, 0, 0, 0, 0}, true},
    {"m", {1, 0, 0, 0, 0, 0, 0}, true},
    {"s", {0, 0, 1, 0, 0, 0, 0}, true},
    {"A", {0, 0, 0, 1, 0, 0, 0}, true},
    {"K", {0, 0, 0, 0, 1, 0, 0}, true},
    {"mol", {0, 0, 0, 0, 0, 1, 0}, true},
    {"cd", {0, 0, 0, 0, 0, 0, 1}, true},
    {"N", {1, 1, -2, 0, 0, 0, 0}, true},
    {"Pa", {-1, 1, -2, 0, 0, 0, 0}, true},
    {"J", {2, 1, -2, 0, 0, 0, 0}, true},
    {"W", {2, 1, -3, 0, 0, 0, 0}, true},
    {"Hz", {0, 0, -1, 0, 0, 0, 0}, false},
}};
constexpr std::size_t base_units = 7;

/// Far above what physics needs, far below overflow.
constexpr int largest = 1'000'000;

Dimension combine(const Dimension& a, const Dimension& b, int sign) {
    Dimension result;
    for (std::size_t i = 0; i < a.exponents.size(); ++i)
        result.exponents[i] = std::clamp(a.exponents[i] + sign * b.exponents[i], -largest, largest);
    return result;
}

/// Reads "Pa s/m^3" from left to right.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    std::optional<Dimension> read() {
        Dimension result;
        int sign = 1;
        for (bool first = true;; first = false) {
            const bool space = skip_spaces();
            if (rest_.empty()) return first ? std::nullopt : std::optional(result);
            if (!first && !separator(space, sign)) return {};
            const auto part = factor();
            if (!part) return {};
            result = combine(result, *part, sign);
        }
    }

private:
    bool skip_spaces() {
        const auto end = std::min(rest_.find_first_not_of(' '), rest_.size());
        rest_.remove_prefix(end);
        return end > 0;
    }
    bool take(std::string_view token) {
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }
    bool separator(bool space, int& sign) {
        if (take("/")) {
            if (sign < 0) return false;  // a second one would be ambiguous
            sign = -1;
        } else if (!take("*") && !space) {
            return false;
        }
        skip_spaces();
        return true;
    }
    std::optional<Dimension> factor() {
        if (take("1")) return Dimension{};
        const auto is_letter = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_letter);
        const std::string_view name =
            rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        const auto unit =
            std::find_if(named.begin(), named.end(), [&](const auto& u) { return u.name == name; });
        if (unit == named.end()) return {};
        take(name);
        const auto sixtieths = exponent();
        if (!sixtieths) return {};
        Dimension result;
        for (std::size_t i = 0; i < base_units; ++i)
            result.exponents[i] = unit->exponents[i] * *sixtieths;
        return result;
    }
    /// In sixtieths; one where there is none.
    std::optional<int> exponent() {
        const bool marked = take("**") || take("^");
        if (marked && take("(")) {
            const auto top = number(), bottom = take("/") ? number() : std::nullopt;
            if (!top || !bottom || *bottom == 0.0 || !take(")")) return {};
            return sixtieths_of(*top / *bottom);
        }
        const bool here =
            !rest_.empty() && (rest_[0] == '-' || (rest_[0] >= '0' && rest_[0] <= '9'));
        if (!here) return marked ? std::nullopt : std::optional(Dimension::parts);
        const auto value = number();
        return value ? sixtieths_of(*value) : std::nullopt;
    }
    std::optional<double> number() {
        double value;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value,
                                                  std::chars_format::fixed);
        if (error != std::errc{}) return {};
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }
    static std::optional<int> sixtieths_of(double value) {
        const double scaled = value * Dimension::parts, whole = std::round(scaled);
        if (!(std::abs(value) < 100.0) || std::abs(scaled - whole) > 1e-9) return {};
        return static_cast<int>(whole);
    }

    std::string_view rest_;
};

/// A product of powers of named units.
struct Product {
    std::array<int, named.size()> exponents{};  ///< in sixtieths

    /// Fewer broken exponents first, then fewer factors, then smaller exponents.
    std::tuple<int, int, std::int64_t> length() const {
        int broken = 0, factors = 0;
        std::int64_t sum = 0;
        for (const int e : exponents) {
            broken += e % Dimension::parts != 0;
            factors += e != 0;
            sum += std::abs(e);
        }
        return {broken, factors, sum};
    }
};

/// `exponent` of one derived unit, and what is left in base units.
Product product_with(std::size_t unit, int exponent, const Dimension& dimension) {
    Product product;
    product.exponents[unit] = exponent;
    for (std::size_t u = 0; u < base_units; ++u)
        for (std::size_t b = 0; b < base_units; ++b)
            if (named[u].exponents[b] != 0)
                product.exponents[u] = dimension.exponents[b] - named[unit].exponents[b] * exponent;
    return product;
}

std::string power_text(std::string_view name, int sixtieths) {
    if (sixtieths == Dimension::parts) return std::string(name);
    const int common = std::gcd(sixtieths, Dimension::parts);
    const int top = sixtieths / common, bottom = Dimension::parts / common;
    if (bottom == 1) return fmt::format("{}^{}", name, top);
    if (bottom == 2 && top == 1) return fmt::format("{}^0.5", name);
    return fmt::format("{}^({}/{})", name, top, bottom);
}

}  // namespace

Dimension operator*(const Dimension& a, const Dimension& b) {
    return combine(a, b, 1);
}

Dimension operator/(const Dimension& a, const Dimension& b) {
    return combine(a, b, -1);
}

std::optional<Dimension> power(const Dimension& a, double exponent) {
    Dimension result;
    for (std::size_t i = 0; i < a.exponents.size(); ++i) {
        if (a.exponents[i] == 0) continue;
        const double scaled = a.exponents[i] * exponent, whole = std::round(scaled);
        if (!(std::abs(scaled) <= largest) || std::abs(scaled - whole) > 1e-9) return {};
        result.exponents[i] = static_cast<int>(whole);
    }
    return result;
}

std::optional<Dimension> parse_unit(std::string_view text) {
    return Reader(text).read();
}

std::string to_string(const Dimension& dimension) {
    if (dimension.is_number()) return "1";
    Product best = product_with(base_units, 0, dimension);
    for (std::size_t u = base_units; u < named.size(); ++u) {
        for (std::size_t b = 0; b < base_units; ++b) {
            const int own = named[u].exponents[b];
            if (!named[u].shown || own == 0 || dimension.exponents[b] % own != 0) continue;
            const Product product = product_with(u, dimension.exponents[b] / own, dimension);
            if (product.length() < best.length()) best = product;
        }
    }
    std::string above, below;
    // derived units first: Pa s, N m
    for (std::size_t i = 0; i < named.size(); ++i) {
        const std::size_t u = (i + base_units) % named.size();
        if (best.exponents[u] == 0) continue;
        std::string& side = best.exponents[u] > 0 ? above : below;
        if (!side.empty()) side += ' ';
        side += power_text(named[u].name, std::abs(best.exponents[u]));
    }
    if (below.empty()) return above;
    return fmt::format("{}/{}", above.empty() ? "1" : above.c_str(), below);
}

}  // namespace asp::ir
