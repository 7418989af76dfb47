#include "krylov/peers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <span>

#include "asp/base/error.hpp"
#include "krylov/matrix_facts.hpp"
#include "krylov/workload.hpp"

namespace krylov {
namespace {

double largest(std::span<const double> values) {
    double most = 0.0;
    for (const double value : values) most = std::max(most, std::abs(value));
    return most;
}

std::span<const double> level(asp::View<const double, 3> basis, std::size_t p) {
    return {&basis(p, 0, 0), basis.extent(2)};
}

bool has_petsc() {
    constexpr std::array<std::int64_t, 2> start{0, 1};
    constexpr std::array<std::int32_t, 1> column{0};
    constexpr std::array<double, 1> value{1.0};
    try {
        petsc_peer({1, start, column, value});
        return true;
    } catch (const asp::BackendError&) {
        return false;
    }
}

/// Rows where parts with the same number of nonzeros begin, each a multiple of `block`.
std::vector<std::int64_t> even_parts(const CsrView<double>& matrix, std::size_t parts, int block) {
    std::vector<std::int64_t> first{0};
    for (std::size_t part = 1; part < parts; ++part) {
        const auto before =
            static_cast<std::int64_t>(static_cast<double>(matrix.nonzeros()) *
                                      static_cast<double>(part) / static_cast<double>(parts));
        const auto at = std::lower_bound(matrix.row_start.begin(), matrix.row_start.end(), before);
        const std::int64_t row = (at - matrix.row_start.begin()) / block * block;
        first.push_back(std::clamp(row, first.back(), matrix.rows()));
    }
    first.push_back(matrix.rows());
    return first;
}

using MakePart = std::function<std::unique_ptr<Peer>(const CsrView<double>&)>;

NamedPeer in_parts(const std::string& key, const CsrView<double>& matrix, std::size_t harts,
                   int block, const MakePart& make) {
    NamedPeer peer{key, even_parts(matrix, harts, block), {}, {}};
    for (std::size_t part = 0; part < harts; ++part) {
        const auto row = static_cast<std::size_t>(peer.first_row[part]);
        const auto rows = static_cast<std::size_t>(peer.first_row[part + 1]) - row;
        const auto from = matrix.row_start.subspan(row, rows + 1);
        peer.row_start.emplace_back(from.begin(), from.end());
        for (std::int64_t& start : peer.row_start.back()) start -= from.front();
        const auto begin = static_cast<std::size_t>(from.front());
        const auto count = static_cast<std::size_t>(from.back()) - begin;
        peer.parts.push_back(
            make({matrix.columns, peer.row_start.back(), matrix.column.subspan(begin, count),
                  matrix.value.subspan(begin, count)}));
    }
    return peer;
}

}  // namespace

void require_peer_names(const std::vector<std::string>& names) {
    for (const std::string& name : names)
        if (name != "petsc" && name != "eigen")
            throw asp::InputError(fmt::format(
                "--cross-check {}: expected petsc or eigen, or both as petsc,eigen", name));
}

NamedPeer make_peer(const std::string& name, const CsrView<double>& matrix, std::size_t harts) {
    return in_parts(name, matrix, harts, 1, [&](const CsrView<double>& part) {
        return name == "petsc" ? petsc_peer(part) : eigen_peer(part);
    });
}

const std::vector<std::string>& available_peers() {
    static const std::vector<std::string> keys =
        has_petsc() ? std::vector<std::string>{"petsc", "baij", "eigen"}
                    : std::vector<std::string>{"eigen"};
    return keys;
}

std::vector<NamedPeer> all_peers(const CsrView<double>& matrix, std::size_t harts) {
    std::vector<NamedPeer> peers;
    if (available_peers().size() > 1) {
        peers.push_back(make_peer("petsc", matrix, harts));
        const int block = block_structure(matrix).size;
        if (block > 1 && matrix.rows() % block == 0)
            peers.push_back(
                in_parts("baij", matrix, harts, block, [&](const CsrView<double>& part) {
                    return petsc_peer(part, PetscFormat::block_aij, block);
                }));
    }
    peers.push_back(make_peer("eigen", matrix, harts));
    return peers;
}

void run(const NamedPeer& peer, asp::View<double, 3> basis, const asp::Team& team) {
    const std::size_t n = basis.extent(2);
    for (std::size_t p = 0; p + 1 < basis.extent(0); ++p)
        team.run(
            [&](std::size_t begin, std::size_t end) {
                for (std::size_t part = begin; part < end; ++part) {
                    const auto row = static_cast<std::size_t>(peer.first_row[part]);
                    const auto rows = static_cast<std::size_t>(peer.first_row[part + 1]) - row;
                    peer.parts[part]->multiply({&basis(p, 0, 0), n}, {&basis(p + 1, 0, row), rows});
                }
            },
            0, peer.parts.size(), 1);
}

PeerDifference difference(asp::View<const double, 3> ours, asp::View<const double, 3> theirs,
                          const CsrView<double>& matrix) {
    std::int64_t longest = 0;
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i)
        longest = std::max(longest, matrix.row_start[i + 1] - matrix.row_start[i]);
    const double norm = infinity_norm(matrix);
    const double step =
        2.0 * static_cast<double>(longest + 1) * std::numeric_limits<double>::epsilon();
    double size = largest(level(ours, 0));  // |A|^p |x|
    PeerDifference found;
    for (std::size_t p = 1; p < ours.extent(0); ++p) {
        size *= norm;
        const double allowed = step * static_cast<double>(p) * size;
        double apart = 0.0;
        for (std::size_t i = 0; i < ours.extent(2); ++i) {
            const double here = std::abs(ours(p, 0, i) - theirs(p, 0, i));
            if (!(here <= allowed)) found.is_rounding = false;  // written so that NaN fails too
            apart = std::max(apart, here);
        }
        if (apart > 0.0) found.largest = std::max(found.largest, apart / largest(level(ours, p)));
    }
    return found;
}

}  // namespace krylov
