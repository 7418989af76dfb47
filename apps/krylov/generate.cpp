#include "krylov/generate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "krylov/detail/generators.hpp"

namespace krylov {
namespace detail {
namespace {

using Names = std::vector<std::string>;

struct Family {
    std::string name;
    Names kinds;            ///< empty: the size follows at once
    std::size_t most_axes;  ///< that a size may have
    Names keys;             ///< besides the seed
    Csr<double> (*make)(const Description&);
};

const std::array<Family, 6>& families() {
    static const std::array<Family, 6> all{{{"stencil",
                                             {"3pt", "5pt", "7pt", "9pt", "27pt"},
                                             3,
                                             {"coefficients", "anisotropy", "convection"},
                                             make_stencil},
                                            {"band", {}, 1, {"half_width", "row"}, make_band},
                                            {"random", {}, 1, {"row"}, make_random},
                                            {"power", {}, 1, {"row"}, make_power_law},
                                            {"graph", {}, 1, {"blocks", "order"}, make_mesh_graph},
                                            {"fem", {}, 3, {"order"}, make_elasticity}}};
    return all;
}

std::string suggestion(std::string_view word, const Names& known) {
    if (const auto near = asp::nearest_name(word, known))
        return fmt::format("; did you mean '{}'?", *near);
    return fmt::format("; expected {}", fmt::join(known, ", "));
}

/// The text up to `mark`, which is taken off with it.
std::string_view take_until(std::string_view& text, char mark) {
    const std::size_t end = std::min(text.find(mark), text.size());
    const std::string_view head = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return head;
}

template <class Number>
bool parses(std::string_view text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

void read_size(std::string_view text, std::size_t most_axes, Description& description) {
    static constexpr std::string_view forms[]{"128", "128 or 64x32", "128, 64x32 or 64x32x16"};
    const std::string all(text);
    do {
        std::int64_t extent = 0;
        if (!parses(take_until(text, 'x'), extent) || extent < 1 ||
            extent > std::numeric_limits<std::int32_t>::max() ||
            description.size.size() == most_axes || all.back() == 'x')
            description.refuse(
                fmt::format("size '{}': expected a size like {}", all, forms[most_axes - 1]));
        description.size.push_back(extent);
    } while (!text.empty());
}

void read_options(std::string_view text, Names keys, Description& description) {
    keys.emplace_back("seed");
    while (!text.empty()) {
        std::string_view value = take_until(text, ',');
        const std::string key(take_until(value, '='));
        if (std::ranges::find(keys, key) == keys.end())
            description.refuse(fmt::format("{}: unknown key{}", key, suggestion(key, keys)));
        if (!description.options.emplace(key, value).second)
            description.refuse(fmt::format("{}: is given twice", key));
    }
}

const Family& family_of(const Description& description) {
    Names names;
    for (const Family& family : families()) {
        if (family.name == description.family) return family;
        names.push_back(family.name);
    }
    description.refuse(fmt::format("'{}': unknown kind of matrix{}", description.family,
                                   suggestion(description.family, names)));
}

}  // namespace

void Description::refuse(const std::string& what) const {
    throw asp::InputError(text + ": " + what);
}

double Description::number(const std::string& key, double otherwise, double low,
                           double high) const {
    const auto found = options.find(key);
    if (found == options.end()) return otherwise;
    double value = 0.0;
    if (!parses(std::string_view(found->second), value) || !(value >= low && value <= high))
        refuse(
            fmt::format("{} = {}: expected a number from {} to {}", key, found->second, low, high));
    return value;
}

std::int64_t Description::whole(const std::string& key, std::int64_t otherwise, std::int64_t low,
                                std::int64_t high) const {
    const auto found = options.find(key);
    if (found == options.end()) return otherwise;
    std::int64_t value = 0;
    if (!parses(std::string_view(found->second), value) || value < low || value > high)
        refuse(fmt::format("{} = {}: expected a whole number from {} to {}", key, found->second,
                           low, high));
    return value;
}

std::size_t Description::choice(const std::string& key, const Names& words) const {
    const auto found = options.find(key);
    if (found == options.end()) return 0;
    const auto word = std::ranges::find(words, found->second);
    if (word == words.end())
        refuse(fmt::format("{} = {}: unknown value{}", key, found->second,
                           suggestion(found->second, words)));
    return static_cast<std::size_t>(word - words.begin());
}

std::uint64_t Description::seed() const {
    return Random::mixed(
        static_cast<std::uint64_t>(whole("seed", 1, 0, std::numeric_limits<std::int64_t>::max())));
}

void require_room(const Description& description, double rows, double nonzeros) {
    if (rows > std::numeric_limits<std::int32_t>::max())
        description.refuse(fmt::format("{:.0f} rows: expected at most {}", rows,
                                       std::numeric_limits<std::int32_t>::max()));
    const double needed = rows * 8.0 + nonzeros * 12.0;
    const double present = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                           static_cast<double>(::sysconf(_SC_PAGESIZE));
    if (needed > present)
        description.refuse(
            fmt::format("needs {:.1f} GiB: expected at most this machine's {:.1f} GiB",
                        needed / 0x1p30, present / 0x1p30));
}

}  // namespace detail

bool is_generated(std::string_view text) {
    const std::size_t end = text.find(':');
    return end != text.npos && std::ranges::any_of(detail::families(), [&](const auto& family) {
               return family.name == text.substr(0, end);
           });
}

std::string generator_help() {
    return
        R"(stencil:KIND:SIZE   KIND 3pt, 5pt, 7pt, 9pt or 27pt; SIZE 128, 64x32 or 64x32x16, first axis fastest
    coefficients=constant|variable   variable: smooth and random (constant)
    anisotropy=A                     factor along the last axis (1)
    convection=C                     upwind along every axis, makes the values unsymmetric (0)
band:N              random pattern inside a band
    half_width=500, row=25           entries on either side and in a row
random:N            anywhere; row=16 entries in a row
power:N             degrees follow a power law; row=16 entries in a row on average
graph:N             Laplacian of a triangulated mesh
    blocks=3                         each entry a dense block of random values, 1 to 16 (1)
    order=rcm|natural|random|metis|scotch   how its nodes are numbered; metis, scotch: by parts (rcm)
fem:SIZE            linear elasticity on tetrahedra, 3 unknowns per node, SIZE 44 or 60x20x20 nodes
    order=natural|rcm|random|metis|scotch   how its nodes are numbered (natural)
Options follow after commas, as in stencil:5pt:200,anisotropy=0.01. All take seed=N (1). The values are
scaled by powers of two, so that no row's absolute values sum to more than 1.
)";
}

Csr<double> generate(const std::string& text) {
    detail::Description description;
    description.text = text;
    std::string_view rest = text;
    description.family = detail::take_until(rest, ':');
    const auto& family = detail::family_of(description);
    if (!family.kinds.empty()) {
        description.kind = detail::take_until(rest, ':');
        if (std::ranges::find(family.kinds, description.kind) == family.kinds.end())
            description.refuse(fmt::format("'{}': unknown kind of {}{}", description.kind,
                                           family.name,
                                           detail::suggestion(description.kind, family.kinds)));
    }
    detail::read_size(detail::take_until(rest, ','), family.most_axes, description);
    detail::read_options(rest, family.keys, description);
    return family.make(description);
}

}  // namespace krylov
