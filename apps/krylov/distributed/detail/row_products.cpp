#include "krylov/distributed/detail/row_products.hpp"

#include <cmath>

namespace krylov::detail {
namespace {

bool has_fused_multiply_add() {
    static const bool has = __builtin_cpu_supports("fma") != 0;
    return has;
}

// Functions of their own with restrict pointers: inlined into a driver they lose the restrict, and
// 1.4 times the time. std::fma is one instruction only where the target has it.
[[gnu::noinline, gnu::target("fma")]] void multiply_fused(
    Range range, const std::int64_t* __restrict row_start, const std::int32_t* __restrict column,
    const double* __restrict value, const double* __restrict x, double* __restrict y) {
    for (std::int32_t i = range.begin; i < range.end; ++i) {
        double sum = 0.0;
        for (std::int64_t j = row_start[i]; j < row_start[i + 1]; ++j)
            sum = std::fma(value[j], x[column[j]], sum);
        y[i] = sum;
    }
}
[[gnu::noinline]] void multiply_plain(Range range, const std::int64_t* __restrict row_start,
                                      const std::int32_t* __restrict column,
                                      const double* __restrict value, const double* __restrict x,
                                      double* __restrict y) {
    for (std::int32_t i = range.begin; i < range.end; ++i) {
        double sum = 0.0;
        for (std::int64_t j = row_start[i]; j < row_start[i + 1]; ++j)
            sum += value[j] * x[column[j]];
        y[i] = sum;
    }
}

[[gnu::noinline, gnu::target("fma")]] void add_fused(double a, std::size_t size,
                                                     const double* __restrict x,
                                                     double* __restrict sum) {
    for (std::size_t i = 0; i < size; ++i) sum[i] = std::fma(a, x[i], sum[i]);
}
[[gnu::noinline]] void add_plain(double a, std::size_t size, const double* __restrict x,
                                 double* __restrict sum) {
    for (std::size_t i = 0; i < size; ++i) sum[i] = a * x[i] + sum[i];
}

}  // namespace

void add_multiple(double a, std::span<const double> x, std::span<double> sum) {
    (has_fused_multiply_add() ? add_fused : add_plain)(a, x.size(), x.data(), sum.data());
}

void take_level(const CsrView<double>& rows, Range range, const Recurrence& recurrence,
                std::size_t p, const double* x, const double* before, double* y) {
    (has_fused_multiply_add() ? multiply_fused : multiply_plain)(
        range, rows.row_start.data(), rows.column.data(), rows.value.data(), x, y);
    if (recurrence.is_monomial()) return;
    const auto begin = static_cast<std::size_t>(range.begin);
    const std::size_t size = static_cast<std::size_t>(range.end) - begin;
    const std::span made(y + begin, size);
    for (double& product : made) product *= recurrence.a[p];
    add_multiple(recurrence.b[p], std::span(x + begin, size), made);
    if (recurrence.has_previous())
        add_multiple(recurrence.c[p], std::span((p > 0 ? before : x) + begin, size), made);
}

}  // namespace krylov::detail
