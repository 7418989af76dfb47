#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/io/hdf5.hpp"
#include "gmm/commands.hpp"
#include "gmm/report.hpp"
#include "gmm/session.hpp"
#include "gmm/summary.hpp"
#include "gmm/training_options.hpp"

namespace gmm {
namespace {

/// What a mixture says of frames.
struct Scores {
    std::vector<double> log_likelihood;    ///< [N] [nats]
    std::vector<std::int32_t> component;   ///< [N]
    std::vector<double> responsibilities;  ///< [N, M]; empty where not asked for
    double sum = 0.0;                      ///< [nats]
};

/// Throws InputError for a frame whose distance from the mixture has no square in Real: its scores
/// would be none.
template <class Real>
void require_scores(const Frames<Real>& block, std::size_t first, std::span<const double> scores,
                    const FrameInput& input) {
    const auto is_finite = [](double value) { return std::isfinite(value); };
    const auto bad = std::find_if_not(scores.begin(), scores.end(), is_finite);
    if (bad == scores.end()) return;
    const auto n = static_cast<std::size_t>(bad - scores.begin());
    const auto x = block.rows[n];
    const auto largest = std::max_element(x.begin(), x.end(),
                                          [](Real a, Real b) { return std::abs(a) < std::abs(b); });
    const bool is_single = sizeof(Real) == sizeof(float);
    throw asp::InputError(fmt::format(
        "{}, column {}: {:g} is so far from the mixture that the square leaves the range of {} "
        "precision{}",
        input.name_of(first + n), largest - x.begin(), *largest, is_single ? "single" : "double",
        is_single ? "; expected --precision double" : ""));
}

template <class Real>
Scores score(const CommandLine& line, const Mixture& mixture, const FrameInput& input,
             const Session& session) {
    const std::size_t N = input.size(), M = mixture.components();
    Scores scores;
    scores.log_likelihood.resize(N);
    scores.component.resize(N);
    if (line.responsibilities) scores.responsibilities.resize(N * M);
    asp::Progress progress(line.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    const auto source = input.frames<Real>({.before_block = stop_if_interrupted});
    source->visit([&](const Frames<Real>& block, std::size_t first) {
        FrameResults results;
        results.log_likelihood = std::span(scores.log_likelihood).subspan(first, block.size());
        results.component = std::span(scores.component).subspan(first, block.size());
        if (line.responsibilities)
            results.responsibilities = {scores.responsibilities.data() + first * M,
                                        {block.size(), M}};
        session.engine.evaluate<Real>(mixture, block, results);
        require_scores(block, first, results.log_likelihood, input);
        for (const double value : results.log_likelihood) scores.sum += value;
        progress.show(fmt::format("{} of {} frames", first + block.size(), N));
    });
    return scores;
}

void write(const CommandLine& line, const Scores& scores, std::size_t components) {
    asp::io::H5Writer writer(line.result);
    const std::size_t N = scores.log_likelihood.size();
    writer.write("/log_likelihood", std::span<const double>(scores.log_likelihood), {N},
                 {.units = "nat", .description = "ln of the density at each frame"});
    writer.write("/component", std::span<const std::int32_t>(scores.component), {N},
                 {.description = "the most responsible one, from 0"});
    if (line.responsibilities)
        writer.write("/responsibilities", std::span<const double>(scores.responsibilities),
                     {N, components}, {.description = "p(component | frame)"});
    writer.write_string("/model", line.model.string());
    writer.write_strings("/inputs", line.inputs);
    writer.close();
}

}  // namespace

asp::ExitCode score_command(const CommandLine& line) {
    const Model model = read_model(line.model);
    const Mixture& mixture = model.state.mixture;
    FrameFiles files{line.inputs, {}, {}};
    if (!line.rows.empty()) files.rows = parse_row_range(line.rows);
    const FrameInput input(files);
    require_fitting(mixture, line.model.string(), input.dimension());
    std::vector<std::string> sources = line.inputs;
    sources.push_back(line.model.string());
    require_other("-o", line.result, sources);
    if (!line.result.empty()) sources.push_back(line.result.string());
    require_other("--summary", line.summary, sources);
    require_writable(line.result);
    require_writable(line.summary);
    const Session session(line);
    const asp::InterruptGuard guard;
    const bool is_single =
        line.precision == "single" || (line.precision == "auto" && input.is_single());
    const Scores scores = is_single ? score<float>(line, mixture, input, session)
                                    : score<double>(line, mixture, input, session);
    if (!line.result.empty()) write(line, scores, mixture.components());
    const double mean = scores.sum / static_cast<double>(input.size());
    if (!line.quiet) {
        const Style style = Style::of_screen();
        fmt::print(
            "{}{}{}",
            entry(style, "model", fmt::format("{}: {}", line.model.string(), title_of(mixture))),
            entry(style, "frames", fmt::format("{}", input.size())),
            entry(style, "likelihood",
                  fmt::format("{} nats a frame", style.bold(fmt::format("{:.6f}", mean)))));
        if (!line.result.empty()) fmt::print("{}", entry(style, "scores", line.result.string()));
    }
    nlohmann::json summary = summary_of("score", line);
    summary["results"] = {{"frames", input.size()},
                          {"log_likelihood_nat", scores.sum},
                          {"mean_log_likelihood_nat", mean}};
    write_summary(line, summary);
    return asp::ExitCode::done;
}

}  // namespace gmm
