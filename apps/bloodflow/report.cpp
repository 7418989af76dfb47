#include "bloodflow/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

/// How things look on this screen.
struct Style {
    bool colour;

    std::string paint(const char* code, const std::string& text) const {
        return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
    }
    std::string bold(const std::string& text) const { return paint("1", text); }
    std::string dim(const std::string& text) const { return paint("2", text); }
    /// A curve of `columns` characters between its smallest and largest value.
    std::string sparkline(const std::vector<double>& values, std::size_t columns) const;
};

std::string Style::sparkline(const std::vector<double>& values, std::size_t columns) const {
    constexpr std::array<const char*, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    constexpr std::array<const char*, 4> ascii{"_", ".", "-", "^"};
    if (values.empty()) return {};
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double span = *high - *low, flat = 1e-9 * std::max(std::abs(*high), std::abs(*low));
    const auto levels = static_cast<double>(colour ? blocks.size() : ascii.size());
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
        const double value = values[c * values.size() / columns];
        const double height = span > flat ? (value - *low) / span : 0.0;
        const auto level = static_cast<std::size_t>(std::min(height * levels, levels - 1.0));
        line += colour ? blocks[level] : ascii[level];
    }
    return line;
}

std::string counted(std::size_t count, const char* thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string periodic_ending(const RunConfig& config, const RunRecord& record, const Style& style) {
    const std::string after = " after " + counted(record.cycles.size(), "cycle");
    if (record.status == RunStatus::interrupted) return style.paint("33", "interrupted" + after);
    if (record.cycles.empty()) return style.paint("33", "no complete cycle");
    const std::string error =
        fmt::format("estimated error {:.1e}", record.cycles.back().remaining_error);
    if (record.status == RunStatus::converged)
        return style.paint("32", "converged" + after) + ", " + error;
    return style.paint("33", "not converged" + after) +
           fmt::format(", {}, tolerance {:.1e}", error, config.tolerance);
}

std::string ending(const RunConfig& config, const RunRecord& record, const Style& style) {
    if (record.status == RunStatus::failed) return style.paint("31", "failed: ") + record.failure;
    if (config.mode == RunMode::periodic) return periodic_ending(config, record, style);
    const bool done = record.status == RunStatus::converged;
    return style.paint(
        done ? "32" : "33",
        fmt::format("{} at {:.4g} s", done ? "done" : "interrupted", record.state.time));
}

/// Columns that a UTF-8 text takes, one for each character.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string padded(const std::string& text, std::size_t columns) {
    return text + std::string(columns - std::min(columns, width(text)), ' ');
}

std::string row(const Network& network, const Waveforms& waveforms, std::size_t vessel,
                std::size_t name_columns, const Style& style) {
    constexpr std::size_t spark_columns = 25;
    const VesselSummary s = summarize(network, waveforms, vessel);
    const bool forward = s.max_flow_ml_s >= -s.min_flow_ml_s;
    std::vector<double> flow;
    for (const auto& stations : waveforms.flow) flow.push_back(stations[3 * vessel + 1]);
    return fmt::format("{}{:8.2f}{:8.2f}{:9.1f}{:7.1f}{:7.1f}   {}\n",
                       padded(network.vessels[vessel].name, name_columns), s.mean_flow_ml_s,
                       forward ? s.max_flow_ml_s : s.min_flow_ml_s, s.min_pressure_mmhg,
                       s.mean_pressure_mmhg, s.max_pressure_mmhg,
                       style.sparkline(flow, spark_columns));
}

std::string table(const RunConfig& config, const RunRecord& record, const Style& style) {
    if (record.waveforms.time.empty() || config.report.empty()) return {};
    std::size_t columns = std::string_view("vessel, at its middle").size();
    for (const std::size_t v : config.report)
        columns = std::max(columns, width(config.network.vessels[v].name));
    std::string text =
        style.dim(padded("", columns) + "     flow [mL/s]         pressure [mmHg]") + "\n";
    text += style.dim(padded("vessel, at its middle", columns) +
                      "    mean    peak      min   mean    max   flow over " +
                      (config.mode == RunMode::periodic ? "the last cycle" : "the run")) +
            "\n";
    for (const std::size_t v : config.report)
        text += row(config.network, record.waveforms, v, columns, style);
    return text;
}

std::string timings(const RunRecord& record) {
    std::string text = fmt::format("{:.3g} s of solving on {}", record.solve_seconds,
                                   counted(record.harts, "hart"));
    if (record.solve_seconds > 0.0 && record.cell_updates > 0.0)
        text += fmt::format(", {:.0f} million cell steps a second",
                            1e-6 * record.cell_updates / record.solve_seconds);
    if (record.coarse_cycles > 0)
        text += fmt::format(", after {} of a coarse mesh ({:.2g} s)",
                            counted(static_cast<std::size_t>(record.coarse_cycles), "cycle"),
                            record.setup_seconds);
    text += "\n";
    if (!record.kernel.empty()) text += fmt::format("kernels: {}\n", record.kernel);
    return text;
}

std::string written(const std::vector<std::filesystem::path>& files) {
    if (files.empty()) return {};
    std::vector<std::string> names;
    names.reserve(files.size());
    for (const auto& file : files) names.push_back(file.string());
    return fmt::format("written: {}\n", fmt::join(names, ", "));
}

}  // namespace

std::string cycle_line(const CycleReport& report) {
    return fmt::format(
        "cycle {:2}: pressure changed by {:.1e}, flow {:.1e}, volume {:.1e}; estimated error "
        "{:.1e}{} [{:.2f} s]",
        report.cycle, report.pressure_change, report.flow_change, report.mass_drift,
        report.remaining_error, report.extrapolated ? ", extrapolated" : "", report.seconds);
}

std::string screen_report(const RunConfig& config, const Mesh& mesh, const RunRecord& record,
                          bool colour, const std::vector<std::filesystem::path>& files) {
    const Style style{colour};
    std::string text = fmt::format("{}, {}: {}\n", style.bold(config.network.name),
                                   counted(mesh.cells, "cell"), ending(config, record, style));
    return text + table(config, record, style) + timings(record) + written(files);
}

}  // namespace bloodflow
