#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "bindings/gil.hpp"
#include "bindings/gmm.hpp"
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

}  // namespace

void bind_gmm_files(py::module_& module) {
    module.def("gmm_read_model", &read_model, "path"_a);
    module.def("gmm_write_model", &write_model, "path"_a, "state"_a, "options"_a, "precision"_a,
               py::call_guard<WithoutGil>());
    module.def("gmm_read_statistics", &gm::read_statistics, "path"_a, py::call_guard<WithoutGil>());
    module.def("gmm_write_statistics", &gm::write_statistics, "path"_a, "statistics"_a,
               py::call_guard<WithoutGil>());
}

}  // namespace asp::python
