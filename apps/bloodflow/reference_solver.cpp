// The scheme of `FlowSolver` straight from its equations, to be read and to be believed: an oracle
// that shares no kernel with the native solver. The equations within a vessel are in the header;
// here are steps, levels and nodes.
#include "bloodflow/reference_solver.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "bloodflow/blow_up.hpp"
#include "bloodflow/solver.hpp"
#include "bloodflow/step_kernels.hpp"
#include "bloodflow/terminal.hpp"

namespace bloodflow {
namespace {

using reference::Boundary;
using reference::Flux;
using reference::Place;
using reference::Tube;

/// A vessel's end. Its node gives it a state of its own, beside those of the cells.
struct End {
    std::size_t vessel;
    bool outlet;
    Place place{};
    bool dynamic = false;  ///< total, not static, pressure is continuous
    double loss = 0.0;
    double x = 0.0;         ///< A^(1/4) at the node
    double velocity = 0.0;  ///< along the vessel

    Boundary start{};  ///< at the start of the vessel's step
    Flux passed{};     ///< integral over time from there

    double orientation() const { return outlet ? 1.0 : -1.0; }
    double area() const { return std::pow(x, 4); }
    double flow_into_node() const { return orientation() * area() * velocity; }
};

/// What the characteristic that runs out of a vessel's end brings to the node's time:
/// u = velocity - slope (I(A) - I(area)), velocities positive into the node.
struct Arrival {
    double area, velocity, slope;
};

/// What an end offers its node as a function of x = A^(1/4): the head that is to be equal and the
/// flow into the node, with their derivatives.
struct EndEquation {
    double head, head_x, flow, flow_x;
};

/// resistance (flow into the node) = conductance (head - back_head), or a reflecting end.
struct Closure {
    double resistance = 1.0, conductance = 0.0, back_head = 0.0;
};

struct Junction {
    int level = 0;
    std::vector<std::size_t> ends;
    const Terminal* terminal = nullptr;
    std::size_t terminal_number = 0;
    const Inlet* inlet = nullptr;
    double head = 0.0;  ///< [m^2/s^2]
};

class ReferenceSolver final : public FlowSolver {
public:
    ReferenceSolver(const Network& network, const Mesh& mesh, std::vector<Inlet> inlets,
                    double cfl);

    double time() const override { return time_; }
    double stable_step() override;
    void advance(double dt) override;
    FlowState save() const override;
    void load(const FlowState& state) override;
    Station inlet(std::size_t v) const override { return station(ends_[2 * v]); }
    Station outlet(std::size_t v) const override { return station(ends_[2 * v + 1]); }
    Station middle(std::size_t v) const override;
    std::span<const double> area(std::size_t v) const override { return tubes_[v].area; }
    std::span<const double> velocity(std::size_t v) const override { return tubes_[v].velocity; }
    double cell_updates() const override { return cell_updates_; }
    std::string description() const override { return "plain reference"; }

private:
    static Station station(const End& e) { return {e.area(), e.area() * e.velocity}; }
    Place place(std::size_t vessel, double s) const;
    struct FrictionForce {
        double force, slope;  ///< f [m^3/s^2] with dQ/dt = -f, and df/du
    };
    FrictionForce friction(const WallSection& wall, double area, double velocity) const;
    void advance_level(int level, double start, double macro_step);
    void advance_tube(std::size_t vessel, double dt);
    Arrival arrival(const End& end, double time) const;
    void solve_junction(std::size_t node, double time, double dt);
    void newton(std::size_t node, const Closure& closure, double source, double time);
    Flux end_flux(const End& e) const {
        return physical_flux(e.place, alpha_, e.area(), e.velocity);
    }
    double flow_into(const Junction& junction, double time) const;
    void begin_step(End& e);

