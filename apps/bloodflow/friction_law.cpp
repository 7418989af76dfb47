#include "bloodflow/friction_law.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bloodflow {

FrictionLaw::FrictionLaw(std::string text, asp::ir::Function function)
    : formula(std::move(text)), force(std::move(function)), program_(force) {}

double FrictionLaw::at(double area, double velocity, const WallProperties& wall) const {
    std::array<double, 2 + WallProperties::count> arguments{area, velocity};
    const auto properties = wall.values();
    std::copy(properties.begin(), properties.end(), arguments.begin() + 2);
    double result;
    program_.run_at(arguments, {&result, 1});
    return result;
}

}  // namespace bloodflow
