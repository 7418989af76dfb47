#include <pybind11/stl.h>

#include <thread>

#include "bindings/attention.hpp"
#include "bindings/gil.hpp"
#include "bindings/gmm.hpp"
#include "gmm/fit_many.hpp"
#include "gmm/selection.hpp"

namespace asp::python {

namespace py = pybind11;
namespace gm = ::gmm;
using py::literals::operator""_a;
namespace {

using Indices = py::array_t<std::int64_t, py::array::c_style>;

/// Looks for signals where Python's handlers run: in the thread that called.
gm::ManyWatch watch_in_this_thread(Attention& attention) {
    return [&attention, caller = std::this_thread::get_id()](std::size_t) {
        return std::this_thread::get_id() != caller || !attention.wanted_end();
    };
}

/// The states of the fits, and what Python raised meanwhile or None.
template <class Real>
py::tuple fit_many(const Rows<Real>& x, const Weights<Real>& weights,
                   const std::vector<Indices>& chosen, const std::vector<std::size_t>& components,
                   const std::vector<const gm::Mixture*>& given, const gm::FitOptions& options,
                   std::size_t threads, const std::string& mode) {
    std::vector<gm::Job> jobs(chosen.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        jobs[i].chosen = {chosen[i].data(), static_cast<std::size_t>(chosen[i].size())};
        jobs[i].components = components[i];
        if (!given.empty()) jobs[i].given = given[i];
    }
    Attention attention;
    std::vector<gm::FitState> states;
    {
        const gm::Frames<Real> frames = frames_of<Real>(x, weights);
        const WithoutGil others;
        const EmCall call(threads, mode);
        states =
            gm::fit_many<Real>(frames, jobs, options, call.engine, watch_in_this_thread(attention));
    }
    return py::make_tuple(std::move(states), attention.error());
}

/// The states of the fits with their criteria, the best one's place, and what Python raised.
template <class Real>
py::tuple select(const Rows<Real>& x, const Weights<Real>& weights,
                 const std::vector<std::size_t>& components, const gm::FitOptions& options,
                 bool by_bic, std::size_t threads, const std::string& mode) {
    Attention attention;
    gm::Selection selection;
    {
        const gm::Frames<Real> frames = frames_of<Real>(x, weights);
        const WithoutGil others;
        const EmCall call(threads, mode);
        selection = gm::select_components<Real>(frames, components, options, call.engine,
                                                by_bic ? gm::Criterion::bic : gm::Criterion::aic,
                                                watch_in_this_thread(attention));
    }
    py::list candidates;
    for (gm::Candidate& c : selection.candidates)
        candidates.append(py::make_tuple(std::move(c.fit), c.bic, c.aic));
    return py::make_tuple(candidates, selection.best, attention.error());
}

template <class Real>
void bind_many(py::module_& module) {
    module.def("gmm_fit_many", &fit_many<Real>, "x"_a.noconvert(), "weights"_a.noconvert(),
               "chosen"_a, "components"_a, "given"_a, "options"_a, "threads"_a, "mode"_a);
    module.def("gmm_select", &select<Real>, "x"_a.noconvert(), "weights"_a.noconvert(),
               "components"_a, "options"_a, "by_bic"_a, "threads"_a, "mode"_a);
}

}  // namespace

void bind_gmm_many(py::module_& module) {
    bind_many<double>(module);
    bind_many<float>(module);
}

}  // namespace asp::python
