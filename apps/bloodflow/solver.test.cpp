#include "bloodflow/solver.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "asp/base/testing.hpp"
#include "asp/harts/hart_pool.hpp"
#include "asp/harts/team.hpp"

using namespace bloodflow;

namespace {

constexpr double rest_pressure = 9000.0;  // [Pa]

struct Case {
    Network network;
    std::vector<Inlet> inlets;
};

Vessel uniform_vessel(std::string name, std::size_t from, std::size_t to, double length,
                      double radius, double young_modulus) {
    return {std::move(name),
            from,
            to,
            length,
            {radius, radius},
            {6e-4, 6e-4},
            {young_modulus, young_modulus},
            0.5,
            rest_pressure};
}

/// Vessels and nodes of a plane: heart 0, fork 1, sides 2 and 3 with a vessel between them, outlets
/// 4 and 5 with windkessels. A ring of three vessels; stiff and soft, so that levels arise.
Case small_network() {
    Case c;
    Network& n = c.network;
    n.nodes = {{"heart", {0.0, 0.0, 0.0}},          {"fork", {0.0, 0.0, 0.1}},
               {"left side", {-0.04, 0.0, 0.15}},   {"right side", {0.04, 0.0, 0.15}},
               {"left outlet", {-0.06, 0.0, 0.25}}, {"right outlet", {0.06, 0.0, 0.25}}};
    n.vessels = {uniform_vessel("trunk", 0, 1, 0.10, 8e-3, 4e5),
                 uniform_vessel("left limb", 1, 2, 0.06, 5e-3, 4e5),
                 uniform_vessel("right limb", 1, 3, 0.07, 6e-3, 4e5),
                 uniform_vessel("bridge", 2, 3, 0.02, 3e-3, 1.6e6),
                 uniform_vessel("left artery", 2, 4, 0.10, 4e-3, 1.6e6),
                 uniform_vessel("right artery", 3, 5, 0.10, 5e-3, 4e5)};
    for (const std::size_t node : {4, 5})
        n.terminals.push_back({.node = node,
                               .kind = TerminalKind::windkessel,
                               .proximal_resistance = node == 4 ? 4e7 : 3e7,
                               .distal_resistance = node == 4 ? 8e8 : 6e8,
                               .compliance = 2e-9,
                               .distal_pressure = rest_pressure});
    n.blood.profile_exponent = 2.0;                         // alpha = 4/3, to be seen
    c.inlets = {{0, Waveform::gaussian(1e-4, 0.03, 1e4)}};  // 0.5 m/s, over 0.1 m of tube
    return c;
}

/// The same with taper, stiffness that varies along vessels and jumps between them, and gravity.
Case varied_network() {
    Case c = small_network();
    c.network.gravity = {0.0, 0.0, -9.81};
    for (Vessel& v : c.network.vessels) {
        v.radius[1] *= 0.8;
        v.wall_thickness[1] *= 1.1;
        v.young_modulus[1] *= 1.3;
    }
    for (Terminal& t : c.network.terminals)
        t.distal_pressure -= c.network.blood.density * c.network.elevation_potential(t.node);
    return c;
}

Mesh mesh_of(const Network& network, double cell_length, bool local_time_stepping) {
    std::vector<double> speeds;
    for (const Vessel& v : network.vessels) {
        const auto speed = [&](double s) {
            return v.wall(s).wave_speed(v.wall(s).reference_area, network.blood.density);
        };
        speeds.push_back(1.2 * std::max(speed(0.0), speed(1.0)));
    }
    return make_mesh(
        network, {.cell_length = cell_length, .local_time_stepping = local_time_stepping}, speeds);
}

/// Everything at rest under a potential that is `rest_pressure` at height 0.
FlowState rest(const Network& network, const Mesh& mesh) {
    FlowState state;
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        const Vessel& vessel = network.vessels[v];
        for (std::size_t i = 0; i < mesh.vessels[v].count; ++i) {
            const double s =
                (static_cast<double>(i) + 0.5) / static_cast<double>(mesh.vessels[v].count);
            const double elevation = std::lerp(network.elevation_potential(vessel.from),
                                               network.elevation_potential(vessel.to), s);
            state.area.push_back(
                vessel.wall(s).area(rest_pressure - network.blood.density * elevation));
        }
    }
    state.velocity.assign(mesh.cells, 0.0);
    for (const Terminal& t : network.terminals)
        state.capacitor_pressure.push_back(t.distal_pressure);
    return state;
}