    const Network& network_;
    const Mesh& mesh_;
    std::vector<Inlet> inlets_;
    double cfl_, alpha_;
    bool varies_;  ///< some wall varies along its vessel, or there is gravity
    double time_ = 0.0, cell_updates_ = 0.0;
    std::vector<Tube> tubes_;
    std::vector<End> ends_;  ///< [2 vessels] inlet, outlet
    std::vector<Junction> junctions_;
    std::vector<double> capacitor_pressure_, terminal_flow_;
};

ReferenceSolver::ReferenceSolver(const Network& network, const Mesh& mesh,
                                 std::vector<Inlet> inlets, double cfl)
    : network_(network),
      mesh_(mesh),
      inlets_(std::move(inlets)),
      cfl_(cfl),
      alpha_(network.blood.momentum_correction()),
      varies_(wall_varies(network)),
      capacitor_pressure_(network.terminals.size()),
      terminal_flow_(network.terminals.size()) {
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        const auto [n, dx, offset, level] = mesh.vessels[v];
        Tube tube{.level = level, .dx = dx, .centre = {}, .face = {}, .area = {}, .velocity = {}};
        for (std::size_t i = 0; i <= n; ++i)
            tube.face.push_back(place(v, static_cast<double>(i) / static_cast<double>(n)));
        for (std::size_t i = 0; i < n; ++i)
            tube.centre.push_back(
                place(v, (static_cast<double>(i) + 0.5) / static_cast<double>(n)));
        tube.area.assign(n, 0.0);
        tube.velocity.assign(n, 0.0);
        tubes_.push_back(std::move(tube));
        ends_.push_back({.vessel = v, .outlet = false, .place = tubes_[v].face.front()});
        ends_.push_back({.vessel = v, .outlet = true, .place = tubes_[v].face.back()});
    }
    const auto ends = network.ends_by_node();
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        const Node& node = network.nodes[i];
        Junction junction;
        for (const auto& [vessel, outlet] : ends[i]) {
            junction.ends.push_back(2 * vessel + (outlet ? 1 : 0));
            junction.level = std::max(junction.level, tubes_[vessel].level);
            if (ends[i].size() == 1) continue;
            ends_[junction.ends.back()].dynamic = node.continuity == Continuity::total_pressure;
            ends_[junction.ends.back()].loss = node.loss_coefficient;
        }
        for (std::size_t t = 0; t < network.terminals.size(); ++t)
            if (network.terminals[t].node == i)
                junction.terminal = &network.terminals[t], junction.terminal_number = t;
        for (const Inlet& inlet : inlets_)
            if (inlet.node == i) junction.inlet = &inlet;
        junctions_.push_back(std::move(junction));
    }
}

Place ReferenceSolver::place(std::size_t vessel, double s) const {
    const Vessel& v = network_.vessels[vessel];
    const double elevation =
        std::lerp(network_.elevation_potential(v.from), network_.elevation_potential(v.to), s);
    return {v.wall(s), network_.blood.density, elevation, varies_};
}

ReferenceSolver::FrictionForce ReferenceSolver::friction(const WallSection& wall, double area,
                                                         double velocity) const {
    if (network_.friction_law == nullptr) {
        const double k = network_.blood.friction();
        return {k * velocity, k};
    }
    const double rho = network_.blood.density, h = 1e-6;  // [m/s]
    const auto force = [&](double u) { return network_.friction_law->at(area, u, wall) / rho; };
    return {force(velocity), (force(velocity + h) - force(velocity - h)) / (2.0 * h)};
}

double ReferenceSolver::stable_step() {
    double step = std::numeric_limits<double>::infinity();
    for (const Tube& tube : tubes_) {
        for (std::size_t i = 0; i < tube.cells(); ++i) {
            const double c = tube.centre[i].wave_speed(tube.area[i]);
            const double u = std::abs(tube.velocity[i]);
            if (!(alpha_ * u * u < c * c && c < 1e300)) throw_if_cells_blew_up(network_, *this);
            const double speed = c + (alpha_ + std::sqrt(alpha_ * (alpha_ - 1.0))) * u;
            step = std::min(step, std::ldexp(cfl_ * tube.dx / speed, tube.level));
        }
    }
    return step;
}

void ReferenceSolver::advance(double dt) {
    for (Tube& tube : tubes_) tube.time = time_;  // not what the halves of steps add up to
    advance_level(0, time_, dt);
    time_ += dt;
}

/// Two steps of the next finer level go before one of this level: what the finer nodes need of this
/// level is its old state, and its own step then knows all that has passed through its ends.
void ReferenceSolver::advance_level(int level, double start, double macro_step) {
    const double dt = std::ldexp(macro_step, -level);
    if (level + 1 < mesh_.levels) {
        advance_level(level + 1, start, macro_step);
        advance_level(level + 1, start + 0.5 * dt, macro_step);
    }
    for (std::size_t node = 0; node < junctions_.size(); ++node)
        if (junctions_[node].level == level) solve_junction(node, start + dt, dt);
    for (std::size_t v = 0; v < tubes_.size(); ++v)
        if (tubes_[v].level == level) {
            advance_tube(v, dt);
            tubes_[v].time = start + dt;
        }
}

