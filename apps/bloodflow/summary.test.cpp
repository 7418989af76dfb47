#include "bloodflow/summary.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "asp/base/testing.hpp"
#include "asp/base/version.hpp"
#include "bloodflow/native_kernels.hpp"
#include "bloodflow/output_testing.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;

TEST_CASE("a summary tells what ran, on what, how it ended and how long it took") {
    const auto json = summary(fork_config(), fork_mesh(), fork_record());
    REQUIRE(json["program"] == "bloodflow");
    REQUIRE(json["version"] == asp::version);
    REQUIRE(json["status"] == "converged");
    REQUIRE(json["inputs"]["config"] == "configs/fork.yaml");
    REQUIRE(json["inputs"]["network"] == "meshes/fork.yaml");
    REQUIRE(json["inputs"]["overrides"][0] == "numerics.cfl=0.8");
    REQUIRE(json["platform"]["harts"] == 2);
    REQUIRE_FALSE(json["platform"]["processor"].get<std::string>().empty());
    REQUIRE(json["kernels"][0]["rung"] == "built in");
    REQUIRE(json["kernels"][0]["instruction_set"] == native_kernels().instruction_set);
    REQUIRE(json["timings"]["setup_s"] == 0.01);
    REQUIRE(json["timings"]["solve_s"] == 0.5);
    REQUIRE_FALSE(json.contains("failure"));
}

TEST_CASE("a summary has flow and pressure of every vessel, with units in the keys") {
    const auto results = summary(fork_config(), fork_mesh(), fork_record())["results"];
    REQUIRE(results["vessels"].size() == 3);
    const auto vessel = results["vessels"]["right_iliac"];
    REQUIRE(vessel["mean_flow_ml_s"].get<double>() == Approx(-45.0));
    REQUIRE(vessel["max_flow_ml_s"].get<double>() == Approx(0.0).margin(1e-9));
    REQUIRE(vessel["min_flow_ml_s"].get<double>() == Approx(-90.0));
    REQUIRE(vessel["mean_pressure_mmhg"].get<double>() == Approx(95.0));
    REQUIRE(vessel["max_pressure_mmhg"].get<double>() == Approx(110.0));
    REQUIRE(vessel["min_pressure_mmhg"].get<double>() == Approx(80.0));
    REQUIRE(results["cycles"] == 2);
    REQUIRE(results["remaining_error"] == 4e-4);
    REQUIRE(results["cells"] == 9);
    REQUIRE(results["cell_updates"] == 1.5e8);
}

TEST_CASE("a run without a result has a summary all the same") {
    RunRecord record;
    record.status = RunStatus::failed;
    record.failure = "aorta collapsed";
    const auto json = summary(fork_config(), fork_mesh(), record);
    REQUIRE(json["status"] == "failed");
    REQUIRE(json["failure"] == "aorta collapsed");
    REQUIRE(json["results"]["vessels"].empty());
    REQUIRE(json["results"]["remaining_error"].is_null());
}

TEST_CASE("a summary is written as JSON, also of a path that is not UTF-8") {
    const ScratchFolder folder;
    RunConfig config = fork_config();
    config.path = "\xff.yaml";
    write_summary(folder / "summary.json", summary(config, fork_mesh(), fork_record()));
    std::ifstream file(folder / "summary.json");
    REQUIRE(nlohmann::json::parse(file)["results"]["cells"] == 9);
}
