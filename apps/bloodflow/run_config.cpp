#include "bloodflow/run_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/text.hpp"
#include "asp/config/document.hpp"
#include "bloodflow/read_network.hpp"
#include "bloodflow/read_physics.hpp"
#include "bloodflow/read_start.hpp"
#include "bloodflow/read_terminals.hpp"
#include "bloodflow/read_waveform.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

using Place = asp::config::Node;

/// Numbers of the vessels or nodes named, with the nearest name for one that is not there.
template <class Things, class Name>
std::optional<std::size_t> find_named(const Place& node, const std::string& name,
                                      const Things& things, Name name_of, const char* what) {
    std::vector<std::string> names;
    for (const auto& thing : things) names.push_back(name_of(thing));
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    if (!node.is_scalar() || names.empty()) return std::nullopt;
    const auto near = asp::nearest_name(name, names);
    node.error(near ? fmt::format("expected a {} of the network; did you mean '{}'?", what, *near)
                    : fmt::format("expected a {} of the network", what));
    return std::nullopt;
}

/// An integer within bounds that no sensible file reaches.
int bounded(const Place& node, const char* key, int fallback, int least) {
    constexpr std::int64_t most = 1000000;
    const std::int64_t value = node.integer(key, fallback, least);
    if (value <= most) return static_cast<int>(value);
    node.error(key, fmt::format("expected at most {}", most));
    return fallback;
}

/// Of a transient run, as far as it can be read; what is wrong with it is said elsewhere.
std::optional<double> duration_of(const Place& root) {
    const Place run = root.child("run");
    if (!run.is_map() || !run.child("mode").is_scalar() || !run.child("duration_s").is_scalar())
        return std::nullopt;
    if (run.child("mode").as_text() != "transient") return std::nullopt;
    return run.child("duration_s").as_positive();
}

void read_inlets(const Place& root, RunConfig& config) {
    const auto ends = config.network.ends_by_node();
    for (const Place& node : root.sequence("inlets")) {
        const Place at = node.child("node");
        const auto number = find_named(
            at, node.text("node"), config.network.nodes, [](const Node& n) { return n.id; },
            "node");
        Waveform flow =
            read_waveform(node.required_map("flow"), config.path.parent_path(), duration_of(root));
        if (!number) continue;
        for (const Inlet& other : config.inlets)
            if (other.node == *number) at.error("expected a node that no other inlet has");
        for (const Terminal& t : config.network.terminals)
            if (t.node == *number) at.error("expected a node without a terminal");
        if (ends[*number].size() > 1)
            at.error(fmt::format("expected a node where one vessel begins; {} meet there",
                                 ends[*number].size()));
        config.inlets.push_back({*number, std::move(flow)});
    }
}

void check_open_ends(const Place& root, const RunConfig& config) {
    const auto ends = config.network.ends_by_node();
    for (std::size_t n = 0; n < ends.size(); ++n) {
        if (ends[n].size() != 1) continue;
        const bool inlet = std::any_of(config.inlets.begin(), config.inlets.end(),
                                       [&](const Inlet& i) { return i.node == n; });
        const bool terminal =
            std::any_of(config.network.terminals.begin(), config.network.terminals.end(),
                        [&](const Terminal& t) { return t.node == n; });
        if (!inlet && !terminal)
            root.error("inlets",
                       fmt::format("expected an inlet here or a terminal in the network for node "
                                   "'{}', where one vessel ends; a dead end is a terminal of type "
                                   "'closed'",
                                   config.network.nodes[n].id));
    }
}