/// Heun's method, friction f by the trapezoidal rule, linearized in u about u0, h = dt / 2:
///   A1 = A0 + dt L_A(0),                  A1 u1 = A0 u0 + dt L_Q(0)            - h (f0 + f1)
///   A2 = A0 + dt (L_A(0) + L_A(1)) / 2,   A2 u2 = A0 u0 + dt (L_Q(0) + L_Q(1)) / 2 - h (f0 + f2)
void ReferenceSolver::advance_tube(std::size_t vessel, double dt) {
    Tube& tube = tubes_[vessel];
    End &in = ends_[2 * vessel], &out = ends_[2 * vessel + 1];
    const double h = 0.5 * dt;
    const auto stepped = [&](const std::vector<Flux>& rate, std::vector<double>& area,
                             std::vector<double>& velocity) {
        for (std::size_t i = 0; i < tube.cells(); ++i) {
            area[i] = tube.area[i] + dt * rate[i].mass;
            const double u = tube.velocity[i];
            const FrictionForce start = friction(tube.centre[i].wall, tube.area[i], u);
            const FrictionForce end = friction(tube.centre[i].wall, area[i], u);
            const double known = start.force + end.force - end.slope * u;
            velocity[i] =
                (tube.area[i] * u + dt * rate[i].momentum - h * known) / (area[i] + h * end.slope);
        }
    };
    const auto rates = [&](const std::vector<double>& area, const std::vector<double>& velocity,
                           const Boundary& inlet, const Boundary& outlet) {
        return reference::rates(tube, alpha_, area, velocity, inlet, outlet, mesh_);
    };
    std::vector<double> area(tube.cells()), velocity(tube.cells());
    std::vector<Flux> rate = rates(tube.area, tube.velocity, in.start, out.start);
    stepped(rate, area, velocity);

    // The second flux through an end makes the mean of both what has passed according to the node.
    const std::vector<Flux> rate_1 =
        rates(area, velocity, {in.area(), in.velocity, 2.0 / dt * in.passed - in.start.flux},
              {out.area(), out.velocity, 2.0 / dt * out.passed - out.start.flux});
    for (std::size_t i = 0; i < tube.cells(); ++i) rate[i] = 0.5 * (rate[i] + rate_1[i]);
    stepped(rate, area, velocity);
    tube.area = std::move(area);
    tube.velocity = std::move(velocity);
    begin_step(in);
    begin_step(out);
    cell_updates_ += static_cast<double>(tube.cells());
}

void ReferenceSolver::begin_step(End& e) {
    e.start = {e.area(), e.velocity, end_flux(e)};
    e.passed = {};
}

/// The outgoing characteristic dx/dt = lambda = alpha u + sqrt(c^2 + alpha (alpha - 1) u^2),
/// followed back from the node at `time` to the cells' state; along it
///   du = -slope (c/A) dA - K u/A dt - V_x dt,
///   slope = sqrt(1 + alpha (alpha - 1) M^2) - (alpha - 1) M,   M = u/c.
/// Where V is followed instead of A, V_x at constant area leaves an offset u V_x dt of V.
Arrival ReferenceSolver::arrival(const End& end, double time) const {
    const Tube& tube = tubes_[end.vessel];
    const std::size_t cell = end.outlet ? tube.cells() - 1 : 0;
    const std::size_t inner = end.outlet ? cell - 1 : cell + 1;
    const double excess = alpha_ * (alpha_ - 1.0), elapsed = time - tube.time;
    const double area = tube.area[cell], u = end.orientation() * tube.velocity[cell];
    const double v = tube.centre[cell].variable(area);
    const double c = end.place.wave_speed(area);
    const double distance = elapsed * (alpha_ * u + std::sqrt(c * c + excess * u * u));

    const double weight = 0.5 - distance / tube.dx;  // of the foot, outward from the cell's centre
    const double v_foot = v + weight * (v - tube.centre[inner].variable(tube.area[inner]));
    const double u_foot = u + weight * (u - end.orientation() * tube.velocity[inner]);
    const double v_gradient =
        (end.place.variable(area) - tube.centre[cell].variable(area)) / (0.5 * tube.dx);

    Arrival a{};
    a.area = end.place.area(v_foot + elapsed * u_foot * v_gradient);
    const FrictionForce f = friction(end.place.wall, area, u_foot);
    a.velocity = u_foot - elapsed * f.force / (area + elapsed * f.slope);
    const double mach = a.velocity / end.place.wave_speed(a.area);
    a.slope = std::sqrt(1.0 + excess * mach * mach) - (alpha_ - 1.0) * mach;
    return a;
}

