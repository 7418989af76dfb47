#include "bloodflow/start_formulas.hpp"

#include <algorithm>

#include "asp/base/error.hpp"

namespace bloodflow {

StartFormulas::StartFormulas(const asp::ir::Function& pressure, const asp::ir::Function& velocity)
    : pressure_(pressure), velocity_(velocity) {
    ASP_ASSERT(pressure_.arguments() == arguments && velocity_.arguments() == arguments);
}

StartFormulas::Value StartFormulas::at(const Vessel& vessel, double s) const {
    std::array<double, arguments> place{s * vessel.length, vessel.length};
    const auto wall = vessel.wall(s).values();
    std::copy(wall.begin(), wall.end(), place.begin() + 2);
    Value value{};
    pressure_.run_at(place, {&value.pressure, 1});
    velocity_.run_at(place, {&value.velocity, 1});
    return value;
}

}  // namespace bloodflow
