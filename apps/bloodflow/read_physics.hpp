#pragma once

#include <optional>
#include <string>
#include <vector>

#include "asp/config/node.hpp"
#include "asp/ir/function.hpp"
#include "asp/ir/parse.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

/// A law that a program gives as a function, where a run file has a formula.
struct GivenLaw {
    asp::ir::Function function;  ///< of names that formulas know, in any order; others have presets
    std::string text;            ///< for the record
};

/// Functions in place of a run file's formulas.
struct PhysicsFunctions {
    std::optional<GivenLaw> tube_law;  ///< pressure [Pa] of A and what formulas know
    std::optional<GivenLaw> friction;  ///< force [N/m] of A, u and what formulas know

    /// "physics.tube_law = text" of each, beside the overrides in the record of a run.
    std::vector<std::string> provenance() const;
};

/// What is known of the names that tube laws, or laws of friction, may use.
std::vector<asp::ir::Symbol> tube_law_symbols();
std::vector<asp::ir::Symbol> friction_symbols();

/// Reads the map `physics` of a run file, formulas in place of built-in laws, into the network, all
/// of whose vessels get them; `functions` take the place of its formulas. A formula that is wrong,
/// or undefined for an area in its range at any vessel, is a complaint.
void read_physics(const asp::config::Node& root, const PhysicsFunctions& functions,
                  Network& network);

}  // namespace bloodflow
