#pragma once

#include "asp/pointwise/pointwise.hpp"
#include "asp/specialize/kernel.hpp"

namespace asp {
class HartPool;
}

namespace asp::pointwise {

/// A function's kernel, run on as many harts as pay. A handle: copies are the same kernel.
class Evaluator {
public:
    /// Throws BackendError as make_kernel does. Precondition: a problem of Pointwise's.
    Evaluator(const Problem& problem, const Context& context);

    /// Points from which on it is worth to wake other harts (and to let other threads go on).
    long many() const noexcept { return many_; }
    /// All points [0, n) in the calling thread.
    void run(const Arguments& arguments, long n) const { kernel_.run(arguments, 0, n); }
    /// The same on what harts of the pool are idle. The results are the same to the bit.
    void run(const Arguments& arguments, long n, HartPool& pool) const;

    const Kernel& kernel() const noexcept { return kernel_; }

private:
    long many_;
    Kernel kernel_;
};

}  // namespace asp::pointwise