/// Adds a rounded bump of relative height `height` to the area at the middle of a vessel.
void swell(FlowState& state, const Mesh& mesh, std::size_t vessel, double height) {
    const auto& cells = mesh.vessels[vessel];
    for (std::size_t i = 0; i < cells.count; ++i) {
        const double s = (static_cast<double>(i) + 0.5) / static_cast<double>(cells.count) - 0.5;
        state.area[cells.offset + i] *= 1.0 + height * std::exp(-60.0 * s * s);
    }
}

/// A thread of one's own that works alone.
struct Alone {
    asp::HartPool pool{1};
    asp::Lease lease = pool.request();
    asp::Team team{lease};
};

void advance(FlowSolver& solver, int steps) {
    for (int i = 0; i < steps; ++i) solver.advance(solver.stable_step());
}

struct Difference {
    double area = 0.0;      ///< largest, relative
    double velocity = 0.0;  ///< largest, over 4 m/s, the slowest waves
};

Difference difference(const FlowState& a, const FlowState& b) {
    Difference d;
    for (std::size_t i = 0; i < a.area.size(); ++i) {
        d.area = std::max(d.area, std::abs(a.area[i] / b.area[i] - 1.0));
        d.velocity = std::max(d.velocity, std::abs(a.velocity[i] - b.velocity[i]) / 4.0);
    }
    return d;
}

/// Largest second difference from cell to cell within a vessel of A/A_rest and of u/(4 m/s).
double roughness(FlowState state, const FlowState& rest, const Mesh& mesh) {
    double largest = 0.0;
    for (std::size_t i = 0; i < mesh.cells; ++i) state.area[i] /= rest.area[i];
    for (const auto& cells : mesh.vessels)
        for (std::size_t i = cells.offset + 1; i + 1 < cells.offset + cells.count; ++i) {
            const auto second = [&](const std::vector<double>& x) {
                return std::abs(x[i - 1] - 2.0 * x[i] + x[i + 1]);
            };
            largest = std::max({largest, second(state.area), second(state.velocity) / 4.0});
        }
    return largest;
}

bool same_bits(const FlowState& a, const FlowState& b) {
    return a.time == b.time && a.area == b.area && a.velocity == b.velocity &&
           a.capacitor_pressure == b.capacitor_pressure && a.end_unknown == b.end_unknown &&
           a.end_velocity == b.end_velocity && a.head == b.head;
}

/// Net flow into a node, relative to what a wave of its largest vessel could carry [1].
double imbalance(const Case& c, const FlowSolver& solver, std::size_t node) {
    double flow = 0.0, scale = 0.0;
    for (const Inlet& inlet : c.inlets)
        if (inlet.node == node) flow += inlet.flow(solver.time());
    const auto ends = c.network.ends_by_node();
    for (const auto& [vessel, outlet] : ends[node]) {
        const Station s = outlet ? solver.outlet(vessel) : solver.inlet(vessel);
        flow += outlet ? s.flow : -s.flow;
        scale = std::max(scale, 4.0 * s.area);  // 4 m/s, the slowest waves
    }
    return std::abs(flow) / scale;
}

/// The same tree with nodes and vessels numbered from behind.
Case renumbered(Case c) {
    const std::size_t last = c.network.nodes.size() - 1;
    std::reverse(c.network.nodes.begin(), c.network.nodes.end());
    std::reverse(c.network.vessels.begin(), c.network.vessels.end());
    for (Vessel& v : c.network.vessels) v.from = last - v.from, v.to = last - v.to;
    for (Terminal& t : c.network.terminals) t.node = last - t.node;
    for (Inlet& inlet : c.inlets) inlet.node = last - inlet.node;
    return c;
}

/// Without gravity, since a reflecting end is at rest only at its reference pressure.
Case with_other_closures(Case c) {
    c.network.gravity = {};
    for (Terminal& t : c.network.terminals) t.distal_pressure = rest_pressure;
    c.network.nodes[1].loss_coefficient = 0.5;
    c.network.nodes[2].continuity = Continuity::static_pressure;
    c.network.terminals[0].kind = TerminalKind::resistance;
    c.network.terminals[1].kind = TerminalKind::reflection;
    c.network.terminals[1].reflection_coefficient = 0.4;
    return c;
}

