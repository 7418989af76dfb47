#pragma once

#include <mutex>

#include "asp/base/aligned.hpp"
#include "asp/stencil/detail/function.hpp"

namespace asp::stencil::detail {

/// One sweep over the grid: fields before and after, and what becomes of them in a next step.
struct Pass {
    const Prepared* prepared;
    long steps;
    FieldPlace before[most_fields];  ///< [parameters]
    FieldPlace after[most_fields];   ///< [parameters] of those that are written
    const long* source;              ///< [fields]
};

/// Runs sweeps, and lends arrays for what is between them.
class Passes {
public:
    explicit Passes(const Function& function) : function_(function) {}

    void run(const Kernel& kernel, const Grid& grid, const Pass& pass, std::span<double> returned,
             const Team* team) const;

    using Array = AlignedVector<double>;
    /// Memory that was used before, so that no page is touched for the first time in every call.
    Array borrow(std::size_t doubles);
    void give_back(Array array);

private:
    const Function& function_;
    std::mutex mutex_;
    std::vector<Array> free_;
};

/// Steps of one pass.
long choose_depth(const Function& function, const Grid& grid, long steps,
                  std::span<const long> source);

/// Copies a field, by the calling thread.
void copy_field(const Grid& grid, const FieldPlace& from, const FieldPlace& to);

}  // namespace asp::stencil::detail
