#pragma once

#include <optional>

#include "asp/jit/platform.hpp"
#include "krylov/akx.hpp"
#include "krylov/kernel_config.hpp"

namespace krylov::detail {

/// Of sizes and pattern; of the values only their form matters to a plan. The same for any team.
template <class Scalar, class Column>
std::uint64_t structure_of(const CsrView<Scalar, Column>& matrix, const asp::Team* team = nullptr);

struct Remembered {
    Candidate candidate;
    double speedup;
    std::string reason;
};

/// The verdict on this structure on this machine, if there is one.
std::optional<Remembered> remembered(asp::db::Database& database,
                                     const asp::jit::Platform& platform, std::uint64_t structure,
                                     const PlanOptions& options, ScalarKind scalar, ValueForm form);
void remember(asp::db::Database& database, const asp::jit::Platform& platform,
              std::uint64_t structure, const PlanOptions& options, ScalarKind scalar,
              ValueForm form, const Plan& plan);

}  // namespace krylov::detail
