#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <limits>

#include "asp/base/error.hpp"
#include "bindings/attention.hpp"
#include "bindings/gil.hpp"
#include "bindings/gmm.hpp"
#include "gmm/frame_file.hpp"
#include "gmm/model_file.hpp"
#include "gmm/names.hpp"

namespace asp::python {

namespace py = pybind11;
namespace gm = ::gmm;
using py::literals::operator""_a;
namespace {

/// The state, and what the model was trained with by the names of scikit-learn's parameters.
py::tuple read_model(const std::filesystem::path& path) {
    gm::Model model;
    {
        const WithoutGil others;
        model = gm::read_model(path);
    }
    const gm::FitOptions& o = model.training.options;
    const py::dict parameters("init_params"_a = gm::name_of(o.start), "n_init"_a = o.starts,
                              "max_iter"_a = o.iterations, "tol"_a = o.tolerance,
                              "reg_covar"_a = o.m_step.regularization);
    return py::make_tuple(std::move(model.state), parameters, model.training.precision);
}

void write_model(const std::filesystem::path& path, const gm::FitState& state,
                 const gm::FitOptions& options, const std::string& precision) {
    gm::write_model(path,
                    {.state = state, .training = {.options = options, .precision = precision}});
}

gm::FrameInput open_frames(std::vector<std::string> inputs, std::string weights,
                           const std::string& rows) {
    gm::FrameFiles files{.inputs = std::move(inputs), .weights = std::move(weights)};
    if (rows.empty()) return gm::FrameInput(files);
    files.rows = gm::parse_row_range(rows, "rows");
    // Looked at here, so that the complaint has Python's name for it.
    const std::size_t all = gm::FrameInput({.inputs = files.inputs}).size();
    constexpr std::size_t open_end = std::numeric_limits<std::size_t>::max();
    if (files.rows->begin >= all || (files.rows->end > all && files.rows->end != open_end))
        throw InputError("rows " + rows + ": expected rows of [0, " + std::to_string(all) + ")");
    return gm::FrameInput(files);
}

/// Ends a pass over files between two blocks.
struct Interrupted {};

template <class Real>
gm::FitState fit_as(const gm::FrameInput& input, std::size_t memory, const gm::FitOptions& options,
                    Attention& attention, const EmCall& call) {
    gm::FitState last;
    const auto before_block = [&] {
        if (attention.wanted_end()) throw Interrupted{};
    };
    const auto frames = input.frames<Real>({.memory = memory, .before_block = before_block});
    try {
        const auto watch = [&](const gm::FitState& now) {
            last = now;
            return !attention.wanted_end();
        };
        return gm::fit<Real>(*frames, options, call.engine, {}, watch, attention.go_on());
    } catch (const Interrupted&) {
        return last;
    }
}

/// The state where the fit ended, and what Python raised meanwhile or None.
py::tuple fit_files(const gm::FrameInput& input, std::size_t memory, const gm::FitOptions& options,
                    std::size_t threads, const std::string& mode) {
    Attention attention;
    gm::FitState state;
    {
        const WithoutGil others;
        const EmCall call(threads, mode);
        state = input.is_single() ? fit_as<float>(input, memory, options, attention, call)
                                  : fit_as<double>(input, memory, options, attention, call);
    }
    return py::make_tuple(std::move(state), attention.error());
}

}  // namespace

void bind_gmm_files(py::module_& module) {
    module.def("gmm_read_model", &read_model, "path"_a);
    module.def("gmm_write_model", &write_model, "path"_a, "state"_a, "options"_a, "precision"_a,
               py::call_guard<WithoutGil>());
    py::class_<gm::FrameInput>(module, "GmmFrameInput")
        .def(py::init(&open_frames), "inputs"_a, "weights"_a, "rows"_a)
        .def_property_readonly("size", &gm::FrameInput::size)
        .def_property_readonly("dimension", &gm::FrameInput::dimension)
        .def_property_readonly("is_single", &gm::FrameInput::is_single)
        .def("fit", &fit_files, "memory"_a, "options"_a, "threads"_a, "mode"_a);
    module.def("gmm_read_statistics", &gm::read_statistics, "path"_a, py::call_guard<WithoutGil>());
    module.def("gmm_write_statistics", &gm::write_statistics, "path"_a, "statistics"_a,
               py::call_guard<WithoutGil>());
}

}  // namespace asp::python
