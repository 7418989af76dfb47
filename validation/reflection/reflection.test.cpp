// Reflection at a junction; README.md tells what is compared and the reasons.
#include <algorithm>
#include <cmath>

#include "asp/base/testing.hpp"
#include "bloodflow/read_network.hpp"
#include "validation/reference.hpp"
#include "validation/solver_run.hpp"
#include "validation/table.hpp"

using namespace validation;
using namespace bloodflow;

namespace {

constexpr double tube_length = 1.0;     // [m]
constexpr double cell_length = 1e-3;    // [m] 1/37 of the pulse's standard deviation, or less
constexpr std::size_t cells_away = 10;  // from the node, where waves are recorded

/// The vessels of a row: the parent first, its far end the inlet.
struct Star {
    std::string name;
    std::vector<Vessel> vessels;
    Blood blood;
};

Star star_from_file(const Reference::Row& row) {
    asp::Diagnostics diagnostics;
    const Network network =
        read_network("meshes/" + row.at("network") + ".yaml", diagnostics).network;
    Star star{row.at("parent"), {}, network.blood};
    const auto add = [&](const std::string& name) {
        star.vessels.push_back(network.vessels.at(network.find_vessel(name).value()));
    };
    add(star.name);
    for (const std::string& other : words(row.at("others"))) add(other);
    return star;
}

/// A tube of radius 10 mm and wall 1 mm of 400 kPa; behind it nothing, or two tubes of half the
/// area whose walls have the same ratio to the radius and so the same wave speed.
Star star_of_tubes(bool closed) {
    const auto tube = [](const std::string& name, double radius) {
        return Vessel{.name = name,
                      .from = 0,
                      .to = 0,
                      .length = tube_length,
                      .radius = {radius, radius},
                      .wall_thickness = {0.1 * radius, 0.1 * radius},
                      .young_modulus = {4e5, 4e5},
                      .poisson_ratio = 0.5,
                      .reference_pressure = 0.0};
    };
    Star star{closed ? "closed end" : "matched bifurcation", {tube("parent", 1e-2)}, {}};
    for (const char* name : {"left", "right"})
        if (!closed) star.vessels.push_back(tube(name, 1e-2 / std::sqrt(2.0)));
    return star;
}

double admittance(const Star& star, std::size_t v) {
    const WallSection wall = star.vessels[v].wall(0.0);
    return wall.reference_area /
           (star.blood.density * wall.wave_speed(wall.reference_area, star.blood.density));
}

/// Long tubes that meet at node 0. A vessel that ran towards the node in its own network does so
/// here, for the parent is always turned towards it.
Network long_tubes(const Star& star) {
    Network network;
    network.blood = star.blood;
    network.blood.viscosity = 0.0;
    network.nodes.push_back({"node", {}});
    for (std::size_t v = 0; v < star.vessels.size(); ++v) {
        network.nodes.push_back({"far " + std::to_string(v), {}});
        Vessel tube = star.vessels[v];
        tube.length = tube_length;
        tube.from = v == 0 ? v + 1 : 0;
        tube.to = v == 0 ? 0 : v + 1;
        network.vessels.push_back(tube);
        if (v > 0) network.terminals.push_back({.node = v + 1, .kind = TerminalKind::reflection});
    }
    if (star.vessels.size() == 1) network.terminals.push_back({.node = 0});  // closed
    return network;
}

/// A wave as it passes: its crest and its integral over time.
struct Passing {
    double crest = 0.0;     ///< [Pa] the value largest in size
    double integral = 0.0;  ///< [Pa s]
    double last = 0.0;

