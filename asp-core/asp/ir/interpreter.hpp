#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "asp/ir/function.hpp"

namespace asp::ir {

/// Values of an argument or result at the points of a range: value i is data[i * stride].
/// Stride 0 is one number for all.
template <class Real>
struct Column {
    const Real* data;
    std::ptrdiff_t stride = 1;
};

namespace detail {
template <class Real>
struct Code;
}

/// A function as a register program, run block by block: each operation on 512 points at once, so
/// that its cost is in loops the compiler vectorized (for x86-64-v2, -v3 and -v4, chosen at start).
///
/// Each node's value is evaluate()'s, rounded to Real: the same to the bit on every machine with
/// the same C library, at any point of any range, in run() and in run_at(). What all points have in
/// common (operations of constants and of arguments with stride 0) is computed once for a run.
/// Immutable; may run on many threads at once.
template <class Real>
class Program {
public:
    explicit Program(const Function& function);

    std::size_t arguments() const;
    std::size_t results() const;
    /// results[r][i] for i < count. Results must not overlap each other; they may overlap
    /// arguments, as if all were read before any is written: at no cost worth naming where a result
    /// is the same memory as an argument, through memory for all results where they are shifted.
    void run(std::span<const Column<Real>> arguments, std::span<Real* const> results,
             std::size_t count) const;
    /// As often as there are rows: each begins `step` values behind the one before it, in every
    /// argument and result. A result overlaps no argument but where it is the same memory.
    struct Rows {
        std::size_t count;
        std::span<const std::ptrdiff_t> argument_steps, result_steps;
    };
    void run(std::span<const Column<Real>> arguments, std::span<Real* const> results,
             std::size_t count, const Rows& rows) const;
    /// At one point, without allocation (but once for a thread and a program of hundreds of
    /// nodes). `results` may be the same memory as `arguments`.
    void run_at(std::span<const Real> arguments, std::span<Real> results) const;

private:
    std::shared_ptr<const detail::Code<Real>> code_;
};

}  // namespace asp::ir
