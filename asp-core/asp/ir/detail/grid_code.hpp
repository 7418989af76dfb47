#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "asp/ir/grid_interpreter.hpp"
#include "asp/ir/interpreter.hpp"

namespace asp::ir::detail {

/// Where an argument of a loop's program comes from.
struct GridArgument {
    enum class Kind { scalar, shape, index, load } kind;
    std::size_t number;  ///< of the scalar, dimension or load
};

/// A loop's reduction that is returned.
struct GridReduction {
    Reduction::Kind kind;
    std::vector<std::size_t> places;  ///< among what is returned
};

/// A loop as it is run.
struct GridStage {
    Region region;
    std::vector<GridArgument> arguments;
    std::vector<std::size_t> stores;        ///< fields: the program's first results
    std::vector<GridReduction> reductions;  ///< its other results
    Program<double> program;
    long left = 0, right = 0;   ///< how far the innermost dimension is read to either side
    long above = 0, below = 0;  ///< and rows of three dimensions
    bool numbers_rows = false;  ///< whether the number of the row matters
};

/// What a field that is written has before a step, and whether it matters.
struct GridBefore {
    bool is_read = false;  ///< by a loop, before all of the field was written
    bool is_left = false;  ///< at points that no loop writes
    /// These points where it is known: the border of this width; none: anywhere
    std::optional<Region> left_in;

    bool matters() const { return is_read || is_left; }
};

struct GridCode {
    std::size_t dimensions;
    Edge edge;
    double edge_value;
    std::vector<Field> fields;
    std::size_t parameters;  ///< fields that are
    std::vector<Load> loads;
    std::vector<GridStage> stages;
    std::vector<GridBefore> before;      ///< of all fields
    std::vector<Reduction::Kind> kinds;  ///< of what is returned
    std::vector<double> starts;
};

GridCode grid_code(const GridFunction& function);

/// By how many outermost indices beyond its range a call computes each stage, and keeps each field.
struct GridExtents {
    std::vector<long> stages;  ///< [steps, stages]; -1: nobody wants it
    std::vector<long> fields;  ///< the most of any step, also of what the field has before it
    std::vector<long> starts;  ///< [steps, fields] of what a field has before the step
};
GridExtents grid_extents(const GridCode& code, const GridCall& call);

/// The field that feeds this one, or is fed by it, if any.
std::optional<std::size_t> read_of(const GridCall& call, std::size_t written);

}  // namespace asp::ir::detail
