// Compiled once for each x86-64 level, with KRYLOV_KERNELS naming the table.
#include "krylov/native_kernels.hpp"

#include <cstdint>
#include <type_traits>
#include <utility>

#include "krylov/kernels/rows.hpp"
#include "krylov/kernels/slices.hpp"

namespace krylov {
// Each level has kernels of its own, which the linker must not merge.
namespace {

/// `step`: terms - 1, and three more where sums are kept.
template <ScalarKind kind, int step>
struct Common {
    using Real = std::conditional_t<is_single(kind), float, double>;
    static constexpr bool is_complex = krylov::is_complex(kind);
    static constexpr int vectors = 1, terms = step % 3 + 1;
    static constexpr bool adds_up = step >= 3;
};
template <ScalarKind kind, class Given, int step>
struct RowsOf : Common<kind, step> {
    using Column = Given;
};
template <class Given, int block, int step>
struct SlicesOf : Common<ScalarKind::real64, step> {
    using Index = Given;
    using Stored = double;
    static constexpr int lanes = 8, rows = block, columns = block;
    static constexpr bool hardware_gather = true;
};

template <class Template>
int entry(const asp::Arguments& arguments, long lo, long hi) {
    return Template::run(arguments, lo, hi);
}

int step_of(const KernelConfig& config) {
    return config.terms - 1 + (config.adds_up ? 3 : 0);
}

template <ScalarKind kind, class Column, int... step>
asp::Entry rows(const KernelConfig& config, std::integer_sequence<int, step...>) {
    static constexpr asp::Entry entries[]{entry<Rows<RowsOf<kind, Column, step>>>...};
    return entries[step_of(config)];
}
template <class Index, int block, int... step>
asp::Entry slices(const KernelConfig& config, std::integer_sequence<int, step...>) {
    static constexpr asp::Entry entries[]{entry<Slices<SlicesOf<Index, block, step>>>...};
    return entries[step_of(config)];
}

constexpr auto steps = std::make_integer_sequence<int, 6>();

asp::Entry rows_kernel(const KernelConfig& config) {
    const bool is_wide = config.index_bytes == 8;
    switch (config.scalar) {
        case ScalarKind::real64:
            return is_wide ? rows<ScalarKind::real64, std::int64_t>(config, steps)
                           : rows<ScalarKind::real64, std::int32_t>(config, steps);
        case ScalarKind::real32:
            return is_wide ? nullptr : rows<ScalarKind::real32, std::int32_t>(config, steps);
        case ScalarKind::complex64:
            return is_wide ? nullptr : rows<ScalarKind::complex64, std::int32_t>(config, steps);
        case ScalarKind::complex32:
            return is_wide ? nullptr : rows<ScalarKind::complex32, std::int32_t>(config, steps);
    }
    return nullptr;
}

template <int block>
asp::Entry slices_kernel(const KernelConfig& config) {
    return config.index_bytes == 2 ? slices<std::uint16_t, block>(config, steps)
                                   : slices<std::int32_t, block>(config, steps);
}

asp::Entry powers(const KernelConfig& config) {
    if (config.vectors != 1) return nullptr;
    if (!config.is_sliced) return rows_kernel(config);
    if (config.scalar != ScalarKind::real64 || config.values != ValueForm::full) return nullptr;
    const SliceShape& shape = config.shape;
    if (shape.lanes != 8 || shape.rows != shape.columns) return nullptr;
    return shape.rows == 1   ? slices_kernel<1>(config)
           : shape.rows == 3 ? slices_kernel<3>(config)
                             : nullptr;
}

template <class Real, bool is_doubled>
void gram(const Real* const* vectors, int count, long lo, long hi, GramSum<Real>* to) {
    Gram<Real, is_doubled>::run(vectors, count, lo, hi, to);
}

}  // namespace

const NativeKernels KRYLOV_KERNELS{
    powers, {gram<double, false>, gram<double, true>}, {gram<float, false>, gram<float, true>}};

}  // namespace krylov
