#include <fmt/format.h>

#include "gmm/commands.hpp"
#include "gmm/model_file.hpp"
#include "gmm/names.hpp"
#include "gmm/report.hpp"
#include "gmm/summary.hpp"

namespace gmm {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

/// How to train it again.
std::string training_text(const Training& training) {
    const FitOptions& options = training.options;
    std::string text = joined(training.inputs);
    if (!training.rows.empty()) text += ", rows " + training.rows;
    if (!training.weights.empty()) text += ", weights " + training.weights;
    text += fmt::format(", {} precision", training.precision);
    if (!training.prior.empty())
        return text + fmt::format(", adapted from {} (relevance {:g})", training.prior,
                                  training.relevance.means);
    return text + fmt::format(", start {}, {}, seed {}, tolerance {:g}, regularization {:g}",
                              name_of(options.start),
                              counted(static_cast<std::size_t>(options.starts), "start"),
                              options.seed, options.tolerance, options.m_step.regularization);
}

void print(const Model& model, const CommandLine& line) {
    const Style style = Style::of_screen();
    const FitState& state = model.state;
    fmt::print("{}",
               entry(style, "model",
                     fmt::format("{}: {}, {} free parameters", style.bold(line.model.string()),
                                 title_of(state.mixture), free_parameters(state.mixture))));
    fmt::print("{}", entry(style, "written by", "gmm " + model.program_version));
    fmt::print("{}", entry(style, "trained on", training_text(model.training)));
    fmt::print("{}", entry(style, "iterations",
                           fmt::format("{}, {}", state.iteration,
                                       state.converged ? "converged" : "not converged")));
    if (!state.trace.empty())
        fmt::print("{}", entry(style, "likelihood",
                               fmt::format("{:.6f} nats a frame", state.trace.back())));
    fmt::print("{}", repairs_text(style, state.repairs));
    if (const std::string trace = drawn(state.trace); !trace.empty()) fmt::print("\n{}", trace);
    constexpr std::size_t most = 20;
    fmt::print("\n{}", components_text(style, state.mixture, most));
}

}  // namespace

asp::ExitCode info_command(const CommandLine& line) {
    require_writable(line.summary);
    const Model model = read_model(line.model);
    if (!line.quiet) print(model, line);
    nlohmann::json summary = summary_of("info", line);
    const FitState& state = model.state;
    summary["results"] = {{"components", state.mixture.components()},
                          {"dimension", state.mixture.dimension()},
                          {"covariance", std::string(name_of(state.mixture.covariance))},
                          {"iterations", state.iteration},
                          {"converged", state.converged},
                          {"trace_nat", state.trace},
                          {"repairs", state.repairs.size()},
                          {"free_parameters", free_parameters(state.mixture)}};
    write_summary(line, summary);
    return asp::ExitCode::done;
}

}  // namespace gmm
