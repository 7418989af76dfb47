#include "gmm/specializer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

#include "gmm/detail/kernel_headers.hpp"
#include "gmm/detail/oracle.hpp"
#include "gmm/kernels/feature_em.hpp"
#include "gmm/native_kernels.hpp"

namespace gmm {
namespace {

struct Bound {
    const char* name;
    long least, most;
};
constexpr Bound bounds[]{{"components", 0, 1 << 20}, {"dimension", 0, 1 << 16},
                         {"form", 0, forms - 1},     {"has_frames_in_lanes", 0, 1},
                         {"is_single", 0, 1},        {"vector_bytes", 16, 64}};

/// Whether components along lanes would leave a quarter of them idle. Measured: from there on
/// frames along lanes are faster, as long as components are few.
bool leaves_lanes(int components, int lanes) {
    const int filled = (components + lanes - 1) / lanes * lanes;
    return components <= lanes + lanes / 2 && 4 * components <= 3 * filled;
}

struct Template {
    const char *name, *header;
};
Template template_of(const KernelConfig& c) {
    if (c.form == Form::whitened) return {"WhitenedEm", "gmm/kernels/whitened_em.hpp"};
    if (c.form == Form::centred) return {"CentredEm", "gmm/kernels/centred_em.hpp"};
    if (c.has_frames_in_lanes) return {"FrameEm", "gmm/kernels/frame_em.hpp"};
    return {"FeatureEm", "gmm/kernels/feature_em.hpp"};
}
const char* features_name(Form form) {
    return form == Form::norm ? "norm" : form == Form::products ? "products" : "squares";
}

long rows_of_parameters(Form form, long D) {
    switch (form) {
        case Form::squares:
        case Form::centred:
            return 2 * D;
        case Form::norm:
            return D + 1;
        case Form::products:
        case Form::whitened:
            break;
    }
    return D + D * (D + 1) / 2;
}

template <class Real>
asp::ExampleArray bytes_of(const char* name, const std::vector<Real>& data) {
    asp::ExampleArray array{name, {}, {}, false};
    array.integers.resize((data.size() * sizeof(Real) + sizeof(long) - 1) / sizeof(long));
    if (!data.empty()) std::memcpy(array.integers.data(), data.data(), data.size() * sizeof(Real));
    return array;
}

asp::ExampleArray results(const char* name, long count) {
    return {name, asp::AlignedVector<double>(static_cast<std::size_t>(count), 0.0), {}, true};
}

asp::ExampleArray absent(const char* name) {
    return {name, {}, {}, false};
}

/// Sizes of an example: whole tiles of every length, but where there are many slabs; the last one
/// is not full.
struct ExampleShape {
    ExampleShape(const KernelConfig& config, long slabs)
        : D(config.dimension > 0 ? config.dimension : 5),
          M(config.components > 0 ? config.components : 7),
          wide(wide_of(M, config.vector_bytes / (config.is_single ? 4 : 8))),
          count(rows_of_parameters(config.form, D)),
          extent(slabs),
          slab(slabs > 16 ? 3 : 480),
          frames(std::max(slab * slabs - slab / 3, 0L)),
          rows(frames + 3) {}

