#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "asp/base/aligned.hpp"
#include "asp/kernel/arguments.hpp"

namespace asp {

/// One array of an example: of doubles or of longs, the other one is empty.
struct ExampleArray {
    std::string name;  ///< for messages: "unknowns"
    AlignedVector<double> reals = {};
    AlignedVector<long> integers = {};
    bool is_result = false;  ///< written by the kernel (and read too, perhaps)

    std::size_t size() const { return reals.size() + integers.size(); }
};

/// Arguments that own what they point to: valid input for checks, tuning and conformance.
struct Example {
    std::vector<ExampleArray> arrays;
    std::vector<double> scalars;
    std::vector<long> sizes;
    long extent = 0;  ///< the index space is [0, extent)
};

/// An example's Arguments. The example stays, and is not resized, while this is in use.
class BoundExample {
public:
    /// `parameters`: null for the kernel's own.
    explicit BoundExample(Example& example, const long* parameters = nullptr);
    BoundExample(const BoundExample&) = delete;
    BoundExample& operator=(const BoundExample&) = delete;

    const Arguments& arguments() const { return arguments_; }

private:
    std::vector<void*> arrays_;
    Arguments arguments_;
};

/// How far two rungs may differ: |a - b| <= absolute + relative * max(|a|, |b|), or both NaN, or
/// both the same infinity.
struct Tolerance {
    double relative = 0.0;
    double absolute = 0.0;

    bool holds(double a, double b) const;
};

/// Where the results of two runs on the same example first differ, as a line for people:
/// "unknowns[17] is 0.5, the interpreter has 0.25". `tolerances[k]`: of array k; integers and sizes
/// agree exactly. Nothing where they agree.
std::optional<std::string> disagreement(const Example& found, const Example& expected,
                                        std::span<const Tolerance> tolerances);

}  // namespace asp
