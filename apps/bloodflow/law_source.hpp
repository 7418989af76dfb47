#pragma once

#include <array>
#include <string>
#include <vector>

#include "asp/jit/compile.hpp"
#include "bloodflow/law_functions.hpp"

namespace bloodflow {

/// A group of a law's functions with what is constant in the network folded in.
struct FoldedGroup {
    std::vector<LawFunction> functions;
    asp::ir::Function setup;        ///< as hoisted
    std::vector<std::size_t> kept;  ///< results of setup that are arrays: coefficients 0, 1, ...
    asp::ir::Function kernel;       ///< of law_variables, then the kept coefficients

    // What was folded, for a check at every place.
    struct Constant {
        std::size_t result;
        double value;
    };
    struct Multiple {
        std::size_t result, of;
        double factor;
    };
    std::vector<Constant> constants;
    std::vector<Multiple> multiples;
};

struct FoldedLaw {
    std::array<FoldedGroup, law_places> groups;
};

/// A coefficient that is the same everywhere in the network becomes a number, one that is a
/// multiple of another that multiple. Throws asp::InputError where more than
/// Coefficients::most are left.
FoldedLaw fold(const Network& network, bool wall_varies);

/// Arguments of a setup function at a place.
std::array<double, 2 * site_value_count + 1> setup_arguments(const Network& network,
                                                             std::size_t vessel, double s,
                                                             double s_cell, double per_half_cell);

/// The function that every unit exports: void(KernelTable&), fills its part of the table.
constexpr const char* law_entry = "bloodflow_kernels";

/// What one translation unit has; `all` is to be read, the others are compiled side by side.
enum class LawPart { first_stage, second_stage, surroundings, all };

/// C++ of the kernels; the formulas stand in it as comments only.
std::string law_source(const Network& network, const FoldedLaw& law, bool wall_varies,
                       LawPart part);

std::vector<asp::jit::Source> law_sources(const Network& network, const FoldedLaw& law,
                                          bool wall_varies);

}  // namespace bloodflow
