#include "bloodflow/results_file.hpp"

#include <bit>
#include <fstream>
#include <functional>
#include <memory>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/base/version.hpp"
#include "asp/io/hdf5.hpp"
#include "asp/ir/parse.hpp"
#include "bloodflow/output_testing.hpp"

using asp::InputError;
using asp::io::H5Reader;
using asp::io::H5Writer;
using asp::testing::message_of;
using namespace bloodflow;
using namespace bloodflow::testing;

namespace {

/// Equal to the last bit, with the sign of zeros; also of numbers that are none.
bool same(const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
        return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
    });
}

void require_same(const FlowState& a, const FlowState& b) {
    REQUIRE(same({a.time}, {b.time}));
    REQUIRE(same(a.area, b.area));
    REQUIRE(same(a.velocity, b.velocity));
    REQUIRE(same(a.capacitor_pressure, b.capacitor_pressure));
    REQUIRE(same(a.end_unknown, b.end_unknown));
    REQUIRE(same(a.end_velocity, b.end_velocity));
    REQUIRE(same(a.head, b.head));
}

void require_same(const CycleReport& a, const CycleReport& b) {
    REQUIRE(same({a.pressure_change, a.flow_change, a.mass_drift, a.remaining_error, a.seconds},
                 {b.pressure_change, b.flow_change, b.mass_drift, b.remaining_error, b.seconds}));
    REQUIRE(a.cycle == b.cycle);
    REQUIRE(a.extrapolated == b.extrapolated);
    REQUIRE(a.steps == b.steps);
}

void require_same(const RunRecord& a, const RunRecord& b) {
    REQUIRE(a.status == b.status);
    REQUIRE(a.failure == b.failure);
    REQUIRE(a.waveforms.time == b.waveforms.time);
    REQUIRE(a.waveforms.area == b.waveforms.area);
    REQUIRE(a.waveforms.flow == b.waveforms.flow);
    REQUIRE(a.fields.time == b.fields.time);
    REQUIRE(a.fields.area == b.fields.area);
    REQUIRE(a.fields.flow == b.fields.flow);
    REQUIRE(a.cycles.size() == b.cycles.size());
    for (std::size_t k = 0; k < a.cycles.size(); ++k) require_same(a.cycles[k], b.cycles[k]);
    require_same(a.state, b.state);
    REQUIRE(a.history.size() == b.history.size());
    for (std::size_t k = 0; k < a.history.size(); ++k) {
        require_same(a.history[k].start, b.history[k].start);
        require_same(a.history[k].end, b.history[k].end);
    }
    REQUIRE(a.setup_seconds == b.setup_seconds);
    REQUIRE(a.solve_seconds == b.solve_seconds);
    REQUIRE(a.cell_updates == b.cell_updates);
    REQUIRE(a.kernel == b.kernel);
    REQUIRE(a.harts == b.harts);
}

/// What is said when a run changed by `change` is to go on from an unchanged one.
std::string refusal(const std::function<void(RunConfig&, Mesh&)>& change) {
    const ScratchFolder folder;
    const auto path = folder / "fork.h5";
    RunConfig config = fork_config();
    Mesh mesh = fork_mesh();
    write_results(path, config, mesh, fork_record());
    change(config, mesh);
    const std::string message =
        message_of<InputError>([&] { read_checkpoint(path, config, mesh); });
    const std::string start = path.string() + ": cannot go on from it: ";
    REQUIRE(message.starts_with(start));
    return message.substr(start.size());
}

}  // namespace

TEST_CASE("a record is read back as it was written, to the last bit") {
    const ScratchFolder folder;
    RunRecord record = fork_record();
    record.state.velocity[0] = -0.0;
    record.state.velocity[1] = 5e-324;
    write_results(folder / "fork.h5", fork_config(), fork_mesh(), record);
    require_same(read_checkpoint(folder / "fork.h5", fork_config(), fork_mesh()), record);
}

