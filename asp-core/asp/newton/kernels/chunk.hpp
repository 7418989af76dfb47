#pragma once
#include "asp/kernel/arguments.hpp"
#include "asp/newton/kernels/dense.hpp"

/// A vectorized loop that collects bits in the integer `any`.
#if defined(__CUDACC__)
#define ASP_SIMD_OR_FOR(any, i, begin, end) for (long i = (begin); i < (end); ++i)
#else
#define ASP_PRAGMA(text) _Pragma(#text)
#define ASP_SIMD_OR_FOR(any, i, begin, end) \
    ASP_PRAGMA(omp simd reduction(| : any)) for (long i = (begin); i < (end); ++i)
#endif

namespace asp::newton {

/// How a system ended.
constexpr double converged = 0.0;
constexpr double iteration_limit = 1.0;  ///< the residual still falls, or circles
constexpr double singular = 2.0;         ///< the Jacobian has no inverse at the returned point
constexpr double not_finite = 3.0;       ///< the residual is NaN or infinite at the guess
constexpr double stalled = 4.0;          ///< no step reduces the residual: perhaps no solution
constexpr double outside = 5.0;          ///< the guess is not inside the unknowns' ranges
constexpr double running = 6.0;          ///< never returned

/// What a call works on; all numbers are doubles.
struct Batch {
    double* unknowns;          ///< [unknowns][systems] in: guess, out: solution or best point
    const double* parameters;  ///< [parameters][systems]
    double* status;            ///< [systems] out
    double* iterations;        ///< [systems] out: Newton steps computed
    double* residual;  ///< [systems] out: scaled norm at the returned point, see Chunk::weight
    long systems;
    double tolerance;  ///< converged: each |step| <= tolerance * max(|unknown|, its size)
    double most_iterations;
    const double* typical;  ///< [unknowns] size of an unknown whose guess is 0
    const double* shared;   ///< parameters that all systems share
};

/// Arrays 0 to 4, size 0, scalars: tolerance, most_iterations, typical sizes, shared parameters.
ASP_FN Batch batch_of(const Arguments& a, long unknowns) {
    return {static_cast<double*>(a.arrays[0]),
            static_cast<const double*>(a.arrays[1]),
            static_cast<double*>(a.arrays[2]),
            static_cast<double*>(a.arrays[3]),
            static_cast<double*>(a.arrays[4]),
            a.sizes[0],
            a.scalars[0],
            a.scalars[1],
            a.scalars + 2,
            a.scalars + 2 + unknowns};
}

/// One chunk of systems, one a lane. Values that depend on the unknown, equation or parameter are
/// rows: x[j][lane].
template <int lanes>
struct Chunk {
    using Rows = newton::Rows<lanes>;

    Rows x;          ///< [n] where the system is evaluated: trial points, at the end the solution
    Rows base;       ///< [n] best point so far
    Rows direction;  ///< [n] Newton step from there
    Rows step;       ///< [n] Newton step from x
    Rows size;       ///< [n] |guess|, or the typical size where that is 0
    Rows f;          ///< [n] residual at x
    Rows weight;     ///< [n] of an equation: 1 / sum |J_ij| size_j at the guess
    Rows p;          ///< [m] parameters
    Rows k;          ///< [q] what depends on parameters only, computed once
    Rows matrix;     ///< [n * n] Jacobian at x, row by row, where elimination needs pivots
    const double* shared;

    alignas(64) double weak[lanes];      ///< elimination without pivoting is not to be trusted
    alignas(64) double flaw[lanes];      ///< the Jacobian at x is singular
    alignas(64) double square[lanes];    ///< sum (weight f)^2 at x
    alignas(64) double merit[lanes];     ///< the same at base
    alignas(64) double damping[lanes];   ///< x = base + damping * direction; 0: x = base
    alignas(64) double room[lanes];      ///< largest damping that stays inside the ranges
    alignas(64) double open[lanes];      ///< number of unknowns that still move
    alignas(64) double accepted[lanes];  ///< 1 where x has become base
    alignas(64) double status[lanes];
    alignas(64) double iterations[lanes];

    static ASP_FN constexpr long rows(long n, long m, long q) { return 7 * n + m + q + n * n; }

    /// `storage` has rows(n, m, q) rows.
    ASP_FN Chunk(double* storage, long n, long m, long q, const double* shared_parameters)
        : x{storage},
          base{x[n]},
          direction{base[n]},
          step{direction[n]},
          size{step[n]},
          f{size[n]},
          weight{f[n]},
          p{weight[n]},
          k{p[m]},
          matrix{k[q]},
          shared(shared_parameters) {}
};

/// Systems [first, last) of an array of rows.
template <int lanes>
ASP_FN void load_rows(const double* from, long stride, long first, long last, long count,
                      Rows<lanes> to) {
    for (long j = 0; j < count; ++j) {
        const double* const row = from + j * stride + first;
        if (last - first == lanes) {
            ASP_SIMD_FOR(l, 0, lanes) to[j][l] = row[l];
        } else {
            // Lanes past the end repeat the last system, so that every loop has a constant trip
            // count and a system's result does not depend on its place.
            for (long l = 0; l < lanes; ++l)
                to[j][l] = row[l < last - first ? l : last - first - 1];
        }
    }
}

template <int lanes>
ASP_FN void load(const Batch& batch, long first, long last, long n, long m, Chunk<lanes>& c) {
    load_rows(batch.unknowns, batch.systems, first, last, n, c.x);
    load_rows(batch.parameters, batch.systems, first, last, m, c.p);
}

template <int lanes>
ASP_FN void store(const Batch& batch, long first, long last, long n, const Chunk<lanes>& c) {
    for (long j = 0; j < n; ++j)
        for (long l = 0; l < lanes && first + l < last; ++l)
            batch.unknowns[j * batch.systems + first + l] = c.x[j][l];
    for (long l = 0; l < lanes && first + l < last; ++l) {
        batch.status[first + l] = c.status[l];
        batch.iterations[first + l] = c.iterations[l];
        batch.residual[first + l] = asp::sqrt(c.merit[l]);
    }
}

}  // namespace asp::newton
