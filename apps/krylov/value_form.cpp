#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <complex>
#include <cstdint>
#include <vector>

#include "krylov/detail/instantiate.hpp"
#include "krylov/sliced_matrix.hpp"

namespace krylov {
namespace {

constexpr std::size_t chunk = 65536;  // values looked at before one asks whether it still matters

/// Different numbers in the order in which they are found, 0 first, as long as they are no more
/// than 16 and each can be told from the others.
class FewNumbers {
public:
    /// Whether they are still few.
    bool add(std::span<const double> values) {
        for (const double value : values)
            if (!knows(value) && !add(value)) return false;
        return true;
    }
    const std::array<double, 16>& numbers() const { return numbers_; }
    std::span<const double> known() const { return std::span(numbers_).first(count_); }

private:
    /// Most values are where one like them was seen last.
    bool knows(double value) {
        const auto bits = std::bit_cast<std::uint64_t>(value);
        std::uint64_t& seen = seen_[bits * 0x9e3779b97f4a7c15U >> 58U];
        if (seen == bits) return true;
        // A code for zero would lose the sign.
        if (std::ranges::find(known(), value) == known().end() || (value == 0.0 && bits != 0))
            return false;
        seen = bits;
        return true;
    }
    bool add(double value) {
        // What is not a number equals none, not even itself.
        if (count_ == numbers_.size() || value == 0.0 || value != value) return false;
        numbers_[count_++] = value;
        return true;
    }

    std::array<std::uint64_t, 64> seen_{};  ///< bits of known numbers, 0 among them
    std::array<double, 16> numbers_{};
    std::size_t count_ = 1;
};

/// Calls look(i, values) for all chunks, until one says that the question is answered by no.
template <class Look>
bool all_chunks(std::span<const double> values, const asp::Team* team, Look&& look) {
    std::atomic<bool> holds{true};
    const auto some = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end && holds; ++i)
            if (!look(i, values.subspan(i * chunk, std::min(chunk, values.size() - i * chunk))))
                holds = false;
    };
    asp::run_on(team, some, 0, (values.size() + chunk - 1) / chunk, 1);
    return holds;
}

ShortForm<double> shortest_form_of(std::span<const double> values, const asp::Team* team) {
    std::vector<FewNumbers> found((values.size() + chunk - 1) / chunk);
    FewNumbers few;
    if (all_chunks(values, team, [&](std::size_t i, auto some) { return found[i].add(some); }) &&
        std::ranges::all_of(found, [&](const FewNumbers& f) { return few.add(f.known()); }))
        return {ValueForm::coded, few.numbers()};
    const auto are_single = [](std::size_t, std::span<const double> some) {
        bool all = true;
        for (const double x : some) all &= static_cast<double>(static_cast<float>(x)) == x;
        return all;
    };
    if (all_chunks(values, team, are_single)) return {ValueForm::single, {}};
    return {};
}

}  // namespace

template <class Scalar, class Column>
ShortForm<Scalar> shortest_form(const CsrView<Scalar, Column>& matrix, const asp::Team* team) {
    if constexpr (std::is_same_v<Scalar, double>) return shortest_form_of(matrix.value, team);
    return {};
}

#define KRYLOV_INSTANTIATE(Scalar, Column) \
    template ShortForm<Scalar> shortest_form(const CsrView<Scalar, Column>&, const asp::Team*);
KRYLOV_INSTANTIATE_ALL

}  // namespace krylov
