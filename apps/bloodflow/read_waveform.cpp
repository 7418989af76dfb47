#include "bloodflow/read_waveform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "asp/ir/rewrite.hpp"
#include "bloodflow/detail/read_values.hpp"
#include "bloodflow/formulas.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace ir = asp::ir;
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

/// Of t in m^3/s, from one of t and the period T in mL/s.
ir::Function in_si(const ir::Function& function, std::optional<double> period) {
    ir::Function f;
    f.name = "flow";
    f.graph = std::make_shared<ir::Graph>();
    f.arguments = {function.arguments[0]};
    std::vector<ir::Expression> replacements{f.argument(0)};
    if (period) replacements.push_back(f.graph->constant(*period));
    f.results = {
        {"flow", mL * ir::substitute(function.results[0].value, *f.graph, replacements), {}}};
    return f;
}

/// Complains where the flow is no number, or where its period ends elsewhere than it begins.
bool makes_sense(const Place& place, const ir::Function& flow, double span, bool periodic) {
    constexpr int samples = 20000;
    std::vector<double> times, flows(samples + 1);
    for (int i = 0; i <= samples; ++i) times.push_back(span * i / samples);
    if (periodic) times.back() *= 1.0 - 1e-12;  // the end itself belongs to the next period
    const ir::Column<double> column{times.data()};
    double* const results[] = {flows.data()};
    ir::Program<double>(flow).run({&column, 1}, results, flows.size());
    for (std::size_t i = 0; i < flows.size(); ++i) {
        flows[i] /= mL;
        if (std::isfinite(flows[i])) continue;
        place.error(
            fmt::format("the flow is {} at t = {:.4g} s; expected a finite number from 0 "
                        "to {:.4g} s",
                        detail::shown(flows[i]), times[i], span));
        return false;
    }
    if (!periodic || closes(flows)) return true;
    place.error(
        fmt::format("the flow is {:.4g} mL/s at the end of the period and {:.4g} at its "
                    "beginning; expected a flow that is periodic",
                    flows.back(), flows.front()));
    return false;
}

Waveform read_formula(const Place& node, std::optional<double> run_duration) {
    const std::size_t complaints = node.diagnostics().size();
    std::optional<double> period;
    std::vector<ir::Symbol> known{{"t", {}, {}, 0}};
    if (node.has("period_s")) {
        period = node.positive("period_s");
        known.push_back({"T", {}, {}, 0});
    }
    const FormulaReader formulas(node.optional_map("parameters"), known);
    const auto function = formulas.read(node, "flow_ml_s", {}, std::nullopt);
    if (!function || node.diagnostics().size() != complaints) return Waveform::constant(0.0);
    const ir::Function flow = in_si(*function, period);
    const double span = period ? *period : run_duration.value_or(1.0);
    if (!makes_sense(node.child("flow_ml_s"), flow, span, period.has_value()))
        return Waveform::constant(0.0);
    return Waveform::formula(flow, period);
}

}  // namespace

Waveform read_waveform(const Place& node, const std::filesystem::path& folder,
                       std::optional<double> run_duration) {
    const std::string type =
        node.choice("type", {"half_sine", "table", "fourier", "gaussian", "constant", "formula"});
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
    if (type == "formula") return read_formula(node, run_duration);
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

}  // namespace bloodflow