Vessel reversed(Vessel v) {
    std::swap(v.from, v.to);
    for (auto* ends : {&v.radius, &v.wall_thickness, &v.young_modulus})
        std::swap((*ends)[0], (*ends)[1]);
    return v;
}

/// A tube of length 0.4 m in `pieces` vessels, one behind the other, closed at both ends.
Network straight_tube(std::size_t pieces) {
    Network n;
    n.nodes.push_back({"begin"});
    for (std::size_t i = 0; i < pieces; ++i) {
        n.nodes.push_back({"behind " + std::to_string(i)});
        n.vessels.push_back(uniform_vessel("piece " + std::to_string(i), i, i + 1,
                                           0.4 / static_cast<double>(pieces), 8e-3, 4e5));
    }
    return n;
}

/// Cell averages of a pulse that runs to the right: A, and A u with u = 4 (c(A) - c(A_rest)).
FlowState travelling_pulse(const Network& network, const Mesh& mesh, double center) {
    FlowState state;
    const double length = 0.4;
    const WallSection wall = network.vessels[0].wall(0.0);
    double begin = 0.0;
    for (std::size_t v = 0; v < mesh.vessels.size(); ++v) {
        const auto& cells = mesh.vessels[v];
        for (std::size_t i = 0; i < cells.count; ++i) {
            double area_sum = 0.0, flow_sum = 0.0;
            for (const double g : {-0.5 * std::sqrt(0.6), 0.0, 0.5 * std::sqrt(0.6)}) {
                const double x = begin + (static_cast<double>(i) + 0.5 + g) * cells.length;
                const double s = x / length - center;
                const double area = wall.reference_area * (1.0 + 0.1 * std::exp(-120.0 * s * s));
                const double u =
                    4.0 * (wall.wave_speed(area, network.blood.density) -
                           wall.wave_speed(wall.reference_area, network.blood.density));
                const double weight = g == 0.0 ? 8.0 / 18.0 : 5.0 / 18.0;
                area_sum += weight * area;
                flow_sum += weight * area * u;
            }
            state.area.push_back(area_sum);
            state.velocity.push_back(flow_sum / area_sum);
        }
        begin += network.vessels[v].length;
    }
    return state;
}

/// Mean distance of a state's A and Q from one on cells of half the length.
std::array<double, 2> distance(const FlowState& coarse, const FlowState& fine) {
    const auto flow = [](const FlowState& s, std::size_t i) { return s.area[i] * s.velocity[i]; };
    std::array<double, 2> sum{};
    for (std::size_t i = 0; i < coarse.area.size(); ++i) {
        sum[0] += std::abs(coarse.area[i] - 0.5 * (fine.area[2 * i] + fine.area[2 * i + 1]));
        sum[1] += std::abs(flow(coarse, i) - 0.5 * (flow(fine, 2 * i) + flow(fine, 2 * i + 1)));
    }
    const double n = static_cast<double>(coarse.area.size());
    return {sum[0] / n, sum[1] / n};
}

/// The pulse in a straight tube after 20 ms, at a CFL number of 0.5, on `cells` cells.
FlowState pulse_after_20_ms(std::size_t pieces, std::size_t cells, asp::Team& team) {
    const Network network = straight_tube(pieces);
    const Mesh mesh = make_mesh(
        network, {.cell_length = 0.4 / static_cast<double>(cells), .local_time_stepping = false},
        std::vector<double>(pieces, 1.0));
    const auto solver = make_native_solver(network, mesh, {}, 0.5, team);
    solver->load(travelling_pulse(network, mesh, 0.42));
    for (std::size_t i = 0; i < cells / 2; ++i) solver->advance(0.04 / static_cast<double>(cells));
    return solver->save();
}

}  // namespace

