#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/diagnostics.hpp"
#include "asp/ir/function.hpp"
#include "asp/ir/parse.hpp"

namespace asp::ir {

// A grid function works on fields: arrays of numbers over a grid of one to three dimensions, all of
// the same shape. Its text is Python's and runs there unchanged on asp.Grid objects:
//
//   def heat(out, u, c, dt):
//       change = 0.0
//       for p in out.interior(1):
//           laplacian = sum(u[q] for q in u.neighbors(p)) - 6 * u[p]
//           out[p] = u[p] + dt * c[p] * laplacian
//           change = max(change, abs(out[p] - u[p]))
//       return change
//
//   regions     g.points(), g.interior(w), g.border(w): all points, those with w or more points
//               between them and the outside, the others; w is a whole constant or one for each
//               dimension; 1 if left out
//   points      g[p] reads or writes; p + (0, 1), p - (1, 0), in one dimension p + 1; p[0] is the
//               index, g.shape[0] the size; g.neighbors(p, r): those that |dx| + |dy| + ... <= r
//               leaves without p itself, in lexicographic order; r is 1 if left out
//   fields      parameters that are used as such; g.like() is another one of the same shape for
//               intermediate values, which nobody else sees
//   loops       in order, each as if all its points were done at once: what a loop writes it reads
//               back at the point itself only; an `if` selects; a later loop sees what earlier ones
//               wrote
//   returned    sums and extremes over a loop's points: a variable that starts as a constant before
//               it and inside grows by +=, max(variable, ...) or min(variable, ...); nothing, one,
//               or a tuple of such
//
// Beyond this it is the language of parse.hpp: scalars, calls, constants, branches.

using Offset = std::array<int, 3>;  ///< outermost dimension first; those that are not there are 0

struct Field {
    std::string name;
    enum class Role {
        read,       ///< by the function only
        written,    ///< points that no loop writes keep their values
        temporary,  ///< of the function's own; undefined where it was not written
    } role = Role::read;
};

/// The points of a loop.
struct Region {
    enum class Kind { points, interior, border } kind = Kind::points;
    Offset width{};  ///< of the border that belongs to it, or does not
    bool operator==(const Region&) const = default;
};

/// A field's value at a distance from the point, as it is before the loop (and its stores).
struct Load {
    std::size_t field;
    Offset offset;
    bool operator==(const Load&) const = default;
};

struct Store {
    std::size_t field;
    Expression value;
};

/// Extremes leave NaN out, whichever way the text compares.
struct Reduction {
    enum class Kind { sum, maximum, minimum } kind;
    std::string name;
    double start;      ///< value without any point
    Expression value;  ///< what a point adds
};

struct GridLoop {
    Region region;
    std::vector<Store> stores;  ///< each field once
    std::vector<Reduction> reductions;
};

/// What reading outside the grid means.
enum class Edge {
    none,       ///< it is an error, found when the text is read
    periodic,   ///< the grid repeats itself
    neumann,    ///< mirrored about the edge, so that nothing flows through it: u[-1] is u[0]
    dirichlet,  ///< a constant
};

/// A parameter of the text, in its order: a field or a scalar, by number.
struct GridParameter {
    bool is_field;
    std::size_t index;
};

/// A text that was read. Arguments of all expressions, by number: first the scalars, then the shape
/// [dimensions], then the point's indices [dimensions], then the loads.
struct GridFunction {
    std::string name;
    std::size_t dimensions = 0;
    std::vector<GridParameter> parameters;
    std::vector<Field> fields;  ///< those that are parameters, in their order, then temporaries
    std::vector<Argument> scalars;
    Edge edge = Edge::none;
    double edge_value = 0.0;  ///< of Edge::dirichlet
    std::vector<Load> loads;  ///< each once
    std::vector<GridLoop> loops;
    /// What is returned: (loop, reduction) of each.
    std::vector<std::array<std::size_t, 2>> returned;
    std::shared_ptr<Graph> graph;
    std::shared_ptr<const Source> source;

    std::size_t first_shape() const { return scalars.size(); }
    std::size_t first_index() const { return first_shape() + dimensions; }
    std::size_t first_load() const { return first_index() + dimensions; }
};

/// What a text does not say about itself.
struct GridSetting {
    std::size_t dimensions;  ///< 1 to 3
    Edge edge = Edge::none;
    double edge_value = 0.0;
};

/// The last function that a text defines (also as the method `kernel` of a class), as a grid
/// function. `environment.arguments` may say which parameters have a range. Nothing, and complaints
/// with place and caret, where it is wrong: an offset that leaves the grid where the edge is
/// `none`, a field that a loop writes and reads elsewhere, ...
std::optional<GridFunction> parse_grid_function(std::shared_ptr<const Source> source,
                                                const GridSetting& setting,
                                                const Environment& environment,
                                                Diagnostics& diagnostics);

}  // namespace asp::ir
