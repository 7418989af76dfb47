#pragma once
// For *.test.cpp only.

#include <memory>
#include <string>
#include <vector>

#include "asp/base/testing.hpp"
#include "asp/ir/parse.hpp"
#include "asp/ir/print.hpp"
#include "asp/ir/random_expression.hpp"

namespace asp::ir::testing {

/// Arguments with and without units, a vector, captured numbers.
inline Environment tube() {
    Environment environment;
    environment.arguments = {{"A", parse_unit("m^2")},
                             {"A0", parse_unit("m^2")},
                             {"beta", parse_unit("Pa/m")},
                             {"p", parse_unit("Pa")},
                             {"t"},
                             {"n"},
                             {"x", {}, {}, 3}};
    environment.constants = {{"rho", 1060.0}, {"params.k", 2.5}};
    return environment;
}

inline std::string joined(const std::vector<std::string>& lines) {
    std::string all;
    for (const std::string& line : lines) all += (all.empty() ? "" : "\n") + line;
    return all;
}

/// A formula that must be right.
inline Function parsed(const std::string& text, const Environment& environment = tube()) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"x.yaml:3: law", text});
    auto function = parse_expression(source, environment, diagnostics);
    INFO(text << "\n" << joined(diagnostics.lines()));
    REQUIRE(function);
    REQUIRE(diagnostics.empty());
    return std::move(*function);
}

/// Functions that must be right.
inline std::vector<Function> parsed_functions(const std::string& text,
                                              const Environment& environment = tube()) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"heat.py", text, 10});
    std::vector<Function> functions = parse_functions(source, environment, diagnostics);
    INFO(text << "\n" << joined(diagnostics.lines()));
    REQUIRE(diagnostics.empty());
    REQUIRE(!functions.empty());
    return functions;
}

/// Complaints about a formula that must be wrong.
inline std::string refused(const std::string& text, const Environment& environment = tube()) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"x.yaml:3: law", text});
    INFO(text);
    REQUIRE(!parse_expression(source, environment, diagnostics));
    REQUIRE(!diagnostics.empty());
    return joined(diagnostics.lines());
}

/// Complaints about functions that must be wrong.
inline std::string refused_functions(const std::string& text,
                                     const Environment& environment = tube()) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"heat.py", text, 10});
    INFO(text);
    REQUIRE(parse_functions(source, environment, diagnostics).empty());
    REQUIRE(!diagnostics.empty());
    return joined(diagnostics.lines());
}

/// The value of a formula where t and n are given and x is (10, 20, 30).
inline double value(const std::string& text, double t = 0.0, double n = 0.0) {
    return value_at(parsed(text).results.at(0).value, {0, 0, 0, 0, t, n, 10.0, 20.0, 30.0});
}

inline std::string shown(const Unit& unit) {
    return unit ? to_string(*unit) : "unknown";
}

}  // namespace asp::ir::testing
