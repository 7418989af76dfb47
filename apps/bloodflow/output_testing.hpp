#pragma once
// For the tests of what a run leaves behind: a network of three vessels and a record filled by
// hand.

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <stdexcept>
#include <string>

#include "asp/base/scratch_folder.hpp"
#include "bloodflow/run.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow::testing {

using asp::testing::ScratchFolder;

/// An aorta that tapers along x and divides into two iliac arteries.
inline RunConfig fork_config() {
    RunConfig config;
    config.path = "configs/fork.yaml";
    config.network_path = "meshes/fork.yaml";
    config.text = "network: ../meshes/fork.yaml\n# Blutfluß\n";
    config.network_text = "name: fork\n";
    config.overrides = {"numerics.cfl=0.8"};
    Network& network = config.network;
    network.name = "fork";
    network.nodes.resize(4);
    const std::array<const char*, 4> ids{"heart", "fork", "left_end", "right_end"};
    const std::array<std::array<double, 3>, 4> positions{
        {{0.0, 0.0, 0.0}, {0.1, 0.0, 0.0}, {0.15, 0.05, 0.0}, {0.15, -0.05, 0.0}}};
    for (std::size_t n = 0; n < 4; ++n) {
        network.nodes[n].id = ids[n];
        network.nodes[n].position = positions[n];
    }
    const Vessel aorta{.name = "aorta",
                       .from = 0,
                       .to = 1,
                       .length = 0.1,
                       .radius = {0.010, 0.008},
                       .wall_thickness = {1e-3, 1e-3},
                       .young_modulus = {5e5, 5e5},
                       .poisson_ratio = 0.5,
                       .reference_pressure = 80.0 * mmHg};
    Vessel left = aorta;
    left.name = "left_iliac";
    left.from = 1;
    left.to = 2;
    left.length = 0.07;
    left.radius = {0.005, 0.005};
    Vessel right = left;
    right.name = "right_iliac";
    right.to = 3;
    network.vessels = {aorta, left, right};
    for (const std::size_t node : {2, 3})
        network.terminals.push_back({.node = node,
                                     .kind = TerminalKind::windkessel,
                                     .proximal_resistance = 1e7,
                                     .distal_resistance = 1e9,
                                     .compliance = 1e-9});
    config.inlets.push_back({0, Waveform::half_sine(1.0, 400.0 * mL, 0.3)});
    config.period = 1.0;
    config.report = {0, 2};
    return config;
}

inline Mesh fork_mesh() {
    Mesh mesh;
    mesh.vessels = {{5, 0.02, 0, 0}, {2, 0.035, 5, 1}, {2, 0.035, 7, 1}};
    mesh.cells = 9;
    mesh.levels = 2;
    return mesh;
}

/// Numbers without pattern, so that a swap or a lost digit shows.
inline std::vector<double> numbers(std::size_t count, double seed) {
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i)
        values.push_back(std::sin(seed + 1.7 * static_cast<double>(i)) / 3.0);
    return values;
}

inline FlowState fork_state(double seed) {
    return {.time = 2.0 + std::sin(seed),
            .area = numbers(9, seed),
            .velocity = numbers(9, seed + 0.1),
            .capacitor_pressure = numbers(2, seed + 0.2),
            .end_unknown = numbers(6, seed + 0.3),
            .end_velocity = numbers(6, seed + 0.4),
            .head = numbers(4, seed + 0.5)};
}

/// Pressure rises from 80 mmHg by 10 mmHg a sample; the flow of vessel v is 10 (v + 1) mL/s times
/// 1, 2, 3, 0, and backwards in the last vessel.
inline Waveforms fork_waveforms(const Network& network) {
    Waveforms waveforms;
    for (const int k : {0, 1, 2, 3}) {
        waveforms.time.push_back(0.25 * k);
        auto& area = waveforms.area.emplace_back();
        auto& flow = waveforms.flow.emplace_back();
        for (std::size_t v = 0; v < 3; ++v)
            for (const double s : {0.0, 0.5, 1.0}) {
                const double sign = v == 2 ? -1.0 : 1.0;
                area.push_back(network.vessels[v].wall(s).area((80.0 + 10.0 * k) * mmHg));
                flow.push_back(sign * 10.0 * mL * static_cast<double>(v + 1) * ((k + 1) % 4));
            }
    }
    return waveforms;
}

/// Two moments: at pressure 80 mmHg with flow 10 mL/s in every cell, and at 120 with -20.
inline Fields fork_fields(const Network& network, const Mesh& mesh) {
    Fields fields;
    for (const int k : {0, 1}) {
        fields.time.push_back(0.5 * k);
        for (std::size_t v = 0; v < 3; ++v)
            for (std::size_t i = 0; i < mesh.vessels[v].count; ++i) {
                const double s =
                    (static_cast<double>(i) + 0.5) / static_cast<double>(mesh.vessels[v].count);
                fields.area.push_back(
                    static_cast<float>(network.vessels[v].wall(s).area((80.0 + 40.0 * k) * mmHg)));
            }
        fields.flow.insert(fields.flow.end(), mesh.cells,
                           static_cast<float>((10.0 - 30.0 * k) * mL));
    }
    return fields;
}

inline RunRecord fork_record() {
    const RunConfig config = fork_config();
    RunRecord record;
    record.status = RunStatus::converged;
    record.waveforms = fork_waveforms(config.network);
    record.fields = fork_fields(config.network, fork_mesh());
    record.cycles = {{.cycle = 1,
                      .pressure_change = 0.1,
                      .flow_change = 0.2,
                      .mass_drift = 0.3,
                      .remaining_error = 0.4,
                      .extrapolated = true,
                      .seconds = 0.123,
                      .steps = 4000},
                     {.cycle = 2,
                      .pressure_change = 1.0 / 3.0,
                      .flow_change = 2e-4,
                      .mass_drift = 3e-5,
                      .remaining_error = 4e-4,
                      .extrapolated = false,
                      .seconds = 0.25,
                      .steps = 4001}};
    record.state = fork_state(1.0);
    record.history = {{fork_state(2.0), fork_state(3.0)}, {fork_state(4.0), fork_state(5.0)}};
    record.setup_seconds = 0.01;
    record.solve_seconds = 0.5;
    record.cell_updates = 1.5e8;
    record.kernel = "built-in kernels for a test";
    record.harts = 2;
    return record;
}

}  // namespace bloodflow::testing
