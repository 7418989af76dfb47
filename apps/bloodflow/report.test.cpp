#include "bloodflow/report.hpp"

#include <algorithm>
#include <sstream>

#include "asp/base/testing.hpp"
#include "bloodflow/output_testing.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> report_of(const RunRecord& record,
                                   const RunConfig& config = fork_config()) {
    return lines_of(screen_report(config, fork_mesh(), record, false, {"out/fork.h5"}));
}

}  // namespace

TEST_CASE("the report has one line for each vessel that was asked for, with its numbers") {
    REQUIRE(report_of(fork_record()) ==
            std::vector<std::string>{
                "fork, 9 cells: converged after 2 cycles, estimated error 4.0e-04",
                "                          flow [mL/s]         pressure [mmHg]",
                "vessel, at its middle    mean    peak      min   mean    max   flow over the last "
                "cycle",
                "aorta                   15.00   30.00     80.0   95.0  110.0   "
                ".......------^^^^^^______",
                "right_iliac            -45.00  -90.00     80.0   95.0  110.0   "
                "-------......______^^^^^^",
                "0.5 s of solving on 2 harts, 300 million cell steps a second",
                "kernels: built-in kernels for a test", "written: out/fork.h5"});
}

TEST_CASE("a screen without colour gets ASCII, one with colour a smoother curve") {
    const std::string plain = screen_report(fork_config(), fork_mesh(), fork_record(), false);
    REQUIRE(std::all_of(plain.begin(), plain.end(),
                        [](char c) { return c == '\n' || (' ' <= c && c <= '~'); }));
    const std::string coloured = screen_report(fork_config(), fork_mesh(), fork_record(), true);
    REQUIRE(coloured.find("\033[32mconverged after 2 cycles\033[0m") != std::string::npos);
    REQUIRE(coloured.find("▃▃▃▃▃▃▃▆▆▆▆▆▆██████▁▁▁▁▁▁") != std::string::npos);
}

TEST_CASE("sixteen vessels fit a screen of 24 lines and 100 columns") {
    RunConfig config = fork_config();
    config.report = std::vector<std::size_t>(16, 1);
    const auto lines = report_of(fork_record(), config);
    REQUIRE(lines.size() <= 24);
    for (const std::string& line : lines) REQUIRE(line.size() <= 100);
}

TEST_CASE("the first line tells how a run ended") {
    RunRecord record = fork_record();
    record.status = RunStatus::not_converged;
    REQUIRE(
        report_of(record)[0] ==
        "fork, 9 cells: not converged after 2 cycles, estimated error 4.0e-04, tolerance 1.0e-03");
    record.status = RunStatus::interrupted;
    REQUIRE(report_of(record)[0] == "fork, 9 cells: interrupted after 2 cycles");
    record.status = RunStatus::failed;
    record.failure = "aorta collapsed";
    REQUIRE(report_of(record)[0] == "fork, 9 cells: failed: aorta collapsed");
    RunConfig transient = fork_config();
    transient.mode = RunMode::transient;
    record.status = RunStatus::converged;
    record.state.time = 1.8;
    REQUIRE(report_of(record, transient)[0] == "fork, 9 cells: done at 1.8 s");
}

TEST_CASE("a run without a result has a report all the same") {
    RunRecord record;
    record.status = RunStatus::interrupted;
    REQUIRE(report_of(record) ==
            std::vector<std::string>{"fork, 9 cells: interrupted after 0 cycles",
                                     "0 s of solving on 1 hart", "written: out/fork.h5"});
}

TEST_CASE("a cycle is one line") {
    REQUIRE(cycle_line(fork_record().cycles[0]) ==
            "cycle  1: pressure changed by 1.0e-01, flow 2.0e-01, volume 3.0e-01; estimated error "
            "4.0e-01, extrapolated [0.12 s]");
}
