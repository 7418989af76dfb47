#include "bloodflow/formula_step.hpp"

#include "asp/base/error.hpp"
#include "asp/jit/toolchain.hpp"
#include "bloodflow/formula_testing.hpp"
#include "bloodflow/native_kernels.hpp"
#include "bloodflow/probe_step.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;

namespace {

constexpr double step = 1e-4;  // [s], stable in all cases: 5 mm at 10 m/s is 5e-4

bool has_compiler() {
    if (asp::jit::host_toolchain()) return true;
    WARN("skipped: there is no compiler on this machine");
    return false;
}

/// `physics` with the built-in friction, or one that is not linear, as a formula too.
std::string and_friction(std::string physics, const std::string& formula) {
    return physics.replace(physics.rfind("}\n"), 2, ", friction: \"" + formula + "\"}\n");
}

/// How far the built-in kernels are from the plain solver after the same 20 steps: their speeds at
/// faces are rounded to 2e-3 (prelude.hpp), where they multiply jumps that are small already. In
/// the formulas' walls waves are up to twice as fast.
double built_in_distance(const std::string& network) {
    const RunConfig run = read_with("", network);
    const Waves waves(run);
    return distance_of(waves.after(built_in_step(run.network, native_kernels()), 20, step),
                       waves.reference(20, step));
}

}  // namespace

TEST_CASE("the elastic wall as a formula makes the built-in kernels' step, on every rung") {
    for (const std::string& network : {fork_network, tapered_network()}) {
        const RunConfig run = read_with(elastic_formula, network);
        const RunConfig plain = read_with("", network);
        const Waves waves(run), built_in_waves(plain);
        const FlowState built_in =
            built_in_waves.after(built_in_step(plain.network, native_kernels()), 1, step);
        CHECK(distance_of(waves.after(interpreted_step(run.network), 1, step), built_in) < 1e-12);
        if (!has_compiler()) continue;
        const StepKernels kernels = specialized(run.network);
        CHECK(kernels.rung == asp::Rung::specialized);
        CHECK(distance_of(waves.after(kernels, 1, step), built_in) < 1e-12);
    }
}

TEST_CASE("specializing built-in physics changes nothing but speed") {
    if (!has_compiler()) return;
    for (const std::string& network : {fork_network, tapered_network()}) {
        const RunConfig run = read_with("", network);
        const Waves waves(run);
        const FlowState built_in =
            waves.after(built_in_step(run.network, native_kernels()), 1, step);
        CHECK(distance_of(waves.after(specialized(run.network), 1, step), built_in) < 1e-12);
    }
}

TEST_CASE("any tube law steps as the plain solver does, which integrates it by Simpson's rule") {
    for (const std::string& physics : {curved_formula, exponential_formula})
        for (const std::string& network : {fork_network, tapered_network()}) {
            INFO(physics);
            const RunConfig run = read_with(physics, network);
            const Waves waves(run);
            const FlowState plain = waves.reference(20, step);
            CHECK(distance_of(waves.after(interpreted_step(run.network), 20, step), plain) <
                  5.0 * built_in_distance(network));
            if (!has_compiler()) continue;
            CHECK(distance_of(waves.after(specialized(run.network), 1, step),
                              waves.after(interpreted_step(run.network), 1, step)) < 1e-12);
        }
}

TEST_CASE("Newtonian friction as a formula makes the built-in friction's step") {
    const std::string laminar = "2 * (zeta + 2) * pi * mu * u";
    const RunConfig run = read_with(and_friction(elastic_formula, laminar));
    const RunConfig plain = read_with(elastic_formula);
    const Waves waves(run), plain_waves(plain);
    const FlowState linear = plain_waves.after(interpreted_step(plain.network), 1, step);
    CHECK(distance_of(waves.after(interpreted_step(run.network), 1, step), linear) < 1e-12);
    if (has_compiler())
        CHECK(distance_of(waves.after(specialized(run.network), 1, step), linear) < 1e-12);
}

