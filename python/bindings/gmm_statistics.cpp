#include <pybind11/operators.h>
#include <pybind11/stl.h>

#include "bindings/gil.hpp"
#include "bindings/gmm.hpp"
#include "gmm/fit.hpp"
#include "gmm/statistics.hpp"

namespace asp::python {

namespace py = pybind11;
namespace gm = ::gmm;
using py::literals::operator""_a;
namespace {

template <class Real>
gm::Statistics statistics(const gm::Mixture& mixture, const Rows<Real>& x,
                          const Weights<Real>& weights, std::size_t threads,
                          const std::string& mode) {
    const gm::Frames<Real> frames = frames_of<Real>(x, weights);
    const WithoutGil others;
    const EmCall call(threads, mode);
    gm::FramesInMemory<Real> source(frames);
    return gm::finite_statistics<Real>(mixture, source, call.engine);
}

py::tuple as_tuple(const gm::Update& update) {
    return py::make_tuple(update.mixture, to_list(update.repairs));
}

void bind_values(py::module_& module) {
    using gm::Statistics;
    py::class_<Statistics>(module, "GmmStatistics")
        .def(py::init([](const std::string& covariance, const Rows<double>& about,
                         const Rows<double>& weight, const Rows<double>& first,
                         const Rows<double>& second, double log_likelihood, double total_weight,
                         std::int64_t frames) {
                 return Statistics{gm::parse_covariance(covariance).value(),
                                   to_array<2>(about),
                                   to_array<1>(weight),
                                   to_array<2>(first),
                                   to_array<2>(second),
                                   log_likelihood,
                                   total_weight,
                                   frames};
             }),
             "covariance"_a, "about"_a, "weight"_a, "first"_a, "second"_a, "log_likelihood"_a,
             "total_weight"_a, "frames"_a)
        .def_property_readonly("covariance",
                               [](const Statistics& s) { return gm::name_of(s.covariance); })
        .def_property_readonly("about", [](const Statistics& s) { return to_numpy(s.about); })
        .def_property_readonly("weight", [](const Statistics& s) { return to_numpy(s.weight); })
        .def_property_readonly("first", [](const Statistics& s) { return to_numpy(s.first); })
        .def_property_readonly("second", [](const Statistics& s) { return to_numpy(s.second); })
        .def_readonly("log_likelihood", &Statistics::log_likelihood)
        .def_readonly("total_weight", &Statistics::total_weight)
        .def_readonly("frames", &Statistics::frames)
        .def(py::self += py::self)
        .def(py::self -= py::self)
        .def(py::self *= double())
        .def("copy", [](const Statistics& s) { return s; });
}

template <class Real>
void bind_pass(py::module_& module) {
    module.def("gmm_statistics", &statistics<Real>, "mixture"_a, "x"_a.noconvert(),
               "weights"_a.noconvert(), "threads"_a, "mode"_a);
}

void bind_steps(py::module_& module) {
    module.def(
        "gmm_m_step",
        [](const gm::Statistics& s, const gm::MStepOptions& options) {
            return as_tuple(gm::m_step(s, options));
        },
        "statistics"_a, "options"_a);
    py::class_<gm::Relevance>(module, "GmmRelevance")
        .def(py::init([](double weights, double means, double variances, bool keeps_weights,
                         bool keeps_means, bool keeps_variances) {
                 return gm::Relevance{weights,       means,       variances,
                                      keeps_weights, keeps_means, keeps_variances};
             }),
             "weights"_a, "means"_a, "variances"_a, "keeps_weights"_a, "keeps_means"_a,
             "keeps_variances"_a);
    module.def(
        "gmm_map_step",
        [](const gm::Statistics& s, const gm::Mixture& prior, const gm::Relevance& relevance,
           const gm::MStepOptions& options) {
            return as_tuple(gm::map_step(s, prior, relevance, options));
        },
        "statistics"_a, "prior"_a, "relevance"_a, "options"_a);
}

}  // namespace

void bind_gmm_statistics(py::module_& module) {
    bind_values(module);
    bind_pass<double>(module);
    bind_pass<float>(module);
    bind_steps(module);
}

}  // namespace asp::python
