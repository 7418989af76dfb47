#pragma once
#include "asp/kernel/arguments.hpp"
#include "asp/kernel/prelude.hpp"

namespace asp::pointwise {

/// out[k][i] = f_k(in[0][i], ..., numbers[0], ...) for i in [lo, hi). Arguments: the arrays that
/// are read, then those that are written, each [n]; scalars: the numbers that all points share. An
/// array that is written may be one that is read; otherwise none overlap. Always 0.
///
/// Function: `inputs`, `numbers`, `outputs` and `evaluate(in, numbers, out, i)`, which reads all of
/// point i before it writes; Configuration: `chunk`, a multiple of the vector width.
/// A chunk has a constant trip count, so that a value does not depend on its place.
template <class Function, class Configuration>
ASP_KERNEL int evaluate_points(const Arguments& arguments, long lo, long hi) {
    constexpr long chunk = Configuration::chunk;
    constexpr int inputs = Function::inputs, numbers = Function::numbers,
                  outputs = Function::outputs;
    // Copies, so that the compiler knows that no result is written over them.
    const double* in[inputs + 1];
    double* out[outputs];
    double shared[numbers + 1];
    for (int k = 0; k < inputs; ++k) in[k] = static_cast<const double*>(arguments.arrays[k]);
    for (int k = 0; k < outputs; ++k) out[k] = static_cast<double*>(arguments.arrays[inputs + k]);
    for (int k = 0; k < numbers; ++k) shared[k] = arguments.scalars[k];

    long first = lo;
    for (; first + chunk <= hi; first += chunk) {
        ASP_SIMD_FOR(i, 0, chunk) Function::evaluate(in, shared, out, first + i);
    }
    if (first == hi) return 0;

    alignas(64) double rest[(inputs + outputs) * chunk];
    for (int k = 0; k < inputs; ++k) {
        for (long i = 0; i < chunk; ++i)
            rest[k * chunk + i] = in[k][first + i < hi ? first + i : hi - 1];
        in[k] = rest + k * chunk;
    }
    double* result[outputs];
    for (int k = 0; k < outputs; ++k) result[k] = rest + (inputs + k) * chunk;
    ASP_SIMD_FOR(i, 0, chunk) Function::evaluate(in, shared, result, i);
    for (int k = 0; k < outputs; ++k)
        for (long i = first; i < hi; ++i) out[k][i] = result[k][i - first];
    return 0;
}

}  // namespace asp::pointwise
