#include "gmm/model_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "asp/base/error.hpp"
#include "gmm/detail/hdf5_fields.hpp"
#include "gmm/names.hpp"

namespace gmm {
namespace {

using asp::io::H5Writer;
using detail::FieldReader;

void write_mixture(H5Writer& writer, const std::string& group, const Mixture& mixture) {
    writer.write(group + "/weights", mixture.weights.view(),
                 {.description = "of the components, sum 1"});
    writer.write(group + "/means", mixture.means.view(),
                 {.description = "of the components, in the units of the features"});
    writer.write(
        group + "/covariances", mixture.covariances.view(),
        {.description = "diag: variances [M, D]; spherical: [M, 1]; full: matrices [M, D*D]; "
                        "tied: [1, D*D]"});
    writer.annotate(group, "covariance", std::string(name_of(mixture.covariance)));
}

void write_state(H5Writer& writer, const std::string& group, const FitState& state) {
    write_mixture(writer, group + "/mixture", state.mixture);
    writer.write_int(group + "/iteration", state.iteration);
    writer.write_int(group + "/converged", state.converged ? 1 : 0);
    writer.write(
        group + "/trace", std::span<const double>(state.trace), {state.trace.size()},
        {.units = "nat", .description = "mean log-likelihood of a frame before each iteration"});
    writer.write_double(group + "/greatest_fall", state.greatest_fall, {.units = "nat"});
    writer.write_int(group + "/start", state.start);
    writer.write_int(group + "/starts_left", state.starts_left);
    if (state.log_likelihood)
        writer.write_double(group + "/log_likelihood", *state.log_likelihood,
                            {.units = "nat", .description = "mean over frames, of the mixture"});
    if (!state.best.empty()) write_state(writer, group + "/best", state.best.front());
    std::vector<std::string> kinds, texts;
    std::vector<std::int64_t> components, iterations;
    for (const Repair& repair : state.repairs) {
        kinds.emplace_back(name_of(repair.kind));
        texts.push_back(repair.what);
        components.push_back(static_cast<std::int64_t>(repair.component));
        iterations.push_back(repair.iteration);
    }
    writer.write_strings(group + "/repairs/kind", kinds);
    writer.write_strings(group + "/repairs/what", texts);
    writer.write(group + "/repairs/component", std::span<const std::int64_t>(components),
                 {components.size()});
    writer.write(group + "/repairs/iteration", std::span<const std::int64_t>(iterations),
                 {iterations.size()});
}

void write_training(H5Writer& writer, const Training& training) {
    const std::string at = "/training/";
    const FitOptions& options = training.options;
    writer.write_strings(at + "inputs", training.inputs);
    writer.write_string(at + "weights", training.weights);
    writer.write_string(at + "rows", training.rows);
    writer.write_string(at + "precision", training.precision);
    writer.write_string(at + "covariance", std::string(name_of(options.covariance)));
    writer.write_int(at + "components", static_cast<std::int64_t>(options.components));
    writer.write_string(at + "start", std::string(name_of(options.start)));
    writer.write_int(at + "starts", options.starts);
    writer.write_int(at + "iterations", options.iterations);
    writer.write_double(at + "tolerance", options.tolerance, {.units = "nat"});
    writer.write_int(at + "seed", static_cast<std::int64_t>(options.seed));
    writer.write_double(at + "regularization", options.m_step.regularization);
    writer.write_double(at + "relative_floor", options.m_step.relative_floor);
    writer.write_double(at + "least_weight", options.m_step.least_weight);
    writer.write_string(at + "prior", training.prior);
    const Relevance& relevance = training.relevance;
    const std::array<double, 6> factors{relevance.weights,
                                        relevance.means,
                                        relevance.variances,
                                        relevance.keeps_weights ? 1.0 : 0.0,
                                        relevance.keeps_means ? 1.0 : 0.0,
                                        relevance.keeps_variances ? 1.0 : 0.0};
    writer.write(at + "relevance", std::span<const double>(factors), {factors.size()},
                 {.description = "of weights, means, variances; whether these are the prior's"});
}

Mixture read_mixture(const FieldReader& reader, const std::string& group) {
    Mixture mixture;
    mixture.covariance = reader.covariance(group);
    const auto extents = reader.matrix_extents(group + "/means");
    mixture.means = reader.matrix(group + "/means", extents);
    mixture.weights = reader.vector(group + "/weights", extents[0]);
    mixture.covariances = reader.matrix(
        group + "/covariances", covariance_extents(mixture.covariance, extents[0], extents[1]));
    double sum = 0.0;
    for (const double weight : mixture.weights) {
        if (weight < 0.0)
            reader.refuse(group + "/weights",
                          fmt::format("{:g}: expected no negative one", weight));
        sum += weight;
    }
    // Sums of M rounded numbers, or of what another program wrote in single precision.
    if (std::abs(sum - 1.0) > 1e-5)
        reader.refuse(group + "/weights", fmt::format("their sum is {:g}: expected 1", sum));
    try {
        static_cast<void>(whitening(mixture));
    } catch (const asp::InputError& error) {
        reader.refuse(group + "/covariances", error.what());
    }
    return mixture;
}

FitState read_state(const FieldReader& reader, const std::string& group) {
    const auto& file = reader.file();
    FitState state;
    state.mixture = read_mixture(reader, group + "/mixture");
    state.iteration = static_cast<int>(file.read_int(group + "/iteration"));
    state.converged = file.read_int(group + "/converged") != 0;
    state.trace = file.read_doubles(group + "/trace");
    state.greatest_fall = file.read_double(group + "/greatest_fall");
    state.start = static_cast<int>(file.read_int(group + "/start"));
    state.starts_left = static_cast<int>(file.read_int(group + "/starts_left"));
    if (file.has(group + "/log_likelihood"))
        state.log_likelihood = file.read_double(group + "/log_likelihood");
    if (file.has(group + "/best")) state.best.push_back(read_state(reader, group + "/best"));
    const auto kinds = file.read_strings(group + "/repairs/kind");
    const auto texts = file.read_strings(group + "/repairs/what");
    const auto components = file.read_ints(group + "/repairs/component");
    const auto iterations = file.read_ints(group + "/repairs/iteration");
    if (texts.size() != kinds.size() || components.size() != kinds.size() ||
        iterations.size() != kinds.size())
        reader.refuse(group + "/repairs", "expected lists of one length");
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const auto kind = parse_repair(kinds[i]);
        if (!kind)
            reader.refuse(group + "/repairs/kind", fmt::format("'{}': is no repair", kinds[i]));
        state.repairs.push_back({*kind, static_cast<std::size_t>(components[i]),
                                 static_cast<int>(iterations[i]), texts[i]});
    }
    return state;
}

Training read_training(const FieldReader& reader) {
    const auto& file = reader.file();
    const std::string at = "/training/";
    Training training;
    training.inputs = file.read_strings(at + "inputs");
    training.weights = file.read_string(at + "weights");
    training.rows = file.read_string(at + "rows");
    training.precision = file.read_string(at + "precision");
    FitOptions& options = training.options;
    const auto covariance = parse_covariance(file.read_string(at + "covariance"));
    if (!covariance) reader.refuse(at + "covariance", "expected full, tied, diag or spherical");
    options.covariance = *covariance;
    const auto start = parse_start(file.read_string(at + "start"));
    if (!start) reader.refuse(at + "start", "expected " + known_starts());
    options.start = *start;
    options.components = static_cast<std::size_t>(file.read_int(at + "components"));
    options.starts = static_cast<int>(file.read_int(at + "starts"));
    options.iterations = static_cast<int>(file.read_int(at + "iterations"));
    options.tolerance = file.read_double(at + "tolerance");
    options.seed = static_cast<std::uint64_t>(file.read_int(at + "seed"));
    options.m_step.regularization = file.read_double(at + "regularization");
    options.m_step.relative_floor = file.read_double(at + "relative_floor");
    options.m_step.least_weight = file.read_double(at + "least_weight");
    training.prior = file.read_string(at + "prior");
    const auto factors = reader.vector(at + "relevance", 6);
    training.relevance = {factors(0),        factors(1),        factors(2),
                          factors(3) != 0.0, factors(4) != 0.0, factors(5) != 0.0};
    return training;
}

constexpr const char* model_format = "gmm model";
constexpr const char* statistics_format = "gmm statistics";

}  // namespace

