#pragma once
// For *.test.cpp only: what every specializer promises, checked on problems of its author's choice.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/specialize/check.hpp"
#include "asp/specialize/kernel.hpp"

namespace asp::testing {

/// A function that the specializer must accept.
struct ConformanceProblem {
    ir::Function function;
    Constants given = {};
};

/// The default, and every variant that differs from it in one parameter.
inline std::vector<Variant> neighbours_of_default(const Space& space) {
    std::vector<Variant> variants{space.default_variant()};
    for (const Parameter& p : space.parameters)
        for (const long value : p.values) {
            Variant variant = space.default_variant();
            variant[p.name] = value;
            if (variant != variants.front() && space.valid(variant)) variants.push_back(variant);
        }
    return variants;
}

inline std::string without_comments(const std::string& text) {
    std::string code;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end = std::min(text.find('\n', i), text.size());
        const std::string line = text.substr(i, end - i);
        const std::string kept = line.substr(0, line.find("//"));
        if (kept.find_first_not_of(' ') != std::string::npos) code += kept + "\n";
        i = end + 1;
    }
    return code;
}

inline Problem parsed(const Specializer& specializer, const ConformanceProblem& problem) {
    Diagnostics diagnostics;
    const auto found = specializer.parse(problem.function, problem.given, diagnostics);
    for (const std::string& line : diagnostics.lines()) UNSCOPED_INFO(line);
    REQUIRE(found.has_value());
    REQUIRE(diagnostics.empty());
    return *found;
}

inline void require_same_bits(const Example& a, const Example& b) {
    for (std::size_t k = 0; k < a.arrays.size(); ++k) {
        INFO("array " << a.arrays[k].name);
        REQUIRE(std::ranges::equal(a.arrays[k].integers, b.arrays[k].integers));
        const auto &x = a.arrays[k].reals, &y = b.arrays[k].reals;
        REQUIRE(x.size() == y.size());
        REQUIRE((x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0));
    }
}

/// What `run(arguments, lo, hi)` makes of the example, range by range.
template <class Run>
Example run_in_ranges(Example example, const std::vector<long>& parameters, Run&& run,
                      std::vector<long> cuts) {
    const BoundExample bound(example, parameters.empty() ? nullptr : parameters.data());
    cuts.insert(cuts.begin(), 0);
    cuts.push_back(example.extent);
    for (std::size_t k = 0; k + 1 < cuts.size(); ++k)
        REQUIRE(run(bound.arguments(), cuts[k], cuts[k + 1]) == 0);
    return example;
}

inline std::vector<long> random_cuts(long extent, std::mt19937_64& random) {
    std::vector<long> cuts;
    for (int k = 0; k < 4; ++k)
        cuts.push_back(static_cast<long>(random() % static_cast<std::uint64_t>(extent + 1)));
    std::ranges::sort(cuts);
    return cuts;
}

/// Around the width of vectors and chunks: none, one, just under, just, just over, many.
inline const std::vector<long> extents{0, 1, 7, 8, 9, 16, 513};

/// One rung on all extents: agrees with the interpreter, and ranges may be cut anywhere.
template <class Run>
void check_rung(const Specializer& specializer, const Problem& problem, Run&& run,
                const std::vector<long>& parameters) {
    const Interpreter interpreter = specializer.interpreter(problem);
    const std::vector<Tolerance> tolerances = specializer.tolerances(problem);
    std::mt19937_64 random(3);
    for (const long extent : extents) {
        INFO("extent " << extent);
        const Example example =
            specializer.example(problem, static_cast<std::uint64_t>(extent), extent);
        REQUIRE(example.extent == extent);
        const Example whole = run_in_ranges(example, parameters, run, {});
        const auto found = disagreement(whole, interpret_example(example, interpreter), tolerances);
        INFO(found.value_or("agrees"));
        REQUIRE(!found);
        for (int k = 0; k < 3; ++k)
            require_same_bits(whole,
                              run_in_ranges(example, parameters, run, random_cuts(extent, random)));
    }
}

