#include "asp/tune/detail/candidates.hpp"

#include <algorithm>
#include <set>

namespace asp::tune::detail {

Candidates::Candidates(const Space& space, std::uint64_t seed)
    : space_(space), default_(space.default_variant()), random_(seed) {
    list_all();
}

bool Candidates::is_valid(const Variant& variant) const {
    if (variant.size() != space_.parameters.size()) return false;
    for (const Parameter& p : space_.parameters) {
        const auto found = variant.find(p.name);
        if (found == variant.end()) return false;
        if (std::find(p.values.begin(), p.values.end(), found->second) == p.values.end())
            return false;
    }
    return space_.valid(variant);
}

Place Candidates::place(const Variant& variant) const {
    Place place;
    for (const Parameter& p : space_.parameters) {
        const auto at = std::find(p.values.begin(), p.values.end(), variant.at(p.name));
        place.push_back(static_cast<std::size_t>(at - p.values.begin()));
    }
    return place;
}

std::vector<Variant> Candidates::neighbours(const Variant& from) const {
    std::vector<Variant> all;
    for (const Parameter& p : space_.parameters)
        for (const long value : p.values) {
            if (value == from.at(p.name)) continue;
            Variant variant = from;
            variant[p.name] = value;
            if (space_.valid(variant)) all.push_back(std::move(variant));
        }
    return all;
}

Variant Candidates::random_variant() {
    if (!all_.empty()) return all_[random_() % all_.size()].variant;
    // A space that is nearly all constraints: then the default, which is always valid.
    for (int attempt = 0; attempt < 100; ++attempt) {
        Variant variant;
        for (const Parameter& p : space_.parameters)
            variant[p.name] = p.values[random_() % p.values.size()];
        if (space_.valid(variant)) return variant;
    }
    return default_;
}

std::vector<Variant> Candidates::first_moves(const Variant& from) {
    std::vector<Variant> moves;
    std::vector<Variant> near = neighbours(from);
    std::shuffle(near.begin(), near.end(), random_);
    // Round-robin over the parameters, so that a few moves tell something about each.
    std::map<std::string, int> turn;
    const auto changed = [&](const Variant& v) {
        for (const auto& [name, value] : v)
            if (value != from.at(name)) return name;
        return std::string();
    };
    std::vector<std::pair<int, Variant>> order;
    for (Variant& v : near) order.emplace_back(turn[changed(v)]++, std::move(v));
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [round, variant] : order) {
        moves.push_back(std::move(variant));
        moves.push_back(random_variant());
    }
    return moves;
}

std::span<const Candidate> Candidates::pool(std::span<const Variant> leaders) {
    if (!all_.empty() && all_.size() <= small) return all_;
    std::set<Variant> pool(leaders.begin(), leaders.end());
    for (const Variant& leader : leaders)
        for (Variant& v : neighbours(leader)) pool.insert(std::move(v));
    for (std::size_t i = 0; i < small / 2; ++i) pool.insert(random_variant());
    pool_.clear();
    for (const Variant& v : pool) pool_.push_back({v, place(v)});
    return pool_;
}

std::optional<std::size_t> Candidates::count() const {
    if (all_.empty()) return std::nullopt;
    return all_.size();
}

void Candidates::list_all() {
    double size = 1.0;
    for (const Parameter& p : space_.parameters) size *= static_cast<double>(p.values.size());
    if (size > static_cast<double>(countable)) return;
    std::vector<Variant> all{{}};
    for (const Parameter& p : space_.parameters) {
        std::vector<Variant> longer;
        for (const Variant& start : all)
            for (const long value : p.values) {
                longer.push_back(start);
                longer.back()[p.name] = value;
            }
        all = std::move(longer);
    }
    for (Variant& v : all)
        if (space_.valid(v)) all_.push_back({v, place(v)});
}

}  // namespace asp::tune::detail
