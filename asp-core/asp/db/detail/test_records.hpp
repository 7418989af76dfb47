#pragma once
// Records for tests.

#include <string>
#include <vector>

#include "asp/db/record.hpp"

namespace asp::db::testing {

inline const Platform here{"here", R"({"vendor":"AuthenticAMD","l2_bytes":1048576,"harts":2})"};

inline ProblemKey stencil(double n = 64.0, const std::string& platform = "here", long version = 1) {
    return {"stencil", version, platform, {{"n", n}, {"radius", 1.0}}};
}

/// A variant that was measured, with the given ratio to the default.
inline TuningRecord measured(const ProblemKey& problem, long tile, double ratio,
                             std::int64_t created = 1000) {
    TuningRecord record;
    record.problem = problem;
    record.variant = {{"tile", tile}, {"unroll", 2}};
    record.ratio = Ratio{ratio, 0.98 * ratio, 1.05 * ratio};
    record.runs = 5;
    record.created = created;
    record.tool_version = "0.1.0";
    return record;
}

/// The same, as its session's verdict.
inline TuningRecord chosen(const ProblemKey& problem, long tile, double ratio,
                           std::int64_t created = 1000) {
    TuningRecord record = measured(problem, tile, ratio, created);
    record.chosen = true;
    return record;
}

inline TuningRecord failed(const ProblemKey& problem, long tile, Status status,
                           std::int64_t created = 1000) {
    TuningRecord record = measured(problem, tile, 1.0, created);
    record.ratio.reset();
    record.status = status;
    return record;
}

}  // namespace asp::db::testing
