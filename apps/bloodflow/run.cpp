#include "bloodflow/run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "asp/base/error.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/extrapolation.hpp"
#include "bloodflow/initial_state.hpp"
#include "bloodflow/periodicity.hpp"

namespace bloodflow {
namespace {

using Clock = std::chrono::steady_clock;

/// How often a long transient run hands out what it has.
constexpr double seconds_between_records = 3.0;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Keeps what the run is asked to keep.
class Recorder {
public:
    Recorder(const Mesh& mesh, Waveforms& waveforms, Fields& fields)
        : mesh_(mesh), waveforms_(waveforms), fields_(fields) {}

    void sample(const FlowSolver& solver, double time) {
        waveforms_.time.push_back(time);
        auto& area = waveforms_.area.emplace_back();
        auto& flow = waveforms_.flow.emplace_back();
        for (std::size_t v = 0; v < mesh_.vessels.size(); ++v)
            for (const Station s : {solver.inlet(v), solver.middle(v), solver.outlet(v)}) {
                area.push_back(s.area);
                flow.push_back(s.flow);
            }
    }
    void field(const FlowSolver& solver, double time) {
        fields_.time.push_back(time);
        const std::size_t kept = fields_.area.size();
        fields_.area.resize(kept + mesh_.cells);
        fields_.flow.resize(kept + mesh_.cells);
        float* area = fields_.area.data() + kept;
        float* flow = fields_.flow.data() + kept;
        for (std::size_t v = 0; v < mesh_.vessels.size(); ++v) {
            const auto a = solver.area(v), u = solver.velocity(v);
            for (std::size_t i = 0; i < a.size(); ++i) {
                *area++ = static_cast<float>(a[i]);
                *flow++ = static_cast<float>(a[i] * u[i]);
            }
        }
    }
    void expect_fields(std::size_t count) {
        fields_.time.reserve(count);
        fields_.area.reserve(count * mesh_.cells);
        fields_.flow.reserve(count * mesh_.cells);
    }

private:
    const Mesh& mesh_;
    Waveforms& waveforms_;
    Fields& fields_;
};

/// Moments at which something is kept: `count` of them, evenly over [start, start + span).
struct Schedule {
    double start, span;
    std::size_t count;
    std::size_t next = 0;

    double time() const {
        return start + span * static_cast<double>(next) / static_cast<double>(count);
    }
    bool done() const { return next >= count; }
};

std::size_t field_count(const RunConfig& config, double span) {
    double rate = config.field_rate.value_or(0.0);
    if (config.vtk_frames > 0) rate = std::max(rate, config.vtk_frames / span);
    return static_cast<std::size_t>(std::llround(rate * span));
}

/// Steps that end at a given moment, none above the stable step, which is looked up every few
/// steps: wave speeds change by less than 0.1 % meanwhile, and CFL numbers have 10 % and more in
/// reserve.
class Stepper {
public:
    explicit Stepper(FlowSolver& solver) : solver_(solver) {}
    void step_towards(double target) {
        if (age_ == 0) stable_step_ = solver_.stable_step();
        age_ = (age_ + 1) % steps_between_looks;
        const double left = target - solver_.time();
        const double parts = std::ceil(left / stable_step_ - 1e-9);
        solver_.advance(left / std::max(parts, 1.0));
        ++steps_;
    }
    /// Where it does, a run can stop: one resumed there takes the same steps.
    bool looks_next() const { return age_ == 0; }
    void look_again() { age_ = 0; }
    std::size_t steps() const { return steps_; }

private:
    static constexpr int steps_between_looks = 4;
    FlowSolver& solver_;
    double stable_step_ = 0.0;
    int age_ = 0;
    std::size_t steps_ = 0;
};

/// Advances from `start` to `start + span` and keeps samples and fields on the way; steps end
/// exactly at these moments. Returns the number of steps; stops early where a stop is requested.
struct Stretch {
    FlowSolver& solver;
    Recorder& recorder;
    const RunHooks& hooks;
    bool stopped = false;

