#pragma once

#include <map>
#include <string>

#include "asp/db/record.hpp"

namespace asp::db {

/// How much each difference between two problems counts.
struct DistanceWeights {
    /// Per factor of two in a feature; those not named here count 1.
    std::map<std::string, double> features = {};
    /// Per factor of two in a number of the platform's description; those not named here count 0.
    std::map<std::string, double> platform_numbers = {
        {"l2_bytes", 1.0}, {"l3_bytes", 0.5}, {"harts", 0.5}};
    /// For another value of a member of the platform's description; those not named here count 0.
    std::map<std::string, double> platform_words = {
        {"target", 4.0}, {"level", 1.0}, {"vendor", 1.0}, {"family", 0.5}, {"compiler", 0.25}};
};

/// Distance of two inputs: the sum of |log2(f / g)| over features. A feature that one side lacks,
/// or where the two are not both positive and differ, counts as a factor of 16.
double feature_distance(const std::map<std::string, double>& a,
                        const std::map<std::string, double>& b, const DistanceWeights& weights);

/// Distance of two machines; 0 for the same fingerprint, else at least 0.1. `a` and `b` have JSON
/// objects; members are found by the last part of their name, however deep they lie.
double platform_distance(const Platform& a, const Platform& b, const DistanceWeights& weights);

}  // namespace asp::db
