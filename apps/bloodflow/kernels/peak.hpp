#pragma once
#include "asp/kernel/prelude.hpp"

namespace bloodflow {

// What the machine can do of the operations that a stage is made of, compiled like the stage.

/// `rounds` times 128 independent multiply-adds; returns something that depends on all.
ASP_KERNEL double multiply_adds(long rounds, double factor, double summand) {
    alignas(64) double x[128];
    for (long j = 0; j < 128; ++j) x[j] = static_cast<double>(j) * 1e-3;
    for (long k = 0; k < rounds; ++k) ASP_SIMD_FOR(j, 0, 128) x[j] = x[j] * factor + summand;
    double sum = 0.0;
    for (double value : x) sum += value;
    return sum;
}

/// `rounds` times 128 independent pairs of a division and a square root.
ASP_KERNEL double divisions_and_roots(long rounds, double dividend) {
    alignas(64) double x[128], y[128];
    for (long j = 0; j < 128; ++j) x[j] = y[j] = 1.0 + static_cast<double>(j);
    for (long k = 0; k < rounds; ++k) ASP_SIMD_FOR(j, 0, 128) {
            x[j] = dividend / x[j];
            y[j] = asp::sqrt(y[j]);
        }
    double sum = 0.0;
    for (long j = 0; j < 128; ++j) sum += x[j] + y[j];
    return sum;
}

}  // namespace bloodflow