TEST_CASE("the native solver takes the steps of the reference") {
    Alone alone;
    const bool local_time_stepping = GENERATE(false, true);
    const Case c = GENERATE(small_network(), varied_network(), with_other_closures(small_network()),
                            with_other_closures(varied_network()));
    const Mesh mesh = mesh_of(c.network, 1e-3, local_time_stepping);
    REQUIRE((mesh.levels > 1) == local_time_stepping);
    const auto native = make_native_solver(c.network, mesh, c.inlets, 0.8, alone.team);
    const auto reference = make_reference_solver(c.network, mesh, c.inlets, 0.8);
    const FlowState start = rest(c.network, mesh);

    SECTION("from rest, to rounding") {
        native->load(start);
        reference->load(start);
        for (FlowSolver* solver : {native.get(), reference.get()}) solver->advance(1e-5);
        const Difference d = difference(native->save(), reference->save());
        CHECK(d.area < 1e-12);
        CHECK(d.velocity < 1e-12);
    }
    // The kernel's inverse square root is wrong by up to 2e-3. It scales only what the flux makes
    // of the jumps between cells, and these are no larger than the second differences of the state.
    // A step with a CFL number below 1 changes a cell by about half of the jumps at its two faces.
    SECTION("on smooth waves, as closely as its inverse square root allows") {
        native->load(start);
        while (native->time() < 0.04) native->advance(native->stable_step());
        reference->load(native->save());
        const double dt = native->stable_step(), steps = std::exp2(mesh.levels - 1);
        CHECK(reference->stable_step() == Approx(dt).epsilon(1e-14));
        double bound = 0.0;
        for (int step = 0; step < 100; ++step) {
            bound += 2e-3 * steps * roughness(native->save(), start, mesh);
            for (FlowSolver* solver : {native.get(), reference.get()}) solver->advance(0.9 * dt);
            const Difference d = difference(native->save(), reference->save());
            REQUIRE(d.area < bound);
            REQUIRE(d.velocity < bound);
        }
        REQUIRE(bound < 1e-4);  // else it says nothing
        for (std::size_t t = 0; t < c.network.terminals.size(); ++t)
            CHECK(native->save().capacitor_pressure[t] ==
                  Approx(reference->save().capacitor_pressure[t]).epsilon(1e-9));
    }
}

TEST_CASE("blood at rest stays at rest, whatever varies along the vessels") {
    Alone alone;
    const Case c = varied_network();
    const Mesh mesh = mesh_of(c.network, 1e-3, GENERATE(false, true));
    const auto solver = GENERATE(false, true)
                            ? make_native_solver(c.network, mesh, {}, 0.8, alone.team)
                            : make_reference_solver(c.network, mesh, {}, 0.8);
    solver->load(rest(c.network, mesh));
    advance(*solver, 1000);
    double fastest = 0.0;
    for (const double u : solver->save().velocity) fastest = std::max(fastest, std::abs(u));
    // Potentials of 10 m^2/s^2 are rounded to 2e-15; over c = 5 m/s that moves 4e-16 m/s a step.
    CHECK(fastest < 1e-10);
}

TEST_CASE("a closed ring keeps its volume while waves run") {
    Alone alone;
    Case c = GENERATE(small_network(), varied_network());
    c.network.terminals.clear();
    const Mesh mesh = mesh_of(c.network, 1e-3, GENERATE(false, true));
    const auto solver = make_native_solver(c.network, mesh, {}, 0.8, alone.team);
    FlowState state = rest(c.network, mesh);
    swell(state, mesh, 1, 0.1);
    solver->load(state);
    const double before = volume(*solver, mesh);
    advance(*solver, 1000);
    CHECK(volume(*solver, mesh) == Approx(before).epsilon(1e-12));  // 1e-15 for each step
}

TEST_CASE("an open network gains what flows in less what flows out") {
    Alone alone;
    const Case c = GENERATE(small_network(), varied_network());
    const Mesh mesh = mesh_of(c.network, 1e-3, false);
    const auto solver = make_native_solver(c.network, mesh, c.inlets, 0.8, alone.team);
    solver->load(rest(c.network, mesh));
    const auto net_flow = [&] {
        return solver->inlet(0).flow - solver->outlet(4).flow - solver->outlet(5).flow;
    };
    const double before = volume(*solver, mesh);
    double gained = 0.0;
    while (solver->time() < 0.06) {
        const double dt = solver->stable_step();
        gained += 0.5 * dt * net_flow();
        solver->advance(dt);
        gained += 0.5 * dt * net_flow();
    }
    REQUIRE(gained > 1e-3 * before);
    CHECK(std::abs(volume(*solver, mesh) - before - gained) < 1e-12 * before);
}

