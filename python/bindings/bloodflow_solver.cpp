#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <string>

#include "asp/harts/team.hpp"
#include "bindings/bloodflow.hpp"
#include "bindings/gil.hpp"
#include "bindings/numpy.hpp"
#include "bloodflow/initial_state.hpp"
#include "bloodflow/simulate.hpp"

namespace asp::python {

namespace py = pybind11;
namespace bf = ::bloodflow;
using py::literals::operator""_a;
namespace {

/// A solver with all that it refers to.
class Steps {
public:
    Steps(CasePointer prepared, bool reference, const std::string& mode, std::size_t threads,
          const bf::Say& say)
        : case_(std::move(prepared)),
          lease_(asp::HartPool::process().request(threads)),
          team_(lease_),
          solver_(make(reference, *asp::parse_mode(mode), say)) {
        solver_->load(bf::initial_state(case_->config, case_->mesh, case_->steady));
    }
    bf::FlowSolver* operator->() const { return solver_.get(); }

private:
    std::unique_ptr<bf::FlowSolver> make(bool reference, asp::Mode mode, const bf::Say& say) {
        const bf::RunConfig& c = case_->config;
        if (reference)
            return bf::make_reference_solver(c.network, case_->mesh, c.inlets, c.numerics.cfl);
        kernels_ = bf::kernels_for(c.network, mode, say);
        return bf::make_native_solver(c.network, case_->mesh, c.inlets, c.numerics.cfl, team_,
                                      *kernels_);
    }

    CasePointer case_;
    asp::Lease lease_;
    asp::Team team_;
    std::shared_ptr<const bf::StepKernels> kernels_;
    std::unique_ptr<bf::FlowSolver> solver_;
};

py::dict state_of(const Steps& steps) {
    const bf::FlowState s = steps->save();
    return py::dict("time"_a = s.time, "area"_a = to_numpy(s.area),
                    "velocity"_a = to_numpy(s.velocity),
                    "terminal_state"_a = to_numpy(s.capacitor_pressure),
                    "end_unknown"_a = to_numpy(s.end_unknown),
                    "end_velocity"_a = to_numpy(s.end_velocity), "head"_a = to_numpy(s.head));
}

void load(Steps& steps, double time, const py::array_t<double>& area,
          const py::array_t<double>& velocity, const py::array_t<double>& terminal_state,
          const py::array_t<double>& end_unknown, const py::array_t<double>& end_velocity,
          const py::array_t<double>& head) {
    steps->load({time, to_vector(area), to_vector(velocity), to_vector(terminal_state),
                 to_vector(end_unknown), to_vector(end_velocity), to_vector(head)});
}

void advance(Steps& steps, double dt, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) steps->advance(dt);
}

}  // namespace

void bind_bloodflow_solver(py::module_& module) {
    py::class_<Steps> bound(module, "BloodflowSolver");
    bound.def(py::init<CasePointer, bool, std::string, std::size_t, bf::Say>(), "case"_a,
              "reference"_a, "mode"_a, "threads"_a, "say"_a);
    bound.def_property_readonly("time", [](const Steps& steps) { return steps->time(); });
    bound.def_property_readonly("description",
                                [](const Steps& steps) { return steps->description(); });
    bound.def("stable_step", [](const Steps& steps) { return steps->stable_step(); });
    bound.def("advance", advance, "dt"_a, "count"_a, py::call_guard<WithoutGil>());
    bound.def("state", state_of);
    bound.def("load", load, "time"_a, "area"_a, "velocity"_a, "terminal_state"_a, "end_unknown"_a,
              "end_velocity"_a, "head"_a);
    py::register_exception<bf::BlowUp>(module, "BloodflowBlowUp", PyExc_ArithmeticError);
}

}  // namespace asp::python
