#include "krylov/plan_report.hpp"

#include <fmt/format.h>

#include <cmath>

namespace krylov {

using Json = nlohmann::json;

double memory_ratio(const Plan& plan, std::size_t vector_bytes) {
    const auto vectors = static_cast<double>(vector_bytes);
    return (static_cast<double>(plan.matrix_bytes + plan.work_bytes) + vectors) /
           (static_cast<double>(plan.csr_bytes) + vectors);
}

std::string plan_report(const Style& style, const Plan& plan, std::size_t vector_bytes) {
    std::string text = entry(style, "plan", style.bold(plan.chosen.describe()));
    if (!plan.reason.empty()) text += entry(style, "", plan.reason);
    std::string costs = fmt::format(
        "memory {:.2f} of CSR ({:.2f} with the vectors), {:.2f} times the products needed",
        static_cast<double>(plan.matrix_bytes) / static_cast<double>(plan.csr_bytes),
        memory_ratio(plan, vector_bytes), plan.redundancy);
    if (plan.tiles > 1) costs += ", " + counted(static_cast<std::size_t>(plan.tiles), "tile");
    if (plan.fill > 1.005) costs += fmt::format(", {:.2f} places for each nonzero", plan.fill);
    text += entry(style, "", costs);
    std::string times = "planned in " + seconds_text(plan.planning_seconds);
    if (plan.tuning_seconds > 0.0) times += ", tuned in " + seconds_text(plan.tuning_seconds);
    return text + entry(style, "", times);
}

std::string verdict(const Plan& plan, int k) {
    if (plan.chosen.method == Method::plain && plan.chosen.numbering == Numbering::given)
        return fmt::format("k={}: plain products are best here: {}", k, plan.chosen.describe());
    std::string text = fmt::format("{}, k={}", plan.chosen.describe(), k);
    if (!plan.speedup) return text + ": " + plan.reason;
    text += fmt::format(": {:.2g}x the best plain product", *plan.speedup);
    if (plan.break_even)
        text += fmt::format(
            ", pays after {}",
            counted(static_cast<std::size_t>(std::max(1.0, std::ceil(*plan.break_even))), "call"));
    return text;
}

Json to_json(const Candidate& candidate) {
    Json json = {{"method", name_of(candidate.method)},
                 {"storage", name_of(candidate.storage)},
                 {"numbering", name_of(candidate.numbering)},
                 {"block", candidate.block},
                 {"depth", candidate.depth},
                 {"tile_kib", candidate.tile_kib},
                 {"modelled_s", candidate.modelled},
                 {"description", candidate.describe()}};
    if (candidate.measured) json["measured_s"] = *candidate.measured;
    return json;
}

Json to_json(const Plan& plan) {
    Json json = {{"chosen", to_json(plan.chosen)},
                 {"reason", plan.reason},
                 {"redundancy", plan.redundancy},
                 {"tiles", plan.tiles},
                 {"matrix_bytes", plan.matrix_bytes},
                 {"work_bytes", plan.work_bytes},
                 {"csr_bytes", plan.csr_bytes},
                 {"fill", plan.fill},
                 {"planning_s", plan.planning_seconds},
                 {"tuning_s", plan.tuning_seconds},
                 {"structure", fmt::format("{:016x}", plan.structure)}};
    if (plan.speedup) json["speedup"] = *plan.speedup;
    if (plan.break_even && std::isfinite(*plan.break_even))
        json["break_even_calls"] = *plan.break_even;
    Json considered = Json::array();
    for (const Candidate& candidate : plan.considered) considered.push_back(to_json(candidate));
    json["considered"] = considered;
    return json;
}

}  // namespace krylov
