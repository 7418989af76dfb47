#pragma once

#include <cstddef>

#include "asp/harts/team.hpp"

namespace gmm::detail {

/// Calls function(i) for each i in [0, count), on the harts of `team` where there is one.
template <class Function>
void for_each(const asp::Team* team, std::size_t count, Function&& function) {
    const auto range = [&function](std::size_t lo, std::size_t hi) {
        for (std::size_t i = lo; i < hi; ++i) function(i);
    };
    asp::run_on(team, range, 0, count, 1);
}

}  // namespace gmm::detail
