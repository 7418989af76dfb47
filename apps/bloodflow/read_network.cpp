#include "bloodflow/read_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "asp/base/text.hpp"
#include "asp/config/document.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

using Place = asp::config::Node;

/// What a wall material says; a vessel may say otherwise.
struct Wall {
    double young_modulus, poisson_ratio, reference_pressure;
};

using Numbers = std::map<std::string, std::size_t>;

double pressure(const Place& node, const std::string& name, std::optional<double> fallback) {
    const std::string kpa = name + "_kpa", mmhg = name + "_mmhg";
    if (node.has(kpa) && node.has(mmhg))
        node.error(kpa, fmt::format("expected either this or '{}'", mmhg));
    if (node.has(kpa)) return 1e3 * node.number(kpa);
    if (!fallback) return mmHg * node.number(mmhg);
    return mmHg * node.number(mmhg, *fallback / mmHg);
}

/// A number, or two for inlet and outlet between which it varies linearly.
std::array<double, 2> positive_along(const Place& node, const std::string& key) {
    const Place value = node.child(key);
    if (value.is_sequence()) {
        const std::size_t complaints = node.diagnostics().size();
        const auto both = value.as_numbers(2);
        if (both[0] > 0.0 && both[1] > 0.0) return {both[0], both[1]};
        if (node.diagnostics().size() == complaints)
            value.error("expected two positive numbers, at the inlet and the outlet");
        return {1.0, 1.0};
    }
    const double one = node.positive(key);
    return {one, one};
}

std::array<double, 2> scaled(std::array<double, 2> values, double factor) {
    return {factor * values[0], factor * values[1]};
}

/// Number of the thing called `name` in a list; complains with the nearest name.
std::optional<std::size_t> lookup(const Place& node, const std::string& key, const Numbers& known,
                                  const std::string& what) {
    const std::string name = node.text(key);
    const auto found = known.find(name);
    if (found != known.end()) return found->second;
    if (!node.child(key).is_scalar()) return std::nullopt;  // said already
    std::vector<std::string> names;
    for (const auto& [other, number] : known) names.push_back(other);
    const auto near = asp::nearest_name(name, names);
    node.error(key, near ? fmt::format("expected the name of a {}; did you mean '{}'?", what, *near)
                         : fmt::format("expected the name of a {}", what));
    return std::nullopt;
}

Blood read_blood(const Place& root) {
    const Place node = root.optional_map("blood");
    Blood blood;
    blood.density = node.positive("density_kg_m3", blood.density);
    blood.viscosity = 1e-3 * node.non_negative("viscosity_mpa_s", 1e3 * blood.viscosity);
    blood.profile_exponent = node.positive("velocity_profile_exponent", blood.profile_exponent);
    return blood;
}

std::map<std::string, Wall> read_walls(const Place& root) {
    std::map<std::string, Wall> walls;
    for (const Place& node : root.required_map("walls").children()) {
        node.choice("law", {"elastic"}, "elastic");
        const double nu = node.number("poisson_ratio", 0.5);
        if (!(nu >= 0.0 && nu <= 0.5))
            node.error("poisson_ratio", "expected a number from 0 to 0.5");
        walls[node.key()] = {1e3 * node.positive("young_modulus_kpa"), std::clamp(nu, 0.0, 0.5),
                             pressure(node, "reference_pressure", 0.0)};
    }
    return walls;
}

void read_junctions(const Place& root, Continuity& continuity, double& loss) {
    const Place node = root.optional_map("junctions");
    continuity = node.choice("continuity", {"total_pressure", "static_pressure"},
                             "total_pressure") == "total_pressure"
                     ? Continuity::total_pressure
                     : Continuity::static_pressure;
    loss = node.non_negative("loss_coefficient", 0.0);
}

