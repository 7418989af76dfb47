#include "asp/db/distance.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace asp::db {

namespace {

using nlohmann::json;

constexpr double log2_of_unlike = 4.0;  // as a factor of 16

double log2_ratio(double a, double b) {
    if (a == b) return 0.0;
    return a > 0.0 && b > 0.0 ? std::abs(std::log2(a / b)) : log2_of_unlike;
}

/// All members that are no objects, by the last part of their name.
void flatten(const json& object, std::map<std::string, json>& members) {
    for (const auto& item : object.items()) {
        if (item.value().is_object())
            flatten(item.value(), members);
        else
            members.emplace(item.key(), item.value());
    }
}

std::map<std::string, json> members_of(const Platform& platform) {
    std::map<std::string, json> members;
    const json object = json::parse(platform.json, nullptr, false);
    if (object.is_object()) flatten(object, members);
    return members;
}

}  // namespace

double feature_distance(const std::map<std::string, double>& a,
                        const std::map<std::string, double>& b, const DistanceWeights& weights) {
    const auto weight = [&](const std::string& name) {
        const auto found = weights.features.find(name);
        return found == weights.features.end() ? 1.0 : found->second;
    };
    double sum = 0.0;
    for (const auto& [name, value] : a) {
        const auto other = b.find(name);
        sum +=
            weight(name) * (other == b.end() ? log2_of_unlike : log2_ratio(value, other->second));
    }
    for (const auto& [name, value] : b)
        if (!a.contains(name)) sum += weight(name) * log2_of_unlike;
    return sum;
}

double platform_distance(const Platform& a, const Platform& b, const DistanceWeights& weights) {
    if (a.id == b.id) return 0.0;
    const auto left = members_of(a), right = members_of(b);
    double sum = 0.1;
    for (const auto& [name, weight] : weights.platform_numbers) {
        const auto x = left.find(name), y = right.find(name);
        if (x == left.end() || y == right.end()) continue;  // an older program did not measure it
        if (x->second.is_number() && y->second.is_number())
            sum += weight * log2_ratio(x->second, y->second);
    }
    for (const auto& [name, weight] : weights.platform_words) {
        const auto x = left.find(name), y = right.find(name);
        if (x != left.end() && y != right.end() && x->second != y->second) sum += weight;
    }
    return sum;
}

}  // namespace asp::db
