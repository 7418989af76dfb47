#include "bloodflow/run_config.hpp"

#include <algorithm>

#include "bloodflow/input_testing.hpp"
#include "bloodflow/units.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;
using Lines = std::vector<std::string>;

namespace {

/// What is said of the run of the fork when one thing in its file is another.
Lines complaints(const std::string& then, const std::string& now) {
    return InputFiles(fork_network, with(fork_run, then, now)).complaints();
}

const std::string half_sine = "{type: half_sine, peak_ml_s: 100, duration_s: 0.3, period_s: 0.8}";

/// The flow that a run file reads from `node`.
Waveform read_flow(const std::string& flow) {
    const InputFiles files(fork_network, with(fork_run, half_sine, flow));
    return files.read({"run={mode: transient, duration_s: 1}", "output={}"}).inlets.at(0).flow;
}

/// What is said of a table of 0.8 s.
Lines table_complaints(const std::string& csv) {
    const InputFiles files(
        fork_network, with(fork_run, half_sine, "{type: table, file: flow.csv, period_s: 0.8}"));
    files.write("flow.csv", csv);
    return files.complaints();
}

}  // namespace

TEST_CASE("every run file in configs/ reads without complaint, and so does its network") {
    std::size_t runs = 0;
    for (const auto& entry : std::filesystem::directory_iterator("configs")) {
        if (entry.path().extension() != ".yaml") continue;
        INFO(entry.path());
        const RunConfig config = read_run_config(entry.path(), {});
        CHECK(!config.inlets.empty());
        CHECK(!config.network.vessels.empty());
        CHECK(!config.report.empty());
        if (config.mode == RunMode::periodic) CHECK(config.period > 0.0);
        ++runs;
    }
    REQUIRE(runs >= 5);
}

