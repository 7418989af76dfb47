#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace asp {

/// One point of a search space: a value for each parameter.
using Variant = std::map<std::string, long>;

/// The few numbers that describe an input for tuning: sizes, non-zeros per row, ...
using Features = std::map<std::string, double>;

enum class Binding {
    compiled,  ///< another value is another compiled kernel
    run_time,  ///< passed with the call
};

struct Parameter {
    std::string name;
    std::vector<long> values;  ///< in rising order
    long default_value;        ///< one of them; from a model of the machine
    Binding binding = Binding::compiled;
};

/// The variants of a kernel. The default is always valid.
struct Space {
    std::vector<Parameter> parameters;
    std::function<bool(const Variant&)> valid = [](const Variant&) { return true; };

    Variant default_variant() const {
        Variant variant;
        for (const Parameter& p : parameters) variant[p.name] = p.default_value;
        return variant;
    }
};

}  // namespace asp
