#include "asp/pointwise/pointwise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "asp/ir/interpreter.hpp"
#include "asp/ir/rewrite.hpp"
#include "asp/pointwise/detail/headers.hpp"
#include "asp/specialize/emit.hpp"

namespace asp::pointwise {
namespace {

std::vector<ir::Expression> results_of(const ir::Function& function) {
    std::vector<ir::Expression> results;
    for (const ir::Result& result : function.results) results.push_back(result.value);
    return results;
}

std::size_t count_numbers(const Problem& problem) {
    std::size_t count = 0;
    for (std::size_t j = 0; j < problem.function.arguments.size(); ++j)
        count += is_number(problem, j) ? 1 : 0;
    return count;
}

bool is_elementary(ir::Op op) {
    return (op >= ir::Op::square_root && op <= ir::Op::hyperbolic_tangent) ||
           op == ir::Op::divide || op == ir::Op::power || op == ir::Op::arc_tangent_2;
}

double random_value(const ir::Argument& argument, std::mt19937_64& random) {
    const double part = static_cast<double>(random() >> 11U) * 0x1p-53;
    const auto [low, high] = argument.range;
    if (argument.range.bounded()) return low + (high - low) * part;
    if (std::isfinite(low)) return low + 2.0 * part;
    if (std::isfinite(high)) return high - 2.0 * part;
    return 3.0 * part - 1.0;  // both signs
}

/// The generated struct's function of one point: all is read before anything is written.
std::string point_text(const Problem& problem) {
    std::string values, variables, stores;
    std::size_t inputs = 0, numbers = 0;
    for (std::size_t j = 0; j < problem.function.arguments.size(); ++j)
        values += is_number(problem, j) ? fmt::format("numbers[{}], ", numbers++)
                                        : fmt::format("in[{}][i], ", inputs++);
    for (std::size_t k = 0; k < problem.function.results.size(); ++k) {
        values += fmt::format("y{}, ", k);
        variables += fmt::format("{}y{}", k == 0 ? "" : ", ", k);
        stores += fmt::format("        out[{0}][i] = y{0};\n", k);
    }
    values.resize(values.size() - 2);
    return fmt::format(
        "    static ASP_FN void evaluate(const double* const* in, const double* numbers,\n"
        "                                double* const* out, long i) {{\n"
        "        double {};\n        point({});\n{}    }}\n",
        variables, values, stores);
}

std::string function_text(const ir::Function& function) {
    Signature signature;
    signature.name = "point";
    signature.qualifiers = "static ASP_FN";
    signature.indent = 4;
    const char* comma = "";
    for (std::size_t j = 0; j < function.arguments.size(); ++j, comma = ", ")
        signature.parameters += fmt::format("{}double x{}", comma, j);
    for (std::size_t k = 0; k < function.results.size(); ++k, comma = ", ")
        signature.parameters += fmt::format("{}double& y{}", comma, k);
    EmitOptions options;
    options.results = Results::assigned;
    options.argument = [](std::size_t j) { return fmt::format("x{}", j); };
    options.target = [](std::size_t k) { return fmt::format("y{}", k); };
    return emit_function(function, signature, options);
}

/// The size of the numbers that a result is made of: rounding errors are a part of these, however
/// small the result. The median over points, so that a pole does not make all tolerable.
double magnitude(const Problem& problem) {
    constexpr std::size_t points = 32;
    std::mt19937_64 random(1);
    const std::vector<ir::Expression> parts = ir::needed(results_of(problem.function));
    std::vector<double> largest, values(problem.function.graph->size());
    for (std::size_t i = 0; i < points; ++i) {
        std::vector<double> arguments;
        for (const ir::Argument& argument : problem.function.arguments)
            arguments.push_back(random_value(argument, random));
        double& most = largest.emplace_back(1.0);
        for (const ir::Expression& part : parts) {
            std::array<double, 3> x{};
            for (std::size_t k = 0; k < ir::operand_count(part.op()); ++k)
                x[k] = values[part.operand(k).id()];
            const double value = part.is(ir::Op::argument) ? arguments[part.index()]
                                 : part.is_constant()      ? part.value()
                                                      : ir::evaluate(part.op(), x[0], x[1], x[2]);
            values[part.id()] = value;
            if (std::isfinite(value)) most = std::max(most, std::abs(value));
        }
    }
    std::ranges::nth_element(largest, largest.begin() + points / 2);
    return largest[points / 2];
}

}  // namespace

bool is_number(const Problem& problem, std::size_t argument) {
    return (problem.constant("numbers") >> argument & 1L) != 0;
}

long cost_of(const ir::Function& function) {
    long cost = 0;
    for (const ir::Expression& part : ir::needed(results_of(function)))
        cost += part.is_constant() || part.is(ir::Op::argument) ? 0
                : is_elementary(part.op())                      ? 10
                                                                : 1;
    return cost;
}

std::optional<Problem> Pointwise::parse(const ir::Function& function, const Constants& given,
                                        Diagnostics& diagnostics) const {
    const auto complain = [&](std::string_view what) {
        diagnostics.error(fmt::format("{}: {}", function.name, what));
        return std::nullopt;
    };
    if (function.results.empty()) return complain("expected a result");
    if (std::max(function.arguments.size(), function.results.size()) > most)
        return complain(fmt::format("at most {} arguments and results are supported", most));
    const auto numbers = given.find("numbers");
    const long mask = numbers == given.end() ? 0 : numbers->second;
    if (mask < 0 || mask >> function.arguments.size() != 0)
        return complain("'numbers' has a bit that stands for no argument");
    return Problem{function, {{"numbers", mask}}};
}

Features Pointwise::features(const Problem& problem, long extent) const {
    const std::size_t arrays = problem.function.arguments.size() - count_numbers(problem) +
                               problem.function.results.size();
    return {{"arrays", static_cast<double>(arrays)},
            {"cost", static_cast<double>(cost_of(problem.function))},
            {"points", static_cast<double>(extent)}};
}

Space Pointwise::space(const Problem&, const jit::Platform&) const {
    // Two vectors of AVX-512 hide the latency of most functions; a remainder costs one chunk.
    return {{{"chunk", {8, 16, 32, 64}, 16}}};
}

Specialization Pointwise::lower(const Problem& problem, const Variant& variant,
                                Target target) const {
    Specialization s{.name = name(), .version = version()};
    s.includes = {"asp/pointwise/kernels/pointwise.hpp"};
    s.headers.assign(kernel_headers().begin(), kernel_headers().end());
    s.target = target;
    const std::size_t numbers = count_numbers(problem);
    s.definitions = fmt::format(
        "struct Function {{\n"
        "    static constexpr int inputs = {}, numbers = {}, outputs = {};\n{}{}}};\n"
        "struct Configuration {{\n    static constexpr long chunk = {};\n}};\n",
        problem.function.arguments.size() - numbers, numbers, problem.function.results.size(),
        function_text(problem.function), point_text(problem),
        target == Target::cuda ? 1 : variant.at("chunk"));  // a thread has one point
    s.call = "asp::pointwise::evaluate_points<Function, Configuration>(arguments, lo, hi)";
    return s;
}

Interpreter Pointwise::interpreter(const Problem& problem) const {
    const ir::Program<double> program(problem.function);
    std::vector<bool> shared;
    for (std::size_t j = 0; j < program.arguments(); ++j) shared.push_back(is_number(problem, j));
    return [program, shared](const Arguments& arguments, long lo, long hi) {
        std::vector<ir::Column<double>> in;
        std::size_t arrays = 0, numbers = 0;
        for (const bool is_shared : shared)
            if (is_shared)
                in.push_back({arguments.scalars + numbers++, 0});
            else
                in.push_back({static_cast<const double*>(arguments.arrays[arrays++]) + lo, 1});
        std::vector<double*> out;
        for (std::size_t k = 0; k < program.results(); ++k)
            out.push_back(static_cast<double*>(arguments.arrays[arrays++]) + lo);
        program.run(in, out, static_cast<std::size_t>(hi - lo));
        return 0;
    };
}

Example Pointwise::example(const Problem& problem, std::uint64_t seed, long extent) const {
    std::mt19937_64 random(seed);
    Example example;
    example.extent = extent;
    const auto n = static_cast<std::size_t>(extent);
    for (std::size_t j = 0; j < problem.function.arguments.size(); ++j) {
        const ir::Argument& argument = problem.function.arguments[j];
        if (is_number(problem, j)) {
            example.scalars.push_back(random_value(argument, random));
            continue;
        }
        AlignedVector<double> values(n);
        for (double& value : values) value = random_value(argument, random);
        example.arrays.push_back({argument.name, std::move(values), {}, false});
    }
    for (const ir::Result& result : problem.function.results)
        example.arrays.push_back({result.name, AlignedVector<double>(n), {}, true});
    return example;
}

std::vector<Tolerance> Pointwise::tolerances(const Problem& problem) const {
    // Vector functions are good to 4 ulp (prelude.hpp), and fused operations round less often: some
    // thousand ulps of what a result is made of leave room for formulas that amplify them.
    const std::size_t inputs = problem.function.arguments.size() - count_numbers(problem);
    std::vector<Tolerance> all(inputs);
    all.resize(inputs + problem.function.results.size(), {1e-12, 1e-12 * magnitude(problem)});
    return all;
}

}  // namespace asp::pointwise
