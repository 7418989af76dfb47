#pragma once

#include <string>

#include "asp/ir/function.hpp"
#include "asp/ir/interpreter.hpp"
#include "bloodflow/tube_law.hpp"

namespace bloodflow {

/// Friction of the wall on the blood, per length of vessel [N/m], as a formula.
class FrictionLaw {
public:
    /// `force`: one result, of the lumen area A, the mean velocity u and the wall's properties.
    FrictionLaw(std::string formula, asp::ir::Function force);

    std::string formula;
    asp::ir::Function force;

    /// The force [N/m].
    double at(double area, double velocity, const WallProperties& wall) const;

private:
    asp::ir::Program<double> program_;
};

}  // namespace bloodflow