void write_model(const std::filesystem::path& path, const Model& model) {
    H5Writer writer(path);
    detail::mark(writer, model_format);
    write_state(writer, "/fit", model.state);
    write_training(writer, model.training);
    writer.close();
}

Model read_model(const std::filesystem::path& path) {
    const FieldReader reader(path, model_format);
    Model model;
    model.state = read_state(reader, "/fit");
    model.training = read_training(reader);
    model.program_version = reader.file().string_attribute("/", "program_version");
    return model;
}

void write_statistics(const std::filesystem::path& path, const Statistics& statistics) {
    H5Writer writer(path);
    detail::mark(writer, statistics_format);
    const std::string at = "/statistics";
    writer.write(at + "/about", statistics.about.view());
    writer.write(at + "/weight", statistics.weight.view());
    writer.write(at + "/first", statistics.first.view());
    writer.write(at + "/second", statistics.second.view());
    writer.write_double(at + "/log_likelihood", statistics.log_likelihood, {.units = "nat"});
    writer.write_double(at + "/total_weight", statistics.total_weight);
    writer.write_int(at + "/frames", statistics.frames);
    writer.annotate(at, "covariance", std::string(name_of(statistics.covariance)));
    writer.close();
}

Statistics read_statistics(const std::filesystem::path& path) {
    const FieldReader reader(path, statistics_format);
    const std::string at = "/statistics";
    const Covariance covariance = reader.covariance(at);
    const auto extents = reader.matrix_extents(at + "/about");
    Statistics statistics = Statistics::zero(covariance, reader.matrix(at + "/about", extents));
    statistics.weight = reader.vector(at + "/weight", extents[0]);
    statistics.first = reader.matrix(at + "/first", extents);
    statistics.second =
        reader.matrix(at + "/second", second_extents(covariance, extents[0], extents[1]));
    statistics.log_likelihood = reader.file().read_double(at + "/log_likelihood");
    statistics.total_weight = reader.file().read_double(at + "/total_weight");
    statistics.frames = reader.file().read_int(at + "/frames");
    return statistics;
}

}  // namespace gmm
