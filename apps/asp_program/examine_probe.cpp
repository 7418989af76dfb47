#include <fmt/format.h>

#include <cfenv>
#include <chrono>
#include <cmath>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/newton/solver.hpp"
#include "asp_program/findings.hpp"
#include "asp_program/private_folder.hpp"
#include "asp_program/report.hpp"

namespace asp_program {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t systems = 1000;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// x^2 = a. Small, but it takes parser, derivative, template, compiler and check.
asp::Problem root_problem() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    asp::ir::Environment environment;
    environment.arguments = {{"x", {}, {0.0, infinity}}, {"a", {}, {1.0, 2.0}}};
    const auto source = std::make_shared<const asp::ir::Source>(
        asp::ir::Source{"probe", "def root(x, a):\n    return x * x - a\n", 1});
    asp::Diagnostics diagnostics;
    const auto problem = parse_problem(asp::newton::NewtonRaphson(), source, environment,
                                       {{"shared", 0}}, diagnostics);
    diagnostics.throw_if_any();
    return *problem;
}

struct Attempt {
    asp::Rung rung;
    double ready_seconds;   ///< from the problem to a kernel
    double call_seconds;    ///< for all systems, the least of some
    double largest_error;   ///< relative, of a root
    std::string objection;  ///< why it does not run compiled
};

double largest_error(const asp::Array<double, 2>& roots, const asp::Array<double, 2>& a) {
    double largest = 0.0;
    for (std::size_t s = 0; s < systems; ++s) {
        const double error = std::abs(roots(0, s) / std::sqrt(a(0, s)) - 1.0);
        if (!(error <= largest)) largest = error;  // so that NaN counts
    }
    return largest;
}

Attempt attempt(const asp::Context& given) {
    Attempt done{};
    asp::Context context = given;
    context.say = [&](const std::string& line) { done.objection = line; };
    const auto start = Clock::now();
    const asp::newton::Solver solver(root_problem(), context);
    done.ready_seconds = seconds_since(start);
    done.rung = solver.kernel().rung();
    asp::Array<double, 2> a({1, systems}), roots({1, systems});
    for (std::size_t s = 0; s < systems; ++s)
        a(0, s) = 1.0 + static_cast<double>(s) / static_cast<double>(systems);
    done.call_seconds = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 5; ++round) {
        for (std::size_t s = 0; s < systems; ++s) roots(0, s) = 1.0;
        const auto begin = Clock::now();
        solver.solve(roots, a, {});
        done.call_seconds = std::min(done.call_seconds, seconds_since(begin));
    }
    done.largest_error = largest_error(roots, a);
    return done;
}

/// Rounding, and one more: the Newton step after convergence is at the limit of the arithmetic.
constexpr double right = 1e-14;

std::string call_text(const Attempt& done) {
    return fmt::format("{} square roots in {}, {} to {:.0e}", systems,
                       seconds_text(done.call_seconds),
                       done.largest_error <= right ? "right" : "WRONG", done.largest_error);
}

void examine_interpreter(const Attempt& done, Findings& findings) {
    const bool works = done.largest_error <= right;
    findings.push_back(
        {works ? State::good : State::broken, "probe",
         fmt::format("interpreted: first answer after {}; {}",
                     seconds_text(done.ready_seconds + done.call_seconds), call_text(done)),
         works ? "formulas run, with or without a compiler" : "",
         works ? "" : "please report this, with the output of asp doctor"});
}

void examine_compiled(const asp::jit::Toolchain& toolchain, const Attempt& interpreted,
                      Findings& findings) {
    const PrivateFolder folder;
    asp::Context context;
    context.mode = asp::Mode::synchronous;
    context.toolchain = [&] { return toolchain; };
    const auto through = [&](asp::jit::KernelCache& cache) {
        context.cache = &cache;
        return attempt(context);
    };
    asp::jit::KernelCache fresh(folder.path() / "cache");
    const Attempt cold = through(fresh);
    if (cold.rung != asp::Rung::specialized || !(cold.largest_error <= right)) {
        findings.push_back(
            {State::broken, "probe",
             cold.objection.empty() ? "compiled: " + call_text(cold) : cold.objection,
             "kernels run interpreted",
             "name another compiler in ASP_CXX, and please report this"});
        return;
    }
    asp::jit::KernelCache again(folder.path() / "cache");
    const Attempt warm = through(again);
    findings.push_back(
        {State::good, "probe",
         fmt::format("compiled, checked and loaded in {}, from a cache in {}; {}",
                     seconds_text(cold.ready_seconds), seconds_text(warm.ready_seconds),
                     call_text(cold)),
         fmt::format("compiled kernels work; this one is {:.1f} times as fast as interpreted",
                     interpreted.call_seconds / cold.call_seconds)});
}

void examine_arithmetic(Findings& findings) {
    volatile double least = std::numeric_limits<double>::min();
    volatile double half = 0.5;
    const bool keeps_small = least * half > 0.0;
    const bool rounds_to_nearest = std::fegetround() == FE_TONEAREST;
    if (keeps_small && rounds_to_nearest)
        findings.push_back({State::good, "arithmetic",
                            "IEEE: rounds to nearest, keeps subnormal numbers",
                            "also after a kernel was loaded"});
    else
        findings.push_back(
            {State::broken, "arithmetic",
             !keeps_small ? "subnormal numbers become zero" : "does not round to nearest",
             "results differ from those of other machines",
             "see LD_PRELOAD: some library was linked with -ffast-math"});
}

}  // namespace

void examine_probe(const std::optional<asp::jit::Toolchain>& toolchain, Findings& findings) {
    asp::Context context;
    context.mode = asp::Mode::off;
    const Attempt interpreted = attempt(context);
    examine_interpreter(interpreted, findings);
    try {
        if (toolchain) examine_compiled(*toolchain, interpreted, findings);
    } catch (const asp::BackendError& error) {
        findings.push_back({State::broken, "probe", error.what(), "nothing can be compiled",
                            "name a folder that can be written to in TMPDIR"});
    }
    examine_arithmetic(findings);
}

}  // namespace asp_program