TEST_CASE("what a run file says in millimetres, millilitres and milliseconds is kept in SI") {
    const InputFiles files(fork_network,
                           "network: net.yaml\n"
                           "inlets:\n"
                           "  - {node: heart, flow: {type: constant, flow_ml_s: 20}}\n"
                           "numerics: {cell_length_mm: 2.5, cell_sizing: wave_speed, min_cells: 4, "
                           "cfl: 0.7, local_time_stepping: false}\n"
                           "run: {mode: transient, duration_s: 2, start: steady, "
                           "rest_pressure_mmhg: 90}\n"
                           "output:\n"
                           "  waveforms: {sample_interval_ms: 4}\n"
                           "  fields: {rate_hz: 100}\n"
                           "  vtk: {frames: 8, ring_spacing_mm: 3, sides: 16}\n");
    const RunConfig config = files.read();
    CHECK(config.inlets.at(0).node == 0);
    CHECK(config.inlets.at(0).flow(0.3) == Approx(2e-5));
    CHECK(config.numerics.cell_length == Approx(2.5e-3));
    CHECK(config.numerics.cell_sizing == CellSizing::wave_speed);
    CHECK(config.numerics.min_cells == 4);
    CHECK(config.numerics.cfl == 0.7);
    CHECK(!config.numerics.local_time_stepping);
    CHECK(config.mode == RunMode::transient);
    CHECK(config.duration == 2.0);
    CHECK(config.start == Start::steady);
    CHECK(config.rest_pressure == Approx(90.0 * mmHg));
    CHECK(config.sample_interval == Approx(4e-3));
    CHECK(config.field_rate == 100.0);
    CHECK(config.vtk_frames == 8);
    CHECK(config.vtk_ring_spacing == Approx(3e-3));
    CHECK(config.vtk_sides == 16);
    CHECK(config.report == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("a transient run starts at rest at the walls' reference pressure unless told otherwise") {
    const RunConfig config =
        InputFiles(fork_network, with(fork_run, "mode: periodic, tolerance: 1.0e-3",
                                      "mode: transient, duration_s: 1"))
            .read({"output={}"});
    CHECK(config.start == Start::rest);
    CHECK(config.rest_pressure == Approx(75.0 * mmHg));
}

TEST_CASE("inflows are read in every form") {
    const Waveform sine = read_flow(half_sine);
    CHECK(sine(0.15) == Approx(1e-4));
    CHECK(sine.period() == 0.8);
    const Waveform series = read_flow(
        "{type: fourier, period_s: 0.5, mean_ml_s: 3, amplitudes_ml_s: [2, 1], phases_rad: [0, "
        "1]}");
    CHECK(series.mean() == Approx(3e-6));
    CHECK(series(0.0) == Approx(3e-6 + 1e-6 * std::sin(1.0)));
    const Waveform pulse =
        read_flow("{type: gaussian, peak_ml_s: 1, center_s: 0.05, rate_1_s2: 1.0e+4}");
    CHECK(pulse(0.05) == Approx(1e-6));
    CHECK(pulse(0.06) == Approx(1e-6 * std::exp(-1.0)));
}

TEST_CASE("a table of the inflow is found beside the run file, and may have comments") {
    const InputFiles files(
        fork_network, with(fork_run, half_sine, "{type: table, file: flow.csv, period_s: 0.8}"));
    files.write("flow.csv",
                "# read off a figure\r\ntime_s,flow_ml_s\r\n0,10\r\n\n0.2, 50\n0.8,10\n");
    const Waveform flow = files.read().inlets.at(0).flow;
    CHECK(flow(0.1) == Approx(3e-5));
    CHECK(flow.period() == Approx(0.8));
}

TEST_CASE("a run file or a network that is not there is named") {
    CHECK(asp::testing::message_of<asp::InputError>([] {
              read_run_config("configs/x.yaml", {});
          }) == "configs/x.yaml: cannot be read: No such file or directory");
    CHECK(
        complaints("net.yaml", "nit.yaml") ==
        Lines{"run.yaml:1: network = nit.yaml: expected a file; there is no nit.yaml (the path is "
              "relative to this file)"});
    CHECK(complaints("network: net.yaml", "") ==
          Lines{"run.yaml:2: network: missing; expected text"});
}

TEST_CASE("complaints about a run and about its network come together") {
    const InputFiles files(with(fork_network, "radius_mm: 8", "radius_mm: -8"),
                           with(fork_run, "cell_length_mm: 5", "cell_length_cm: 0.5"));
    CHECK(
        files.complaints() ==
        Lines{"net.yaml:11: vessels[0].radius_mm = -8: expected a positive number",
              "run.yaml:4: numerics.cell_length_cm: unknown key; did you mean 'cell_length_mm'?"});
}

TEST_CASE("a network without nodes is no more than a complaint to its run") {
    const Lines lines = InputFiles(with(fork_network, "nodes:", "nods:")).complaints();
    REQUIRE(!lines.empty());
    CHECK(lines.front() == "net.yaml:1: nodes: missing; expected a sequence");
    CHECK(lines.back() == "net.yaml:5: nods: unknown key; did you mean 'nodes'?");
}

TEST_CASE("a misspelt key of a run is offered the nearest that is known") {
    CHECK(complaints("tolerance", "tolerence") ==
          Lines{"run.yaml:5: run.tolerence: unknown key; did you mean 'tolerance'?"});
    CHECK(complaints("peak_ml_s: 100", "peak_m3_s: 1e-4") ==
          Lines{"run.yaml:3: inlets[0].flow.peak_ml_s: missing; expected a number",
                "run.yaml:3: inlets[0].flow.peak_m3_s: unknown key; did you mean 'peak_ml_s'?"});
    CHECK(complaints("numerics:", "numeric:") ==
          Lines{"run.yaml:4: numeric: unknown key; did you mean 'numerics'?"});
    CHECK(complaints("inlets:", "inlet:").front() ==
          "run.yaml:1: inlets: missing; expected a sequence");
}

TEST_CASE("an inlet is a node of the network where one vessel begins") {
    CHECK(complaints("node: heart", "node: haert") ==
          Lines{"run.yaml:3: inlets[0].node = haert: expected a node of the network; did you mean "
                "'heart'?"});
    CHECK(complaints("node: heart", "node: aorta") ==
          Lines{"run.yaml:3: inlets[0].node = aorta: expected a node of the network"});
    CHECK(complaints("node: heart", "node: left_end").front() ==
          "run.yaml:3: inlets[0].node = left_end: expected a node without a terminal");
    CHECK(
        complaints("node: heart", "node: fork").front() ==
        "run.yaml:3: inlets[0].node = fork: expected a node where one vessel begins; 3 meet there");
    CHECK(complaints("numerics:",
                     "  - {node: heart, flow: {type: constant, flow_ml_s: 1}}\n"
                     "numerics:") ==
          Lines{"run.yaml:4: inlets[1].node = heart: expected a node that no other inlet has"});
}

TEST_CASE("an open end needs an inlet or a terminal") {
    const std::string open =
        "expected an inlet here or a terminal in the network for node "
        "'heart', where one vessel ends; a dead end is a terminal of type "
        "'closed'";
    const std::string inlet = "\n  - {node: heart, flow: " + half_sine + "}";
    CHECK(complaints(inlet, " []") == Lines{"run.yaml:2: inlets: " + open});
    // Two that are open at once.
    const std::string terminals = fork_network.substr(fork_network.find("terminals:"));
    const Lines lines = InputFiles(with(fork_network, terminals, "")).complaints();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find("'left_end'") != std::string::npos);
    CHECK(lines[1].find("'right_end'") != std::string::npos);
}

TEST_CASE("the parameters of an inflow make sense") {
    CHECK(complaints("type: half_sine", "type: half_sin") ==
          Lines{"run.yaml:3: inlets[0].flow.type = half_sin: expected one of 'half_sine', 'table', "
                "'fourier', 'gaussian', 'constant', 'formula'; did you mean 'half_sine'?"});
    CHECK(complaints("duration_s: 0.3", "duration_s: 0.9") ==
          Lines{"run.yaml:3: inlets[0].flow.duration_s = 0.9: expected at most the period"});
    CHECK(complaints("peak_ml_s: 100", "peak_ml_s: .nan") ==
          Lines{"run.yaml:3: inlets[0].flow.peak_ml_s = .nan: expected a finite number"});
    CHECK(complaints(half_sine,
                     "{type: fourier, period_s: 1, mean_ml_s: 1, "
                     "amplitudes_ml_s: [1, 2], phases_rad: [0]}") ==
          Lines{"run.yaml:3: inlets[0].flow.phases_rad: expected as many as amplitudes_ml_s, 2"});
    CHECK(complaints(half_sine, "{type: constant}") ==
          Lines{"run.yaml:3: inlets[0].flow.flow_ml_s: missing; expected a number"});
}

TEST_CASE("a table of the inflow holds finite numbers in times that rise") {
    CHECK(table_complaints("time_s,flow_ml_s\n0,1\n0.3,nan\n0.2,2\n0.4;5\n0.1,1\n0.8,1\n") ==
          Lines{"flow.csv:3: '0.3,nan': expected two finite numbers, time and flow",
                "flow.csv:5: '0.4;5': expected two finite numbers, time and flow",
                "flow.csv:6: time_s = 0.1: expected more than 0.2 before it: times must rise"});
    CHECK(table_complaints("time_s,flow_ml_s\n0,1\n0.3,2\n0.3,3\n0.8,1\n") ==
          Lines{"flow.csv:4: time_s = 0.3: expected more than 0.3 before it: times must rise"});
    CHECK(table_complaints("time_s,flow_ml_s\n0,1\n0.8,inf\n") ==
          Lines{"flow.csv:3: '0.8,inf': expected two finite numbers, time and flow"});
}

TEST_CASE("a table of the inflow begins at 0, ends at the period and closes") {
    CHECK(table_complaints("# comment\ntime_s,flow_ml_s\n0.1,1\n0.8,1\n") ==
          Lines{"flow.csv:3: time_s = 0.1: expected the first time to be 0"});
    CHECK(table_complaints("time_s,flow_ml_s\n0,1\n0.4,3\n0.7,1\n") ==
          Lines{"flow.csv:4: time_s = 0.7: expected the last time to be the period, 0.8 s"});
    CHECK(table_complaints("time_s,flow_ml_s\n0,1.1\n0.4,30\n0.8,7\n") ==
          Lines{"flow.csv:4: flow_ml_s = 7: expected 1.1, as at the beginning: the flow is not "
                "periodic"});
    CHECK(table_complaints("time_s,flow_ml_s\n0,1\n") ==
          Lines{"flow.csv:2: expected at least two points"});
    CHECK(table_complaints("") == Lines{"flow.csv:1: expected at least two points"});
}

TEST_CASE("a table of the inflow says what its columns are") {
    CHECK(table_complaints("t,Q\n0,1\n0.8,1\n") ==
          Lines{"flow.csv:1: 't,Q': expected the header time_s,flow_ml_s"});
    CHECK(table_complaints("0,1\n0.4,3\n0.8,1\n") ==
          Lines{"flow.csv:1: '0,1': expected the header time_s,flow_ml_s"});
}

TEST_CASE("a table that is not there is complained about where the run file names it") {
    const InputFiles files(
        fork_network, with(fork_run, half_sine, "{type: table, file: flow.csv, period_s: 0.8}"));
    CHECK(
        files.complaints() ==
        Lines{"run.yaml:3: inlets[0].flow.file = flow.csv: cannot be read as flow.csv; expected a "
              "file, its path relative to this one"});
}

TEST_CASE("numerics stay within what the scheme can do") {
    CHECK(complaints("cfl: 0.8", "cfl: 1") ==
          Lines{"run.yaml:4: numerics.cfl = 1: expected at most 0.95; above 0.85 the limiter makes "
                "steps of smooth waves"});
    CHECK(complaints("cfl: 0.8", "cfl: -1") ==
          Lines{"run.yaml:4: numerics.cfl = -1: expected a positive number"});
    CHECK(complaints("cfl: 0.8", "min_cells: 1") ==
          Lines{"run.yaml:4: numerics.min_cells = 1: expected an integer of at least 2"});
    CHECK(complaints("cfl: 0.8", "cell_sizing: wavespeed") ==
          Lines{"run.yaml:4: numerics.cell_sizing = wavespeed: expected one of 'uniform', "
                "'wave_speed'; did you mean 'wave_speed'?"});
    CHECK(complaints("cfl: 0.8", "local_time_stepping: yes") ==
          Lines{"run.yaml:4: numerics.local_time_stepping = yes: expected true or false"});
    CHECK(complaints("cell_length_mm: 5", "cell_length_mm: 0") ==
          Lines{"run.yaml:4: numerics.cell_length_mm = 0: expected a positive number"});
}

TEST_CASE("a vessel too short for its cells is named, with the cell length that would do") {
    const InputFiles files(with(fork_network, "length_mm: 60", "length_mm: 0.2"));
    CHECK(files.complaints() ==
          Lines{"run.yaml:4: numerics.cell_length_mm = 5: expected at most 3.33 mm for the vessel "
                "'right' of 0.2 mm, which must have 3 cells"});
    CHECK(files.complaints({"numerics.cell_length_mm=3.3"}) == Lines{});
}

TEST_CASE("cells so short that no memory holds them are complained about") {
    CHECK(
        complaints("cell_length_mm: 5", "cell_length_mm: 5.0e-9") ==
        Lines{"run.yaml:4: numerics.cell_length_mm = 5.0e-9: makes 4.8e+10 cells; expected at most "
              "1e+08"});
}

TEST_CASE("how long a run goes on is told in its mode's own keys") {
    CHECK(complaints("mode: periodic", "mode: steady") ==
          Lines{"run.yaml:5: run.mode = steady: expected one of 'periodic', 'transient'"});
    CHECK(complaints("mode: periodic", "mode: transient") ==
          Lines{"run.yaml:5: run.duration_s: missing; expected a positive number",
                "run.yaml:5: run.tolerance = 1.0e-3: expected in mode 'periodic' only",
                "run.yaml:6: output.waveforms.samples_per_cycle = 100: expected in mode 'periodic' "
                "only"});
    CHECK(complaints("tolerance: 1.0e-3", "duration_s: 2") ==
          Lines{"run.yaml:5: run.duration_s = 2: expected in mode 'transient' only"});
    CHECK(complaints("tolerance: 1.0e-3", "period_s: 1") ==
          Lines{"run.yaml:5: run.period_s = 1: expected none: the inlets repeat every 0.8 s"});
    CHECK(complaints("tolerance: 1.0e-3", "tolerance: 0") ==
          Lines{"run.yaml:5: run.tolerance = 0: expected a positive number"});
    CHECK(complaints("tolerance: 1.0e-3", "max_cycles: 0") ==
          Lines{"run.yaml:5: run.max_cycles = 0: expected an integer of at least 1"});
    CHECK(complaints("tolerance: 1.0e-3", "start: warm") ==
          Lines{"run.yaml:5: run.start = warm: expected one of 'steady', 'rest', 'formula'"});
    CHECK(
        complaints("samples_per_cycle: 100", "samples_per_cycle: 1") ==
        Lines{"run.yaml:6: output.waveforms.samples_per_cycle = 1: expected an integer of at least "
              "10"});
}

TEST_CASE("a constant inflow, even of nothing, repeats for ever") {
    CHECK(InputFiles(fork_network, with(fork_run, half_sine, "{type: constant, flow_ml_s: 0}"))
              .read()
              .period == 1.0);
}

TEST_CASE("a periodic run has inflows of one period that repeat") {
    CHECK(
        complaints(half_sine, "{type: gaussian, peak_ml_s: 1, center_s: 0, rate_1_s2: 1}") ==
        Lines{"run.yaml:5: run.mode = periodic: expected 'transient': an inlet's flow happens once "
              "only"});
    const std::string terminal = fork_network.substr(fork_network.find("  - {node: right_end"));
    const InputFiles files(
        with(fork_network, terminal, ""),
        with(fork_run, "numerics:",
             "  - {node: right_end, flow: {type: half_sine, peak_ml_s: 1, duration_s: 0.1, "
             "period_s: 1}}\nnumerics:"));
    CHECK(files.complaints() == Lines{"run.yaml:6: run.mode = periodic: expected inlets of one "
                                      "period; there are 0.8 s and 1 s"});
}

TEST_CASE("the report names vessels of the network") {
    CHECK(complaints("[trunk]", "[trunk, lefd]") ==
          Lines{"run.yaml:7: report[1] = lefd: expected a vessel of the network; did you mean "
                "'left'?"});
    CHECK(complaints("[trunk]", "trunk") ==
          Lines{"run.yaml:7: report = trunk: expected a sequence"});
}

TEST_CASE(
    "a value given with --set takes the place of the file's and is complained about as such") {
    const InputFiles files;
    const RunConfig config = files.read({"numerics.cfl=0.5", "run.max_cycles=3"});
    CHECK(config.numerics.cfl == 0.5);
    CHECK(config.max_cycles == 3);
    CHECK(config.overrides == Lines{"numerics.cfl=0.5", "run.max_cycles=3"});
    CHECK(files.complaints({"numerics.cfl"}) == Lines{"--set numerics.cfl: expected key=value"});
    CHECK(files.complaints({"=5"}) == Lines{"--set =5: expected key=value"});
    CHECK(
        files.complaints({"numerics.cfl=2"}) ==
        Lines{"--set numerics.cfl: numerics.cfl = 2: expected at most 0.95; above 0.85 the limiter "
              "makes steps of smooth waves"});
    CHECK(files.complaints({"numerics.clf=0.5"}) ==
          Lines{"--set numerics.clf: numerics.clf: unknown key; did you mean 'cfl'?"});
    CHECK(files.complaints({"inlets[3].node=heart"}) ==
          Lines{"--set inlets[3].node: inlets has 1 elements"});
}
