#include "bloodflow/detail/premises.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "asp/ir/print.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow::detail {
namespace {

constexpr std::string_view equals = " = ";

/// Tells one flow from another: FNV-1a over the first seconds in single precision, so that the last
/// digit of another machine's sine does not matter.
std::uint64_t fingerprint(const Waveform& flow) {
    constexpr int samples = 2000;
    const double span = std::max(2.0, flow.period().value_or(0.0));
    std::uint64_t hash = 0xcbf29ce484222325;
    for (int k = 0; k < samples; ++k) {
        const auto value = static_cast<float>(flow(span * k / samples));
        std::array<unsigned char, sizeof value> bytes;
        std::copy_n(reinterpret_cast<const unsigned char*>(&value), sizeof value, bytes.begin());
        for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
    }
    return hash;
}

/// With all parameters in it.
std::string formula_of(const asp::ir::Function& function) {
    return asp::ir::to_string(function, function.results[0].value);
}

class Premises {
public:
    template <class... Values>
    void add(const std::string& name, fmt::format_string<Values...> format, Values&&... values) {
        lines_.push_back(name + " = " + fmt::format(format, std::forward<Values>(values)...));
    }
    const std::vector<std::string>& lines() const { return lines_; }

private:
    std::vector<std::string> lines_;
};

void add_network(Premises& premises, const Network& network, const Mesh& mesh) {
    premises.add("blood", "{} kg/m3, {} Pa s, velocity profile exponent {}", network.blood.density,
                 network.blood.viscosity, network.blood.profile_exponent);
    if (network.friction_law != nullptr)
        premises.add("friction", "{}", formula_of(network.friction_law->force));
    for (std::size_t n = 0; n < network.nodes.size(); ++n) {
        const Node& node = network.nodes[n];
        premises.add("node " + node.id, "{} pressure, loss coefficient {}, potential {} m2/s2",
                     node.continuity == Continuity::total_pressure ? "total" : "static",
                     node.loss_coefficient, network.elevation_potential(n));
    }
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        const Vessel& vessel = network.vessels[v];
        const std::string name = "vessel " + vessel.name;
        premises.add(name, "from {} to {}, {} mm", network.nodes[vessel.from].id,
                     network.nodes[vessel.to].id, vessel.length / mm);
        premises.add("radius of " + name, "{} to {} mm", vessel.radius[0] / mm,
                     vessel.radius[1] / mm);
        premises.add("wall of " + name, "{} to {} mm, {} to {} Pa, ratio {}, reference {} Pa",
                     vessel.wall_thickness[0] / mm, vessel.wall_thickness[1] / mm,
                     vessel.young_modulus[0], vessel.young_modulus[1], vessel.poisson_ratio,
                     vessel.reference_pressure);
        if (vessel.tube_law != nullptr)
            premises.add("tube law of " + name, "{}", formula_of(vessel.tube_law->pressure()));
        premises.add("mesh of " + name, "{} cells of level {}", mesh.vessels[v].count,
                     mesh.vessels[v].level);
    }
    for (const Terminal& t : network.terminals) {
        const std::string name = "terminal at " + network.nodes[t.node].id;
        if (t.law != nullptr) {
            premises.add(name, "{}", t.law->text());
            continue;
        }
        premises.add(name, "kind {}, {} and {} Pa s/m3, {} m3/Pa, {} Pa, reflection {}",
                     static_cast<int>(t.kind), t.proximal_resistance, t.distal_resistance,
                     t.compliance, t.distal_pressure, t.reflection_coefficient);
    }
}

/// Name and value of a line.
std::pair<std::string, std::string> split(const std::string& line) {
    const std::size_t middle = std::min(line.find(equals), line.size());
    return {line.substr(0, middle), line.substr(std::min(middle + equals.size(), line.size()))};
}

}  // namespace

std::vector<std::string> premises_of(const RunConfig& config, const Mesh& mesh) {
    Premises premises;
    const bool periodic = config.mode == RunMode::periodic;
    premises.add("run.mode", "{}", periodic ? "periodic" : "transient");
    if (periodic)
        premises.add("period", "{} s", config.period);
    else  // the samples that are there are counted on
        premises.add("output.waveforms.sample_interval_ms", "{}", 1e3 * config.sample_interval);
    premises.add("numerics.cfl", "{}", config.numerics.cfl);
    premises.add("numerics.local_time_stepping", "{}", config.numerics.local_time_stepping);
    for (const Inlet& inlet : config.inlets)
        premises.add("flow into " + config.network.nodes[inlet.node].id,
                     "{:.9g} mL/s on average, curve {:08x}", inlet.flow.mean() / mL,
                     fingerprint(inlet.flow) >> 32U);
    add_network(premises, config.network, mesh);
    return premises.lines();
}

std::optional<std::string> first_difference(const std::vector<std::string>& there,
                                            const std::vector<std::string>& here) {
    const auto [a, b] = std::mismatch(there.begin(), there.end(), here.begin(), here.end());
    if (a == there.end() && b == here.end()) return std::nullopt;
    if (a != there.end() && b != here.end()) {
        const auto [name, old] = split(*a);
        const auto [name_here, now] = split(*b);
        if (name == name_here) return fmt::format("{} is {} there, {} here", name, old, now);
    }
    // The shorter list lacks what the longer one has at this place.
    if (here.size() > there.size())
        return fmt::format("{} is not there, only here", split(*b).first);
    return fmt::format("{} is there, but not here", split(*a).first);
}

}  // namespace bloodflow::detail
