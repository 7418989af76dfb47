#include <pybind11/stl.h>

#include "bindings/gil.hpp"
#include "bindings/gmm.hpp"
#include "gmm/online.hpp"

namespace asp::python {

namespace py = pybind11;
namespace gm = ::gmm;
using py::literals::operator""_a;
namespace {

template <class Real>
gm::OnlineFit partial_fit(const gm::OnlineFit& before, const Rows<Real>& x,
                          const Weights<Real>& weights, const gm::FitOptions& start, double decay,
                          double least_step, std::size_t threads, const std::string& mode) {
    const gm::Frames<Real> frames = frames_of<Real>(x, weights);
    const WithoutGil others;
    const EmCall call(threads, mode);
    gm::FramesInMemory<Real> source(frames);
    return gm::partial_fit<Real>(
        before, source, {.start = start, .decay = decay, .least_step = least_step}, call.engine);
}

}  // namespace

void bind_gmm_online(py::module_& module) {
    py::class_<gm::OnlineFit>(module, "GmmOnlineFit")
        .def(py::init<>())
        .def(py::init([](const gm::Mixture& mixture,
                         const std::optional<gm::Statistics>& statistics, std::int64_t batches) {
                 gm::OnlineFit fit;
                 fit.mixture = mixture;
                 if (statistics) fit.statistics = *statistics;
                 fit.batches = batches;
                 return fit;
             }),
             "mixture"_a, "statistics"_a, "batches"_a)
        .def_readonly("mixture", &gm::OnlineFit::mixture)
        .def_readonly("statistics", &gm::OnlineFit::statistics)
        .def_readonly("batches", &gm::OnlineFit::batches)
        .def_readonly("log_likelihood", &gm::OnlineFit::log_likelihood)
        .def_property_readonly("repairs",
                               [](const gm::OnlineFit& f) { return to_list(f.repairs); });
    const auto bind = [&]<class Real>(Real) {
        module.def("gmm_partial_fit", &partial_fit<Real>, "fit"_a, "x"_a.noconvert(),
                   "weights"_a.noconvert(), "start"_a, "decay"_a, "least_step"_a, "threads"_a,
                   "mode"_a);
    };
    bind(0.0);
    bind(0.0F);
}

}  // namespace asp::python
