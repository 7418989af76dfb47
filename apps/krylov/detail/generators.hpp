#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "krylov/csr.hpp"

namespace krylov::detail {

/// "stencil:7pt:64x32x16,seed=3", taken apart. Its questions throw InputError with the whole text.
struct Description {
    std::string text;
    std::string family;              ///< "stencil"
    std::string kind;                ///< "7pt"; empty for families without kinds
    std::vector<std::int64_t> size;  ///< [1 to 3], each positive
    std::map<std::string, std::string> options;

    /// A number from low to high, or the default where the key is not given.
    double number(const std::string& key, double otherwise, double low, double high) const;
    std::int64_t whole(const std::string& key, std::int64_t otherwise, std::int64_t low,
                       std::int64_t high) const;
    /// The place of the value among `words`; the first is the default.
    std::size_t choice(const std::string& key, const std::vector<std::string>& words) const;
    std::uint64_t seed() const;
    [[noreturn]] void refuse(const std::string& what) const;
};

/// Refuses what cannot be numbered by 32 bits or held in this machine's memory.
void require_room(const Description& description, double rows, double nonzeros);

/// SplitMix64: the same numbers on every machine.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() { return mixed(state_ += 0x9e3779b97f4a7c15U); }
    /// In [0, 1).
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double between(double low, double high) { return low + (high - low) * uniform(); }
    std::int64_t below(std::int64_t n) {
        return static_cast<std::int64_t>(uniform() * static_cast<double>(n));
    }
    static std::uint64_t mixed(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

/// Divides by the one power of two that brings every row's sum of absolute values to at most 1:
/// symmetric matrices stay symmetric, and no value is rounded.
void scale_alike(Csr<double>& matrix);
/// The same with a power of two of each row's own.
void scale_rows(Csr<double>& matrix);

Csr<double> make_stencil(const Description& description);
Csr<double> make_band(const Description& description);
Csr<double> make_random(const Description& description);
Csr<double> make_power_law(const Description& description);
Csr<double> make_mesh_graph(const Description& description);
Csr<double> make_elasticity(const Description& description);

}  // namespace krylov::detail
