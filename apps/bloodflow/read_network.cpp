#include "bloodflow/read_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "asp/config/document.hpp"
#include "bloodflow/detail/read_values.hpp"
#include "bloodflow/read_terminals.hpp"

namespace bloodflow {
namespace {

using Place = asp::config::Node;

/// What a wall material says; a vessel may say otherwise.
struct Wall {
    double young_modulus, poisson_ratio, reference_pressure;
};

using detail::lookup;
using detail::Numbers;

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
                             detail::read_pressure(node, "reference_pressure", 0.0)};
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
        v.reference_pressure =
            detail::read_pressure(node, "reference_pressure", wall.reference_pressure);
        if (!numbers.emplace(v.name, network.vessels.size()).second && node.has("name"))
            node.error("name", "expected a name that no other vessel has");
        network.vessels.push_back(v);
    }
    return numbers;
}

/// One component, no node without a vessel.
void check_connections(const Place& root, const Network& network) {
    const auto ends = network.ends_by_node();
    const auto node_place = root.child("nodes");
    for (std::size_t n = 0; n < network.nodes.size(); ++n)
        if (ends[n].empty()) node_place[n].error("id", "expected a vessel that ends at this node");
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

NetworkFile network_of(const asp::config::Document& document) {
    const Place root = document.root();
    const asp::Diagnostics& diagnostics = root.diagnostics();
    const std::size_t complaints = diagnostics.size();
    Network network;
    network.name = root.text("name", document.path().stem().string());
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
    read_terminals(root, network, vessels_known);
    root.reject_unknown_keys();
    if (diagnostics.size() == complaints) check_connections(root, network);
    if (network.nodes.empty()) {  // then no vessel has an end
        network.vessels.clear();
        network.terminals.clear();
    }
    return {std::move(network), document.text()};
}

}  // namespace

NetworkFile read_network(const std::filesystem::path& path, asp::Diagnostics& diagnostics) {
    return network_of(asp::config::Document::load(path, diagnostics));
}

NetworkFile parse_network(const std::filesystem::path& name, std::string text,
                          asp::Diagnostics& diagnostics) {
    return network_of(asp::config::Document::parse(name, std::move(text), diagnostics));
}

}  // namespace bloodflow