    long D, M, wide, count, extent, slab, frames, rows;
};

template <class Real>
class RandomReals {
public:
    explicit RandomReals(std::uint64_t seed) : random_(seed) {}
    Real one(double size) {
        return static_cast<Real>(size * (static_cast<double>(random_() >> 11U) * 0x1p-52 - 1.0));
    }
    std::vector<Real> many(long count, double size) {
        std::vector<Real> values(static_cast<std::size_t>(count));
        for (Real& value : values) value = one(size);
        return values;
    }

private:
    std::mt19937_64 random_;
};

std::vector<long> chosen_rows(const ExampleShape& shape) {
    std::vector<long> chosen(static_cast<std::size_t>(shape.frames));
    for (std::size_t n = 0; n < chosen.size(); ++n)
        chosen[n] = static_cast<long>((n * 7) % static_cast<std::size_t>(shape.rows));
    return chosen;
}

/// Frames about 0 and parameters of that order, some frames left out and some weighed.
template <class Real>
asp::Example make_example(const KernelConfig& config, std::uint64_t seed, long extent) {
    const ExampleShape shape(config, extent);
    const auto [D, M, wide, count, slabs, slab, frames, rows] = shape;
    RandomReals<Real> random(seed);
    std::vector<Real> constants(static_cast<std::size_t>(wide), Real(-1e30));
    for (long m = 0; m < M; ++m) constants[static_cast<std::size_t>(m)] = random.one(2.0);
    std::vector<Real> weights = random.many(rows, 1.0);
    for (Real& weight : weights) weight = weight < 0 ? Real(0) : weight;
    const std::vector<Real> scale(static_cast<std::size_t>(D), Real(0.5));
    const bool is_norm = config.form == Form::norm;

    asp::Example example;
    example.extent = extent;
    example.arrays = {
        bytes_of("rows", random.many(rows * D, 2.0)),
        bytes_of("chosen", chosen_rows(shape)),
        bytes_of("weights", weights),
        bytes_of("centre", random.many(D, 0.5)),
        bytes_of("scale", scale),
        is_norm ? bytes_of("transform", random.many(D * D, 0.5)) : absent("transform"),
        bytes_of("parameters", random.many(count * wide, 0.3)),
        bytes_of("constants", constants),
        results("sums", slabs * (count + 1) * wide),
        results("totals", 2 * slabs),
        results("log_likelihood", frames),
        results("responsibilities", frames * M),
        absent("component"),
        is_norm ? results("scatter", slabs * D * D) : absent("scatter"),
        results("scratch", scratch_reals(config, D, M, longest_tile(config.form)))};
    long given = 0;
    for (std::size_t place = 0; place < example.arrays.size(); ++place)
        if (example.arrays[place].size() > 0) given |= 1L << place;
    example.sizes = {D, M, frames, slab, 0, given};
    return example;
}

}  // namespace

std::vector<Form> forms_of(Covariance covariance) {
    switch (covariance) {
        case Covariance::full:
            return {Form::products, Form::whitened};
        case Covariance::tied:
            return {Form::norm, Form::whitened};
        case Covariance::diag:
            return {Form::squares, Form::centred};
        case Covariance::spherical:
            break;
    }
    return {Form::norm, Form::centred};
}

KernelConfig kernel_config(Form form, bool is_single, int dimension, int components) {
    const int bytes = native_kernels().vector_bytes, lanes = bytes / (is_single ? 4 : 8);
    return {form,      is_by_features(form) && leaves_lanes(components, lanes),
            is_single, bytes,
            dimension, components};
}

std::string to_string(const KernelConfig& c) {
    static constexpr const char* names[forms]{"squares", "norm", "products", "whitened", "centred"};
    return fmt::format("{}{}, {} precision, {} dimensions, {} components",
                       names[static_cast<int>(c.form)],
                       c.has_frames_in_lanes ? ", frames in lanes" : "",
                       c.is_single ? "single" : "double", c.dimension, c.components);
}

asp::Problem problem_of(const KernelConfig& c) {
    asp::ir::Function function;
    function.name = "gmm_em";
    function.graph = std::make_shared<asp::ir::Graph>();
    return {function,
            {{"components", c.components},
             {"dimension", c.dimension},
             {"form", static_cast<long>(c.form)},
             {"has_frames_in_lanes", c.has_frames_in_lanes},
             {"is_single", c.is_single},
             {"vector_bytes", c.vector_bytes}}};
}

KernelConfig config_of(const asp::Problem& problem) {
    const auto number = [&](const char* name) { return static_cast<int>(problem.constant(name)); };
    return {static_cast<Form>(number("form")),
            number("has_frames_in_lanes") != 0,
            number("is_single") != 0,
            number("vector_bytes"),
            number("dimension"),
            number("components")};
}

long scratch_reals(const KernelConfig& config, long D, long M, long tile) {
    const long lanes = config.vector_bytes / (config.is_single ? 4 : 8);
    const long wide = wide_of(M, lanes), count = rows_of_parameters(config.form, D);
    // Of a frame: its numbers, features, scores, whitened numbers, and what alignment adds.
    const long per_frame = D + wide + 64 + 6 * lanes + (is_by_features(config.form) ? count : 0) +
                           (config.form == Form::whitened ? wide * D : 0);
    const long sums = (count + 3) * (config.has_frames_in_lanes ? M * lanes : wide);
    return tile * per_frame + sums + D * D + 1024;
}

std::optional<asp::Problem> EmSpecializer::parse(const asp::ir::Function& function,
                                                 const asp::Constants& given,
                                                 asp::Diagnostics& diagnostics) const {
    asp::Problem problem = problem_of({});
    problem.function = function;
    for (const auto& [name, value] : given) {
        const auto* const bound =
            std::ranges::find_if(bounds, [&key = name](const Bound& b) { return key == b.name; });
        if (bound == std::end(bounds)) {
            diagnostics.error(fmt::format("gmm_em: {}: unknown constant", name));
        } else if (value < bound->least || value > bound->most) {
            diagnostics.error(fmt::format("gmm_em: {} = {}: expected {} to {}", name, value,
                                          bound->least, bound->most));
        }
        problem.constants[name] = value;
    }
    if (!diagnostics.empty()) return std::nullopt;
    return problem;
}

asp::Features EmSpecializer::features(const asp::Problem& problem, long) const {
    asp::Features features;  // not the number of frames: slabs are alike
    for (const auto& [name, value] : problem.constants) features[name] = static_cast<double>(value);
    return features;
}

asp::Space EmSpecializer::space(const asp::Problem& problem, const asp::jit::Platform&) const {
    const KernelConfig c = config_of(problem);
    return {
        {{"tile", {16, 48, longest_tile(c.form)}, default_tile(c.form, c.has_frames_in_lanes)}}};
}

asp::Specialization EmSpecializer::lower(const asp::Problem& problem, const asp::Variant& variant,
                                         asp::Target target) const {
    const KernelConfig c = config_of(problem);
    asp::Specialization s{.name = name(), .version = version()};
    s.target = target;
    s.headers.assign(detail::kernel_headers().begin(), detail::kernel_headers().end());
    s.includes = {template_of(c).header};
    s.definitions = fmt::format(
        "struct Configuration {{\n"
        "    using Real = {};\n"
        "    static constexpr int lanes = {}, registers = {}, tile = {};\n"
        "    static constexpr int dimension = {}, components = {};\n{}"
        "}};\n",
        c.is_single ? "float" : "double", c.vector_bytes / (c.is_single ? 4 : 8),
        c.vector_bytes == 64 ? 32 : 16, variant.at("tile"), c.dimension, c.components,
        is_by_features(c.form)
            ? fmt::format("    static constexpr gmm::Features features = gmm::Features::{};\n",
                          features_name(c.form))
            : "");
    s.call = fmt::format("gmm::{}<Configuration>::run(arguments, lo, hi)", template_of(c).name);
    s.flags = {"-Wno-psabi"};  // vectors are never passed between functions that are not inlined
    return s;
}

asp::Interpreter EmSpecializer::interpreter(const asp::Problem& problem) const {
    return detail::oracle(config_of(problem));
}

asp::Entry EmSpecializer::built_in(const asp::Problem& problem) const {
    const KernelConfig c = config_of(problem);
    const NativeKernels& native = native_kernels();
    if (c.vector_bytes != native.vector_bytes) return nullptr;
    const auto& kernels =
        c.has_frames_in_lanes ? native.frames_in_lanes : native.components_in_lanes;
    return kernels[static_cast<int>(c.form)][c.is_single];
}

asp::Example EmSpecializer::example(const asp::Problem& problem, std::uint64_t seed,
                                    long extent) const {
    const KernelConfig config = config_of(problem);
    return config.is_single ? make_example<float>(config, seed, extent)
                            : make_example<double>(config, seed, extent);
}

std::vector<asp::Tolerance> EmSpecializer::tolerances(const asp::Problem& problem) const {
    // Scores are sums of D or D^2 products of the order of 1; sums over the frames of an example
    // reach hundreds.
    const double rounding = config_of(problem).is_single ? 2e-4 : 1e-11;
    std::vector<asp::Tolerance> all(Operand::count, {rounding, rounding});
    all[Operand::scratch].absolute = std::numeric_limits<double>::infinity();  // anything
    return all;
}

}  // namespace gmm
