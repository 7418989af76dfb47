#include "bloodflow/case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "asp/base/error.hpp"
#include "asp/config/document.hpp"
#include "bloodflow/read_network.hpp"
#include "bloodflow/run_config.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

/// No artery is at such a pressure: most likely a flow or a resistance is in another unit.
void warn_if_implausible(const RunConfig& config, const SteadyFlow& steady, const Say& say) {
    const auto [low, high] = std::minmax_element(steady.pressure.begin(), steady.pressure.end());
    const auto farthest = *high > 400.0 * mmHg ? high : low;
    if (!say || (*high <= 400.0 * mmHg && *low >= -50.0 * mmHg)) return;
    say(fmt::format(
        "{}: warning: the mean inflow makes {:.4g} mmHg at node '{}'; are flows in mL/s and "
        "resistances in Pa s/m^3?",
        config.path.string(), *farthest / mmHg,
        config.network.nodes[static_cast<std::size_t>(farthest - steady.pressure.begin())].id));
}

std::optional<SteadyFlow> steady_start(const RunConfig& config, const Say& say) {
    if (config.start != Start::steady) return std::nullopt;
    try {
        const SteadyFlow steady = solve_steady(config.network, config.inlets);
        warn_if_implausible(config, steady, say);
        return steady;
    } catch (const BlowUp& error) {
        throw asp::InputError(fmt::format(
            "{}: run.start = steady: {}; expected a network with a steady flow, or 'start: rest'",
            config.path.string(), error.what()));
    }
}

}  // namespace

Case prepare(RunConfig config, const Say& say) {
    Case prepared{std::move(config), std::nullopt, {}};
    prepared.steady = steady_start(prepared.config, say);
    prepared.mesh = mesh_of(prepared.config, prepared.steady);
    return prepared;
}

SteadyFlow steady_of(const RunConfig& config) {
    try {
        return solve_steady(config.network, config.inlets);
    } catch (const BlowUp& error) {
        throw asp::InputError(fmt::format("{}: {}", config.path.string(), error.what()));
    }
}

Checked check_file(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                   const Say& say) {
    asp::Diagnostics diagnostics;
    const auto document = asp::config::Document::load(path, diagnostics);
    diagnostics.throw_if_any();
    if (!document.root().has("vessels") && !document.root().has("nodes")) {
        Case prepared = prepare(read_run_config(path, overrides), say);
        return {std::move(prepared.config.network), std::move(prepared.mesh)};
    }
    if (!overrides.empty())
        throw asp::InputError(
            fmt::format("--set {}: expected a run file to change; {} is a network",
                        overrides.front(), path.string()));
    Network network = read_network(path, diagnostics).network;
    diagnostics.throw_if_any();
    return {std::move(network), std::nullopt};
}

std::vector<std::string> complaints_about(const std::filesystem::path& path,
                                          const std::vector<std::string>& overrides) {
    try {
        check_file(path, overrides);
        return {};
    } catch (const asp::InputError& error) {
        return error.lines();
    }
}

}  // namespace bloodflow
