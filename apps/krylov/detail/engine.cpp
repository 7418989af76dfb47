#include "krylov/detail/engine.hpp"

#include <algorithm>

#include "krylov/kernels/step.hpp"

namespace krylov::detail {
namespace {

const AkxSpecializer specializer;

}  // namespace

template <class Scalar>
Engine<Scalar>::Engine(const CsrView<Scalar>& matrix, int vectors, const asp::Context& context)
    : config_{.scalar = kind_of<Scalar>(), .index_bytes = 4, .vectors = vectors},
      context_(context),
      narrow_(matrix),
      rows_(matrix.rows()),
      items_(rows_),
      arrays_{matrix.row_start.data(), matrix.column.data(), matrix.value.data(), nullptr} {}

template <class Scalar>
Engine<Scalar>::Engine(const CsrView<Scalar, std::int64_t>& matrix, int vectors,
                       const asp::Context& context)
    : config_{.scalar = kind_of<Scalar>(), .index_bytes = 8, .vectors = vectors},
      context_(context),
      wide_(matrix),
      rows_(matrix.rows()),
      items_(rows_),
      arrays_{matrix.row_start.data(), matrix.column.data(), matrix.value.data(), nullptr} {}

template <class Scalar>
Engine<Scalar>::Engine(SlicedMatrix<Scalar> matrix, int vectors, const asp::Context& context)
    : config_{.scalar = kind_of<Scalar>(),
              .is_sliced = true,
              .index_bytes = matrix.index_bytes,
              .shape = matrix.shape,
              .values = matrix.form,
              .vectors = vectors},
      context_(context),
      sliced_(std::move(matrix)),
      rows_(sliced_->rows),
      items_(sliced_->slices()),
      arrays_{sliced_->heads.data(), sliced_->indices.data(), sliced_->values_data(),
              sliced_->table.data()} {}

template <class Scalar>
void Engine<Scalar>::run(const asp::Kernel& kernel, const Level& level, std::int64_t lo,
                         std::int64_t hi) const {
    void* arrays[matrix_arrays + Operands::count];
    for (int i = 0; i < matrix_arrays; ++i) arrays[i] = const_cast<void*>(arrays_[i]);
    arrays[matrix_arrays + Operands::x] = const_cast<Scalar*>(level.x);
    arrays[matrix_arrays + Operands::previous] = const_cast<Scalar*>(level.previous);
    arrays[matrix_arrays + Operands::y] = level.y;
    arrays[matrix_arrays + Operands::sum] = level.sum;
    const double scalars[]{level.a, level.b, level.c, level.w, level.w0};
    const long sizes[]{rows_, rows_};
    kernel.run({arrays, scalars, sizes, nullptr}, lo, hi);
}

template <class Scalar>
void Engine<Scalar>::run(const asp::Kernel& kernel, const Level& level,
                         const asp::Team* team) const {
    const auto part = [&](std::size_t lo, std::size_t hi) {
        run(kernel, level, static_cast<std::int64_t>(lo), static_cast<std::int64_t>(hi));
    };
    const auto items = static_cast<std::size_t>(items_);
    // Parts of some ten thousand rows: large beside handing them out, small beside all.
    const std::size_t grain = std::max<std::size_t>(
        16384 * items / static_cast<std::size_t>(std::max<std::int64_t>(rows_, 1)), 1);
    asp::run_on(team, part, 0, items, grain);
}

template <class Scalar>
const asp::Kernel& Engine<Scalar>::kernel(int terms, bool adds_up) const {
    const std::lock_guard lock(mutex_);
    const std::pair key{terms, adds_up};
    auto found = kernels_.find(key);
    if (found == kernels_.end()) {
        KernelConfig config = config_;
        config.terms = terms;
        config.adds_up = adds_up;
        found = kernels_.emplace(key, asp::make_kernel(specializer, problem_of(config), context_))
                    .first;
    }
    return found->second;
}

template <class Scalar>
UnitGraph Engine<Scalar>::graph(std::int64_t items_per_unit, const asp::Team* team) const {
    if (sliced_) return unit_graph(*sliced_, items_per_unit, team);
    return narrow_ ? unit_graph(*narrow_, items_per_unit, team)
                   : unit_graph(*wide_, items_per_unit, team);
}

template <class Scalar>
std::size_t Engine<Scalar>::bytes() const {
    return sliced_ ? sliced_->bytes() : 0;
}

int terms_of(const Recurrence& recurrence) {
    return recurrence.is_monomial()    ? product_only
           : recurrence.has_previous() ? three_terms
                                       : two_terms;
}

template class Engine<double>;
template class Engine<float>;
template class Engine<std::complex<double>>;
template class Engine<std::complex<float>>;

}  // namespace krylov::detail
