#include "krylov/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/cuda/device.hpp"
#include "krylov/report.hpp"

namespace krylov {
namespace {

constexpr int most_levels = 1000;

[[noreturn]] void refuse(const std::string& option, const std::string& name,
                         const std::vector<std::string>& known) {
    const auto near = asp::nearest_name(name, known);
    throw asp::InputError(fmt::format("{} {}: expected {}{}", option, name, alternatives(known),
                                      near ? "; did you mean '" + *near + "'?" : ""));
}

/// Before a large matrix is read. Nothing is known of devices that `auto` could go by.
const CommandLine& require_backend(const CommandLine& line) {
    if (line.backend != "cuda") return line;
    try {
        asp::cuda::device_info();
        return line;
    } catch (const asp::BackendError& error) {
        throw asp::BackendError(
            fmt::format("--backend cuda: {}; or use --backend cpu", error.what()));
    }
}

std::vector<int> ascending(int first, int last) {
    std::vector<int> levels;
    for (int k = first; k <= last; ++k) levels.push_back(k);
    return levels;
}

}  // namespace

Session::Session(const CommandLine& line)
    : lease(asp::HartPool::process().request(require_backend(line).threads == 0 ? asp::HartPool::all
                                                                                : line.threads)),
      team(lease),
      context(context_of(line.specialize)),
      database(asp::db::Database::of_user()) {}

asp::Context context_of(const std::string& mode) {
    const asp::Mode parsed = asp::parse_mode(mode).value_or(asp::Mode::automatic);
    asp::Context context =
        asp::process_context(parsed == asp::Mode::automatic ? asp::Mode::synchronous : parsed);
    context.say = [](const std::string& text) { fmt::print(stderr, "krylov: {}\n", text); };
    return context;
}

int parse_level(const std::string& text, const std::string& option) {
    int k = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), k);
    if (error != std::errc() || end != text.data() + text.size() || k < 1 || k > most_levels)
        throw asp::InputError(
            fmt::format("{} {}: expected a whole number from 1 to {}", option, text, most_levels));
    return k;
}

std::vector<int> parse_levels(const std::string& text, const std::string& option) {
    if (const auto dots = text.find(".."); dots != std::string::npos) {
        const int first = parse_level(text.substr(0, dots), option);
        const int last = parse_level(text.substr(dots + 2), option);
        if (first > last)
            throw asp::InputError(
                fmt::format("{} {}: expected the smaller number first", option, text));
        return ascending(first, last);
    }
    std::vector<int> levels;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        levels.push_back(parse_level(text.substr(begin, comma - begin), option));
        begin = comma + 1;
    }
    return levels;
}

std::optional<Method> method_named(const std::string& name, const std::string& option) {
    if (name == "auto") return std::nullopt;
    const auto method = parse_method(name);
    if (!method) refuse(option, name, {"auto", "plain", "implicit", "explicit"});
    return method;
}

std::optional<Storage> storage_named(const std::string& name, const std::string& option) {
    if (name == "auto") return std::nullopt;
    const auto storage = parse_storage(name);
    if (!storage) refuse(option, name, {"auto", "csr", "slices", "blocks"});
    return storage;
}

std::optional<Numbering> numbering_named(const std::string& name, const std::string& option) {
    if (name == "auto") return std::nullopt;
    const auto numbering = parse_numbering(name);
    if (!numbering) refuse(option, name, {"auto", "given", "length", "levels"});
    return numbering;
}

Keep keep_named(const std::string& name, const std::string& option) {
    if (name != "basis" && name != "polynomial") refuse(option, name, {"basis", "polynomial"});
    return name == "basis" ? Keep::basis : Keep::polynomial;
}

PlanOptions plan_options(const CommandLine& line, int k, const Recurrence& recurrence,
                         std::size_t harts) {
    PlanOptions options;
    options.k = k;
    options.keep = keep_named(line.keep, "--keep");
    options.vectors = line.vectors;
    options.has_recurrence = !recurrence.is_monomial();
    options.harts = harts;
    options.method = method_named(line.method, "--method");
    options.storage = storage_named(line.storage, "--storage");
    options.numbering = numbering_named(line.numbering, "--numbering");
    options.block = line.block;
    options.depth = line.depth;
    options.tile_kib = line.tile_kib;
    options.budget = line.budget.value_or(30.0);
    return options;
}

template <class Scalar>
Recurrence recurrence_of(const std::string& basis, double scale, const Csr<Scalar>& matrix, int k) {
    if (!(std::isfinite(scale) && scale != 0.0))
        throw asp::InputError(
            fmt::format("--scale {}: expected a finite number other than 0", scale));
    const auto levels = static_cast<std::size_t>(k);
    if (basis == "monomial") return scaled_monomial_basis(levels, scale);
    if (basis != "newton" && basis != "chebyshev")
        refuse("--basis", basis, {"monomial", "newton", "chebyshev"});
    if (scale != 1.0)
        throw asp::InputError(fmt::format(
            "--scale {}: expected the monomial basis; the {} basis has scales of its own", scale,
            basis));
    if constexpr (std::is_same_v<Scalar, double>) {
        return basis_named(basis, matrix.view(), levels);
    } else if constexpr (std::is_same_v<Scalar, float>) {
        const std::vector<double> value(matrix.value.begin(), matrix.value.end());
        return basis_named(
            basis, CsrView<double>{matrix.columns, matrix.row_start, matrix.column, value}, levels);
    } else {
        throw asp::InputError(fmt::format(
            "--basis {}: expected a real matrix; a complex one has the monomial basis (and "
            "--scale)",
            basis));
    }
}

template Recurrence recurrence_of(const std::string&, double, const Csr<double>&, int);
template Recurrence recurrence_of(const std::string&, double, const Csr<float>&, int);
template Recurrence recurrence_of(const std::string&, double, const Csr<std::complex<double>>&,
                                  int);
template Recurrence recurrence_of(const std::string&, double, const Csr<std::complex<float>>&, int);

}  // namespace krylov
