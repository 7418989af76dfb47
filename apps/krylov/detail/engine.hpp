#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "asp/specialize/kernel.hpp"
#include "krylov/basis.hpp"
#include "krylov/schedule.hpp"
#include "krylov/specializer.hpp"

namespace krylov::detail {

/// A matrix in one storage and the kernels over it.
template <class Scalar>
class Engine {
public:
    /// In the user's arrays, which must outlive this.
    Engine(const CsrView<Scalar>& matrix, int vectors, const asp::Context& context);
    Engine(const CsrView<Scalar, std::int64_t>& matrix, int vectors, const asp::Context& context);
    Engine(SlicedMatrix<Scalar> matrix, int vectors, const asp::Context& context);

    /// The vectors of one level.
    struct Level {
        const Scalar *x, *previous;
        Scalar* y;
        Scalar* sum = nullptr;  ///< with it: sum += w y, begun as w0 x where w0 is not 0
        double a = 1.0, b = 0.0, c = 0.0, w = 0.0, w0 = 0.0;
    };

    /// Does items [lo, hi) of a level. `kernel` is one of kernel()'s.
    void run(const asp::Kernel& kernel, const Level& level, std::int64_t lo, std::int64_t hi) const;
    /// All of a level.
    void run(const asp::Kernel& kernel, const Level& level, const asp::Team* team) const;

    /// Made when it is first asked for.
    const asp::Kernel& kernel(int terms, bool adds_up) const;
    UnitGraph graph(std::int64_t items_per_unit, const asp::Team* team) const;

    std::int64_t items() const { return items_; }
    std::int64_t rows() const { return rows_; }
    std::int64_t rows_per_item() const { return sliced_ ? sliced_->slice_rows() : 1; }
    std::size_t bytes() const;  ///< of what is kept here; the user's arrays are not
    const std::optional<SlicedMatrix<Scalar>>& sliced() const { return sliced_; }

private:
    KernelConfig config_;
    asp::Context context_;
    std::optional<CsrView<Scalar>> narrow_;
    std::optional<CsrView<Scalar, std::int64_t>> wide_;
    std::optional<SlicedMatrix<Scalar>> sliced_;
    std::int64_t rows_, items_;
    const void* arrays_[4];
    mutable std::mutex mutex_;
    mutable std::map<std::pair<int, bool>, asp::Kernel> kernels_;
};

/// Terms that a kernel needs for a recurrence.
int terms_of(const Recurrence& recurrence);

}  // namespace krylov::detail
