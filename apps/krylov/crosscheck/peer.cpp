#include "krylov/crosscheck/peer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "asp/base/error.hpp"

namespace krylov {

PeerRun run_powers(Peer& peer, const CsrView<double>& matrix, std::span<const double> x, int k,
                   int repetitions) {
    const auto n = static_cast<std::size_t>(matrix.rows());
    if (matrix.rows() != matrix.columns)
        throw asp::InputError(fmt::format("{}: {} rows and {} columns: expected a square matrix",
                                          peer.name, matrix.rows(), matrix.columns));
    if (x.size() != n)
        throw asp::InputError(
            fmt::format("{}: x has {} elements: expected {}", peer.name, x.size(), n));
    ASP_ASSERT(k >= 0 && repetitions >= 1);
    PeerRun run{peer.name, peer.version, {}, 0.0};
    run.basis = asp::Array<double, 2>({static_cast<std::size_t>(k) + 1, n});
    std::ranges::copy(x, run.basis.begin());
    const auto row = [&run, n](int p) {
        return std::span(run.basis.data() + static_cast<std::size_t>(p) * n, n);
    };
    std::vector<double> seconds;
    for (int repetition = 0; repetition <= repetitions; ++repetition) {
        const auto start = std::chrono::steady_clock::now();
        for (int p = 0; p < k; ++p) peer.multiply(row(p), row(p + 1));
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        if (repetition > 0) seconds.push_back(taken.count());
    }
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::ranges::nth_element(seconds, middle);
    run.seconds = *middle;
    return run;
}

PeerRun petsc_powers(const CsrView<double>& matrix, std::span<const double> x, int k,
                     int repetitions) {
    return run_powers(*petsc_peer(matrix), matrix, x, k, repetitions);
}

PeerRun eigen_powers(const CsrView<double>& matrix, std::span<const double> x, int k,
                     int repetitions) {
    return run_powers(*eigen_peer(matrix), matrix, x, k, repetitions);
}

}  // namespace krylov
