#pragma once

#include "asp/jit/platform.hpp"
#include "asp/stencil/detail/layout.hpp"
#include "asp/stencil/detail/sweep.hpp"
#include "asp/stencil/stencil.hpp"

namespace asp::stencil::detail {

/// What calls want to know of a function, found once.
struct Function {
    Function(const ir::GridFunction& function, const jit::Platform& platform);

    ir::GridFunction f;
    PlanInput input;
    Prepared once;                ///< one step
    std::vector<bool> is_copied;  ///< [fields] its old values are needed while it is written
    std::vector<bool> is_read_elsewhere;  ///< [fields] than at the point, or after a loop
    std::size_t parameters = 0;           ///< fields that are parameters
    long cache_bytes, stream_bytes;
};

/// Where a field lies, in the template's axes.
struct FieldPlace {
    double* data;
    long plane, row;
    bool operator==(const FieldPlace&) const = default;
};

constexpr std::size_t most_fields = 64;

/// A call in the template's axes.
struct Grid {
    long n[3];
    FieldPlace field[most_fields];
    const double* scalars;

    long points() const { return n[0] * n[1] * n[2]; }
    FieldPlace dense(double* data) const { return {data, n[1] * n[2], n[2]}; }
};

/// Throws InputError where the call does not fit.
void check_call(const Function& function, const Call& call, std::span<const double> returned,
                Grid& grid);

}  // namespace asp::stencil::detail
