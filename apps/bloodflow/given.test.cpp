// What a program gives in place of files: texts, laws as functions, flows as functions.
#include <cmath>

#include "asp/ir/parse.hpp"
#include "bloodflow/case.hpp"
#include "bloodflow/formula_testing.hpp"
#include "bloodflow/inflow.hpp"
#include "bloodflow/places.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;
using asp::testing::message_of;

namespace {

GivenLaw law_of(const std::string& text) {
    asp::Diagnostics diagnostics;
    asp::ir::Environment environment;
    environment.arguments = tube_law_symbols();
    const auto source = std::make_shared<const asp::ir::Source>(asp::ir::Source{"law.py", text, 1});
    const auto functions = asp::ir::parse_functions(source, environment, diagnostics);
    diagnostics.throw_if_any();
    return {functions.back(), text};
}

RunText fork_text() {
    return {"run", with(fork_run, "net.yaml", "network"), fork_network};
}

RunConfig with_law(GivenLaw law) {
    return read_run_config(fork_text(), {}, {.tube_law = std::move(law), .friction = {}});
}

std::string complaint(const GivenLaw& law) {
    return message_of<asp::InputError>([&] { with_law(law); });
}

}  // namespace

TEST_CASE("a run from texts is the run of the files") {
    const RunConfig by_text = read_run_config(fork_text(), {"numerics.cell_length_mm=4"});
    const RunConfig by_file =
        InputFiles(fork_network, fork_run).read({"numerics.cell_length_mm=4"});
    CHECK(by_text.numerics.cell_length == by_file.numerics.cell_length);
    CHECK(by_text.network.vessels.size() == 3);
    CHECK(by_text.network.vessels[1].radius == by_file.network.vessels[1].radius);
    CHECK(by_text.network_text == fork_network);
}

TEST_CASE("faults in texts are named by the texts' names") {
    RunText run = fork_text();
    run.network = with(fork_network, "length_mm: 80", "length_mm: -80");
    CHECK(message_of<asp::InputError>([&] { read_run_config(run, {}); }) ==
          "network:12: vessels[1].length_mm = -80: expected a positive number");
}

TEST_CASE("a law given as a function is the same law as its formula") {
    const RunConfig formula = read_with(exponential_formula);
    const RunConfig function =
        with_law(law_of("def law(A, p_ref, E, h, A0):\n"
                        "    k = 2/3 * E * h * sqrt(pi / A0)\n"
                        "    return p_ref + k * (exp(2 * (sqrt(A / A0) - 1)) - 1)\n"));
    for (const double part : {0.5, 1.0, 2.0}) {
        const WallSection a = formula.network.vessels[1].wall(0.3);
        const WallSection b = function.network.vessels[1].wall(0.3);
        CHECK(a.pressure(part * a.reference_area) == b.pressure(part * b.reference_area));
        CHECK(a.stiffness(part * a.reference_area) == b.stiffness(part * b.reference_area));
    }
    CHECK(function.overrides.back().starts_with("physics.tube_law=def law(A, p_ref"));
}

TEST_CASE("a law's own parameters have their presets") {
    GivenLaw law = law_of("def law(A, A0, gain):\n    return gain * (A / A0 - 1)\n");
    CHECK(complaint(law) ==
          "tube_law = law: nothing is known of its argument 'gain'; expected A, A0, h, E, nu, "
          "p_ref, rho, mu, zeta, or an argument with a default");
    law.function.arguments[2].preset = 1e4;
    const RunConfig config = with_law(law);  // walls refer to its law
    const WallSection wall = config.network.vessels[0].wall(0.0);
    CHECK(wall.pressure(2.0 * wall.reference_area) == Approx(1e4).epsilon(1e-12));
}

TEST_CASE("a given law that makes no sense is refused") {
    CHECK(complaint(law_of("def law(A, A0, E):\n    return E * (1 - A / A0)\n"))
              .starts_with("tube_law = law: the pressure does not rise with the area"));
    CHECK(complaint(law_of("def law(A0, E):\n    return E\n")) ==
          "tube_law = law: expected a pressure that depends on the area A");
    CHECK(complaint(law_of("def law(A, E):\n    return A, E\n")) ==
          "tube_law = law: it returns 2 numbers; expected one");
    CHECK(complaint(law_of("def law(A):\n    return sqrt(A)\n")) ==
          "tube_law = law: its unit is m; expected Pa");
}

TEST_CASE("an inlet's flow may be a function of time") {
    RunConfig config = read_run_config(fork_text(), {});
    const auto sine = [](const std::vector<double>& times) {
        std::vector<double> flows;
        for (const double t : times) flows.push_back(1e-4 * std::sin(2.0 * M_PI * t / 0.8));
        return flows;
    };
    replace_inflow(config, "heart", sine);
    const Waveform& flow = config.inlets[0].flow;
    CHECK(flow.period() == 0.8);
    // Straight lines lose (2 pi / 4096)^2 / 8 of the peak.
    CHECK(flow(0.95) == Approx(1e-4 * std::sin(2.0 * M_PI * 0.15 / 0.8)).margin(3e-11));
    CHECK(std::abs(flow.mean()) < 1e-16);
    CHECK(message_of<asp::InputError>([&] { replace_inflow(config, "hart", sine); }) ==
          "inflow: 'hart': expected a node with an inlet: heart");
    const auto ramp = [](const std::vector<double>& times) { return times; };
    CHECK(message_of<asp::InputError>([&] {
              replace_inflow(config, "", ramp);
          }).starts_with("inflow: the flow is 8e+05 mL/s at the end of the period, 0.8 s, and 0"));
}

TEST_CASE("cells and faces lie evenly along their vessels") {
    const Case prepared = prepare(read_run_config(fork_text(), {}));
    const Places cells = cell_places(prepared.config.network, prepared.mesh);
    const Places faces = face_places(prepared.config.network, prepared.mesh);
    CHECK(cells.position.size() == prepared.mesh.cells);
    CHECK(faces.position.size() == prepared.mesh.cells + 3);
    CHECK(cells.position[0] == 0.5 * prepared.mesh.vessels[0].length);
    CHECK(faces.position[prepared.mesh.vessels[0].count] == Approx(0.1).epsilon(1e-15));
    CHECK(faces.position[prepared.mesh.vessels[0].count + 1] == 0.0);
    CHECK(cells.stiffness[0] == prepared.config.network.vessels[0].wall(0.5).beta);
}

TEST_CASE("a file that is checked gives its complaints or none") {
    const InputFiles good(fork_network, fork_run);
    CHECK(complaints_about(good.run(), {}).empty());
    CHECK(complaints_about(good.network(), {}).empty());
    CHECK(complaints_about(good.run(), {"numerics.cfl=2"}).size() == 1);
}
