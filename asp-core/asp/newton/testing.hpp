#pragma once
// For tests and benchmarks: systems to solve.

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "asp/base/array.hpp"
#include "asp/ir/parse.hpp"
#include "asp/newton/newton.hpp"

namespace asp::newton::testing {

/// The function that a text defines. Throws InputError with the complaints.
inline ir::Function function_of(const std::string& text,
                                const std::vector<ir::Symbol>& symbols = {}) {
    Diagnostics diagnostics;
    ir::Environment environment;
    environment.arguments = symbols;
    const auto source = std::make_shared<const ir::Source>(ir::Source{"test", text, 1});
    const auto functions = ir::parse_functions(source, environment, diagnostics);
    diagnostics.throw_if_any();
    return functions.back();
}

/// The last function of a text, with its shared parameters. Throws InputError with the complaints.
inline Problem problem_of(const std::string& text, long shared = 0,
                          const std::vector<ir::Symbol>& symbols = {}) {
    Diagnostics diagnostics;
    const auto problem =
        NewtonRaphson().parse(function_of(text, symbols), {{"shared", shared}}, diagnostics);
    diagnostics.throw_if_any();
    return *problem;
}

/// n equations sum_j a_ij x_j + x_i^3 + sin(x_i x_k) = b_i of a root that is known: the b are made
/// from it. Parameters: the a, row by row, then the b.
inline Problem known_root_problem(std::size_t n) {
    ir::Function f{"known", {}, {}, std::make_shared<ir::Graph>(), nullptr};
    for (std::size_t j = 0; j < n; ++j) f.arguments.push_back({"x" + std::to_string(j), {}, {}});
    for (std::size_t k = 0; k < n * n + n; ++k)
        f.arguments.push_back({"p" + std::to_string(k), {}, {}});
    for (std::size_t i = 0; i < n; ++i) {
        const ir::Expression x = f.argument(i), y = f.argument((i + 1) % n);
        ir::Expression sum = x * x * x + unary(ir::Op::sine, x * y) - f.argument(n + n * n + i);
        for (std::size_t j = 0; j < n; ++j) sum = sum + f.argument(n + i * n + j) * f.argument(j);
        f.results.push_back({"f" + std::to_string(i), sum, {}});
    }
    return {f, {{"unknowns", static_cast<long>(n)}, {"shared", 0}}};
}

/// Three vessels that meet. Unknowns: x = A^(1/4) at each end and the total head H; each end has
/// its stiffness k [m/s^2], rest value x0 and the values xa, ua that its
/// characteristic brings: u = ua - 4 c (x - xa) / x..., for the elastic wall p/rho = k (x^2 -
/// x0^2). Heads are equal, flows add up to zero.
inline const char* const junction_text = R"(
def head(x, u, k, x0):
    return k * (x**2 - x0**2) + 0.5 * u**2

def velocity(x, k, xa, ua):
    return ua - 4 * sqrt(0.5 * k) * (x - xa)

def junction(x, H, k, x0, xa, ua):
    u0 = velocity(x[0], k[0], xa[0], ua[0])
    u1 = velocity(x[1], k[1], xa[1], ua[1])
    u2 = velocity(x[2], k[2], xa[2], ua[2])
    return (head(x[0], u0, k[0], x0[0]) - H,
            head(x[1], u1, k[1], x0[1]) - H,
            head(x[2], u2, k[2], x0[2]) - H,
            x[0]**4 * u0 + x[1]**4 * u1 + x[2]**4 * u2)
)";

inline Problem junction_problem() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::vector<ir::Symbol> symbols{{"x", {}, {0.0, infinity}, 3}, {"k", {}, {500.0, 5e4}, 3},
                                    {"x0", {}, {0.03, 0.1}, 3},    {"xa", {}, {0.03, 0.1}, 3},
                                    {"ua", {}, {-1.0, 1.0}, 3},    {"H", {}, {}, 0}};
    return problem_of(junction_text, 0, symbols);
}

/// Guesses [4, systems] and parameters [12, systems] as arteries have them.
struct Junctions {
    explicit Junctions(std::size_t systems) : unknowns({4, systems}), parameters({12, systems}) {
        std::mt19937_64 random(1);
        const auto uniform = [&](double low, double high) {
            return low + (high - low) * static_cast<double>(random() >> 11U) * 0x1p-53;
        };
        for (std::size_t s = 0; s < systems; ++s) {
            double head = 0.0;
            for (std::size_t e = 0; e < 3; ++e) {
                const double area = uniform(5e-6, 2e-5), speed = uniform(4.0, 7.0);
                const double k = 2.0 * speed * speed / std::sqrt(area),
                             x0 = std::sqrt(std::sqrt(area));
                const double xa = x0 * uniform(0.98, 1.05), ua = uniform(-0.3, 0.3);
                unknowns(e, s) = xa;
                parameters(e, s) = k;
                parameters(3 + e, s) = x0;
                parameters(6 + e, s) = xa;
                parameters(9 + e, s) = ua;
                head += (k * (xa * xa - x0 * x0) + 0.5 * ua * ua) / 3.0;
            }
            unknowns(3, s) = head;
        }
    }

    Array<double, 2> unknowns, parameters;
};

}  // namespace asp::newton::testing