TEST_CASE("no blood is lost or made at a node") {
    Alone alone;
    const Case c = with_other_closures(varied_network());
    const Mesh mesh = mesh_of(c.network, 1e-3, true);
    const auto solver = make_native_solver(c.network, mesh, c.inlets, 0.8, alone.team);
    solver->load(rest(c.network, mesh));
    while (solver->time() < 0.03) {
        solver->advance(solver->stable_step());
        for (const std::size_t node : {0, 1, 2, 3}) REQUIRE(imbalance(c, *solver, node) < 1e-13);
    }
    REQUIRE(std::abs(solver->outlet(0).flow) > 1e-6);  // not because nothing flows
}

TEST_CASE("the numbering of nodes and vessels does not matter") {
    Alone alone;
    const Case c = varied_network(), other = renumbered(c);
    const Mesh mesh = mesh_of(c.network, 1e-3, true),
               other_mesh = mesh_of(other.network, 1e-3, true);
    const auto a = make_native_solver(c.network, mesh, c.inlets, 0.8, alone.team);
    const auto b = make_native_solver(other.network, other_mesh, other.inlets, 0.8, alone.team);
    a->load(rest(c.network, mesh));
    b->load(rest(other.network, other_mesh));
    while (a->time() < 0.05) {
        const double dt = a->stable_step();
        a->advance(dt);
        b->advance(dt);
    }
    CHECK(b->stable_step() == Approx(a->stable_step()).epsilon(1e-12));
    const std::size_t last = c.network.vessels.size() - 1;
    for (std::size_t v = 0; v <= last; ++v) {
        const double scale = 4.0 * a->middle(v).area;  // slowest waves, 4 m/s
        CHECK(a->middle(v).area == Approx(b->middle(last - v).area).epsilon(1e-11));
        CHECK(std::abs(a->middle(v).flow - b->middle(last - v).flow) < 1e-11 * scale);
    }
}

TEST_CASE("a vessel declared the other way round carries the same flow with the other sign") {
    Alone alone;
    const Case c = varied_network();
    Case other = c;
    for (const std::size_t v : {1, 3, 5}) other.network.vessels[v] = reversed(c.network.vessels[v]);
    const Mesh mesh = mesh_of(c.network, 1e-3, true);
    const auto a = make_native_solver(c.network, mesh, c.inlets, 0.8, alone.team);
    const auto b = make_native_solver(other.network, mesh, c.inlets, 0.8, alone.team);
    a->load(rest(c.network, mesh));
    b->load(rest(other.network, mesh));
    while (a->time() < 0.05) {
        const double dt = a->stable_step();
        a->advance(dt);
        b->advance(dt);
    }
    for (std::size_t v = 0; v < c.network.vessels.size(); ++v) {
        const double sign = v % 2 == 1 ? -1.0 : 1.0, scale = 4.0 * a->middle(v).area;
        const Station inlet = v % 2 == 1 ? b->outlet(v) : b->inlet(v);
        CHECK(std::abs(a->inlet(v).flow - sign * inlet.flow) < 1e-11 * scale);
        CHECK(std::abs(a->middle(v).flow - sign * b->middle(v).flow) < 1e-11 * scale);
    }
}

TEST_CASE("a run goes on from a saved state bit for bit") {
    Alone alone;
    const Case c = with_other_closures(GENERATE(small_network(), varied_network()));
    const Mesh mesh = mesh_of(c.network, 1e-3, true);
    const bool plain = GENERATE(false, true);
    const auto make = [&] {
        return plain ? make_reference_solver(c.network, mesh, c.inlets, 0.8)
                     : make_native_solver(c.network, mesh, c.inlets, 0.8, alone.team);
    };
    const auto straight = make();
    straight->load(rest(c.network, mesh));
    FlowState saved = straight->save();
    while (straight->time() < 0.04) {
        const double dt = straight->stable_step();
        straight->advance(dt);
        const auto resumed = make();
        resumed->load(saved);
        resumed->advance(dt);
        saved = resumed->save();
        REQUIRE(same_bits(straight->save(), saved));
    }
}