Numbers read_nodes(const Place& root, Network& network) {
    Continuity continuity;
    double loss;
    read_junctions(root, continuity, loss);
    Numbers numbers;
    for (const Place& node : root.sequence("nodes")) {
        Node n;
        n.id = node.text("id");
        const auto position = node.numbers("position_mm", 3);
        for (std::size_t axis = 0; axis < position.size() && axis < 3; ++axis)
            n.position[axis] = 1e-3 * position[axis];
        n.continuity = continuity;
        if (node.has("continuity"))
            n.continuity = node.choice("continuity", {"total_pressure", "static_pressure"},
                                       "total_pressure") == "total_pressure"
                               ? Continuity::total_pressure
                               : Continuity::static_pressure;
        n.loss_coefficient = node.non_negative("loss_coefficient", loss);
        if (!numbers.emplace(n.id, network.nodes.size()).second && node.has("id"))
            node.error("id", "expected a name that no other node has");
        network.nodes.push_back(n);
    }
    return numbers;
}

Numbers read_vessels(const Place& root, Network& network, const Numbers& nodes,
                     const std::map<std::string, Wall>& walls) {
    Numbers wall_names, numbers;
    for (const auto& [name, wall] : walls) wall_names[name] = 0;
    const auto places = root.sequence("vessels");
    if (places.empty() && root.child("vessels").is_sequence())
        root.error("vessels", "expected at least one vessel");
    for (const Place& node : places) {
        Vessel v{};
        v.name = node.text("name");
        const auto from = lookup(node, "from", nodes, "node");
        const auto to = lookup(node, "to", nodes, "node");
        v.from = from.value_or(0);
        v.to = to.value_or(0);
        if (from && to && *from == *to)
            node.error("to",
                       "expected a node other than 'from'; divide a vessel that returns to "
                       "its own node in two");
        v.length = 1e-3 * node.positive("length_mm");
        v.radius = scaled(positive_along(node, "radius_mm"), 1e-3);
        v.wall_thickness = scaled(positive_along(node, "wall_thickness_mm"), 1e-3);
        Wall wall{1e6, 0.5, 0.0};
        if (lookup(node, "wall", wall_names, "wall")) wall = walls.at(node.text("wall"));
        v.young_modulus = {wall.young_modulus, wall.young_modulus};
        if (node.has("young_modulus_kpa"))
            v.young_modulus = scaled(positive_along(node, "young_modulus_kpa"), 1e3);
        v.poisson_ratio = wall.poisson_ratio;
        v.reference_pressure = pressure(node, "reference_pressure", wall.reference_pressure);
        if (!numbers.emplace(v.name, network.vessels.size()).second && node.has("name"))
            node.error("name", "expected a name that no other vessel has");
        network.vessels.push_back(v);
    }
    return numbers;
}

void read_windkessel(const Place& node, const Network& network, bool impedance_known, Terminal& t) {
    t.compliance = node.positive("compliance_m3_pa");
    if (node.has("total_resistance_pa_s_m3")) {
        for (const char* other : {"proximal_resistance_pa_s_m3", "distal_resistance_pa_s_m3"})
            if (node.has(other))
                node.error(other, "expected either the total or the two parts of the resistance");
        const double total = node.positive("total_resistance_pa_s_m3");
        t.proximal_resistance = network.characteristic_impedance(t.node);
        t.distal_resistance = total - t.proximal_resistance;
        if (impedance_known && !(t.distal_resistance > 0.0))
            node.error("total_resistance_pa_s_m3",
                       fmt::format("expected more than the vessel's characteristic impedance, "
                                   "{:.4g} Pa s/m3",
                                   t.proximal_resistance));
    } else {
        t.proximal_resistance = node.non_negative("proximal_resistance_pa_s_m3");
        t.distal_resistance = node.positive("distal_resistance_pa_s_m3");
    }
}

