#include "bloodflow/formula_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>

#include "asp/base/error.hpp"
#include "asp/ir/interpreter.hpp"
#include "asp/jit/kernel_cache.hpp"
#include "bloodflow/law_functions.hpp"
#include "bloodflow/law_source.hpp"
#include "bloodflow/native_kernels.hpp"
#include "bloodflow/probe_step.hpp"

namespace bloodflow {
namespace ir = asp::ir;
namespace {

constexpr std::size_t variables = law_variables.size();

/// Coefficients by the law's setup functions.
class FormulaCoefficients final : public WallCoefficients {
public:
    explicit FormulaCoefficients(const FoldedLaw& law)
        : cell_(law.groups[0]), face_(law.groups[1]), end_(law.groups[2]) {}

    Counts counts() const override { return {cell_.count(), face_.count(), end_.count()}; }
    void at_cell(const WallSite& site, std::span<double> values) const override {
        cell_.evaluate(site, site, 0.0, values);
    }
    void at_face(const WallSite& site, std::span<double> values) const override {
        face_.evaluate(site, site, 0.0, values);
    }
    void at_end(const WallSite& end, const WallSite& cell, double per_half_cell,
                std::span<double> values) const override {
        end_.evaluate(end, cell, per_half_cell, values);
    }

private:
    class Setup {
    public:
        explicit Setup(const FoldedGroup& group)
            : program_(group.setup),
              results_(group.setup.results.size()),
              kept_(group.kept),
              constants_(group.constants),
              multiples_(group.multiples) {}
        std::size_t count() const { return kept_.size(); }
        void evaluate(const WallSite& site, const WallSite& cell, double per_half_cell,
                      std::span<double> values) const {
            const auto arguments =
                setup_arguments(*site.network, site.vessel, site.s, cell.s, per_half_cell);
            std::vector<double> all(results_);
            program_.run_at(arguments, all);
            for (std::size_t k = 0; k < kept_.size(); ++k) values[k] = all[kept_[k]];
            // The generated code relies on what was found at samples of places.
            const auto is = [](double a, double b) {
                return std::abs(a - b) <= 1e-14 * std::abs(b);
            };
            for (const auto& c : constants_) ASP_ASSERT(is(all[c.result], c.value));
            for (const auto& m : multiples_) ASP_ASSERT(is(all[m.result], m.factor * all[m.of]));
        }

    private:
        ir::Program<double> program_;
        std::size_t results_;
        std::vector<std::size_t> kept_;
        std::vector<FoldedGroup::Constant> constants_;
        std::vector<FoldedGroup::Multiple> multiples_;
    };
    Setup cell_, face_, end_;
};

/// A law's functions for the interpreter, each with the coefficients it reads.
struct InterpretedPrograms {
    struct One {
        ir::Program<double> program;
        LawPlace place;
        std::vector<std::size_t> coefficients;
        std::size_t variables;
    };
    std::array<std::unique_ptr<One>, law_functions> functions;

    explicit InterpretedPrograms(const FoldedLaw& law) {
        for (std::size_t place = 0; place < law_places; ++place) {
            const FoldedGroup& group = law.groups[place];
            for (std::size_t r = 0; r < group.functions.size(); ++r) {
                const LawFunction function = group.functions[r];
                const auto taken = variables_of(function);
                ir::Function f{group.kernel.name,
                               {},
                               {group.kernel.results[r]},
                               std::make_shared<ir::Graph>(),
                               nullptr};
                std::vector<ir::Expression> replacements(group.kernel.arguments.size());
                std::vector<std::size_t> used;
                const ir::Expression value = group.kernel.results[r].value;
                for (const std::size_t variable : taken) {
                    replacements[variable] = f.argument(f.arguments.size());
                    f.arguments.push_back(group.kernel.arguments[variable]);
                }
                for (std::size_t k = 0; k < group.kept.size(); ++k) {
                    const std::size_t argument = variables + k;
                    if (!ir::depends_on(value, [&](std::size_t i) { return i == argument; }))
                        continue;
                    used.push_back(k);
                    replacements[argument] = f.argument(f.arguments.size());
                    f.arguments.push_back(group.kernel.arguments[argument]);
                }
                f.results[0].value = ir::substitute(value, *f.graph, replacements);
                functions[static_cast<std::size_t>(function)] = std::make_unique<One>(
                    One{ir::Program<double>(f), static_cast<LawPlace>(place), used, taken.size()});
            }
        }
    }