void read_numerics(const Place& root, RunConfig& config) {
    const Place node = root.optional_map("numerics");
    Numerics& n = config.numerics;
    n.cell_length = mm * node.positive("cell_length_mm", n.cell_length / mm);
    n.cell_sizing = node.choice("cell_sizing", {"uniform", "wave_speed"}, "uniform") == "uniform"
                        ? CellSizing::uniform
                        : CellSizing::wave_speed;
    n.min_cells = static_cast<std::size_t>(
        node.integer("min_cells", static_cast<std::int64_t>(n.min_cells), 2));
    const std::size_t complaints = node.diagnostics().size();
    n.cfl = node.positive("cfl", n.cfl);
    if (n.cfl > 0.95 && node.diagnostics().size() == complaints)
        node.error("cfl",
                   "expected at most 0.95; above 0.85 the limiter makes steps of smooth waves");
    n.local_time_stepping = node.boolean("local_time_stepping", n.local_time_stepping);
    constexpr double most_cells = 1e8;  // some 10 GB
    double cells = 0.0;
    for (const Vessel& vessel : config.network.vessels) {
        cells += vessel.length / n.cell_length;
        if (vessel.length / static_cast<double>(n.min_cells) < 0.02 * n.cell_length)
            node.error("cell_length_mm",
                       fmt::format("expected at most {:.3g} mm for the vessel '{}' of {:.3g} mm, "
                                   "which must have {} cells",
                                   50.0 * vessel.length / static_cast<double>(n.min_cells) / mm,
                                   vessel.name, vessel.length / mm, n.min_cells));
    }
    if (cells > most_cells)
        node.error("cell_length_mm",
                   fmt::format("makes {:.2g} cells; expected at most {:.0e}", cells, most_cells));
}

/// Keys that have a meaning in the other mode only.
void reject_keys_of(const char* mode, const Place& node, std::initializer_list<const char*> keys) {
    for (const char* key : keys)
        if (node.has(key)) node.error(key, fmt::format("expected in mode '{}' only", mode));
}

void read_mode(const Place& root, RunConfig& config) {
    const Place node = root.optional_map("run");
    const bool periodic = node.choice("mode", {"periodic", "transient"}, "periodic") == "periodic";
    config.mode = periodic ? RunMode::periodic : RunMode::transient;
    read_start(node, config);
    if (!periodic) {
        config.duration = node.positive("duration_s");
        reject_keys_of("periodic", node,
                       {"tolerance", "max_cycles", "extrapolate", "coarse_start", "period_s"});
        return;
    }
    reject_keys_of("transient", node, {"duration_s"});
    config.tolerance = node.positive("tolerance", config.tolerance);
    config.max_cycles = bounded(node, "max_cycles", config.max_cycles, 1);
    config.extrapolate = node.boolean("extrapolate", true);
    config.coarse_start = node.boolean("coarse_start", true);
    for (const Inlet& inlet : config.inlets) {
        if (!inlet.flow.period()) {
            if (inlet.flow.happens_once())
                node.error("mode", "expected 'transient': an inlet's flow happens once only");
            continue;
        }
        if (config.period > 0.0 && *inlet.flow.period() != config.period)
            node.error("mode", fmt::format("expected inlets of one period; there are {} s and {} s",
                                           config.period, *inlet.flow.period()));
        config.period = *inlet.flow.period();
    }
    if (config.period == 0.0)
        config.period = node.positive("period_s", 1.0);
    else if (node.has("period_s"))
        node.error("period_s",
                   fmt::format("expected none: the inlets repeat every {} s", config.period));
}

void read_output(const Place& root, RunConfig& config) {
    const Place node = root.optional_map("output");
    const Place waveforms = node.optional_map("waveforms");
    if (config.mode == RunMode::periodic) {
        config.samples_per_cycle =
            bounded(waveforms, "samples_per_cycle", config.samples_per_cycle, 10);
        reject_keys_of("transient", waveforms, {"sample_interval_ms"});
    } else {
        config.sample_interval =
            1e-3 * waveforms.positive("sample_interval_ms", 1e3 * config.sample_interval);
        reject_keys_of("periodic", waveforms, {"samples_per_cycle"});
    }
    if (node.has("fields")) {
        const Place fields = node.required_map("fields");
        config.field_rate = fields.positive("rate_hz");
        const double span = config.mode == RunMode::periodic ? config.period : config.duration;
        if (*config.field_rate * span < 0.5)
            fields.error("rate_hz", fmt::format("expected at least {:.3g}, for one in {:.3g} s",
                                                1.0 / span, span));
    }
    const Place vtk = node.optional_map("vtk");
    config.vtk_frames = bounded(vtk, "frames", 0, 0);
    config.vtk_ring_spacing = mm * vtk.positive("ring_spacing_mm", config.vtk_ring_spacing / mm);
    config.vtk_sides = bounded(vtk, "sides", config.vtk_sides, 3);
}

