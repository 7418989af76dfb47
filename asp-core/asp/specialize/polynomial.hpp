#pragma once
// The example of docs/specializers.md, which quotes it. For tests.

#include <fmt/format.h>

#include <random>

#include "asp/ir/differentiate.hpp"
#include "asp/ir/interpreter.hpp"
#include "asp/ir/rewrite.hpp"
#include "asp/specialize/emit.hpp"
#include "asp/specialize/specializer.hpp"

namespace asp::testing {

/// kernels/polynomial.hpp, embedded.
std::span<const jit::Header> polynomial_headers();

/// Evaluates a polynomial at many points: y[i] = p(x[i]; a, b, ...). The function's first argument
/// is x, the others are numbers that all points share; it may be written in any way.
class PolynomialEvaluator : public Specializer {
public:
    static constexpr long most = 20;  ///< degree

    std::string name() const override { return "polynomial"; }
    int version() const override { return 1; }

    std::optional<Problem> parse(const ir::Function& function, const Constants&,
                                 Diagnostics& diagnostics) const override {
        if (function.arguments.empty() || function.results.size() != 1) {
            diagnostics.error(function.name + ": expected an argument and one result");
            return {};
        }
        Problem problem{function, {}};
        problem.constants["degree"] = static_cast<long>(derivatives(problem).size()) - 1;
        if (problem.constant("degree") <= most) return problem;
        diagnostics.error(fmt::format("{}: not a polynomial in '{}' of degree {} or less",
                                      function.name, function.arguments[0].name, most));
        return {};
    }

    Features features(const Problem& problem, long extent) const override {
        return {{"degree", static_cast<double>(problem.constant("degree"))},
                {"points", static_cast<double>(extent)}};
    }

    Space space(const Problem& problem, const jit::Platform&) const override {
        // Below degree 4 there is nothing to gain from halves.
        return {{{"in_halves", {0, 1}, problem.constant("degree") < 4 ? 0 : 1}}};
    }

    Specialization lower(const Problem& given, const Variant& variant,
                         Target target) const override {
        const Problem problem = detached(given);  // the graph grows
        ir::Function coefficients = problem.function;
        coefficients.results.clear();
        const ir::Expression zero = problem.function.graph->constant(0.0);
        double factorial = 1.0;
        for (const ir::Expression derivative : derivatives(problem)) {
            const auto k = static_cast<double>(coefficients.results.size());
            factorial *= std::max(k, 1.0);
            const auto at_zero = ir::substitute(derivative, *problem.function.graph, {&zero, 1});
            coefficients.results.push_back({"", at_zero / factorial, {}});
        }
        EmitOptions options;
        options.results = Results::assigned;
        options.argument = [](std::size_t i) { return fmt::format("scalars[{}]", i - 1); };
        options.target = [](std::size_t k) { return fmt::format("c[{}]", k); };
        Signature signature;
        signature.name = "coefficients";
        signature.parameters = "const double* scalars, double* c";
        signature.qualifiers = "static ASP_FN";
        signature.indent = 4;

        Specialization s{name(), version()};
        s.includes = {"asp/specialize/kernels/polynomial.hpp"};
        s.headers.assign(polynomial_headers().begin(), polynomial_headers().end());
        s.target = target;
        s.definitions = fmt::format(
            "struct Polynomial {{\n    static constexpr int degree = {};\n{}}};\n"
            "struct Configuration {{\n    static constexpr bool in_halves = {};\n}};\n",
            problem.constant("degree"), emit_function(coefficients, signature, options),
            variant.at("in_halves") != 0);
        s.call = "asp::evaluate_polynomial<Polynomial, Configuration>(arguments, lo, hi)";
        return s;
    }

    Interpreter interpreter(const Problem& problem) const override {
        const ir::Program<double> program(problem.function);
        const std::size_t shared = problem.function.arguments.size() - 1;
        return [program, shared](const Arguments& arguments, long lo, long hi) {
            std::vector<ir::Column<double>> in{{static_cast<double*>(arguments.arrays[0]) + lo, 1}};
            for (std::size_t k = 0; k < shared; ++k) in.push_back({arguments.scalars + k, 0});
            double* const out = static_cast<double*>(arguments.arrays[1]) + lo;
            program.run(in, {&out, 1}, static_cast<std::size_t>(hi - lo));
            return 0;
        };
    }

    Example example(const Problem& problem, std::uint64_t seed, long extent) const override {
        std::mt19937_64 random(seed);
        const auto number = [&] { return static_cast<double>(random() >> 11U) * 0x1p-52 - 1.0; };
        Example example;
        const auto n = static_cast<std::size_t>(extent);
        example.arrays = {{"x", AlignedVector<double>(n), {}, false},
                          {"y", AlignedVector<double>(n), {}, true}};
        for (double& x : example.arrays[0].reals) x = number();
        for (std::size_t k = 1; k < problem.function.arguments.size(); ++k)
            example.scalars.push_back(number());
        example.extent = extent;
        return example;
    }

    std::vector<Tolerance> tolerances(const Problem&) const override {
        const Tolerance exact{}, rounding{1e-12, 1e-12};  // the terms are about 1 and may cancel
        return {exact, rounding};
    }

private:
    /// p, p', p'', ... until the next is zero; no further than makes `most` fail.
    static std::vector<ir::Expression> derivatives(const Problem& problem) {
        std::vector<ir::Expression> found{problem.function.results[0].value};
        while (static_cast<long>(found.size()) <= most + 1) {
            const ir::Expression next = ir::derivative(found.back(), 0);
            if (!next) break;
            found.push_back(next);
        }
        return found;
    }
};

}  // namespace asp::testing
