#include "asp/newton/detail/generate.hpp"

#include <fmt/format.h>

#include <cmath>

#include "asp/newton/detail/headers.hpp"
#include "asp/newton/detail/system.hpp"
#include "asp/specialize/emit.hpp"

namespace asp::newton::detail {
namespace {

std::string element(const std::string& array, std::size_t i) {
    return fmt::format("{}[{}][l]", array, i);
}

/// What an argument of System's functions of x, sizes, weights and coefficients is called.
std::string argument_name(const System& s, std::size_t i) {
    using From = System::Coefficient::From;
    const std::size_t n = s.unknowns;
    if (i < n) return element("x", i);
    if (i < 2 * n) return element("size", i - n);
    if (i < 3 * n) return element("weight", i - 2 * n);
    if (i == 3 * n) return "tolerance";
    const System::Coefficient& c = s.coefficients[i - 3 * n - 1];
    if (c.from == From::shared) return fmt::format("shared[{}]", c.number);
    return element(c.from == From::parameter ? "p" : "k", c.number);
}

bool is_one_row(const std::string& output) {
    return output == "square" || output == "open" || output == "weak";
}

/// One lane's function; `inputs`: what stands before the outputs in its parameters; `outputs`: the
/// array and the number of each group of results, in order.
struct Lane {
    std::string name;
    std::vector<std::string> inputs;
    std::vector<std::pair<std::string, std::size_t>> outputs;
};

std::string emit_lane(const ir::Function& function, const Lane& lane,
                      const std::function<std::string(std::size_t)>& argument) {
    Signature signature;
    signature.name = lane.name;
    signature.qualifiers = "template <class Rows>\n    static ASP_FN";
    for (const std::string& input : lane.inputs)
        signature.parameters += (input == "shared"      ? "const double* "
                                 : input == "tolerance" ? "double "
                                                        : "Rows ") +
                                input + ", ";
    for (const auto& [output, count] : lane.outputs)
        signature.parameters += (is_one_row(output) ? "double* " : "Rows ") + output + ", ";
    signature.parameters += "long l";
    signature.indent = 4;
    EmitOptions options;
    options.results = Results::assigned;
    options.indent = 8;
    options.argument = argument;
    if (function.results.empty())  // all of the system is known: nothing to prepare
        return fmt::format("    {} void {}({}) {{}}\n", signature.qualifiers, signature.name,
                           signature.parameters);
    options.target = [&lane](std::size_t r) {
        for (const auto& [output, count] : lane.outputs) {
            if (r < count) return is_one_row(output) ? output + "[l]" : element(output, r);
            r -= count;
        }
        return std::string();
    };
    return emit_function(function, signature, options);
}

std::string bound_function(const std::string& name, const System& system,
                           double ir::Interval::*end) {
    std::string text = fmt::format("    static ASP_FN double {}(long j) {{\n", name);
    std::size_t most = 0;
    for (std::size_t j = 0; j < system.unknowns; ++j) {
        const double value = system.ranges[j].*end;
        if (std::isinf(value)) continue;
        text += fmt::format("        if (j == {}) return {};\n", j, emit_number(value));
        ++most;
    }
    text += fmt::format("        return {};\n    }}\n", emit_number(ir::Interval{}.*end));
    return text;
}

std::string system_struct(const System& s, Pivoting pivoting) {
    const std::size_t n = s.unknowns, m = s.parameters;
    bool bounded = false;
    for (const ir::Interval& range : s.ranges) bounded = bounded || range != ir::Interval{};
    std::string text = fmt::format(
        "struct System {{\n"
        "    static constexpr long unknowns = {}, parameters = {}, coefficients = {};\n"
        "    static constexpr bool straight = {}, bounded = {};\n",
        n, m, s.computed(), pivoting == Pivoting::none, bounded);
    text += bound_function("low", s, &ir::Interval::low);
    text += bound_function("high", s, &ir::Interval::high);
    const auto of_point = [&s](std::size_t i) { return argument_name(s, i); };
    const auto of_parameters = [m](std::size_t i) {
        return i < m ? element("p", i) : fmt::format("shared[{}]", i - m);
    };
    const std::vector<std::string> point{"x", "p", "k", "shared"};
    std::vector<std::string> scaled_point = point;
    scaled_point.insert(scaled_point.end(), {"size", "weight", "tolerance"});
    text +=
        emit_lane(s.prepare, {"prepare", {"p", "shared"}, {{"k", s.computed()}}}, of_parameters);
    text += emit_lane(s.residual, {"evaluate", point, {{"f", n}}}, of_point);
    text +=
        emit_lane(s.matrix, {"evaluate_matrix", point, {{"f", n}, {"matrix", n * n}}}, of_point);
    if (pivoting == Pivoting::none)
        text += emit_lane(
            s.newton,
            {"newton", scaled_point, {{"step", n}, {"square", 1}, {"open", 1}, {"weak", 1}}},
            of_point);
    else
        text +=
            "    template <class Rows>\n"
            "    static ASP_FN void newton(Rows, Rows, Rows, const double*, Rows, Rows, double, "
            "Rows,\n"
            "                              double*, double*, double*, long) {}\n";
    return text + "};\n";
}

}  // namespace

Specialization generate(const NewtonRaphson& specializer, const Problem& problem,
                        const Variant& variant, Target target) {
    const auto pivoting = static_cast<Pivoting>(variant.at("pivoting"));
    const System system = make_system(problem, pivoting);
    // A CUDA thread has one system.
    const long lanes = target == Target::cuda ? 1 : variant.at("lanes");
    Specialization s{specializer.name(), specializer.version(), {}, {}, {}, {}, {}, target, {}};
    s.title = {fmt::format("{} unknowns, {} parameters, {} shared; {} of {} Jacobian entries",
                           system.unknowns, system.parameters, system.shared, system.entries,
                           system.unknowns * system.unknowns)};
    if (problem.function.source) s.title.push_back(problem.function.source->text);
    s.includes = {"asp/newton/kernels/newton.hpp"};
    for (const jit::Header& header : kernel_headers()) s.headers.push_back(header);
    s.definitions = system_struct(system, pivoting);
    s.definitions += fmt::format(
        "\nstruct Configuration {{\n    static constexpr int lanes = {};\n}};\n", lanes);
    s.call = "asp::newton::solve_systems<System, Configuration>(arguments, lo, hi)";
    return s;
}

}  // namespace asp::newton::detail
