#include "bloodflow/inflow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "bloodflow/detail/read_values.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

Inlet& inlet_at(RunConfig& config, const std::string& node) {
    std::vector<std::string> names;
    for (Inlet& inlet : config.inlets) {
        names.push_back(config.network.nodes[inlet.node].id);
        if (names.back() == node) return inlet;
    }
    if (node.empty() && names.size() == 1) return config.inlets.front();
    const std::string all = fmt::format("{}", fmt::join(names, ", "));
    if (node.empty())
        throw asp::InputError(fmt::format(
            "inflow: expected a function for each node by its name; inlets are {}", all));
    throw asp::InputError(
        fmt::format("inflow: '{}': expected a node with an inlet: {}", node, all));
}

}  // namespace

void replace_inflow(RunConfig& config, const std::string& node, const InflowFunction& flow) {
    Inlet& inlet = inlet_at(config, node);
    const bool periodic = config.mode == RunMode::periodic;
    const double span = periodic ? config.period : inlet.flow.period().value_or(config.duration);
    constexpr int pieces = 4096;  // of half a sine, 3e-7 of its peak is lost
    std::vector<double> times;
    for (int i = 0; i <= pieces; ++i) times.push_back(span * i / pieces);
    std::vector<double> flows = flow(times);
    ASP_ASSERT(flows.size() == times.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < flows.size(); ++i) {
        if (!std::isfinite(flows[i]))
            throw asp::InputError(
                fmt::format("inflow: the flow is {} at t = {:.4g} s; expected a "
                            "finite number from 0 to {:.4g} s",
                            detail::shown(flows[i]), times[i], span));
        largest = std::max(largest, std::abs(flows[i]));
    }
    // As well as curves read off a figure do.
    if (periodic && std::abs(flows.back() - flows.front()) > 0.01 * largest)
        throw asp::InputError(fmt::format(
            "inflow: the flow is {:.4g} mL/s at the end of the period, {:.4g} s, and {:.4g} at its "
            "beginning; expected a flow that is periodic",
            flows.back() / mL, span, flows.front() / mL));
    inlet.flow = Waveform::table(std::move(times), std::move(flows));
}

}  // namespace bloodflow
