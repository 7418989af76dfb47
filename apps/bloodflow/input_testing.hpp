#pragma once
// For the tests of what a user writes: a network and a run file of three vessels, as text in which
// a test changes a word.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "asp/base/testing.hpp"
#include "bloodflow/output_testing.hpp"
#include "bloodflow/read_network.hpp"
#include "bloodflow/run_config.hpp"

namespace bloodflow::testing {

// Tests name lines of these texts by number.
inline const std::string fork_network =
    "name: fork\n"
    "blood: {density_kg_m3: 1060, viscosity_mpa_s: 4, velocity_profile_exponent: 9}\n"
    "walls:\n"
    "  soft: {young_modulus_kpa: 400, reference_pressure_mmhg: 75}\n"
    "nodes:\n"
    "  - {id: heart, position_mm: [0, 0, 0]}\n"
    "  - {id: fork, position_mm: [0, 0, 100]}\n"
    "  - {id: left_end, position_mm: [-40, 0, 160]}\n"
    "  - {id: right_end, position_mm: [30, 0, 150]}\n"
    "vessels:\n"
    "  - {name: trunk, from: heart, to: fork, length_mm: 100, radius_mm: 8, "
    "wall_thickness_mm: 1, wall: soft}\n"
    "  - {name: left, from: fork, to: left_end, length_mm: 80, radius_mm: 6, "
    "wall_thickness_mm: 0.8, wall: soft}\n"
    "  - {name: right, from: fork, to: right_end, length_mm: 60, radius_mm: 5, "
    "wall_thickness_mm: 0.7, wall: soft}\n"
    "terminals:\n"
    "  - {node: left_end, type: windkessel, proximal_resistance_pa_s_m3: 4e+7, "
    "distal_resistance_pa_s_m3: 6e+8, compliance_m3_pa: 1.5e-9}\n"
    "  - {node: right_end, type: windkessel, proximal_resistance_pa_s_m3: 6e+7, "
    "distal_resistance_pa_s_m3: 9e+8, compliance_m3_pa: 1e-9}\n";

inline const std::string fork_run =
    "network: net.yaml\n"
    "inlets:\n"
    "  - {node: heart, flow: {type: half_sine, peak_ml_s: 100, duration_s: 0.3, period_s: 0.8}}\n"
    "numerics: {cell_length_mm: 5, cfl: 0.8}\n"
    "run: {mode: periodic, tolerance: 1.0e-3}\n"
    "output: {waveforms: {samples_per_cycle: 100}}\n"
    "report: [trunk]\n";

/// `text` with `now` where `then` stood, which it must hold once.
inline std::string with(std::string text, const std::string& then, const std::string& now) {
    const auto at = text.find(then);
    if (at == std::string::npos || text.find(then, at + 1) != std::string::npos)
        FAIL("'" << then << "' does not stand there once");
    return text.replace(at, then.size(), now);
}

/// Both texts as files net.yaml and run.yaml in a folder of their own.
class InputFiles {
public:
    explicit InputFiles(const std::string& network = fork_network,
                        const std::string& run = fork_run) {
        write("net.yaml", network);
        write("run.yaml", run);
    }
    std::filesystem::path network() const { return folder_ / "net.yaml"; }
    std::filesystem::path run() const { return folder_ / "run.yaml"; }
    std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }

    RunConfig read(const std::vector<std::string>& overrides = {}) const {
        return read_run_config(run(), overrides);
    }
    /// What reading the network alone, and both, has to complain about; without the folder's name.
    std::vector<std::string> network_complaints() const {
        asp::Diagnostics diagnostics;
        read_network(network(), diagnostics);
        return without_folder(diagnostics.lines());
    }
    std::vector<std::string> complaints(const std::vector<std::string>& overrides = {}) const {
        try {
            read(overrides);
        } catch (const asp::InputError& error) {
            return without_folder(error.lines());
        }
        return {};
    }

private:
    std::vector<std::string> without_folder(std::vector<std::string> lines) const {
        const std::string prefix = (folder_ / "").string();
        for (std::string& line : lines)
            for (auto at = line.find(prefix); at != line.npos; at = line.find(prefix))
                line.erase(at, prefix.size());
        return lines;
    }

    ScratchFolder folder_;
};

}  // namespace bloodflow::testing
