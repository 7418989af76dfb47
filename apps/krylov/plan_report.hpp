#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "krylov/akx.hpp"
#include "krylov/report.hpp"

namespace krylov {

/// What the plan keeps of the matrix and the vectors, over CSR and the vectors.
double memory_ratio(const Plan& plan, std::size_t vector_bytes);

/// What was chosen, why, and what it costs, in a few lines.
std::string plan_report(const Style& style, const Plan& plan, std::size_t vector_bytes);

/// "implicit, 3x3 blocks, ..., k=6: 1.8x the best plain product, pays after 14 calls", or
/// "k=6: plain products are best here: ..."
std::string verdict(const Plan& plan, int k);

nlohmann::json to_json(const Candidate& candidate);
nlohmann::json to_json(const Plan& plan);

}  // namespace krylov
