#include "bloodflow/summary.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "asp/base/version.hpp"
#include "asp/io/atomic_file.hpp"
#include "bloodflow/native_kernels.hpp"
#include "bloodflow/step_kernels.hpp"

namespace bloodflow {
namespace {

using Json = nlohmann::json;

Json inputs(const RunConfig& config) {
    return {{"config", config.path.string()},
            {"network", config.network_path.string()},
            {"overrides", config.overrides}};
}

Json kernels(const RunConfig& config, const RunRecord& record) {
    const bool native = config.backend == Backend::native;
    const std::string rung = !native
                                 ? "reference"
                                 : std::string(asp::name_of(config.kernels ? config.kernels->rung
                                                                           : asp::Rung::built_in));
    return Json::array({{{"name", "wave_propagation"},
                         {"rung", rung},
                         {"instruction_set", native ? native_kernels().instruction_set : "x86-64"},
                         {"description", record.kernel}}});
}

Json vessel_results(const RunConfig& config, const RunRecord& record) {
    Json results = Json::object();
    if (record.waveforms.time.empty()) return results;
    for (std::size_t v = 0; v < config.network.vessels.size(); ++v) {
        const VesselSummary s = summarize(config.network, record.waveforms, v);
        results[config.network.vessels[v].name] = {{"mean_flow_ml_s", s.mean_flow_ml_s},
                                                   {"max_flow_ml_s", s.max_flow_ml_s},
                                                   {"min_flow_ml_s", s.min_flow_ml_s},
                                                   {"mean_pressure_mmhg", s.mean_pressure_mmhg},
                                                   {"max_pressure_mmhg", s.max_pressure_mmhg},
                                                   {"min_pressure_mmhg", s.min_pressure_mmhg},
                                                   {"max_velocity_m_s", s.max_velocity_m_s}};
    }
    return results;
}

Json results(const RunConfig& config, const Mesh& mesh, const RunRecord& record) {
    const bool cycles_known = config.mode == RunMode::periodic && !record.cycles.empty();
    return {{"vessels", vessel_results(config, record)},
            {"cycles", config.mode == RunMode::periodic ? record.cycles.size() : 0},
            {"remaining_error", cycles_known ? Json(record.cycles.back().remaining_error) : Json()},
            {"time_s", record.state.time},
            {"cells", mesh.cells},
            {"levels", mesh.levels},
            {"cell_updates", record.cell_updates}};
}

}  // namespace

std::string status_word(RunStatus status) {
    switch (status) {
        case RunStatus::converged:
            return "converged";
        case RunStatus::not_converged:
            return "not_converged";
        case RunStatus::interrupted:
            return "interrupted";
        case RunStatus::failed:
            break;
    }
    return "failed";
}

std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("model name")) continue;
        const auto start = line.find_first_not_of(" \t", line.find(':') + 1);
        if (start != std::string::npos) return line.substr(start);
    }
    return "unknown";
}

nlohmann::json summary(const RunConfig& config, const Mesh& mesh, const RunRecord& record) {
    Json json = {
        {"program", "bloodflow"},
        {"version", asp::version},
        {"status", status_word(record.status)},
        {"inputs", inputs(config)},
        {"platform", {{"processor", processor_name()}, {"harts", record.harts}}},
        {"kernels", kernels(config, record)},
        {"timings", {{"setup_s", record.setup_seconds}, {"solve_s", record.solve_seconds}}},
        {"results", results(config, mesh, record)}};
    if (record.status == RunStatus::failed) json["failure"] = record.failure;
    return json;
}

void write_summary(const std::filesystem::path& path, const nlohmann::json& summary) {
    // A path need not be UTF-8; what is not is replaced, since a summary must not fail over it.
    constexpr auto lenient = Json::error_handler_t::replace;
    asp::io::write_text_atomically(path, summary.dump(2, ' ', false, lenient) + "\n");
}

}  // namespace bloodflow
