#include "asp/specialize/example.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"

namespace asp {

BoundExample::BoundExample(Example& example, const long* parameters) {
    for (ExampleArray& array : example.arrays)
        arrays_.push_back(array.reals.empty() ? static_cast<void*>(array.integers.data())
                                              : static_cast<void*>(array.reals.data()));
    arguments_ = {arrays_.data(), example.scalars.data(), example.sizes.data(), parameters};
}

bool Tolerance::holds(double a, double b) const {
    if (a == b) return true;
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    if (std::isinf(a) || std::isinf(b)) return false;
    return std::abs(a - b) <= absolute + relative * std::max(std::abs(a), std::abs(b));
}

std::optional<std::string> disagreement(const Example& found, const Example& expected,
                                        std::span<const Tolerance> tolerances) {
    ASP_ASSERT(found.arrays.size() == expected.arrays.size());
    ASP_ASSERT(tolerances.size() == expected.arrays.size());
    for (std::size_t k = 0; k < expected.arrays.size(); ++k) {
        const ExampleArray &a = found.arrays[k], &b = expected.arrays[k];
        if (a.reals.size() != b.reals.size() || a.integers.size() != b.integers.size())
            return fmt::format("{} has {} elements, the interpreter has {}", a.name, a.size(),
                               b.size());
        // What is no result must come out as it went in.
        const Tolerance tolerance = b.is_result ? tolerances[k] : Tolerance{};
        for (std::size_t i = 0; i < b.reals.size(); ++i)
            if (!tolerance.holds(a.reals[i], b.reals[i]))
                return fmt::format("{}[{}] is {:.17g}, the interpreter has {:.17g}", b.name, i,
                                   a.reals[i], b.reals[i]);
        for (std::size_t i = 0; i < b.integers.size(); ++i)
            if (a.integers[i] != b.integers[i])
                return fmt::format("{}[{}] is {}, the interpreter has {}", b.name, i, a.integers[i],
                                   b.integers[i]);
    }
    return {};
}

}  // namespace asp
