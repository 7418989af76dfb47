#include "bindings/bloodflow.hpp"

#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <map>
#include <string>

#include "asp/base/error.hpp"
#include "bindings/bindings.hpp"
#include "bindings/numpy.hpp"
#include "bloodflow/inflow.hpp"
#include "bloodflow/initial_state.hpp"
#include "bloodflow/places.hpp"
#include "bloodflow/run_config.hpp"

namespace asp::python {

namespace py = pybind11;
namespace bf = ::bloodflow;
using py::literals::operator""_a;
namespace {

using Inflows = std::map<std::string, py::function>;

/// `config`: a path, or a RunText.
template <class Config>
CasePointer open_case(const Config& config, const std::vector<std::string>& overrides,
                      const bf::PhysicsFunctions& functions, const Inflows& inflows,
                      const bf::Say& say) {
    bf::RunConfig read = bf::read_run_config(config, overrides, functions);
    for (const auto& [node, function] : inflows)
        bf::replace_inflow(read, node, [&](const std::vector<double>& times) {
            return to_vector(function(to_numpy(times)).template cast<py::array_t<double>>());
        });
    return std::make_shared<bf::Case>(bf::prepare(std::move(read), say));
}

py::dict node(const bf::Node& n) {
    return py::dict("name"_a = n.id,
                    "position"_a = py::make_tuple(n.position[0], n.position[1], n.position[2]),
                    "total_pressure"_a = n.continuity == bf::Continuity::total_pressure,
                    "loss_coefficient"_a = n.loss_coefficient);
}

py::tuple pair(const std::array<double, 2>& values) {
    return py::make_tuple(values[0], values[1]);
}

py::dict vessel(const bf::Case& c, std::size_t number) {
    const bf::Vessel& v = c.config.network.vessels[number];
    const bf::Mesh::Cells& cells = c.mesh.vessels[number];
    return py::dict("name"_a = v.name, "start"_a = v.from, "end"_a = v.to, "length"_a = v.length,
                    "radius"_a = pair(v.radius), "wall_thickness"_a = pair(v.wall_thickness),
                    "young_modulus"_a = pair(v.young_modulus), "poisson_ratio"_a = v.poisson_ratio,
                    "reference_pressure"_a = v.reference_pressure, "cells"_a = cells.count,
                    "cell_length"_a = cells.length, "first_cell"_a = cells.offset,
                    "level"_a = cells.level);
}

py::dict terminal(const bf::Terminal& t) {
    return py::dict("node"_a = t.node, "kind"_a = bf::word_of(t.kind),
                    "proximal_resistance"_a = t.proximal_resistance,
                    "distal_resistance"_a = t.distal_resistance, "compliance"_a = t.compliance,
                    "distal_pressure"_a = t.distal_pressure,
                    "reflection_coefficient"_a = t.reflection_coefficient);
}

py::dict inlet(const bf::Inlet& i) {
    return py::dict("node"_a = i.node, "period"_a = i.flow.period(), "mean"_a = i.flow.mean());
}

py::dict places(const bf::Places& p) {
    return py::dict(
        "vessel"_a = to_numpy(p.vessel), "position"_a = to_numpy(p.position),
        "reference_area"_a = to_numpy(p.reference_area), "stiffness"_a = to_numpy(p.stiffness),
        "reference_pressure"_a = to_numpy(p.reference_pressure),
        "thickness"_a = to_numpy(p.thickness), "young_modulus"_a = to_numpy(p.young_modulus),
        "poisson_ratio"_a = to_numpy(p.poisson_ratio), "elevation"_a = to_numpy(p.elevation));
}

py::dict blood(const bf::Network& network) {
    const bf::Blood& b = network.blood;
    return py::dict("density"_a = b.density, "viscosity"_a = b.viscosity,
                    "profile_exponent"_a = b.profile_exponent,
                    "momentum_correction"_a = b.momentum_correction(), "friction"_a = b.friction());
}

py::dict numerics(const bf::Case& c) {
    const bf::Numerics& n = c.config.numerics;
    return py::dict("cell_length"_a = n.cell_length, "min_cells"_a = n.min_cells, "cfl"_a = n.cfl,
                    "local_time_stepping"_a = n.local_time_stepping, "levels"_a = c.mesh.levels,
                    "smooth_fraction"_a = c.mesh.smooth_fraction,
                    "smooth_velocity"_a = c.mesh.smooth_velocity);
}

py::dict schedule(const bf::RunConfig& c) {
    const bool periodic = c.mode == bf::RunMode::periodic;
    return py::dict("mode"_a = periodic ? "periodic" : "transient", "period"_a = c.period,
                    "duration"_a = c.duration, "tolerance"_a = c.tolerance,
                    "max_cycles"_a = c.max_cycles, "samples_per_cycle"_a = c.samples_per_cycle,
                    "sample_interval"_a = c.sample_interval);
}

py::dict steady(const bf::SteadyFlow& s) {
    return py::dict("flow"_a = to_numpy(s.flow), "pressure"_a = to_numpy(s.pressure),
                    "iterations"_a = s.iterations, "residual"_a = s.residual);
}

template <class Things, class Of>
py::list each(const Things& things, Of of) {
    py::list list;
    for (const auto& thing : things) list.append(of(thing));
    return list;
}

void bind_case(py::module_& module) {
    py::class_<bf::Case, std::shared_ptr<bf::Case>> bound(module, "BloodflowCase");
    bound.def_property_readonly("name", [](const bf::Case& c) { return c.config.network.name; });
    bound.def_property_readonly("origin",
                                [](const bf::Case& c) { return c.config.network.origin; });
    bound.def_property_readonly("gravity",
                                [](const bf::Case& c) { return c.config.network.gravity; });
    bound.def("nodes", [](const bf::Case& c) { return each(c.config.network.nodes, node); });
    bound.def("vessels", [](const bf::Case& c) {
        py::list list;
        for (std::size_t v = 0; v < c.mesh.vessels.size(); ++v) list.append(vessel(c, v));
        return list;
    });
    bound.def("terminals",
              [](const bf::Case& c) { return each(c.config.network.terminals, terminal); });
    bound.def("inlets", [](const bf::Case& c) { return each(c.config.inlets, inlet); });
    bound.def("blood", [](const bf::Case& c) { return blood(c.config.network); });
    bound.def("numerics", numerics);
    bound.def("schedule", [](const bf::Case& c) { return schedule(c.config); });
    bound.def("cells",
              [](const bf::Case& c) { return places(bf::cell_places(c.config.network, c.mesh)); });
    bound.def("faces",
              [](const bf::Case& c) { return places(bf::face_places(c.config.network, c.mesh)); });
    bound.def(
        "inflow",
        [](const bf::Case& c, std::size_t inlet, const py::array_t<double>& times) {
            return py::vectorize(
                [&flow = c.config.inlets.at(inlet).flow](double t) { return flow(t); })(times);
        },
        "inlet"_a, "times"_a);
    bound.def("steady", [](const bf::Case& c) { return steady(bf::steady_of(c.config)); });
    bound.def("start", [](const bf::Case& c) {
        const bf::FlowState state = bf::initial_state(c.config, c.mesh, c.steady);
        return py::dict("time"_a = state.time, "area"_a = to_numpy(state.area),
                        "velocity"_a = to_numpy(state.velocity),
                        "terminal_state"_a = to_numpy(state.capacitor_pressure));
    });
}

}  // namespace

/// What a run file holds and what follows from it; runs and time steps have files of their own.
void bind_bloodflow(py::module_& module) {
    py::class_<bf::RunText>(module, "BloodflowText")
        .def(py::init([](const std::string& name, const std::string& text,
                         const std::optional<std::string>& network) {
                 return bf::RunText{name, text, network};
             }),
             "name"_a, "text"_a, "network"_a);
    py::class_<bf::PhysicsFunctions>(module, "BloodflowFunctions")
        .def(py::init<>())
        .def("set_tube_law",
             [](bf::PhysicsFunctions& laws, const ir::Function& function, const std::string& text) {
                 laws.tube_law = {function, text};
             })
        .def("set_friction",
             [](bf::PhysicsFunctions& laws, const ir::Function& function, const std::string& text) {
                 laws.friction = {function, text};
             });
    module.def("bloodflow_tube_law_symbols", bf::tube_law_symbols);
    module.def("bloodflow_friction_symbols", bf::friction_symbols);
    bind_case(module);
    module.def("bloodflow_open", open_case<std::string>, "config"_a, "overrides"_a, "functions"_a,
               "inflows"_a, "say"_a);
    module.def("bloodflow_open", open_case<bf::RunText>, "config"_a, "overrides"_a, "functions"_a,
               "inflows"_a, "say"_a);
    module.def("bloodflow_complaints", bf::complaints_about, "path"_a, "overrides"_a);
    bind_bloodflow_run(module);
    bind_bloodflow_solver(module);
}

}  // namespace asp::python