TEST_CASE("two harts compute the same bits as one") {
    Alone alone;
    asp::HartPool pool(2);
    const asp::Lease lease = pool.request();
    asp::Team pair(lease);
    REQUIRE(pair.harts() == 2);
    // 6600 cells are 52 blocks: enough for the solver to share them out.
    const Network network = straight_tube(2);
    const Mesh mesh =
        make_mesh(network, {.cell_length = 0.4 / 6600, .local_time_stepping = false}, {1.0, 1.0});
    std::vector<FlowState> results;
    for (asp::Team* team : {&alone.team, &pair}) {
        const auto solver = make_native_solver(network, mesh, {}, 0.8, *team);
        solver->load(travelling_pulse(network, mesh, 0.5));
        advance(*solver, 50);
        results.push_back(solver->save());
    }
    CHECK(same_bits(results[0], results[1]));
}

TEST_CASE("a smooth pulse is computed to second order, also where two vessels join") {
    Alone alone;
    const std::size_t pieces = GENERATE(1, 2);
    const FlowState coarse = pulse_after_20_ms(pieces, 400, alone.team);
    const FlowState middle = pulse_after_20_ms(pieces, 800, alone.team);
    const FlowState fine = pulse_after_20_ms(pieces, 1600, alone.team);
    for (const std::size_t quantity : {0, 1}) {  // A and Q
        const double order =
            std::log2(distance(coarse, middle)[quantity] / distance(middle, fine)[quantity]);
        CHECK(order > 1.9);
    }
}

TEST_CASE("waves through forks, tapered vessels and time step levels are of second order") {
    Alone alone;
    const Case c = GENERATE(small_network(), varied_network());
    const auto after_13_ms = [&](double cell_length) {
        Mesh mesh = mesh_of(c.network, cell_length, false);
        mesh.levels = 2;
        for (const std::size_t v : {3, 4}) mesh.vessels[v].level = 1;
        const auto solver = make_native_solver(c.network, mesh, {}, 0.8, alone.team);
        FlowState state = rest(c.network, mesh);
        swell(state, mesh, 0, 0.05);
        solver->load(state);
        const double dt = 0.08 * cell_length;  // CFL number 0.6 to 0.75
        for (int step = 0; step < std::lround(0.0128 / dt); ++step) solver->advance(dt);
        return solver->save();
    };
    const FlowState coarse = after_13_ms(5e-4), middle = after_13_ms(2.5e-4),
                    fine = after_13_ms(1.25e-4);
    for (const std::size_t quantity : {0, 1}) {  // A and Q
        const double order =
            std::log2(distance(coarse, middle)[quantity] / distance(middle, fine)[quantity]);
        CHECK(order > 1.9);
    }
}

TEST_CASE("a joint of two equal vessels does not show") {
    // What the joint changes vanishes at least as fast as the error of the scheme.
    Alone alone;
    const auto trace = [&](std::size_t cells) {
        const FlowState one = pulse_after_20_ms(1, cells, alone.team);
        const FlowState two = pulse_after_20_ms(2, cells, alone.team);
        double sum = 0.0;
        for (std::size_t i = 0; i < cells; ++i) sum += std::abs(one.area[i] - two.area[i]);
        return sum / static_cast<double>(cells);
    };
    CHECK(std::log2(trace(200) / trace(400)) > 1.9);
}

TEST_CASE("a node that is to give more than its vessel can ends the run") {
    // A vessel at rest gives at most the largest A u of its characteristic, x^4 4 sqrt(k) (x_0 - x)
    // at x = 4/5 x_0: 2.9e-4 m^3/s here. What Newton's method finds beyond has a negative x.
    Alone alone;
    const Network network = straight_tube(1);
    const Mesh mesh = make_mesh(network, {}, {5.0});
    const double drawn = GENERATE(3.0e-4, 6.0e-4, 3.0e-3, 1.0e-2, 1.0e-1);
    const std::vector<Inlet> inlets{{0, Waveform::constant(-drawn)}};
    const auto solver = GENERATE(false, true)
                            ? make_native_solver(network, mesh, inlets, 0.8, alone.team)
                            : make_reference_solver(network, mesh, inlets, 0.8);
    CHECK_THROWS_AS(solver->load(rest(network, mesh)), BlowUp);
}
