#include "asp/tune/tune.hpp"

#include <pybind11/stl.h>

#include "asp/base/error.hpp"
#include "asp_program/findings.hpp"
#include "bindings/bindings.hpp"
#include "bindings/context.hpp"
#include "bindings/dispatcher.hpp"

namespace py = pybind11;
using py::literals::operator""_a;

namespace asp::python {

Context context_of(const std::string& mode, long extent) {
    Context context = process_context(parse_mode(mode == "interpret" ? "off" : mode).value());
    context.extent = extent;
    // Opened for each question: a forked process must not touch what its parent has open.
    context.tuned = [](const Specializer& specializer, const Problem& problem,
                       const Features& features) -> std::optional<TunedVariant> {
        db::Database database = db::Database::of_user();
        return tune::tuned_by(database, jit::measure_platform())(specializer, problem, features);
    };
    return context;
}

namespace {

tune::TuneResult tune_kernel(const Kernel& kernel, const std::string& level, long extent,
                             std::optional<double> seconds) {
    tune::TuneContext context;
    context.level = tune::parse_level(level).value();
    context.extent = extent;
    context.seconds = seconds;
    context.cache = &jit::KernelCache::process();
    context.toolchain = jit::host_toolchain();
    context.platform = jit::measure_platform();
    if (context.level != tune::Level::estimate && !context.toolchain)
        throw BackendError("nothing can be tuned: " +
                           jit::host_toolchain_report().problems.back());
    db::Database database = db::Database::of_user();
    context.database = &database;
    return tune_problem(kernel.specializer(), kernel.problem(), context);
}

py::dict row(const tune::Measurement& m) {
    return py::dict("variant"_a = m.variant, "status"_a = std::string(name_of(m.status)),
                    "runs"_a = m.samples.size(),
                    "ratio"_a = m.ratio ? py::cast(m.ratio->median) : py::none());
}

py::dict to_dict(const tune::TuneResult& result) {
    py::list measured;
    for (const tune::Measurement& m : result.search.measured) measured.append(row(m));
    return py::dict("variant"_a = result.variant, "origin"_a = result.origin,
                    "how"_a = result.search.how, "seconds"_a = result.seconds,
                    "measured"_a = measured);
}

}  // namespace

void bind_tune(py::module_& module) {
    module.def(
        "tune",
        [](const Kernel& kernel, const std::string& level, long extent,
           std::optional<double> seconds) {
            const auto result = [&] {
                const WithoutGil others;
                return tune_kernel(kernel, level, extent, seconds);
            }();
            return to_dict(result);
        },
        "kernel"_a, "level"_a, "extent"_a, "seconds"_a);
    module.def("examine", [] {
        const asp_program::Findings findings = [] {
            const WithoutGil others;
            return asp_program::examine();
        }();
        py::list list;
        for (const asp_program::Finding& f : findings)
            list.append(py::dict("topic"_a = f.topic, "state"_a = asp_program::word_of(f.state),
                                 "found"_a = f.found, "means"_a = f.means, "cure"_a = f.cure));
        return list;
    });
}

}  // namespace asp::python
