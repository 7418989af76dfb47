#include "krylov/specializer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "asp/base/error.hpp"
#include "krylov/detail/kernel_headers.hpp"
#include "krylov/detail/multiply_add.hpp"
#include "krylov/detail/oracle.hpp"
#include "krylov/native_kernels.hpp"
#include "krylov/sliced_matrix.hpp"

namespace krylov {
namespace {

struct Bound {
    const char* name;
    long least, most;
};
constexpr Bound bounds[]{{"adds_up", 0, 1},   {"columns", 1, 8}, {"index_bytes", 2, 8},
                         {"is_sliced", 0, 1}, {"lanes", 1, 16},  {"rows", 1, 8},
                         {"scalar", 0, 3},    {"terms", 1, 3},   {"values", 0, 2},
                         {"vectors", 1, 8}};

const char* real_of(const KernelConfig& c) {
    return is_single(c.scalar) ? "float" : "double";
}

const char* index_of(const KernelConfig& c) {
    return c.index_bytes == 2 ? "unsigned short" : c.index_bytes == 4 ? "int" : "long";
}

const char* stored_of(const KernelConfig& c) {
    return c.values == ValueForm::full     ? real_of(c)
           : c.values == ValueForm::single ? "float"
                                           : "unsigned char";
}

/// A banded matrix of so many rows: enough of everything that a kernel branches on.
template <class Scalar>
Csr<Scalar> example_matrix(std::int64_t rows, const SliceShape& shape, ValueForm form,
                           std::mt19937_64& random) {
    const auto real = [&] { return static_cast<double>(random() >> 11U) * 0x1p-52 - 1.0; };
    const auto number = [&] {
        if constexpr (std::is_arithmetic_v<Scalar>)
            return static_cast<Scalar>(real());
        else
            return Scalar(static_cast<detail::Real<Scalar>>(real()),
                          static_cast<detail::Real<Scalar>>(real()));
    };
    Csr<Scalar> matrix;
    matrix.columns = rows;
    const std::int64_t period = 8LL * shape.rows * shape.lanes;
    for (std::int64_t i = 0; i < rows; ++i) {
        const bool is_regular = i % period < period / 2;  // runs; else anything, also nothing
        for (std::int64_t j = std::max<std::int64_t>(0, i - 20); j < std::min(rows, i + 21); ++j)
            if (is_regular ? (j - i) % 4 == 0 : random() % 5 == 0) {
                matrix.column.push_back(static_cast<std::int32_t>(j));
                // Quarters: few, and the same in single precision.
                matrix.value.push_back(form == ValueForm::full
                                           ? number()
                                           : Scalar(static_cast<detail::Real<Scalar>>(
                                                 static_cast<double>(random() % 15) / 4 - 2)));
            }
        matrix.row_start.push_back(matrix.nonzeros());
    }
    return matrix;
}

/// The numbers of an example are few enough for either form.
template <class Scalar>
ShortForm<Scalar> in_form(const CsrView<Scalar>& matrix, ValueForm form) {
    ShortForm<Scalar> shortest = shortest_form(matrix);
    shortest.form = form;
    return shortest;
}

template <class T>
asp::ExampleArray bytes_of(const char* name, const T* data, std::size_t count) {
    asp::ExampleArray array{name, {}, {}, false};
    array.integers.resize((count * sizeof(T) + sizeof(long) - 1) / sizeof(long));
    if (count > 0) std::memcpy(array.integers.data(), data, count * sizeof(T));
    return array;
}

template <class Scalar>
asp::Example make_example(const KernelConfig& config, std::uint64_t seed, long extent) {
    std::mt19937_64 random(seed);
    const long per_index = config.is_sliced ? config.shape.rows * config.shape.lanes : 1;
    const long square = static_cast<long>(config.shape.rows) * config.shape.columns;
    // The last slice is not full, where blocks leave that.
    long rows = extent * per_index;
    if (config.is_sliced && rows > square) rows -= square;
    if (config.is_sliced) rows -= rows % square;
    const Csr<Scalar> matrix = example_matrix<Scalar>(rows, config.shape, config.values, random);

    asp::Example example;
    example.extent = extent;
    if (config.is_sliced) {
        SlicedMatrix<Scalar> packed =
            pack(matrix.view(), config.shape, nullptr,
                 config.values == ValueForm::full ? ShortForm<Scalar>{}
                                                  : in_form(matrix.view(), config.values));
        std::vector<SliceHead> heads(packed.heads.begin(), packed.heads.end());
        heads.resize(static_cast<std::size_t>(extent) + 1, heads.back());
        example.arrays.push_back(bytes_of("heads", heads.data(), heads.size()));
        // In the width that is asked for, which the small example would not need.
        std::vector<std::int32_t> wide;
        const std::size_t indices = packed.heads.back().first_index;
        if (packed.index_bytes == 2 && config.index_bytes == 4) {
            const auto* const narrow =
                reinterpret_cast<const std::uint16_t*>(packed.indices.data());
            wide.assign(narrow, narrow + indices);
            example.arrays.push_back(bytes_of("indices", wide.data(), wide.size()));
        } else {
            example.arrays.push_back(
                bytes_of("indices", packed.indices.data(), packed.indices.size()));
        }
        example.arrays.push_back(bytes_of("values", packed.values_data(), packed.values_bytes()));
        example.arrays.push_back(bytes_of("table", packed.table.data(), packed.table.size()));
    } else {
        example.arrays.push_back(
            bytes_of("row_start", matrix.row_start.data(), matrix.row_start.size()));
        const std::vector<std::int64_t> wide(matrix.column.begin(), matrix.column.end());
        example.arrays.push_back(config.index_bytes == 8
                                     ? bytes_of("columns", wide.data(), wide.size())
                                     : bytes_of("columns", matrix.column.data(), wide.size()));
        example.arrays.push_back(bytes_of("values", matrix.value.data(), matrix.value.size()));
        example.arrays.push_back({"nothing", {}, {}, false});
    }
    // Whole numbers of eight bytes: all results are compared to the bit.
    const auto size = static_cast<std::size_t>(rows * config.vectors);
    std::vector<Scalar> vector(size);
    for (const char* name : {"x", "previous", "y", "sum"}) {
        for (Scalar& value : vector)
            value = static_cast<Scalar>(
                static_cast<detail::Real<Scalar>>(static_cast<double>(random() % 2001) / 1000 - 1));
        example.arrays.push_back(bytes_of(name, vector.data(), vector.size()));
    }
    example.arrays[matrix_arrays + Operands::y].is_result = true;
    example.arrays[matrix_arrays + Operands::sum].is_result = true;
    example.scalars = {1.25, -0.5, 0.375, 0.75, seed % 2 == 0 ? 0.0 : 1.5};
    example.sizes = {rows, rows};
    return example;
}

}  // namespace

asp::Problem problem_of(const KernelConfig& c) {
    auto graph = std::make_shared<asp::ir::Graph>();
    asp::ir::Function function;
    function.name = "akx";
    function.graph = graph;
    return {function,
            {{"adds_up", c.adds_up},
             {"columns", c.shape.columns},
             {"index_bytes", c.index_bytes},
             {"is_sliced", c.is_sliced},
             {"lanes", c.shape.lanes},
             {"rows", c.shape.rows},
             {"scalar", static_cast<long>(c.scalar)},
             {"terms", c.terms},
             {"values", static_cast<long>(c.values)},
             {"vectors", c.vectors}}};
}

KernelConfig config_of(const asp::Problem& problem) {
    const auto number = [&](const char* name) { return static_cast<int>(problem.constant(name)); };
    return {static_cast<ScalarKind>(number("scalar")),
            number("is_sliced") != 0,
            number("index_bytes"),
            {number("rows"), number("columns"), number("lanes")},
            static_cast<ValueForm>(number("values")),
            number("vectors"),
            number("terms"),
            number("adds_up") != 0};
}

std::optional<asp::Problem> AkxSpecializer::parse(const asp::ir::Function& function,
                                                  const asp::Constants& given,
                                                  asp::Diagnostics& diagnostics) const {
    asp::Problem problem = problem_of({});
    problem.function = function;
    for (const auto& [name, value] : given) {
        const auto* const bound =
            std::ranges::find_if(bounds, [&key = name](const Bound& b) { return key == b.name; });
        if (bound == std::end(bounds)) {
            diagnostics.error(fmt::format("akx: {}: unknown constant", name));
        } else if (value < bound->least || value > bound->most) {
            diagnostics.error(fmt::format("akx: {} = {}: expected {} to {}", name, value,
                                          bound->least, bound->most));
        }
        problem.constants[name] = value;
    }
    if (!diagnostics.empty()) return std::nullopt;
    return problem;
}

asp::Features AkxSpecializer::features(const asp::Problem& problem, long) const {
    asp::Features features;
    for (const auto& [name, value] : problem.constants) features[name] = static_cast<double>(value);
    return features;
}

asp::Space AkxSpecializer::space(const asp::Problem&, const asp::jit::Platform& platform) const {
    return {{{"hardware_gather", {0, 1}, platform.vendor == "AuthenticAMD" ? 0 : 1}}};
}

asp::Specialization AkxSpecializer::lower(const asp::Problem& problem, const asp::Variant& variant,
                                          asp::Target target) const {
    const KernelConfig c = config_of(problem);
    asp::Specialization s{.name = name(), .version = version()};
    s.target = target;
    s.headers.assign(detail::kernel_headers().begin(), detail::kernel_headers().end());
    s.includes = {c.is_sliced ? "krylov/kernels/slices.hpp" : "krylov/kernels/rows.hpp"};
    std::string layout = c.is_sliced
                             ? fmt::format(
                                   "    using Index = {};\n"
                                   "    using Stored = {};\n"
                                   "    static constexpr int lanes = {}, rows = {}, columns = {};\n"
                                   "    static constexpr bool hardware_gather = {};\n",
                                   index_of(c), stored_of(c), c.shape.lanes, c.shape.rows,
                                   c.shape.columns, variant.at("hardware_gather") != 0)
                             : fmt::format("    using Column = {};\n", index_of(c));
    s.definitions = fmt::format(
        "struct Configuration {{\n"
        "    using Real = {};\n"
        "    static constexpr bool is_complex = {};\n{}"
        "    static constexpr int vectors = {}, terms = {};\n"
        "    static constexpr bool adds_up = {};\n"
        "}};\n",
        real_of(c), is_complex(c.scalar), layout, c.vectors, c.terms, c.adds_up);
    s.call = fmt::format("krylov::{}<Configuration>::run(arguments, lo, hi)",
                         c.is_sliced ? "Slices" : "Rows");
    s.flags = {"-Wno-psabi"};  // vectors are never passed between functions that are not inlined
    return s;
}

asp::Interpreter AkxSpecializer::interpreter(const asp::Problem& problem) const {
    return detail::oracle(config_of(problem));
}

asp::Entry AkxSpecializer::built_in(const asp::Problem& problem) const {
    return native_kernels().powers(config_of(problem));
}

asp::Example AkxSpecializer::example(const asp::Problem& problem, std::uint64_t seed,
                                     long extent) const {
    const KernelConfig config = config_of(problem);
    switch (config.scalar) {
        case ScalarKind::real64:
            return make_example<double>(config, seed, extent);
        case ScalarKind::real32:
            return make_example<float>(config, seed, extent);
        case ScalarKind::complex64:
            return make_example<std::complex<double>>(config, seed, extent);
        case ScalarKind::complex32:
            break;
    }
    return make_example<std::complex<float>>(config, seed, extent);
}

std::vector<asp::Tolerance> AkxSpecializer::tolerances(const asp::Problem&) const {
    return std::vector<asp::Tolerance>(matrix_arrays + Operands::count);
}

}  // namespace krylov
