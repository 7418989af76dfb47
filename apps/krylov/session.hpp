#pragma once

#include <string>
#include <vector>

#include "asp/db/database.hpp"
#include "asp/harts/team.hpp"
#include "asp/specialize/kernel.hpp"
#include "krylov/akx.hpp"
#include "krylov/commands.hpp"
#include "krylov/csr.hpp"

namespace krylov {

/// Harts and kernels as the command line asks for them.
struct Session {
    /// Throws asp::BackendError for a back end that this build or this machine does not have.
    explicit Session(const CommandLine& line);

    asp::Lease lease;
    asp::Team team;
    asp::Context context;
    mutable asp::db::Database database;  ///< this user's, with the verdicts of `krylov tune`
};

/// What compiles kernels before they are first run: what is timed must not depend on when a
/// compiler was ready. `mode`: auto, sync, require, off.
asp::Context context_of(const std::string& mode);

/// "8", "1..12" or "2,4,8"; throws InputError, which begins with `option`.
std::vector<int> parse_levels(const std::string& text, const std::string& option = "--k");
int parse_level(const std::string& text, const std::string& option = "--k");

/// The plan that the command line asks for. Throws InputError for a method or storage that is none.
PlanOptions plan_options(const CommandLine& line, int k, const Recurrence& recurrence,
                         std::size_t harts);

/// "auto" is none. Throws InputError, which begins with `option` and names the nearest.
std::optional<Method> method_named(const std::string& name, const std::string& option);
std::optional<Storage> storage_named(const std::string& name, const std::string& option);
std::optional<Numbering> numbering_named(const std::string& name, const std::string& option);
Keep keep_named(const std::string& name, const std::string& option);

/// "monomial", "newton", "chebyshev" for this matrix; `scale` goes with the first. Throws
/// InputError for another name, and for a complex matrix with another basis than the monomial.
template <class Scalar>
Recurrence recurrence_of(const std::string& basis, double scale, const Csr<Scalar>& matrix, int k);

}  // namespace krylov
