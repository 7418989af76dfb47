#include "gmm/training_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "gmm/names.hpp"

namespace gmm {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& value,
                         const std::string& expected) {
    throw asp::InputError(fmt::format("{} {}: expected {}", option, value, expected));
}
[[noreturn]] void refuse_name(const std::string& option, const std::string& name,
                              const std::string& expected, const std::vector<std::string>& known) {
    const auto near = asp::nearest_name(name, known);
    refuse(option, name, expected + (near ? "; did you mean '" + *near + "'?" : ""));
}

long whole(const std::string& option, long value) {
    constexpr long most = std::numeric_limits<int>::max();
    if (value < 1) refuse(option, std::to_string(value), "a whole number of at least 1");
    if (value > most) refuse(option, std::to_string(value), fmt::format("at most {}", most));
    return value;
}
double not_negative(const std::string& option, double value) {
    if (!(value >= 0.0) || !std::isfinite(value))
        refuse(option, fmt::format("{:g}", value), "a number that is not negative");
    return value;
}

Covariance covariance_named(const std::string& name) {
    const auto covariance = parse_covariance(name);
    if (!covariance)
        refuse_name("--covariance", name, "full, tied, diag or spherical",
                    {"full", "tied", "diag", "spherical"});
    return *covariance;
}

/// A way to start; nothing for a file.
std::optional<Start> start_named(const std::string& name) {
    if (name.ends_with(".h5")) return std::nullopt;
    const auto start = parse_start(name);
    if (!start)
        refuse_name("--init", name, known_starts() + ", or a model FILE.h5",
                    {"kmeans", "k-means++", "random", "random_from_data"});
    return start;
}

Relevance relevance_of(const CommandLine& line) {
    if (!(line.relevance >= 0.0))
        refuse("--relevance", fmt::format("{:g}", line.relevance), "a number that is not negative");
    const std::vector<std::string> known{"means", "variances", "weights"};
    for (const std::string& name : line.adapt)
        if (std::find(known.begin(), known.end(), name) == known.end())
            refuse_name("--adapt", name, "means, variances or weights", known);
    const auto adapts = [&](const std::string& name) {
        return line.adapt.empty()
                   ? name == "means"
                   : std::find(line.adapt.begin(), line.adapt.end(), name) != line.adapt.end();
    };
    return {line.relevance,     line.relevance,   line.relevance,
            !adapts("weights"), !adapts("means"), !adapts("variances")};
}

/// What stands on the command line, in place of what `options` has.
void set_options(const CommandLine& line, FitOptions& options) {
    if (line.components)
        options.components = static_cast<std::size_t>(whole("--components", *line.components));
    if (line.covariance) options.covariance = covariance_named(*line.covariance);
    if (line.init)
        if (const auto start = start_named(*line.init)) options.start = *start;
    if (line.starts) options.starts = static_cast<int>(whole("--starts", *line.starts));
    if (line.iterations)
        options.iterations = static_cast<int>(whole("--iterations", *line.iterations));
    if (line.seed) options.seed = *line.seed;
    if (line.tolerance) options.tolerance = not_negative("--tolerance", *line.tolerance);
    if (line.regularization)
        options.m_step.regularization = not_negative("--regularization", *line.regularization);
    if (line.relative_floor)
        options.m_step.relative_floor = not_negative("--relative-floor", *line.relative_floor);
}

void set_selection(const CommandLine& line, Begin& begin) {
    if (line.select.empty()) return;
    const std::size_t dots = line.select.find("..");
    const auto number = [&](const std::string& text) {
        std::size_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        constexpr std::size_t most = std::numeric_limits<int>::max();
        if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > most)
            refuse("--select", line.select, "LO..HI components, as in 1..8");
        return value;
    };
    if (dots == std::string::npos) refuse("--select", line.select, "LO..HI components, as in 1..8");
    begin.select_from = number(line.select.substr(0, dots));
    begin.select_to = number(line.select.substr(dots + 2));
    if (begin.select_from > begin.select_to)
        refuse("--select", line.select, "the smaller number first");
    if (line.components || !line.resume.empty() || !line.prior.empty() || line.init)
        throw asp::InputError(
            "--select: expected neither --components, --init, --resume nor --prior beside it");
}

/// Options that a model to go on with has settled.
void require_free(const CommandLine& line) {
    const auto settled = [](bool is_given, const char* option) {
        if (is_given)
            throw asp::InputError(fmt::format(
                "{}: expected none with --resume, which goes on as the training began", option));
    };
    settled(line.components.has_value(), "--components");
    settled(line.covariance.has_value(), "--covariance");
    settled(line.init.has_value(), "--init");
    settled(line.starts.has_value(), "--starts");
    settled(line.seed.has_value(), "--seed");
    settled(line.precision != "auto", "--precision");
    settled(!line.prior.empty(), "--prior");
}

Begin resumed(const CommandLine& line) {
    require_free(line);
    Begin begin;
    begin.model = read_model(line.resume);
    set_options(line, begin.model.training.options);
    FitState& state = begin.model.state;
    const std::vector<double>& trace = state.trace;
    if (line.tolerance && trace.size() >= 2)  // what has ended may go on to a smaller one
        state.converged = std::abs(trace.back() - trace[trace.size() - 2]) <
                          begin.model.training.options.tolerance;
    if (!begin.model.training.prior.empty())
        begin.prior = read_model(begin.model.training.prior).state.mixture;
    return begin;
}

}  // namespace

Begin training_of(const CommandLine& line) {
    Begin begin = line.resume.empty() ? Begin{} : resumed(line);
    Training& training = begin.model.training;
    // Of a training that goes on, what is not said again stays: its frames may lie elsewhere now.
    if (!line.inputs.empty()) training.inputs = line.inputs;
    if (!line.weights.empty()) training.weights = line.weights;
    if (!line.rows.empty()) training.rows = line.rows;
    if (!line.resume.empty()) return begin;
    set_options(line, training.options);
    set_selection(line, begin);
    if (!line.prior.empty()) {
        if (line.components || line.covariance || line.init || line.starts)
            throw asp::InputError(
                "--prior: expected none of --components, --covariance, --init and --starts beside "
                "it");
        training.prior = line.prior.string();
        training.relevance = relevance_of(line);
        begin.prior = read_model(line.prior).state.mixture;
        training.options.components = begin.prior->components();
        training.options.covariance = begin.prior->covariance;
    } else if (!line.components && begin.select_from == 0 &&
               !(line.init && line.init->ends_with(".h5"))) {
        throw asp::InputError("--components: expected a number of components");
    }
    if (line.init && line.init->ends_with(".h5")) {
        Mixture given = read_model(*line.init).state.mixture;
        if ((line.components && given.components() != training.options.components) ||
            (line.covariance && given.covariance != training.options.covariance))
            refuse("--init", *line.init,
                   fmt::format("{} components of covariance {}, as the command line says",
                               training.options.components, name_of(training.options.covariance)));
        if (training.options.starts > 1)
            refuse("--starts", std::to_string(training.options.starts),
                   "1 where a model is given to start from");
        training.options.components = given.components();
        training.options.covariance = given.covariance;
        begin.model.state.mixture = std::move(given);
    }
    return begin;
}

void require_fitting(const Mixture& mixture, const std::string& of, std::size_t dimension) {
    if (mixture.dimension() != dimension)
        throw asp::InputError(
            fmt::format("{}: is of {} dimensions: expected {}, as the frames have", of,
                        mixture.dimension(), dimension));
}

}  // namespace gmm
