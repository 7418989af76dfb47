#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "asp/harts/team.hpp"
#include "asp/io/atomic_file.hpp"
#include "bindings/attention.hpp"
#include "bindings/bloodflow.hpp"
#include "bindings/gil.hpp"
#include "bindings/numpy.hpp"
#include "bloodflow/report.hpp"
#include "bloodflow/results_file.hpp"
#include "bloodflow/simulate.hpp"
#include "bloodflow/step_kernels.hpp"
#include "bloodflow/summary.hpp"

namespace asp::python {

namespace py = pybind11;
namespace bf = ::bloodflow;
using py::literals::operator""_a;
namespace {

/// A run that has ended, with the case as it was run.
struct Outcome {
    CasePointer prepared;
    bf::RunRecord record;
};

struct Settings {
    std::filesystem::path output, resume;
    std::size_t threads;
    std::string backend, mode;
};

bf::RunHooks hooks_for(Attention& attention, const std::optional<py::function>& on_step,
                       const std::optional<py::function>& on_cycle) {
    bf::RunHooks hooks;
    hooks.stop_requested = [&] { return attention.wanted_end(); };
    if (on_step)
        hooks.step_done = [&, due = std::chrono::steady_clock::time_point{}](double part) mutable {
            const auto now = std::chrono::steady_clock::now();
            if (now < due && part < 1.0) return;
            due = now + std::chrono::milliseconds(100);
            attention.give([&] { (*on_step)(part); });
        };
    if (on_cycle)
        hooks.cycle_done = [&](const bf::RunRecord& record) {
            attention.give([&] { (*on_cycle)(record.cycles.size()); });
        };
    return hooks;
}

/// The outcome, and what Python raised meanwhile or None: the run ended at its next step then, and
/// its files are valid.
py::tuple run_case(const bf::Case& given, const Settings& settings,
                   const std::optional<py::function>& on_step,
                   const std::optional<py::function>& on_cycle, const bf::Say& say) {
    Attention attention;
    const bf::RunHooks hooks = hooks_for(attention, on_step, on_cycle);
    auto outcome = std::make_shared<Outcome>();
    {
        const WithoutGil release;
        auto prepared = std::make_shared<bf::Case>(given);
        if (!settings.output.empty()) asp::io::require_writable_folder(settings.output);
        if (settings.backend == "reference") prepared->config.backend = bf::Backend::reference;
        if (prepared->config.backend == bf::Backend::native)
            prepared->config.kernels =
                bf::kernels_for(prepared->config.network, *asp::parse_mode(settings.mode), say);
        std::optional<bf::RunRecord> resumed;
        if (!settings.resume.empty())
            resumed = bf::read_checkpoint(settings.resume, prepared->config, prepared->mesh);
        const asp::Lease lease = asp::HartPool::process().request(settings.threads);
        asp::Team team(lease);
        outcome->record =
            bf::simulate(*prepared, team, hooks,
                         {.output = settings.output, .resumed = resumed ? &*resumed : nullptr});
        if (!settings.output.empty())
            bf::write_files(settings.output, *prepared, outcome->record, team);
        outcome->prepared = std::move(prepared);
    }
    return py::make_tuple(outcome, attention.error());
}

py::dict series(const Outcome& o, std::size_t vessel) {
    const bf::StationSeries s =
        bf::series_of(o.prepared->config.network, o.record.waveforms, vessel);
    const std::vector<py::ssize_t> shape{3,
                                         static_cast<py::ssize_t>(o.record.waveforms.time.size())};
    return py::dict("area"_a = to_numpy(s.area, shape), "flow"_a = to_numpy(s.flow, shape),
                    "velocity"_a = to_numpy(s.velocity, shape),
                    "pressure"_a = to_numpy(s.pressure, shape));
}

py::dict cycle(const bf::CycleReport& r) {
    return py::dict("cycle"_a = r.cycle, "pressure_change"_a = r.pressure_change,
                    "flow_change"_a = r.flow_change, "mass_drift"_a = r.mass_drift,
                    "remaining_error"_a = r.remaining_error, "extrapolated"_a = r.extrapolated,
                    "seconds"_a = r.seconds, "steps"_a = r.steps);
}

py::dict fields(const Outcome& o) {
    const bf::Fields& f = o.record.fields;
    const std::vector<py::ssize_t> shape{static_cast<py::ssize_t>(f.time.size()),
                                         static_cast<py::ssize_t>(o.prepared->mesh.cells)};
    return py::dict("time"_a = to_numpy(f.time), "area"_a = to_numpy(f.area, shape),
                    "flow"_a = to_numpy(f.flow, shape));
}

std::vector<std::filesystem::path> save(const Outcome& o, const std::filesystem::path& folder) {
    asp::io::require_writable_folder(folder);
    const asp::Lease lease = asp::HartPool::process().request();
    asp::Team team(lease);
    return bf::write_files(folder, *o.prepared, o.record, team);
}

}  // namespace

void bind_bloodflow_run(py::module_& module) {
    py::class_<Settings>(module, "BloodflowSettings")
        .def(py::init<std::filesystem::path, std::filesystem::path, std::size_t, std::string,
                      std::string>(),
             "output"_a, "resume"_a, "threads"_a, "backend"_a, "mode"_a);
    py::class_<Outcome, std::shared_ptr<Outcome>> bound(module, "BloodflowOutcome");
    bound.def_property_readonly("status",
                                [](const Outcome& o) { return bf::status_word(o.record.status); });
    bound.def_property_readonly("failure", [](const Outcome& o) { return o.record.failure; });
    bound.def_property_readonly("kernel", [](const Outcome& o) { return o.record.kernel; });
    bound.def_property_readonly("source", [](const Outcome& o) {
        const auto& kernels = o.prepared->config.kernels;
        return kernels ? kernels->source : std::string();
    });
    bound.def("time", [](const Outcome& o) { return to_numpy(o.record.waveforms.time); });
    bound.def("series", series, "vessel"_a);
    bound.def("fields", fields);
    bound.def("cycles", [](const Outcome& o) {
        py::list list;
        for (const bf::CycleReport& r : o.record.cycles) list.append(cycle(r));
        return list;
    });
    bound.def("summary", [](const Outcome& o) {
        constexpr auto lenient = nlohmann::json::error_handler_t::replace;  // of paths
        return bf::summary(o.prepared->config, o.prepared->mesh, o.record)
            .dump(-1, ' ', false, lenient);
    });
    bound.def(
        "report",
        [](const Outcome& o, bool colour) {
            return bf::screen_report(o.prepared->config, o.prepared->mesh, o.record, colour);
        },
        "colour"_a);
    bound.def("save", save, "folder"_a, py::call_guard<WithoutGil>());
    module.def("bloodflow_run", run_case, "case"_a, "settings"_a, "on_step"_a, "on_cycle"_a,
               "say"_a);
}

}  // namespace asp::python
