#pragma once

#include <optional>
#include <string>
#include <vector>

#include "asp/config/node.hpp"
#include "asp/ir/parse.hpp"

namespace bloodflow {

/// Reads formulas of a map of a run file: their parameters are inlined, so that what is left are
/// functions of what the program knows.
class FormulaReader {
public:
    /// Parameters: a map of numbers, of formulas in the `known` names and in parameters above them,
    /// or of {value, unit}.
    FormulaReader(const asp::config::Node& parameters, std::vector<asp::ir::Symbol> known);

    /// Text of `map[key]` as a function of `variables`, then of the known names. Nothing, and
    /// complaints, where it is wrong or has another unit than the one asked for.
    std::optional<asp::ir::Function> read(const asp::config::Node& map, const std::string& key,
                                          const std::vector<asp::ir::Symbol>& variables,
                                          asp::ir::Unit unit) const;

private:
    struct Parameter {
        asp::ir::Symbol symbol;
        asp::ir::Function value;  ///< of the known names
    };
    std::optional<asp::ir::Function> parse(const asp::config::Node& place,
                                           const std::vector<asp::ir::Symbol>& variables) const;

    std::vector<asp::ir::Symbol> known_;
    std::vector<Parameter> parameters_;
};

}  // namespace bloodflow