    std::size_t advance(double start, double span, std::size_t samples, std::size_t fields) {
        Schedule sample{start, span, samples}, field{start, span, fields};
        const double end = start + span, hair = 1e-12 * span;
        Stepper stepper(solver);
        while (true) {
            const double now = solver.time();
            while (!sample.done() && sample.time() <= now + hair) {
                recorder.sample(solver, sample.time());
                ++sample.next;
            }
            while (!field.done() && field.time() <= now + hair) {
                recorder.field(solver, field.time());
                ++field.next;
            }
            if (now >= end - hair) break;
            if (hooks.stop_requested()) {
                stopped = true;
                break;
            }
            double target = end;
            if (!sample.done()) target = std::min(target, sample.time());
            if (!field.done()) target = std::min(target, field.time());
            stepper.step_towards(target);
            hooks.step_done((solver.time() - start) / span);
        }
        solver.stable_step();  // throws where the last steps went wrong
        return stepper.steps();
    }
};

void run_periodic(const RunConfig& config, const Mesh& mesh, FlowSolver& solver,
                  const RunHooks& hooks, RunRecord& record) {
    const bool periodic_already =
        !record.cycles.empty() && record.cycles.back().remaining_error < config.tolerance;
    record.status = periodic_already ? RunStatus::converged : RunStatus::not_converged;
    if (periodic_already) return;
    const auto samples = static_cast<std::size_t>(config.samples_per_cycle);
    const std::size_t fields = field_count(config, config.period);
    while (record.cycles.size() < static_cast<std::size_t>(config.max_cycles)) {
        const auto clock = Clock::now();
        const int cycle = static_cast<int>(record.cycles.size()) + 1;
        solver.load(record.state);
        CyclePair pair{solver.save(), {}};
        Waveforms waveforms;
        Fields kept;
        Recorder recorder(mesh, waveforms, kept);
        recorder.expect_fields(fields);
        Stretch stretch{solver, recorder, hooks};
        const double start = config.period * (cycle - 1);
        const auto keep_part = [&] {  // better a part of a cycle than nothing
            if (!record.cycles.empty()) return;
            record.waveforms = std::move(waveforms);
            record.fields = std::move(kept);
        };
        std::size_t steps = 0;
        try {
            steps = stretch.advance(start, config.period, samples, fields);
        } catch (const BlowUp&) {
            keep_part();
            throw;
        }
        record.cell_updates += solver.cell_updates();
        if (stretch.stopped) {
            keep_part();
            record.status = RunStatus::interrupted;
            return;
        }
        pair.end = solver.save();
        record.waveforms = std::move(waveforms);
        record.fields = std::move(kept);
        CycleReport report = compare_cycle_ends(config, mesh, pair, record.waveforms);
        report.cycle = cycle;
        report.steps = steps;
        record.state = pair.end;
        record.history.push_back(std::move(pair));
        if (record.history.size() > extrapolation_depth + 1)
            record.history.erase(record.history.begin());
        const bool converged = report.remaining_error < config.tolerance;
        if (!converged && config.extrapolate) {
            if (auto next = extrapolate_cycles(config.network, mesh, record.history)) {
                record.state = std::move(*next);
                report.extrapolated = true;
            }
        }
        report.seconds = seconds_since(clock);
        record.cycles.push_back(report);
        record.status = converged ? RunStatus::converged : RunStatus::not_converged;
        hooks.cycle_done(record);
        if (converged) return;
    }
}

void run_transient(const RunConfig& config, FlowSolver& solver, const Mesh& mesh,
                   const RunHooks& hooks, bool resumed, RunRecord& record) {
    solver.load(record.state);
    Recorder recorder(mesh, record.waveforms, record.fields);
    const double begin = solver.time(), left = config.duration - begin;
    const auto clock = Clock::now();
    // Moments count from 0, whether the run begins there or goes on.
    const double interval = config.sample_interval;
    const auto all = static_cast<std::size_t>(std::llround(config.duration / interval));
    const std::size_t fields = field_count(config, config.duration);
    std::size_t sample = record.waveforms.time.size(), field = 0;
    Stepper stepper(solver);
    const auto sample_time = [&](std::size_t k) { return static_cast<double>(k) * interval; };
    const auto field_time = [&](std::size_t k) {
        return config.duration * static_cast<double>(k) / static_cast<double>(fields);
    };
    const double hair = 1e-12 * config.duration;
    while (field < fields && field_time(field) <= begin + hair) ++field;
    // Frames of another schedule do not make one series with those to come.
    if (resumed && record.fields.time.size() != field) record.fields = {};
    if (!resumed) field = 0;
    record.status = RunStatus::interrupted;
    auto kept = clock;
    while (true) {
        const double now = solver.time();
        if (field < fields && field_time(field) <= now + hair)
            recorder.field(solver, field_time(field++));
        if (sample <= all && sample_time(sample) <= now + hair) {
            recorder.sample(solver, sample_time(sample++));
            stepper.look_again();
            if (seconds_since(kept) > seconds_between_records) {
                record.state = solver.save();
                hooks.record_kept(record);
                kept = Clock::now();
            }
        }
        if (now >= config.duration - hair) {
            solver.stable_step();  // throws where the last steps went wrong
            record.status = RunStatus::converged;
            break;
        }
        if (stepper.looks_next() && hooks.stop_requested()) break;
        double target = config.duration;
        if (sample <= all) target = std::min(target, sample_time(sample));
        if (field < fields) target = std::min(target, field_time(field));
        stepper.step_towards(target);
        hooks.step_done(left > 0.0 ? (solver.time() - begin) / left : 1.0);
    }
    record.state = solver.save();
    record.cell_updates += solver.cell_updates();
    CycleReport report{};
    report.cycle = 1;
    report.steps = stepper.steps();
    report.seconds = seconds_since(clock);
    record.cycles = {report};
}

std::unique_ptr<FlowSolver> make_solver(const RunConfig& config, const Mesh& mesh,
                                        asp::Team& team) {
    const double cfl = config.numerics.cfl;
    if (config.backend == Backend::native)
        return config.kernels ? make_native_solver(config.network, mesh, config.inlets, cfl, team,
                                                   *config.kernels)
                              : make_native_solver(config.network, mesh, config.inlets, cfl, team);
    return make_reference_solver(config.network, mesh, config.inlets, cfl);
}

/// Values at the cells of one mesh on those of another, straight between the centres.
std::vector<double> transfer(const std::vector<double>& values, const Mesh& from, const Mesh& to) {
    std::vector<double> result;
    for (std::size_t v = 0; v < to.vessels.size(); ++v) {
        const Mesh::Cells& source = from.vessels[v];
        for (std::size_t i = 0; i < to.vessels[v].count; ++i) {
            const double place = to.vessels[v].place(i) * static_cast<double>(source.count) - 0.5;
            const double last = static_cast<double>(source.count) - 2.0;
            const auto left = static_cast<std::size_t>(std::clamp(std::floor(place), 0.0, last));
            const double part = place - static_cast<double>(left);
            const double* at = &values[source.offset + left];
            result.push_back(at[0] + part * (at[1] - at[0]));
        }
    }
    return result;
}

/// The periodic state of a mesh several times as coarse, found at a fraction of the cost of one
/// cycle: what is left for the run's own mesh is the difference between the two. Nothing where a
/// coarse cycle costs more than a quarter of one on the run's mesh, or where the coarse run fails.
std::optional<FlowState> coarse_start(const RunConfig& config, const Mesh& mesh,
                                      const std::optional<SteadyFlow>& steady, asp::Team& team,
                                      const RunHooks& hooks, int& cycles) {
    RunConfig coarse = config;
    coarse.numerics.cell_length *= 5.0;
    coarse.numerics.min_cells = 2;
    coarse.field_rate.reset();
    coarse.vtk_frames = 0;
    coarse.samples_per_cycle = std::min(config.samples_per_cycle, 100);
    coarse.tolerance = std::max(config.tolerance, 5e-4);
    coarse.max_cycles = 12;
    const Mesh coarse_mesh = mesh_of(coarse, steady);
    if (4.0 * coarse_mesh.work > mesh.work) return std::nullopt;
    RunHooks only_stop;
    only_stop.stop_requested = hooks.stop_requested;
    RunRecord record;
    record.state = initial_state(coarse, coarse_mesh, steady);
    const auto solver = make_solver(coarse, coarse_mesh, team);
    try {
        run_periodic(coarse, coarse_mesh, *solver, only_stop, record);
    } catch (const BlowUp&) {
        return std::nullopt;  // the run itself will tell, or succeed
    }
    if (record.status != RunStatus::converged) return std::nullopt;
    cycles = static_cast<int>(record.cycles.size());
    FlowState state;
    state.area = transfer(record.state.area, coarse_mesh, mesh);
    state.velocity = transfer(record.state.velocity, coarse_mesh, mesh);
    state.capacitor_pressure = record.state.capacitor_pressure;
    for (const double area : state.area)
        if (!(area > 0.0)) return std::nullopt;
    return state;
}

}  // namespace

Mesh mesh_of(const RunConfig& config, const std::optional<SteadyFlow>& steady) {
    std::vector<double> speeds;
    for (std::size_t v = 0; v < config.network.vessels.size(); ++v)
        speeds.push_back(initial_speed(config, v, steady));
    return make_mesh(config.network, config.numerics, speeds);
}

RunRecord run(const RunConfig& config, const Mesh& mesh, const std::optional<SteadyFlow>& steady,
              asp::Team& team, const RunHooks& hooks, const RunRecord* resume) {
    RunRecord record;
    if (resume != nullptr) record = *resume;
    record.failure.clear();
    const auto begin = Clock::now();
    const auto solver = make_solver(config, mesh, team);
    record.kernel = solver->description();
    record.harts = team.harts();
    // Without a complete cycle there is nothing to go on from: a stop may have cut the coarse start
    // short, and what came after it would not be the same.
    if (resume == nullptr || (config.mode == RunMode::periodic && record.cycles.empty())) {
        record.cell_updates = 0.0;
        record.state = initial_state(config, mesh, steady);
        if (config.mode == RunMode::periodic && config.coarse_start)
            if (auto state = coarse_start(config, mesh, steady, team, hooks, record.coarse_cycles))
                record.state = std::move(*state);
    }
    record.setup_seconds = seconds_since(begin);
    const auto solving = Clock::now();
    try {
        if (config.mode == RunMode::periodic)
            run_periodic(config, mesh, *solver, hooks, record);
        else
            run_transient(config, *solver, mesh, hooks, resume != nullptr, record);
    } catch (const BlowUp& blow_up) {
        record.status = RunStatus::failed;
        record.failure = blow_up.what();
    }
    record.solve_seconds += seconds_since(solving);
    return record;
}

}  // namespace bloodflow