    static void interpret(const Coefficients& c, LawFunction function, const double* x,
                          const double* y, long first, double* result, long n) {
        const auto& all = *static_cast<const InterpretedPrograms*>(c.law);
        const One& one = *all.functions[static_cast<std::size_t>(function)];
        std::array<ir::Column<double>, Coefficients::most + 2> columns;
        columns[0] = {x};
        columns[1] = {y};
        const double* const* arrays = one.place == LawPlace::cell   ? c.cell
                                      : one.place == LawPlace::face ? c.face
                                                                    : c.end;
        for (std::size_t k = 0; k < one.coefficients.size(); ++k)
            columns[one.variables + k] = {arrays[one.coefficients[k]] + first};
        double* const results[] = {result};
        one.program.run({columns.data(), one.variables + one.coefficients.size()}, results,
                        static_cast<std::size_t>(n));
    }
};

std::string wall_words(const Network& network, bool varies) {
    const auto& law = network.vessels.front().tube_law;
    std::string words = varies ? "varying" : "uniform";
    words += law != nullptr ? " wall of a formula" : " wall";
    if (network.friction_law != nullptr) words += ", friction of a formula";
    return words;
}

bool has_formula(const Network& network) {
    return network.vessels.front().tube_law != nullptr || network.friction_law != nullptr;
}

StepKernels interpreted(const Network& network, const FoldedLaw& law) {
    const bool varies = wall_varies(network), linear = network.friction_law == nullptr;
    const NativeKernels& native = native_kernels();
    const auto programs = std::make_shared<InterpretedPrograms>(law);
    StepKernels step;
    step.table = varies ? native.interpreted_varying[linear] : native.interpreted_uniform[linear];
    step.coefficients = std::make_shared<FormulaCoefficients>(law);
    step.wall_varies = varies;
    step.rung = asp::Rung::interpreted;
    step.description = fmt::format("interpreted, {}", wall_words(network, varies));
    step.interpret = InterpretedPrograms::interpret;
    step.law = programs.get();
    step.owner = programs;
    return step;
}

/// The modules of a step, compiled side by side.
std::vector<asp::jit::BuildResult> build(const std::vector<asp::jit::Source>& sources,
                                         const asp::Context& context) {
    std::vector<std::future<asp::jit::BuildResult>> running;
    const std::optional<asp::jit::Toolchain> toolchain =
        context.toolchain ? context.toolchain() : std::nullopt;
    const auto build_one = [&](const asp::jit::Source& source) {
        return context.cache->get_or_build(source, toolchain, context.compile);
    };
    for (std::size_t i = 1; i < sources.size(); ++i)
        running.push_back(std::async(std::launch::async, build_one, std::cref(sources[i])));
    std::vector<asp::jit::BuildResult> results{build_one(sources[0])};
    for (auto& one : running) results.push_back(one.get());
    return results;
}

/// Nothing, and the reason, where it cannot be specialized.
std::optional<StepKernels> specialized(const Network& network, const FoldedLaw& law,
                                       const asp::Context& context, std::string& reason) {
    if (context.cache == nullptr) {
        reason = "there is no place for compiled kernels";
        return std::nullopt;
    }
    const auto begin = std::chrono::steady_clock::now();
    const bool varies = wall_varies(network);
    const auto sources = law_sources(network, law, varies);
    auto modules = std::make_shared<std::vector<asp::jit::Module>>();
    for (asp::jit::BuildResult& built : build(sources, context)) {
        if (!built.has_value()) {
            reason = built.error().message;
            return std::nullopt;
        }
        modules->push_back(std::move(built.value()));
    }
    StepKernels step;
    for (const asp::jit::Module& module : *modules)
        module.function<void(KernelTable&)>(law_entry)(step.table);
    step.coefficients = std::make_shared<FormulaCoefficients>(law);
    step.wall_varies = varies;
    step.rung = asp::Rung::specialized;
    const auto& provenance = modules->front().provenance();
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - begin;
    const bool compiled = std::any_of(modules->begin(), modules->end(), [](const auto& m) {
        return m.provenance().origin == asp::jit::Provenance::Origin::compiled;
    });
    step.description = fmt::format("specialized for {}, {}; {} in {:.3g} ms",
                                   provenance.instruction_set, wall_words(network, varies),
                                   compiled ? "compiled" : "from the cache", spent.count());
    step.source = law_source(network, law, varies, LawPart::all);
    step.owner = modules;
    return step;
}

}  // namespace

StepKernels interpreted_step(const Network& network) {
    return interpreted(network, fold(network, wall_varies(network)));
}

std::string step_source(const Network& network) {
    const bool varies = wall_varies(network);
    return law_source(network, fold(network, varies), varies, LawPart::all);
}

StepKernels make_step(const Network& network, const asp::Context& context) {
    if (context.mode == asp::Mode::off && !has_formula(network))
        return built_in_step(network, native_kernels());
    const FoldedLaw law = fold(network, wall_varies(network));
    std::string reason;
    if (context.mode != asp::Mode::off) {
        const auto step = specialized(network, law, context, reason);
        if (step && agrees(network, *step, interpreted(network, law))) return *step;
        if (step) reason = "the compiled kernels do not compute what the formulas say";
        if (context.mode == asp::Mode::required)
            throw asp::BackendError(fmt::format("cannot specialize: {}", reason));
    }
    StepKernels step =
        has_formula(network) ? interpreted(network, law) : built_in_step(network, native_kernels());
    if (!reason.empty() && context.say)
        context.say(fmt::format("{}; running {}", reason,
                                has_formula(network) ? "the interpreter, about 3 times slower"
                                                     : "the built-in kernels, hardly slower"));
    return step;
}

}  // namespace bloodflow
