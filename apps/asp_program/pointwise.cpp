#include "asp_program/pointwise.hpp"

#include <fmt/format.h>

#include <random>

#include "asp/ir/interpreter.hpp"
#include "asp/specialize/emit.hpp"

namespace asp_program {

using asp::Problem;

std::optional<Problem> Pointwise::parse(const asp::ir::Function& function, const asp::Constants&,
                                        asp::Diagnostics& diagnostics) const {
    if (function.results.size() == 1) return Problem{function, {}};
    diagnostics.error(function.name + ": expected one result");
    return {};
}

asp::Features Pointwise::features(const Problem& problem, long extent) const {
    return {{"arguments", static_cast<double>(problem.function.arguments.size())},
            {"points", static_cast<double>(extent)}};
}

asp::Specialization Pointwise::lower(const Problem& problem, const asp::Variant&,
                                     asp::Target target) const {
    const std::size_t count = problem.function.arguments.size();
    std::string parameters, columns, values;
    for (std::size_t k = 0; k < count; ++k) {
        parameters += fmt::format("{}double a{}", k == 0 ? "" : ", ", k);
        columns += fmt::format(
            "    const double* const in{0} = static_cast<const double*>(arguments.arrays[{0}]);\n",
            k);
        values += fmt::format("{}in{}[i]", k == 0 ? "" : ", ", k);
    }
    asp::EmitOptions options;
    options.argument = [](std::size_t k) { return fmt::format("a{}", k); };
    asp::Specialization s{.name = name(), .version = version()};
    s.includes = {"asp/kernel/prelude.hpp"};
    s.target = target;
    s.definitions =
        emit_function(problem.function, {.name = "point", .parameters = parameters}, options) +
        fmt::format(
            "ASP_FN int points(const asp::Arguments& arguments, long lo, long hi) {{\n"
            "{}    double* const out = static_cast<double*>(arguments.arrays[{}]);\n"
            "    ASP_SIMD_FOR(i, lo, hi) out[i] = point({});\n"
            "    return 0;\n}}\n",
            columns, count, values);
    s.call = "points(arguments, lo, hi)";
    return s;
}

asp::Interpreter Pointwise::interpreter(const Problem& problem) const {
    const asp::ir::Program<double> program(problem.function);
    return [program](const asp::Arguments& arguments, long lo, long hi) {
        std::vector<asp::ir::Column<double>> in;
        for (std::size_t k = 0; k < program.arguments(); ++k)
            in.push_back({static_cast<const double*>(arguments.arrays[k]) + lo, 1});
        double* const out = static_cast<double*>(arguments.arrays[program.arguments()]) + lo;
        program.run(in, {&out, 1}, static_cast<std::size_t>(hi - lo));
        return 0;
    };
}

asp::Example Pointwise::example(const Problem& problem, std::uint64_t seed, long extent) const {
    std::mt19937_64 random(seed);
    const auto n = static_cast<std::size_t>(extent);
    asp::Example example;
    for (const asp::ir::Argument& argument : problem.function.arguments) {
        const double low = argument.range.bounded() ? argument.range.low : 0.0;
        const double high = argument.range.bounded() ? argument.range.high : 1.0;
        asp::AlignedVector<double> values(n);
        for (double& v : values)
            v = low + (high - low) * static_cast<double>(random() >> 11U) * 0x1p-53;
        example.arrays.push_back({argument.name, std::move(values), {}, false});
    }
    example.arrays.push_back({"y", asp::AlignedVector<double>(n), {}, true});
    example.extent = extent;
    return example;
}

std::vector<asp::Tolerance> Pointwise::tolerances(const Problem& problem) const {
    // Contraction to fused operations changes the last bits of terms of about 1.
    std::vector<asp::Tolerance> all(problem.function.arguments.size());
    all.push_back({1e-12, 1e-12});
    return all;
}

}  // namespace asp_program
