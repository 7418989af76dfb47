#include <pybind11/stl.h>

#include "bindings/attention.hpp"
#include "bindings/gil.hpp"
#include "bindings/gmm.hpp"
#include "gmm/online.hpp"

namespace asp::python {

namespace py = pybind11;
namespace gm = ::gmm;
using py::literals::operator""_a;
namespace {

/// Learns one batch by `learn(source, engine, go_on)`; raises what Python raised meanwhile.
template <class Real, class Learn>
auto learned(const Rows<Real>& x, const Weights<Real>& weights, std::size_t threads,
             const std::string& mode, const Learn& learn) {
    Attention attention;
    auto fit = [&] {
        const gm::Frames<Real> frames = frames_of<Real>(x, weights);
        const WithoutGil others;
        const EmCall call(threads, mode);
        gm::FramesInMemory<Real> source(frames);
        return learn(source, call.engine, attention.go_on());
    }();
    if (attention.raise()) throw py::error_already_set();
    return fit;
}

template <class Real>
gm::OnlineFit partial_fit(const gm::OnlineFit& before, const Rows<Real>& x,
                          const Weights<Real>& weights, const gm::FitOptions& start, double decay,
                          double least_step, std::size_t threads, const std::string& mode) {
    const gm::OnlineOptions options{.start = start, .decay = decay, .least_step = least_step};
    return learned<Real>(x, weights, threads, mode,
                         [&](auto& source, const auto& engine, const auto& go_on) {
                             return gm::partial_fit<Real>(before, source, options, engine, go_on);
                         });
}

/// `mixture`: what the window's next batch is seen with; none: that of the first.
template <class Real>
gm::WindowFit slide(gm::WindowFit fit, const std::optional<gm::Mixture>& mixture,
                    const Rows<Real>& x, const Weights<Real>& weights, const gm::FitOptions& start,
                    std::size_t batches, std::size_t threads, const std::string& mode) {
    if (mixture) fit.mixture = *mixture;
    const gm::WindowOptions options{.start = start, .batches = batches};
    return learned<Real>(x, weights, threads, mode,
                         [&](auto& source, const auto& engine, const auto& go_on) {
                             return gm::slide<Real>(std::move(fit), source, options, engine, go_on);
                         });
}

gm::WindowFit window_of(const gm::Statistics& sum, const std::vector<const gm::Statistics*>& held,
                        std::size_t subtractions, std::int64_t batches) {
    gm::WindowFit fit{.sum = sum, .subtractions = subtractions, .batches = batches};
    for (const gm::Statistics* const statistics : held) fit.held.push_back(*statistics);
    return fit;
}

/// What of a fit a caller sees however it has learned.
template <class Fit>
void bind_learned(py::class_<Fit>& fit) {
    fit.def(py::init<>())
        .def_readonly("mixture", &Fit::mixture)
        .def_readonly("batches", &Fit::batches)
        .def_readonly("log_likelihood", &Fit::log_likelihood)
        .def_property_readonly("repairs", [](const Fit& f) { return to_list(f.repairs); });
}

template <class Real>
void bind_batches(py::module_& module) {
    module.def("gmm_partial_fit", &partial_fit<Real>, "fit"_a, "x"_a.noconvert(),
               "weights"_a.noconvert(), "start"_a, "decay"_a, "least_step"_a, "threads"_a,
               "mode"_a);
    module.def("gmm_slide", &slide<Real>, "fit"_a, "mixture"_a, "x"_a.noconvert(),
               "weights"_a.noconvert(), "start"_a, "batches"_a, "threads"_a, "mode"_a);
}

}  // namespace

void bind_gmm_online(py::module_& module) {
    py::class_<gm::OnlineFit> online(module, "GmmOnlineFit");
    bind_learned(online);
    online
        .def(py::init([](const gm::Mixture& mixture,
                         const std::optional<gm::Statistics>& statistics, std::int64_t batches) {
                 gm::OnlineFit fit;
                 fit.mixture = mixture;
                 if (statistics) fit.statistics = *statistics;
                 fit.batches = batches;
                 return fit;
             }),
             "mixture"_a, "statistics"_a, "batches"_a)
        .def_readonly("statistics", &gm::OnlineFit::statistics);
    py::class_<gm::WindowFit> window(module, "GmmWindowFit");
    bind_learned(window);
    window.def(py::init(&window_of), "sum"_a, "held"_a, "subtractions"_a, "batches"_a)
        .def_readonly("sum", &gm::WindowFit::sum)
        .def_property_readonly("held",
                               [](const gm::WindowFit& f) {
                                   return std::vector<gm::Statistics>(f.held.begin(), f.held.end());
                               })
        .def_readonly("subtractions", &gm::WindowFit::subtractions);
    bind_batches<double>(module);
    bind_batches<float>(module);
}

}  // namespace asp::python