TEST_CASE("a run that was stopped in its first cycle can be gone on from") {
    const ScratchFolder folder;
    RunRecord record;
    record.status = RunStatus::interrupted;
    record.state = fork_state(1.0);
    record.state.end_unknown.clear();
    record.state.end_velocity.clear();
    record.state.head.clear();
    write_results(folder / "fork.h5", fork_config(), fork_mesh(), record);
    require_same(read_checkpoint(folder / "fork.h5", fork_config(), fork_mesh()), record);
}

TEST_CASE("the history keeps its order") {
    const ScratchFolder folder;
    RunRecord record = fork_record();
    for (int k = 0; k < 10; ++k) record.history.push_back({fork_state(k), fork_state(k + 0.5)});
    write_results(folder / "fork.h5", fork_config(), fork_mesh(), record);
    require_same(read_checkpoint(folder / "fork.h5", fork_config(), fork_mesh()), record);
}

TEST_CASE("waveforms are stored by vessel, place and time, in SI") {
    const ScratchFolder folder;
    write_results(folder / "fork.h5", fork_config(), fork_mesh(), fork_record());
    const H5Reader file(folder / "fork.h5");
    REQUIRE(file.names("/waveforms") ==
            std::vector<std::string>{"aorta", "left_iliac", "right_iliac", "time"});
    REQUIRE(file.read_doubles("/waveforms/time") == std::vector{0.0, 0.25, 0.5, 0.75});
    REQUIRE(file.string_attribute("/waveforms/aorta", "places") == "inlet,middle,outlet");
    REQUIRE(file.extents("/waveforms/aorta/pressure") == std::vector<std::size_t>{3, 4});
    REQUIRE(file.string_attribute("/waveforms/aorta/pressure", "units") == "Pa");
    const auto pressure = file.read_doubles("/waveforms/aorta/pressure");
    for (const std::size_t place : {0, 1, 2})
        for (const std::size_t k : {0, 1, 2, 3})
            REQUIRE(pressure[4 * place + k] ==
                    Approx((80.0 + 10.0 * static_cast<double>(k)) * mmHg));  // [Pa]
    const auto flow = file.read_doubles("/waveforms/right_iliac/flow");
    REQUIRE(flow[5] == -60.0 * mL);  // [m^3/s] middle, second sample
    const auto area = file.read_doubles("/waveforms/right_iliac/area");
    REQUIRE(file.read_doubles("/waveforms/right_iliac/velocity")[5] == flow[5] / area[5]);
}

TEST_CASE("a pressure can be had from the fields") {
    const ScratchFolder folder;
    write_results(folder / "fork.h5", fork_config(), fork_mesh(), fork_record());
    const H5Reader file(folder / "fork.h5");
    REQUIRE(file.extents("/fields/area") == std::vector<std::size_t>{2, 9});
    REQUIRE(file.read_ints("/fields/vessel") ==
            std::vector<std::int64_t>{0, 0, 0, 0, 0, 1, 1, 2, 2});
    REQUIRE(file.read_doubles("/fields/position")[6] == Approx(0.0525));  // [m]
    const auto area = file.read_floats("/fields/area");
    const auto stiffness = file.read_doubles("/fields/stiffness");
    const auto reference_area = file.read_doubles("/fields/reference_area");
    const auto reference_pressure = file.read_doubles("/fields/reference_pressure");
    for (std::size_t c = 0; c < 9; ++c)
        REQUIRE(reference_pressure[c] +
                    stiffness[c] * (std::sqrt(static_cast<double>(area[9 + c])) -
                                    std::sqrt(reference_area[c])) ==
                Approx(120.0 * mmHg).epsilon(1e-5));  // the areas are in single precision
}

