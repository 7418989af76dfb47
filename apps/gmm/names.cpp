#include "gmm/names.hpp"

#include <array>
#include <utility>

namespace gmm {
namespace {

template <class Value, std::size_t count>
using Names = std::array<std::pair<Value, std::string_view>, count>;

// As scikit-learn calls them.
constexpr Names<Start, 4> starts{{{Start::kmeans, "kmeans"},
                                  {Start::kmeans_plus_plus, "k-means++"},
                                  {Start::random, "random"},
                                  {Start::random_from_data, "random_from_data"}}};
template <class Value, std::size_t count>
std::string_view name_in(const Names<Value, count>& names, Value value) {
    for (const auto& [known, name] : names)
        if (known == value) return name;
    return "";
}
template <class Value, std::size_t count>
std::optional<Value> value_in(const Names<Value, count>& names, std::string_view name) {
    for (const auto& [value, known] : names)
        if (known == name) return value;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Start start) {
    return name_in(starts, start);
}
std::optional<Start> parse_start(std::string_view name) {
    return value_in(starts, name);
}
std::string known_starts() {
    return "kmeans, k-means++, random or random_from_data";
}
std::optional<Repair::Kind> parse_repair(std::string_view name) {
    using Kind = Repair::Kind;
    for (const Kind kind :
         {Kind::variance_floor, Kind::jitter, Kind::reseeded, Kind::fewer_components})
        if (name_of(kind) == name) return kind;
    return std::nullopt;
}

}  // namespace gmm
