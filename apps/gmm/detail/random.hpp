#pragma once

#include <cstdint>

namespace gmm::detail {

/// Numbers that look random and depend on a seed and their place alone, so that who computes them,
/// and when, does not matter. The mixing is that of SplitMix64.
constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t place) {
    std::uint64_t z = seed + 0x9e3779b97f4a7c15U * (place + 1);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

/// In (0, 1).
constexpr double random_uniform(std::uint64_t seed, std::uint64_t place) {
    return (static_cast<double>(random_bits(seed, place) >> 11U) + 0.5) * 0x1p-53;
}

/// One number after the other.
class RandomNumbers {
public:
    explicit RandomNumbers(std::uint64_t seed) : seed_(seed) {}
    double uniform() { return random_uniform(seed_, place_++); }

private:
    std::uint64_t seed_, place_ = 0;
};

}  // namespace gmm::detail
