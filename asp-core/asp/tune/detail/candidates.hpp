#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "asp/specialize/variant.hpp"
#include "asp/tune/detail/surrogate.hpp"

namespace asp::tune::detail {

struct Candidate {
    Variant variant;
    Place place;
};

/// Gives the search variants to choose from.
class Candidates {
public:
    Candidates(const Space& space, std::uint64_t seed);

    const Variant& default_variant() const { return default_; }
    /// The number of valid variants; nothing where there are too many to count.
    std::optional<std::size_t> count() const;
    /// Has each parameter with one of its values, and keeps the constraints.
    bool is_valid(const Variant& variant) const;
    Place place(const Variant& variant) const;

    /// All valid variants that differ from `from` in one parameter.
    std::vector<Variant> neighbours(const Variant& from) const;
    /// To begin with: for each parameter in turn one move from `from`, then random variants, the
    /// two in turns.
    std::vector<Variant> first_moves(const Variant& from);
    /// All valid variants of a small space; of a larger one, the leaders, their neighbours and
    /// random variants. Valid until the next call.
    std::span<const Candidate> pool(std::span<const Variant> leaders);

private:
    static constexpr std::size_t countable = 100000, small = 2500;

    Variant random_variant();
    void list_all();

    const Space& space_;
    Variant default_;
    std::mt19937_64 random_;
    std::vector<Candidate> all_;  ///< empty where there are too many to count
    std::vector<Candidate> pool_;
};

}  // namespace asp::tune::detail
