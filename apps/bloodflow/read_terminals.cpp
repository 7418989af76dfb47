#include "bloodflow/read_terminals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "bloodflow/detail/read_values.hpp"
#include "bloodflow/read_outlet_law.hpp"

namespace bloodflow {
namespace {

using Place = asp::config::Node;

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

Terminal read_terminal(const Place& node, const Network& network, std::optional<std::size_t> at,
                       bool vessels_known) {
    Terminal t{};
    t.node = at.value_or(0);
    const std::string type =
        node.choice("type", {"windkessel", "resistance", "reflection", "closed", "formula"});
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
    } else if (type == "formula") {
        t.law = read_outlet_law(node, network, at && vessels_known ? at : std::nullopt);
        if (t.law != nullptr) t.kind = TerminalKind::formula;
    }
    if (t.kind == TerminalKind::windkessel || t.kind == TerminalKind::resistance)
        t.distal_pressure = detail::read_pressure(node, "distal_pressure", 0.0);
    return t;
}

}  // namespace

void read_terminals(const Place& root, Network& network, bool vessels_known) {
    detail::Numbers nodes;
    for (std::size_t n = 0; n < network.nodes.size(); ++n) nodes.emplace(network.nodes[n].id, n);
    const auto ends = vessels_known ? network.ends_by_node() : decltype(network.ends_by_node()){};
    std::set<std::size_t> taken;
    for (const Place& node : root.optional_sequence("terminals")) {
        const auto at = detail::lookup(node, "node", nodes, "node");
        if (at && !taken.insert(*at).second)
            node.error("node", "expected a node that no other terminal has");
        const Terminal t = read_terminal(node, network, at, vessels_known);
        if (!at) continue;
        if (vessels_known && ends[*at].size() > 1)
            node.error("node", fmt::format("expected a node where one vessel ends; {} meet there: "
                                           "give the terminal a vessel of its own",
                                           ends[*at].size()));
        const auto there = std::find_if(network.terminals.begin(), network.terminals.end(),
                                        [&](const Terminal& other) { return other.node == *at; });
        if (there != network.terminals.end())
            *there = t;
        else
            network.terminals.push_back(t);
    }
}

}  // namespace bloodflow
