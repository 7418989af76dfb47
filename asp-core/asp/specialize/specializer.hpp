#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/diagnostics.hpp"
#include "asp/ir/parse.hpp"
#include "asp/jit/platform.hpp"
#include "asp/kernel/arguments.hpp"
#include "asp/specialize/example.hpp"
#include "asp/specialize/problem.hpp"
#include "asp/specialize/specialization.hpp"
#include "asp/specialize/variant.hpp"

namespace asp {

/// An Entry with a memory: how the interpreter works on a range. May run on many threads at once.
using Interpreter = std::function<int(const Arguments& arguments, long lo, long hi)>;

/// What knows one pattern of computation. Everything else (compile, cache, check, ladder, tuning,
/// database, conformance tests) follows from it. Has no state; outlives its kernels.
class Specializer {
public:
    virtual ~Specializer() = default;

    virtual std::string name() const = 0;  ///< "newton"
    /// Raised with every change of the generated text or of what a variant means.
    virtual int version() const = 0;

    /// The meaning of a function that the front end has read; `given` is what the user fixed
    /// besides
    /// ({"unknowns": 4}). Nothing, and complaints, where it is not of this pattern.
    virtual std::optional<Problem> parse(const ir::Function& function, const Constants& given,
                                         Diagnostics& diagnostics) const = 0;

    /// What of a problem, over an index space of `extent`, matters for tuning.
    virtual Features features(const Problem& problem, long extent) const = 0;

    virtual Space space(const Problem& problem, const jit::Platform& platform) const = 0;

    /// Deterministic: the same problem, variant and target give the same text.
    virtual Specialization lower(const Problem& problem, const Variant& variant,
                                 Target target) const = 0;

    /// The lowest rung, which always works: also the oracle of every check. Keeps what it needs of
    /// the problem.
    virtual Interpreter interpreter(const Problem& problem) const = 0;

    /// A kernel of the ordinary build that does this problem; null where there is none. Gets no
    /// run-time parameters.
    virtual Entry built_in(const Problem&) const { return nullptr; }

    /// Valid random input, the same for the same seed.
    virtual Example example(const Problem& problem, std::uint64_t seed, long extent) const = 0;

    /// How far rungs and variants may differ, for each array of an example.
    virtual std::vector<Tolerance> tolerances(const Problem& problem) const = 0;
};

/// The last function that a text defines, as a problem. Nothing, and complaints with place and
/// caret, where the text or its meaning is wrong.
std::optional<Problem> parse_problem(const Specializer& specializer,
                                     std::shared_ptr<const ir::Source> source,
                                     const ir::Environment& environment, const Constants& given,
                                     Diagnostics& diagnostics);

/// The variant's run-time parameters in the order in which a kernel gets them.
std::vector<long> run_time_parameters(const Space& space, const Variant& variant);

/// "lanes = 8, pivoting = 0"
std::string to_string(const Variant& variant);

}  // namespace asp
