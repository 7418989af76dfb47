#include "bloodflow/run_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "asp/base/text.hpp"
#include "asp/config/document.hpp"
#include "bloodflow/read_network.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

using Place = asp::config::Node;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
    return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

bool parse_number(const std::string& text, double& value) {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    return result.ec == std::errc{} && result.ptr == end && std::isfinite(value);
}

/// The end of a period meets the beginning of the next, as well as curves read off a figure do.
bool closes(const std::vector<double>& flows) {
    double largest = 0.0;
    for (const double flow : flows) largest = std::max(largest, std::abs(flow));
    return std::abs(flows.back() - flows.front()) <= 0.01 * largest;
}

Waveform read_flow(const Place& node, const std::filesystem::path& folder) {
    const std::string type =
        node.choice("type", {"half_sine", "table", "fourier", "gaussian", "constant"});
    if (type == "half_sine") {
        const double period = node.positive("period_s"), duration = node.positive("duration_s");
        if (duration > period) node.error("duration_s", "expected at most the period");
        return Waveform::half_sine(period, mL * node.number("peak_ml_s"), duration);
    }
    if (type == "fourier") {
        const double period = node.positive("period_s"), mean = node.number("mean_ml_s");
        auto amplitudes = node.numbers("amplitudes_ml_s");
        auto phases = node.numbers("phases_rad");
        if (amplitudes.size() != phases.size()) {
            node.error("phases_rad",
                       fmt::format("expected as many as amplitudes_ml_s, {}", amplitudes.size()));
            phases.resize(amplitudes.size());
        }
        for (double& a : amplitudes) a *= mL;
        return Waveform::fourier(period, mL * mean, amplitudes, phases);
    }
    if (type == "gaussian")
        return Waveform::gaussian(mL * node.number("peak_ml_s"), node.number("center_s"),
                                  node.positive("rate_1_s2"));
    if (type == "table") {
        const std::string file = node.text("file");
        const double period = node.positive("period_s");
        if (file.empty()) return Waveform::constant(0.0);
        if (!std::ifstream(folder / file)) {
            node.error("file",
                       fmt::format("cannot be read as {}; expected a file, its path relative "
                                   "to this one",
                                   (folder / file).lexically_normal().string()));
            return Waveform::constant(0.0);
        }
        return read_waveform_table(folder / file, period, node.diagnostics());
    }
    return Waveform::constant(mL * node.number("flow_ml_s", type == "constant"
                                                                ? std::optional<double>{}
                                                                : std::optional<double>{0.0}));
}

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

void read_inlets(const Place& root, RunConfig& config) {
    const auto ends = config.network.ends_by_node();
    for (const Place& node : root.sequence("inlets")) {
        const Place at = node.child("node");
        const auto number = find_named(
            at, node.text("node"), config.network.nodes, [](const Node& n) { return n.id; },
            "node");
        Waveform flow = read_flow(node.required_map("flow"), config.path.parent_path());
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
    config.start_at_rest =
        node.choice("start", {"steady", "rest"}, periodic ? "steady" : "rest") == "rest";
    config.rest_pressure =
        mmHg * node.number("rest_pressure_mmhg",
                           config.network.vessels.empty()
                               ? 0.0
                               : config.network.vessels[0].reference_pressure / mmHg);
    for (const Vessel& vessel : config.network.vessels)
        for (const double place : {0.0, 1.0})
            if (config.start_at_rest && !(vessel.wall(place).root(config.rest_pressure) > 0.0)) {
                node.error("rest_pressure_mmhg",
                           fmt::format("expected a pressure at which '{}' does not collapse",
                                       vessel.name));
                config.start_at_rest = false;
            }
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

}  // namespace

Waveform read_waveform_table(const std::filesystem::path& path, double period,
                             asp::Diagnostics& diagnostics) {
    const auto complain = [&](int line, const std::string& what) {
        diagnostics.error(fmt::format("{}:{}: {}", path.string(), line, what));
    };
    std::ifstream file(path);
    if (!file) {
        diagnostics.error(fmt::format("{}: cannot be read", path.string()));
        return Waveform::constant(0.0);
    }
    const std::size_t complaints = diagnostics.size();
    std::vector<double> times, flows;  // [s], [mL/s]
    std::string line;
    bool header = false;
    int first = 1, last = 1;  // lines with numbers
    for (int number = 1; std::getline(file, line); ++number) {
        line = trimmed(line);
        if (line.empty() || line[0] == '#') continue;
        if (!header) {
            if (line != "time_s,flow_ml_s")
                complain(number, fmt::format("'{}': expected the header time_s,flow_ml_s", line));
            header = true;
            continue;
        }
        const auto comma = line.find(',');
        double time, flow;
        if (comma == std::string::npos || !parse_number(trimmed(line.substr(0, comma)), time) ||
            !parse_number(trimmed(line.substr(comma + 1)), flow)) {
            complain(number, fmt::format("'{}': expected two finite numbers, time and flow", line));
            continue;
        }
        if (!times.empty() && !(time > times.back()))
            complain(number, fmt::format("time_s = {}: expected more than {} before it: times must "
                                         "rise",
                                         time, times.back()));
        if (times.empty()) first = number;
        last = number;
        times.push_back(time);
        flows.push_back(flow);
    }
    if (diagnostics.size() == complaints) {
        if (times.size() < 2)
            complain(last, "expected at least two points");
        else if (times.front() != 0.0)
            complain(first,
                     fmt::format("time_s = {}: expected the first time to be 0", times.front()));
        else if (std::abs(times.back() - period) > 1e-9 * period)
            complain(last, fmt::format("time_s = {}: expected the last time to be the period, {} s",
                                       times.back(), period));
        else if (!closes(flows))
            complain(last,
                     fmt::format("flow_ml_s = {}: expected {}, as at the beginning: the flow is "
                                 "not periodic",
                                 flows.back(), flows.front()));
    }
    for (double& flow : flows) flow *= mL;
    if (diagnostics.size() != complaints) return Waveform::constant(0.0);
    return Waveform::table(std::move(times), std::move(flows));
}

RunConfig read_run_config(const std::filesystem::path& path,
                          const std::vector<std::string>& overrides) {
    asp::Diagnostics diagnostics;
    auto document = asp::config::Document::load(path, diagnostics);
    for (const std::string& pair : overrides) {
        const auto equal = pair.find('=');
        if (equal == std::string::npos || equal == 0)
            diagnostics.error(fmt::format("--set {}: expected key=value", pair));
        else
            document.override_value(pair.substr(0, equal), pair.substr(equal + 1), diagnostics);
    }
    const Place root = document.root();
    RunConfig config;
    config.path = path;
    config.text = document.text();
    config.overrides = overrides;
    if (!root.has("network") && root.has("vessels")) {
        diagnostics.error(
            fmt::format("{}: expected a run file; this is a network, which a run file "
                        "names as 'network: {}'",
                        path.string(), path.filename().string()));
        diagnostics.throw_if_any();
    }
    const std::size_t before = diagnostics.size();
    const std::string name = root.text("network");
    if (!name.empty() && diagnostics.size() == before) {
        config.network_path = (path.parent_path() / name).lexically_normal();
        if (!std::filesystem::is_regular_file(config.network_path)) {
            root.error("network",
                       fmt::format("expected a file; there is no {} (the path is relative "
                                   "to this file)",
                                   config.network_path.string()));
            diagnostics.throw_if_any();
        }
        NetworkFile file = read_network(config.network_path, diagnostics);
        config.network = std::move(file.network);
        config.network_text = std::move(file.text);
    }
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

}  // namespace bloodflow