double ReferenceSolver::flow_into(const Junction& junction, double time) const {
    double flow = junction.inlet != nullptr ? junction.inlet->flow(time) : 0.0;
    for (const std::size_t e : junction.ends) flow += ends_[e].flow_into_node();
    return flow;
}

/// State of a node at `time`, the end of a step `dt` of its level, and what passed in that step.
void ReferenceSolver::solve_junction(std::size_t node, double time, double dt) {
    Junction& junction = junctions_[node];
    const Terminal* t = junction.terminal;
    const std::size_t number = junction.terminal_number;
    const double source = junction.inlet != nullptr ? junction.inlet->flow(time) : 0.0;
    Closure closure;
    MomentaryTerminal m{};
    if (t != nullptr) {
        m = momentary(*t, capacitor_pressure_[number], terminal_flow_[number], dt);
        if (t->kind != TerminalKind::closed && t->kind != TerminalKind::reflection)
            closure = {
                m.resistance / network_.blood.density, 1.0,
                m.back_pressure / network_.blood.density + network_.elevation_potential(node)};
    }
    for (const std::size_t e : junction.ends)
        ends_[e].passed = ends_[e].passed + 0.5 * dt * end_flux(ends_[e]);
    newton(node, closure, source, time);
    for (const std::size_t e : junction.ends)
        ends_[e].passed = ends_[e].passed + 0.5 * dt * end_flux(ends_[e]);
    if (t != nullptr) {
        terminal_flow_[number] = flow_into(junction, time);
        capacitor_pressure_[number] = state_after(m, terminal_flow_[number]);
    }
}

/// Velocity at a node for x = A^(1/4): u = u_a - slope (I(x) - I(x_a)) with I the integral of c/A.
double velocity_at(const End& e, const Arrival& a) {
    return a.velocity - a.slope * (e.place.integral(e.area()) - e.place.integral(a.area));
}

EndEquation end_equation(const End& e, const Arrival& a) {
    const double u = velocity_at(e, a), u_x = -a.slope * e.place.integral_slope(e.area());
    const double dynamic = e.dynamic ? 1.0 : 0.0;
    return {.head = e.place.potential(e.area()) + 0.5 * u * (dynamic * u - e.loss * std::abs(u)),
            .head_x = 4.0 * e.place.stiffness(e.area()) * e.x +
                      u_x * (dynamic * u - e.loss * std::abs(u)),
            .flow = e.area() * u,
            .flow_x = 4.0 * std::pow(e.x, 3) * u + e.area() * u_x};
}

/// Waves at the end, from rest: (u - I) + coefficient (u + I) = 0, and its derivative by x.
std::array<double, 2> reflecting_equation(const End& e, const Arrival& a, double rest_area,
                                          double coefficient) {
    const double integral = e.place.integral(e.area()) - e.place.integral(rest_area);
    const double sum = 1.0 + coefficient, difference = 1.0 - coefficient;
    return {sum * velocity_at(e, a) - difference * integral,
            -(sum * a.slope + difference) * e.place.integral_slope(e.area())};
}

/// Newton's method for x_1 ... x_n = A^(1/4) of the ends, and the head H they share:
///   V(x_e) + 1/2 u_e (d_e u_e - zeta_e |u_e|) = H   for each end, u_e(x_e) from its characteristic
///   R (source + sum of A_e u_e) = C (H - back_head)   or the equation of a reflecting end
void ReferenceSolver::newton(std::size_t node, const Closure& q, double source, double time) {
    Junction& junction = junctions_[node];
    const auto n = static_cast<Eigen::Index>(junction.ends.size());
    const auto end = [&](Eigen::Index i) -> End& {
        return ends_[junction.ends[static_cast<std::size_t>(i)]];
    };
    std::vector<Arrival> arrivals;
    for (const std::size_t e : junction.ends) arrivals.push_back(arrival(ends_[e], time));
    constexpr int most_iterations = 30;
    for (int iteration = 1; iteration <= most_iterations; ++iteration) {
        Eigen::VectorXd residual = Eigen::VectorXd::Zero(n + 1);
        Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(n + 1, n + 1);
        residual[n] = q.resistance * source - q.conductance * (junction.head - q.back_head);
        jacobian(n, n) = -q.conductance;
        for (Eigen::Index i = 0; i < n; ++i) {
            const EndEquation equation =
                end_equation(end(i), arrivals[static_cast<std::size_t>(i)]);
            residual[i] = equation.head - junction.head;
            jacobian(i, i) = equation.head_x;
            jacobian(i, n) = -1.0;
            residual[n] += q.resistance * equation.flow;
            jacobian(n, i) = q.resistance * equation.flow_x;
        }
        const Terminal* t = junction.terminal;
        if (t != nullptr && t->kind == TerminalKind::reflection) {
            const Vessel& vessel = network_.vessels[end(0).vessel];
            const double rest_area = vessel.wall(end(0).outlet ? 1.0 : 0.0).reference_area;
            const auto [value, slope] =
                reflecting_equation(end(0), arrivals.front(), rest_area, t->reflection_coefficient);
            residual[n] = value;
            jacobian(n, 0) = slope;
        }
        const Eigen::VectorXd change = -jacobian.partialPivLu().solve(residual);
        double largest = 0.0;
        for (Eigen::Index i = 0; i < n; ++i) {
            End& e = end(i);
            e.x += change[i];
            e.velocity = e.orientation() * velocity_at(e, arrivals[static_cast<std::size_t>(i)]);
            const double relative = std::abs(change[i]) / std::max(e.x, 0.0);
            if (!(relative <= largest)) largest = relative;  // a NaN stays
        }
        junction.head += change[n];
        if (largest < 1e-9) return;  // quadratic: what is left is rounding
    }
    throw_node_blow_up(network_, node, time_);
}

