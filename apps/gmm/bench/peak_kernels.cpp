// Compiled once for each x86-64 level, with GMM_PEAK naming the table.
#include "gmm/bench/peak.hpp"

namespace gmm {
// Each level has kernels of its own, which the linker must not merge.
namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

/// Enough chains that none waits for the one before (latency 4, two a cycle), and few enough for
/// 16 registers.
constexpr int chains = 12;

template <class Real>
PeakRun multiply_add(long rounds) {
    constexpr int lanes = vector_bytes / static_cast<int>(sizeof(Real));
    typedef Real Vector __attribute__((vector_size(vector_bytes)));
    Vector sums[chains];
    for (int c = 0; c < chains; ++c) sums[c] = Vector{} + static_cast<Real>(c + 1);
    // Converges to 1, far from what is slow.
    const Vector factor = Vector{} + static_cast<Real>(0.5), term = factor;
    for (long round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
        for (int c = 0; c < chains; ++c) sums[c] = sums[c] * factor + term;
    }
    double sum = 0.0;
    for (int c = 0; c < chains; ++c)
        for (int l = 0; l < lanes; ++l) sum += static_cast<double>(sums[c][l]);
    return {2.0 * lanes * chains * static_cast<double>(rounds), sum};
}

}  // namespace

const PeakKernels GMM_PEAK{multiply_add<float>, multiply_add<double>};

}  // namespace gmm