    void add(double pressure, double dt) {
        if (std::abs(pressure) > std::abs(crest)) crest = pressure;
        integral += 0.5 * dt * (last + pressure);
        last = pressure;
    }
};

struct Waves {
    Passing incident, reflected;
    std::vector<Passing> transmitted;  ///< into each other vessel
    double imbalance = 0.0;            ///< largest flow lost at the node, over A c of the parent
    double doubling = 0.0;             ///< largest pressure at the node over the incident crest
};

/// Static pressure above rest, separated into what runs away from the inlet and towards it.
std::pair<double, double> separated(const SolverRun& run, const Star& star, std::size_t v,
                                    std::size_t cell) {
    const WallSection wall = run.network.vessels[v].wall(0.0);
    const double area = run.solver->area(v)[cell];
    const double pressure = wall.pressure(area) - wall.reference_pressure;
    const double along = area * run.solver->velocity(v)[cell] / admittance(star, v);
    return {0.5 * (pressure + along), 0.5 * (pressure - along)};
}

Waves send_pulse(const Star& star) {
    const Network network = long_tubes(star);
    const WallSection wall = network.vessels[0].wall(0.0);
    const double speed = wall.wave_speed(wall.reference_area, network.blood.density);
    // u/c = 1e-5, so that what is not linear is of that order.
    const double peak = 1e-5 * speed * wall.reference_area, start = 0.05;
    SolverRun run(network, {{1, Waveform::gaussian(peak, start, 1e4)}}, cell_length);
    run.solver->load(run.rest());
    Waves waves;
    waves.transmitted.resize(star.vessels.size() - 1);
    double node_pressure = 0.0;
    // Seven standard deviations after the crest has met the node, long before anything returns.
    run.advance_to(start + tube_length / speed + 0.05, [&](double dt) {
        const auto [forward, backward] =
            separated(run, star, 0, run.mesh.vessels[0].count - cells_away);
        waves.incident.add(forward, dt);
        waves.reflected.add(backward, dt);
        const Station end = run.solver->outlet(0);
        node_pressure = std::max(node_pressure, wall.pressure(end.area) - wall.reference_pressure);
        double flow = end.flow;
        for (std::size_t v = 1; v < star.vessels.size(); ++v) {
            waves.transmitted[v - 1].add(separated(run, star, v, cells_away - 1).first, dt);
            flow -= run.solver->inlet(v).flow;
        }
        waves.imbalance = std::max(waves.imbalance, std::abs(flow) / (speed * wall.reference_area));
    });
    waves.doubling = node_pressure / waves.incident.crest;
    return waves;
}

void check(const Star& star, const Reference::Row& row) {
    const Waves waves = send_pulse(star);
    const Table table("reflection");
    const double reflection = number(row, "reflection_coefficient");
    const double transmission = number(row, "transmission_coefficient");
    const double ratio = waves.reflected.crest / waves.incident.crest;
    // Both crests are flattened over 20 cells.
    const Tolerance flattening = absolute(0.002);
    if (star.name == "matched bifurcation")  // round-off and second-order terms
        CHECK(table.agrees(star.name + ": reflected over incident crest", std::abs(ratio), 1e-4,
                           at_most));
    else
        CHECK(table.agrees(star.name + ": reflected over incident crest", ratio, reflection,
                           flattening));
    // Volume is conserved, so the integrals do not feel the flattening.
    CHECK(table.agrees(star.name + ": the same of the integrals over time",
                       waves.reflected.integral / waves.incident.integral, reflection,
                       absolute(1e-4)));
    for (std::size_t v = 1; v < star.vessels.size(); ++v)
        CHECK(table.agrees(star.name + ": crest passed on to " + star.vessels[v].name,
                           waves.transmitted[v - 1].crest / waves.incident.crest, transmission,
                           flattening));
    if (star.vessels.size() == 1)  // the wave meets its mirror image
        CHECK(table.agrees(star.name + ": pressure at the wall over the incident crest",
                           waves.doubling, transmission, flattening));
    // Round-off: of A c, since it is areas and speeds that are rounded. The pulse is 1e-5 of that.
    CHECK(table.agrees(star.name + ": flow lost at the node over A c", waves.imbalance, 1e-14,
                       at_most));
}

}  // namespace

TEST_CASE("a node reflects and passes on a small wave as the admittances say", "[reflection]") {
    const Reference exact("validation/reflection/exact.csv");
    for (const auto& row : exact.rows()) {
        const bool made_up = row.at("network").empty();
        const Star star =
            made_up ? star_of_tubes(row.at("others") == "closed end") : star_from_file(row);
        // The walls are those that the coefficients were computed from (eight digits).
        CHECK(admittance(star, 0) ==
              Approx(number(row, "parent_admittance_m3_pa_s")).epsilon(1e-7));
        check(star, row);
    }
}
