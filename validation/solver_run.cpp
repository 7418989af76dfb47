#include "validation/solver_run.hpp"

namespace validation {
namespace {

using namespace bloodflow;

constexpr double cfl = 0.8;  // of all configs

Mesh mesh_for(const Network& network, double cell_length, double speed_margin) {
    std::vector<double> speeds;
    for (const Vessel& v : network.vessels) {
        const WallSection wall = v.wall(0.5);
        speeds.push_back(speed_margin *
                         wall.wave_speed(wall.reference_area, network.blood.density));
    }
    return make_mesh(network, {.cell_length = cell_length, .cfl = cfl}, speeds);
}

}  // namespace

SolverRun::SolverRun(Network of, std::vector<Inlet> inlets, double cell_length, double speed_margin)
    : network(std::move(of)),
      mesh(mesh_for(network, cell_length, speed_margin)),
      lease_(asp::HartPool::process().request()),
      team_(lease_),
      solver(make_native_solver(network, mesh, std::move(inlets), cfl, team_)) {}

FlowState SolverRun::rest() const {
    FlowState state;
    for (std::size_t v = 0; v < network.vessels.size(); ++v)
        state.area.insert(state.area.end(), mesh.vessels[v].count,
                          network.vessels[v].wall(0.5).reference_area);
    state.velocity.assign(mesh.cells, 0.0);
    for (const Terminal& t : network.terminals)
        state.capacitor_pressure.push_back(t.distal_pressure);
    return state;
}

double SolverRun::volume() const {
    return bloodflow::volume(*solver, mesh);
}

}  // namespace validation