TEST_CASE("friction that grows with the square of the flow steps as the plain solver does") {
    // Turbulent and much too strong, to be seen: 0.5 f rho u |u| pi d / 4.
    const RunConfig run = read_with(
        and_friction(elastic_formula, "2 * rho * u * abs(u) * sqrt(pi * A) + 3 * mu * u"));
    const Waves waves(run);
    const RunConfig without = read_with(elastic_formula);
    const FlowState plain = waves.reference(20, step);
    CHECK(distance_of(Waves(without).reference(20, step), plain) > 1e-3);
    CHECK(distance_of(waves.after(interpreted_step(run.network), 20, step), plain) <
          5.0 * built_in_distance(fork_network));
    if (has_compiler())
        CHECK(distance_of(waves.after(specialized(run.network), 1, step),
                          waves.after(interpreted_step(run.network), 1, step)) < 1e-12);
}

TEST_CASE("rest stays rest under a formula's wall with taper and gravity") {
    const RunConfig run = read_with(curved_formula, tapered_network());
    Waves waves(run);
    std::size_t cell = 0;
    for (std::size_t v = 0; v < waves.mesh.vessels.size(); ++v)
        for (std::size_t i = 0; i < waves.mesh.vessels[v].count; ++i, ++cell) {
            const WallSite site{&waves.network, v, waves.mesh.vessels[v].place(i)};
            const double pressure = 1e4 - 1060.0 * site.elevation();
            waves.start.area[cell] = site.wall().area(pressure);
            waves.start.velocity[cell] = 0.0;
        }
    waves.inlets.clear();
    for (std::size_t t = 0; t < waves.network.terminals.size(); ++t)
        waves.start.capacitor_pressure[t] =
            1e4 - 1060.0 * waves.network.elevation_potential(waves.network.terminals[t].node);
    RunConfig closed = run;
    for (std::size_t t = 0; t < closed.network.terminals.size(); ++t)
        closed.network.terminals[t].distal_pressure = waves.start.capacitor_pressure[t];
    const Waves* const at_rest = &waves;
    asp::HartPool pool(1);
    const asp::Lease lease = pool.request(1);
    asp::Team team(lease);
    const auto solver = make_native_solver(closed.network, waves.mesh, {}, 0.8, team,
                                           interpreted_step(closed.network));
    const FlowState end = at_rest->after(*solver, 50, step);
    double fastest = 0.0;
    for (const double u : end.velocity) fastest = std::max(fastest, std::abs(u));
    CHECK(fastest < 1e-10);  // [m/s]: the potential rounds at 1e-14 of c^2, and 50 steps add up
}

TEST_CASE("without a compiler a formula is interpreted, and one line says what that costs") {
    const RunConfig run = read_with(curved_formula);
    asp::Context context = asp::process_context(asp::Mode::automatic);
    context.toolchain = [] { return std::optional<asp::jit::Toolchain>{}; };
    std::vector<std::string> said;
    context.say = [&](const std::string& line) { said.push_back(line); };
    const StepKernels kernels = make_step(run.network, context);
    CHECK(kernels.rung == asp::Rung::interpreted);
    REQUIRE(said.size() == 1);
    CHECK(said[0].find("running the interpreter") != std::string::npos);

    context.mode = asp::Mode::required;
    CHECK_THROWS_AS(make_step(run.network, context), asp::BackendError);
    context.mode = asp::Mode::off;
    said.clear();
    CHECK(make_step(run.network, context).rung == asp::Rung::interpreted);
    CHECK(said.empty());
    CHECK(make_step(read_with("").network, context).rung == asp::Rung::built_in);
}

TEST_CASE("kernels that compute something else are found out before the first step") {
    const RunConfig run = read_with(elastic_formula), other = read_with(curved_formula);
    const StepKernels right = interpreted_step(run.network),
                      wrong = interpreted_step(other.network);
    CHECK(agrees(run.network, right, right));
    CHECK(!agrees(run.network, wrong, right));
}
