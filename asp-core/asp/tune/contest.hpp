#pragma once

#include <functional>
#include <span>

#include "asp/db/record.hpp"
#include "asp/specialize/variant.hpp"

namespace asp::tune {

/// One timed run.
struct Sample {
    double seconds;
    /// Another process disturbed it (see timing.hpp): the time is an upper bound, no more.
    bool noisy = false;
};

/// What a search can do with the variants of one problem, whatever they are.
struct Contest {
    /// Makes a variant ready: compiled, run once in quarantine, checked, warmed up. Anything but ok
    /// and the variant is not asked for again. Called once per variant.
    std::function<db::Status(const Variant&)> admit;
    /// One timed run of an admitted variant.
    std::function<Sample(const Variant&)> run;
    /// May be empty. Variants of which some will soon be admitted: a chance to compile them
    /// together.
    std::function<void(std::span<const Variant>)> prepare = {};
};

}  // namespace asp::tune