/// The same problem gives the same text, in any graph; what users write stays in comments.
inline void check_text(const Specializer& specializer, const ConformanceProblem& given,
                       const Variant& variant) {
    for (const Target target : {Target::cpu, Target::cuda}) {
        const auto text = [&](const Problem& p) {
            return translation_unit(specializer.lower(p, variant, target));
        };
        const Problem problem = parsed(specializer, given);
        REQUIRE(text(problem) == text(problem));
        REQUIRE(text(problem) == text(detached(problem)));

        ConformanceProblem hostile = given;
        const std::string marker = "int ruined; */ \\\n#error ruined\n";
        hostile.function.name = marker;
        for (ir::Argument& argument : hostile.function.arguments) argument.name += marker;
        for (ir::Result& result : hostile.function.results) result.name = marker;
        hostile.function.source = std::make_shared<ir::Source>(ir::Source{marker, marker, 1});
        const std::string code = without_comments(text(parsed(specializer, hostile)));
        REQUIRE(code.find("ruined") == std::string::npos);
        REQUIRE(code == without_comments(text(problem)));
    }
}

inline void check_features_and_space(const Specializer& specializer, const Problem& problem,
                                     const Space& space) {
    REQUIRE(space.valid(space.default_variant()));
    for (const Parameter& p : space.parameters) {
        INFO("parameter " << p.name);
        REQUIRE(std::ranges::is_sorted(p.values));
        REQUIRE(std::ranges::count(p.values, p.default_value) == 1);
    }
    const Features features = specializer.features(problem, 1000);
    REQUIRE(!features.empty());
    REQUIRE(features == specializer.features(detached(problem), 1000));
}

/// The variants, compiled together, and the kernel that make_kernel makes.
inline void check_compiled(const Specializer& specializer, const Problem& problem,
                           const Space& space, const jit::Toolchain& toolchain) {
    const ScratchFolder folder;
    jit::KernelCache cache(folder.path() / "cache");
    std::vector<Specialization> lowered;
    const std::vector<Variant> variants = neighbours_of_default(space);
    for (const Variant& variant : variants)
        lowered.push_back(specializer.lower(problem, variant, Target::cpu));
    jit::CompileOptions options;
    options.time_limit = std::chrono::minutes(5);  // all variants together, on a busy machine
    const jit::BuildResult built = cache.get_or_build(source_of(lowered), toolchain, options);
    if (!built) FAIL(built.error().message << "\n" << built.error().log);
    for (std::size_t k = 0; k < variants.size(); ++k) {
        INFO("variant " << to_string(variants[k]));
        const std::string name = std::string(default_entry) + "_" + std::to_string(k);
        const auto entry = built->function<int(const Arguments&, long, long)>(name.c_str());
        const auto parameters = run_time_parameters(space, variants[k]);
        check_rung(specializer, problem, entry, parameters);
        REQUIRE(!objection(specializer, problem, entry, parameters, Isolation::child));
    }

    Context context;
    context.mode = Mode::required;
    context.cache = &cache;
    context.toolchain = [&] { return toolchain; };
    context.compile = options;
    const Kernel kernel = make_kernel(specializer, problem, context);
    REQUIRE(kernel.rung() == Rung::specialized);
    check_rung(specializer, problem,
               [&](const Arguments& a, long lo, long hi) { return kernel.run(a, lo, hi); }, {});
}

/// All of it for each problem. Without a compiler the compiled rung is left out, with a warning.
inline void check_conformance(const Specializer& specializer,
                              const std::vector<ConformanceProblem>& problems) {
    REQUIRE(!specializer.name().empty());
    for (std::size_t i = 0; i < problems.size(); ++i) {
        INFO(specializer.name() << ", problem " << i);
        const Problem problem = parsed(specializer, problems[i]);
        const Space space = specializer.space(problem, jit::measure_platform());
        check_features_and_space(specializer, problem, space);
        for (const Variant& variant : neighbours_of_default(space))
            check_text(specializer, problems[i], variant);
        check_rung(specializer, problem, specializer.interpreter(problem), {});
        if (const Entry entry = specializer.built_in(problem))
            check_rung(specializer, problem, entry, {});
        if (const auto& toolchain = jit::host_toolchain())
            check_compiled(specializer, problem, space, *toolchain);
        else
            WARN("no compiler: the specialized rung is not checked");
    }
}

}  // namespace asp::testing