TEST_CASE("a results file says what made it") {
    const ScratchFolder folder;
    write_results(folder / "fork.h5", fork_config(), fork_mesh(), fork_record());
    const H5Reader file(folder / "fork.h5");
    REQUIRE(file.string_attribute("/", "program") == "bloodflow");
    REQUIRE(file.string_attribute("/", "version") == asp::version);
    REQUIRE(file.string_attribute("/", "status") == "converged");
    REQUIRE(file.string_attribute("/", "kernel") == "built-in kernels for a test");
    REQUIRE(file.string_attribute("/", "created").size() == std::size("2026-01-01T00:00:00Z") - 1);
    REQUIRE_FALSE(file.string_attribute("/", "processor").empty());
    REQUIRE(file.read_string("/inputs/config") == fork_config().text);
    REQUIRE(file.read_string("/inputs/network") == fork_config().network_text);
    REQUIRE(file.read_strings("/inputs/overrides") == fork_config().overrides);
    REQUIRE(file.read_strings("/vessels/from") ==
            std::vector<std::string>{"heart", "fork", "fork"});
    REQUIRE(file.read_ints("/vessels/cells") == std::vector<std::int64_t>{5, 2, 2});
    REQUIRE(file.read_ints("/convergence/steps") == std::vector<std::int64_t>{4000, 4001});
}

TEST_CASE("vessels may bear names that HDF5 does not take, and keep their waveforms") {
    const ScratchFolder folder;
    RunConfig config = fork_config();
    config.network.vessels[0].name = "time";
    config.network.vessels[1].name = "iliac/left";
    config.network.vessels[2].name = "iliac_left";
    write_results(folder / "fork.h5", config, fork_mesh(), fork_record());
    require_same(read_checkpoint(folder / "fork.h5", config, fork_mesh()), fork_record());
    REQUIRE(H5Reader(folder / "fork.h5").string_attribute("/waveforms/iliac_left", "vessel") ==
            "iliac/left");
}

TEST_CASE("how far to go, what to keep, and comments may differ in a run that goes on") {
    const ScratchFolder folder;
    RunConfig config = fork_config();
    write_results(folder / "fork.h5", config, fork_mesh(), fork_record());
    config.max_cycles = 99;
    config.tolerance = 1e-9;
    config.samples_per_cycle = 7;
    config.field_rate = 3.0;
    config.vtk_frames = 5;
    config.report.clear();
    config.text += "# more\n";
    config.network_text += "# more\n";
    config.network.origin = "elsewhere";
    config.backend = Backend::reference;
    require_same(read_checkpoint(folder / "fork.h5", config, fork_mesh()), fork_record());
}

TEST_CASE("a run does not go on from one with other numerics, mesh, network or inlets") {
    REQUIRE(refusal([](RunConfig& c, Mesh&) { c.numerics.cfl = 0.5; }) ==
            "numerics.cfl is 0.8 there, 0.5 here");
    REQUIRE(refusal([](RunConfig& c, Mesh&) { c.numerics.local_time_stepping = false; }) ==
            "numerics.local_time_stepping is true there, false here");
    REQUIRE(refusal([](RunConfig& c, Mesh&) { c.period = 0.8; }) ==
            "period is 1 s there, 0.8 s here");
    REQUIRE(refusal([](RunConfig& c, Mesh&) { c.mode = RunMode::transient; }) ==
            "run.mode is periodic there, transient here");
    REQUIRE(refusal([](RunConfig&, Mesh& m) { m.vessels[1].count = 3; }) ==
            "mesh of vessel left_iliac is 2 cells of level 1 there, 3 cells of level 1 here");
    REQUIRE(refusal([](RunConfig&, Mesh& m) { m.vessels[2].level = 0; }) ==
            "mesh of vessel right_iliac is 2 cells of level 1 there, 2 cells of level 0 here");
    REQUIRE(refusal([](RunConfig& c, Mesh&) { c.network.vessels[0].radius[1] = 0.0075; }) ==
            "radius of vessel aorta is 10 to 8 mm there, 10 to 7.5 mm here");
    REQUIRE(refusal([](RunConfig& c, Mesh&) {
                c.network.vessels[0].young_modulus[0] = 6e5;
            }).starts_with("wall of vessel aorta is 1 to 1 mm, 500000 to 500000 Pa"));
    REQUIRE(refusal([](RunConfig& c, Mesh&) { c.network.vessels[2].name = "gone"; }) ==
            "vessel right_iliac is there, but not here");
    REQUIRE(refusal([](RunConfig& c, Mesh&) {
                c.network.blood.viscosity = 0.003;
            }).starts_with("blood is 1060 kg/m3, 0.004 Pa s"));
    REQUIRE(refusal([](RunConfig& c, Mesh&) {
                c.network.nodes[1].continuity = Continuity::static_pressure;
            }).starts_with("node fork is total pressure"));
    REQUIRE(refusal([](RunConfig& c, Mesh&) {
                c.network.gravity = {9.0, 0.0, 0.0};
            }) ==
            "node fork is total pressure, loss coefficient 0, potential 0 m2/s2 there, total "
            "pressure, loss coefficient 0, potential -0.9 m2/s2 here");
}