std::vector<std::size_t> read_vessel_names(const std::vector<Place>& names,
                                           const Network& network) {
    std::vector<std::size_t> numbers;
    for (const Place& node : names) {
        const auto number = find_named(
            node, node.as_text(), network.vessels, [](const Vessel& v) { return v.name; },
            "vessel");
        if (number) numbers.push_back(*number);
    }
    return numbers;
}

void read_report(const Place& root, RunConfig& config) {
    config.report = read_vessel_names(root.optional_sequence("report"), config.network);
    config.close_up = read_vessel_names(
        root.optional_map("output").optional_map("picture").optional_sequence("close_up"),
        config.network);
    if (config.report.empty())
        for (std::size_t v = 0; v < std::min<std::size_t>(config.network.vessels.size(), 16); ++v)
            config.report.push_back(v);
}

/// The network that a run names, or the one that came with it.
void read_network_of(const Place& root, const RunText* given, RunConfig& config) {
    asp::Diagnostics& diagnostics = root.diagnostics();
    if (given != nullptr && given->network) {
        config.network_path = "network";
        NetworkFile file = parse_network(config.network_path, *given->network, diagnostics);
        config.network = std::move(file.network);
        config.network_text = std::move(file.text);
        return;
    }
    const std::size_t before = diagnostics.size();
    const std::string name = root.text("network");
    if (name.empty() || diagnostics.size() != before) return;
    config.network_path = (config.path.parent_path() / name).lexically_normal();
    if (!std::filesystem::is_regular_file(config.network_path)) {
        root.error("network", fmt::format("expected a file; there is no {} (the path is relative "
                                          "to this file)",
                                          config.network_path.string()));
        diagnostics.throw_if_any();
    }
    NetworkFile file = read_network(config.network_path, diagnostics);
    config.network = std::move(file.network);
    config.network_text = std::move(file.text);
}

RunConfig config_of(asp::config::Document document, const std::vector<std::string>& overrides,
                    const RunText* given, const PhysicsFunctions& functions,
                    asp::Diagnostics& diagnostics) {
    for (const std::string& pair : overrides) {
        const auto equal = pair.find('=');
        if (equal == std::string::npos || equal == 0)
            diagnostics.error(fmt::format("--set {}: expected key=value", pair));
        else
            document.override_value(pair.substr(0, equal), pair.substr(equal + 1), diagnostics);
    }
    const Place root = document.root();
    RunConfig config;
    config.path = document.path();
    config.text = document.text();
    config.overrides = overrides;
    if (!root.has("network") && root.has("vessels")) {
        diagnostics.error(
            fmt::format("{}: expected a run file; this is a network, which a run file "
                        "names as 'network: {}'",
                        config.path.string(), config.path.filename().string()));
        diagnostics.throw_if_any();
    }
    const std::size_t before = diagnostics.size();
    read_network_of(root, given, config);
    const bool network_known = diagnostics.size() == before;
    read_physics(root, functions, config.network);
    for (const std::string& line : functions.provenance()) config.overrides.push_back(line);
    read_terminals(root, config.network, network_known);
    read_inlets(root, config);
    if (diagnostics.size() == before) check_open_ends(root, config);
    read_numerics(root, config);
    read_mode(root, config);
    read_output(root, config);
    read_report(root, config);
    root.reject_unknown_keys();
    diagnostics.throw_if_any();
    return config;
}

}  // namespace

RunConfig read_run_config(const std::filesystem::path& path,
                          const std::vector<std::string>& overrides,
                          const PhysicsFunctions& functions) {
    asp::Diagnostics diagnostics;
    return config_of(asp::config::Document::load(path, diagnostics), overrides, nullptr, functions,
                     diagnostics);
}

RunConfig read_run_config(const RunText& run, const std::vector<std::string>& overrides,
                          const PhysicsFunctions& functions) {
    asp::Diagnostics diagnostics;
    return config_of(asp::config::Document::parse(run.name, run.text, diagnostics), overrides, &run,
                     functions, diagnostics);
}

}  // namespace bloodflow
