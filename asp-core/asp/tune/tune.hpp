#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "asp/db/database.hpp"
#include "asp/jit/kernel_cache.hpp"
#include "asp/specialize/kernel.hpp"
#include "asp/tune/search.hpp"

namespace asp::tune {

/// What tuning works with. The pointers outlive it.
struct TuneContext {
    Level level = Level::measure;
    long extent = 10000;                 ///< of the index space that is tuned for
    std::optional<double> seconds = {};  ///< time limit for the search; nothing: the level's own
    std::uint64_t seed = 1;              ///< of the search and of the example
    db::Database* database = nullptr;    ///< null: nothing is looked up or kept
    jit::KernelCache* cache = nullptr;
    std::optional<jit::Toolchain> toolchain = {};
    jit::Platform platform = {};
    db::Provenance provenance = db::Provenance::offline;
    std::string submitter = {};
    double limit_seconds = 5.0;  ///< for a variant's first run, in quarantine
    /// Hears one line per variant that is refused, and how it went. May be empty.
    std::function<void(const std::string&)> say = {};
};

struct TuneResult {
    Variant variant;     ///< to be used
    std::string origin;  ///< for people: "tuned here on 2024-05-01", "default"
    SearchResult search = {};
    int compiled = 0;      ///< translation units
    double seconds = 0.0;  ///< in all
};

/// The database's name for a problem over an index space of `extent`.
db::ProblemKey key_of(const Specializer& specializer, const Features& features,
                      const std::string& platform_id);

/// Looks for the best variant of a problem on this machine. Level estimate: the database's verdict
/// for exactly this problem, else the default. Other levels: times the default, what the database
/// has for problems like this one, and what the search proposes, each variant after a quarantined
/// first run whose results agree with the interpreter's; the outcome goes into the database.
/// Nothing that the machine does (no compiler, a variant that crashes, a database that is locked)
/// throws: the default is the answer then. Runs on the calling thread alone.
TuneResult tune_problem(const Specializer& specializer, const Problem& problem,
                        const TuneContext& context);

/// For Context::tuned of a kernel: the database's verdict for exactly this problem on this machine.
std::function<std::optional<TunedVariant>(const Specializer&, const Problem&, const Features&)>
tuned_by(db::Database& database, const jit::Platform& platform);

}  // namespace asp::tune