TEST_CASE("a run does not go on from one with other terminals or flows") {
    REQUIRE(refusal([](RunConfig& c, Mesh&) {
                c.network.terminals[1].compliance = 2e-9;
            }).starts_with("terminal at right_end is kind 2, 10000000 and 1000000000 Pa s/m3"));
    REQUIRE(refusal([](RunConfig& c, Mesh&) { c.network.terminals.pop_back(); }) ==
            "terminal at right_end is there, but not here");
    REQUIRE(refusal([](RunConfig& c, Mesh&) {
                c.inlets.push_back({1, Waveform::constant(0.0)});
            }) == "flow into fork is not there, only here");
    // As much on average, in another time.
    const std::string message = refusal(
        [](RunConfig& c, Mesh&) { c.inlets[0].flow = Waveform::half_sine(1.0, 300.0 * mL, 0.4); });
    REQUIRE(message.starts_with("flow into heart is 76.39437"));
    REQUIRE(message.find("mL/s on average, curve") != std::string::npos);
}

TEST_CASE("a run does not go on from one with other formulas") {
    const auto formula = [](const std::string& text, std::vector<asp::ir::Symbol> arguments) {
        asp::Diagnostics diagnostics;
        asp::ir::Environment environment;
        environment.arguments = std::move(arguments);
        const auto function = asp::ir::parse_expression(
            std::make_shared<const asp::ir::Source>(asp::ir::Source{"test", text}), environment,
            diagnostics);
        diagnostics.throw_if_any();
        return *function;
    };
    REQUIRE(refusal([&](RunConfig& c, Mesh&) {
                Terminal& t = c.network.terminals[1];
                t.kind = TerminalKind::formula;
                t.law = std::make_shared<const OutletLaw>(formula("1e8 * Q", {{"Q"}, {"s"}}));
            }).ends_with("there, p = Q * 1e+08 here"));
    std::vector<asp::ir::Symbol> wall{{"A"}};
    for (const asp::ir::Argument& a : wall_symbols()) wall.push_back({a.name});
    REQUIRE(refusal([&](RunConfig& c, Mesh&) {
                c.network.vessels[0].tube_law =
                    std::make_shared<const TubeLaw>("", formula("E * h * (A - A0)", wall));
            }) == "tube law of vessel aorta is not there, only here");
}

TEST_CASE("what is no results file of a run is refused") {
    const ScratchFolder folder;
    const auto read = [&](const std::filesystem::path& path) {
        return message_of<InputError>([&] { read_checkpoint(path, fork_config(), fork_mesh()); });
    };
    const auto missing = folder / "missing.h5", text = folder / "text.h5", other = folder / "a.h5";
    REQUIRE(read(missing) == missing.string() + ": there is no such file");
    std::ofstream(text) << "no HDF5";
    REQUIRE(read(text) == text.string() + ": is not an HDF5 file");
    H5Writer writer(other);
    writer.annotate("/", "program", std::string("gmm"));
    writer.close();
    REQUIRE(read(other) == other.string() + ": holds no run of bloodflow to go on from");
}

TEST_CASE("a state of the wrong size is refused as damaged") {
    const ScratchFolder folder;
    const auto path = folder / "fork.h5";
    RunRecord record = fork_record();
    record.history[1].end.head.pop_back();
    write_results(path, fork_config(), fork_mesh(), record);
    REQUIRE(message_of<InputError>([&] { read_checkpoint(path, fork_config(), fork_mesh()); }) ==
            path.string() + ": /checkpoint/history/0001/end/head: damaged: 3 values, expected 4");
}