std::vector<Place> read_terminals(const Place& root, Network& network, const Numbers& nodes,
                                  bool vessels_known) {
    std::vector<Place> places;
    std::set<std::size_t> taken;
    for (const Place& node : root.optional_sequence("terminals")) {
        Terminal t{};
        const auto at = lookup(node, "node", nodes, "node");
        t.node = at.value_or(0);
        if (at && !taken.insert(*at).second)
            node.error("node", "expected a node that no other terminal has");
        const std::string type =
            node.choice("type", {"windkessel", "resistance", "reflection", "closed"});
        if (type == "windkessel") {
            t.kind = TerminalKind::windkessel;
            read_windkessel(node, network, at && vessels_known, t);
        } else if (type == "resistance") {
            t.kind = TerminalKind::resistance;
            t.proximal_resistance = node.non_negative("resistance_pa_s_m3");
        } else if (type == "reflection") {
            t.kind = TerminalKind::reflection;
            t.reflection_coefficient = node.number("reflection_coefficient");
            if (!(std::abs(t.reflection_coefficient) <= 1.0))
                node.error("reflection_coefficient", "expected a number from -1 to 1");
        }
        if (t.kind == TerminalKind::windkessel || t.kind == TerminalKind::resistance)
            t.distal_pressure = pressure(node, "distal_pressure", 0.0);
        if (at) {
            network.terminals.push_back(t);
            places.push_back(node);
        }
    }
    return places;
}

/// One component, no node without a vessel, no terminal where vessels meet.
void check_connections(const Place& root, const Network& network,
                       const std::vector<Place>& terminals) {
    const auto ends = network.ends_by_node();
    const auto node_place = root.child("nodes");
    for (std::size_t n = 0; n < network.nodes.size(); ++n)
        if (ends[n].empty()) node_place[n].error("id", "expected a vessel that ends at this node");
    for (std::size_t t = 0; t < network.terminals.size(); ++t)
        if (ends[network.terminals[t].node].size() > 1)
            terminals[t].error("node", fmt::format("expected a node where one vessel ends; {} meet "
                                                   "there: give the terminal a vessel of its own",
                                                   ends[network.terminals[t].node].size()));
    if (network.vessels.empty()) return;
    std::vector<std::size_t> component(network.nodes.size());
    for (std::size_t n = 0; n < component.size(); ++n) component[n] = n;
    const auto find = [&](std::size_t n) {
        while (component[n] != n) n = component[n] = component[component[n]];
        return n;
    };
    for (const Vessel& v : network.vessels) component[find(v.from)] = find(v.to);
    const std::size_t first = find(network.vessels[0].from);
    const auto vessel_place = root.child("vessels");
    for (std::size_t v = 0; v < network.vessels.size(); ++v)
        if (find(network.vessels[v].from) != first) {
            vessel_place[v].error(
                "name", fmt::format("expected a path of vessels to '{}'", network.vessels[0].name));
            return;
        }
}

}  // namespace

NetworkFile read_network(const std::filesystem::path& path, asp::Diagnostics& diagnostics) {
    auto document = asp::config::Document::load(path, diagnostics);
    const Place root = document.root();
    const std::size_t complaints = diagnostics.size();
    Network network;
    network.name = root.text("name", path.stem().string());
    network.origin = root.text("origin", "");
    network.blood = read_blood(root);
    if (root.has("gravity_m_s2")) {
        const auto g = root.numbers("gravity_m_s2", 3);
        for (std::size_t axis = 0; axis < g.size() && axis < 3; ++axis)
            network.gravity[axis] = g[axis];
    }
    const auto walls = read_walls(root);
    const Numbers nodes = read_nodes(root, network);
    read_vessels(root, network, nodes, walls);
    const bool vessels_known = diagnostics.size() == complaints;
    const auto terminals = read_terminals(root, network, nodes, vessels_known);
    root.reject_unknown_keys();
    if (diagnostics.size() == complaints) check_connections(root, network, terminals);
    if (network.nodes.empty()) {  // then no vessel has an end
        network.vessels.clear();
        network.terminals.clear();
    }
    return {std::move(network), document.text()};
}

}  // namespace bloodflow
