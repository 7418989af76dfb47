#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/array.hpp"
#include "bloodflow/mesh.hpp"
#include "bloodflow/network.hpp"
#include "bloodflow/solver.hpp"
#include "bloodflow/start_formulas.hpp"
#include "bloodflow/steady.hpp"

namespace asp {
class Team;
}

namespace bloodflow {

struct StepKernels;

enum class RunMode { periodic, transient };
enum class Backend { native, reference };
/// The steady state under the mean inflow, blood at rest, or formulas of the place.
enum class Start { steady, rest, formula };

/// What a run file (`configs/*.yaml`) asks for.
struct RunConfig {
    std::filesystem::path path, network_path;
    std::string text, network_text;      ///< as read, for the record
    std::vector<std::string> overrides;  ///< "key=value" from --set
    Network network;
    std::vector<Inlet> inlets;
    Numerics numerics;
    Backend backend = Backend::native;
    std::shared_ptr<const StepKernels> kernels;  ///< null: those that need no compiler

    RunMode mode = RunMode::periodic;
    double period = 0.0;      ///< [s] of a cycle; periodic only
    double tolerance = 1e-3;  ///< on the estimated distance from the periodic state
    int max_cycles = 20;
    bool extrapolate = true;   ///< remove the slow modes of the windkessels between cycles
    bool coarse_start = true;  ///< periodic: begin with the periodic state of a coarser mesh
    double duration = 0.0;     ///< [s]; transient only
    Start start = Start::steady;
    double rest_pressure = 0.0;                     ///< [Pa]
    std::shared_ptr<const StartFormulas> formulas;  ///< of Start::formula

    int samples_per_cycle = 500;       ///< periodic
    double sample_interval = 1e-3;     ///< [s] transient
    std::optional<double> field_rate;  ///< [Hz] whole fields, if asked
    int vtk_frames = 0;                ///< 0: no VTK
    double vtk_ring_spacing = 4e-3;    ///< [m]
    int vtk_sides = 12;
    std::vector<std::size_t> report;    ///< vessels on the screen
    std::vector<std::size_t> close_up;  ///< vessels that the picture shows from above
};

/// Places on a vessel where waveforms are kept.
enum class StationPlace { inlet, middle, outlet };
constexpr std::array<const char*, 3> station_names{"inlet", "middle", "outlet"};

/// Waveforms at every vessel's stations: the latest complete cycle, or all of a transient run.
struct Waveforms {
    std::vector<double> time;               ///< [samples] s
    std::vector<std::vector<double>> area;  ///< [samples][3 vessels] m^2; index 3 vessel + place
    std::vector<std::vector<double>> flow;  ///< [samples][3 vessels] m^3/s
};

/// Whole fields of the same time span: float halves the volume and keeps seven digits.
struct Fields {
    std::vector<double> time;  ///< [samples] s
    std::vector<float> area;   ///< [samples, cells] m^2
    std::vector<float> flow;   ///< [samples, cells] m^3/s
};

/// How far one cycle was from the one before.
struct CycleReport {
    int cycle;               ///< 1, 2, ...
    double pressure_change;  ///< largest over all cells, over the vessel's pulse pressure
    double flow_change;      ///< largest over all cells, over the vessel's largest flow
    double mass_drift;       ///< change of the volume held, over the volume pumped
    double remaining_error;  ///< estimate of the distance from the periodic state, same measures
    bool extrapolated;       ///< the next cycle starts from an extrapolated state
    double seconds;          ///< wall time
    std::size_t steps;       ///< of level 0
};

enum class RunStatus { converged, not_converged, interrupted, failed };

/// Start and end of an earlier cycle, for the extrapolation.
struct CyclePair {
    FlowState start, end;
};

/// Everything a run leaves behind, and all that it needs to go on.
struct RunRecord {
    RunStatus status = RunStatus::not_converged;
    std::string failure;  ///< why, if failed
    Waveforms waveforms;
    Fields fields;
    std::vector<CycleReport> cycles;
    FlowState state;                 ///< from which the next cycle, or a transient run, goes on
    std::vector<CyclePair> history;  ///< latest last
    int coarse_cycles = 0;  ///< of a coarse mesh, to find the start; their time counts as setup
    double setup_seconds = 0.0, solve_seconds = 0.0;
    double cell_updates = 0.0;
    std::string kernel;  ///< rung of the ladder and instruction set
    std::size_t harts = 1;
};

struct RunHooks {
    std::function<void(const RunRecord&)> cycle_done = [](const RunRecord&) {};
    std::function<void(const RunRecord&)> record_kept = [](const RunRecord&) {};  ///< transient
    std::function<void(double progress)> step_done = [](double) {};  ///< of this cycle, 0 to 1
    std::function<bool()> stop_requested = [] { return false; };
};

/// The mesh of a run, from the wave speeds of the initial state.
Mesh mesh_of(const RunConfig& config, const std::optional<SteadyFlow>& steady);

/// Runs to the periodic state or to the end of the time, or goes on from `resume`. Never throws for
/// what happens on the way: the record tells, and holds the results up to there.
RunRecord run(const RunConfig& config, const Mesh& mesh, const std::optional<SteadyFlow>& steady,
              asp::Team& team, const RunHooks& hooks, const RunRecord* resume = nullptr);

/// Static pressure [Pa] at a station or cell from its lumen area.
double pressure_at(const Network& network, std::size_t vessel, double s, double area);

/// A vessel's waveforms at its inlet, middle and outlet, one place after the other.
struct StationSeries {
    std::vector<double> area;      ///< [3, samples] m^2
    std::vector<double> flow;      ///< [3, samples] m^3/s
    std::vector<double> velocity;  ///< [3, samples] m/s
    std::vector<double> pressure;  ///< [3, samples] Pa
};
StationSeries series_of(const Network& network, const Waveforms& waveforms, std::size_t vessel);

/// Mean, largest and smallest of a vessel's waveforms, with units in the names.
struct VesselSummary {
    double mean_flow_ml_s, max_flow_ml_s, min_flow_ml_s;              ///< at the middle
    double mean_pressure_mmhg, max_pressure_mmhg, min_pressure_mmhg;  ///< at the middle
    double max_velocity_m_s;                                          ///< at the middle
};
VesselSummary summarize(const Network& network, const Waveforms& waveforms, std::size_t vessel);

}  // namespace bloodflow
