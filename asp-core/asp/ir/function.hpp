#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asp/ir/expression.hpp"
#include "asp/ir/unit.hpp"

namespace asp::ir {

/// Values from low to high; all numbers by default.
struct Interval {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();

    bool contains(double x) const { return low <= x && x <= high; }
    bool bounded() const {
        return low > -std::numeric_limits<double>::infinity() &&
               high < std::numeric_limits<double>::infinity();
    }
    bool operator==(const Interval&) const = default;
};

/// The text of a formula or function and where it stands, for messages.
struct Source {
    std::string place;  ///< before every message: "configs/x.yaml:12: physics.tube_law", "heat.py"
    std::string text;
    /// Number of the text's first line in its file; 0: `place` says it all, and messages show
    /// neither line nor column.
    int first_line = 0;
};

struct Argument {
    std::string name;                   ///< "A"; an element of a vector argument is "x[0]"
    Unit unit;                          ///< unknown unless declared
    Interval range;                     ///< values it may take, for the check of domains
    std::optional<double> preset = {};  ///< what a call that leaves it out means
};

struct Result {
    std::string name;
    Expression value;
    Unit unit;  ///< as far as it follows from the arguments'
};

/// A call of something that is no formula: the host answers it.
struct OpaqueCall {
    std::string key;                    ///< the host's name for it
    std::vector<Expression> arguments;  ///< of the function's parameters and earlier calls
};

/// A pure function of real numbers. Copies share the graph.
struct Function {
    std::string name;
    std::vector<Argument> arguments;
    std::vector<Result> results;
    std::shared_ptr<Graph> graph;
    std::shared_ptr<const Source> source;  ///< none if it was built by a program
    /// In the order of the text. The last arguments are what they give; those before are the
    /// parameters. Only stages_of() makes functions that can be computed of it.
    std::vector<OpaqueCall> calls = {};

    std::size_t parameters() const { return arguments.size() - calls.size(); }

    Expression argument(std::size_t i) const { return graph->argument(i); }
};

}  // namespace asp::ir