Station ReferenceSolver::middle(std::size_t v) const {
    const Tube& tube = tubes_[v];
    const std::size_t right = tube.cells() / 2, left = (tube.cells() - 1) / 2;
    return {
        0.5 * (tube.area[left] + tube.area[right]),
        0.5 * (tube.area[left] * tube.velocity[left] + tube.area[right] * tube.velocity[right])};
}

FlowState ReferenceSolver::save() const {
    FlowState state;
    state.time = time_;
    for (const Tube& tube : tubes_) {
        state.area.insert(state.area.end(), tube.area.begin(), tube.area.end());
        state.velocity.insert(state.velocity.end(), tube.velocity.begin(), tube.velocity.end());
    }
    state.capacitor_pressure = capacitor_pressure_;
    for (const End& e : ends_) {
        state.end_unknown.push_back(e.x);
        state.end_velocity.push_back(e.velocity);
    }
    for (const Junction& junction : junctions_) state.head.push_back(junction.head);
    return state;
}

/// Where the state does not tell the ends', they follow from the cells by a step of no length.
void ReferenceSolver::load(const FlowState& state) {
    time_ = state.time;
    cell_updates_ = 0.0;
    capacitor_pressure_ = state.capacitor_pressure;
    std::fill(terminal_flow_.begin(), terminal_flow_.end(), 0.0);
    for (std::size_t v = 0; v < tubes_.size(); ++v) {
        Tube& tube = tubes_[v];
        const auto first = static_cast<std::ptrdiff_t>(mesh_.vessels[v].offset);
        const auto last = first + static_cast<std::ptrdiff_t>(tube.cells());
        tube.area.assign(state.area.begin() + first, state.area.begin() + last);
        tube.velocity.assign(state.velocity.begin() + first, state.velocity.begin() + last);
        tube.time = time_;
    }
    const bool known = !state.end_unknown.empty();
    for (std::size_t e = 0; e < ends_.size(); ++e) {
        const Tube& tube = tubes_[ends_[e].vessel];
        ends_[e].x = known ? state.end_unknown[e]
                           : std::pow(ends_[e].outlet ? tube.area.back() : tube.area.front(), 0.25);
        ends_[e].velocity = known ? state.end_velocity[e] : 0.0;
    }
    for (std::size_t node = 0; node < junctions_.size(); ++node) {
        Junction& junction = junctions_[node];
        const End& first = ends_[junction.ends.front()];
        junction.head = known ? state.head[node] : first.place.potential(first.area());
    }
    if (!known)
        solve_until_consistent(network_, terminal_flow_, [&] {
            for (std::size_t node = 0; node < junctions_.size(); ++node)
                solve_junction(node, time_, 0.0);
        });
    for (const Junction& junction : junctions_)
        if (junction.terminal != nullptr)
            terminal_flow_[junction.terminal_number] = flow_into(junction, time_);
    for (End& e : ends_) begin_step(e);
}

}  // namespace

std::unique_ptr<FlowSolver> make_reference_solver(const Network& network, const Mesh& mesh,
                                                  std::vector<Inlet> inlets, double cfl) {
    return std::make_unique<ReferenceSolver>(network, mesh, std::move(inlets), cfl);
}

}  // namespace bloodflow
