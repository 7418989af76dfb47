#include "krylov/outcome.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <variant>

#include "krylov/compare.hpp"

namespace krylov {

template <class Scalar>
std::optional<Failure> overflow_in(const Workload<Scalar>& work,
                                   asp::View<const Scalar, 3> results) {
    const auto overflow = first_overflow<Scalar>(results);
    if (!overflow) return std::nullopt;
    const double norm = infinity_norm(work.matrix);
    const std::string where =
        work.keep == Keep::basis ? fmt::format("level {} of the basis overflows at row {}",
                                               overflow->level + 1, overflow->row)
                                 : fmt::format("the polynomial overflows at row {}", overflow->row);
    return Failure{fmt::format(
        "{}: expected a basis that stays in range: --scale {:.3g} (no eigenvalue is larger than "
        "{:.3g}), or --basis newton or chebyshev",
        where, 1.0 / norm, norm)};
}

template <class Scalar>
std::optional<Failure> difference_in_bits(const Workload<Scalar>& work) {
    const asp::Array<Scalar, 3> reference = reference_results(work);
    if (auto overflow = overflow_in(work, reference.view())) return overflow;
    const auto results = work.results();
    const auto difference = first_difference<Scalar>(results, reference.view());
    if (!difference) return std::nullopt;
    return Failure{
        fmt::format("level {}, {}row {}: {} where the reference has {}: the bits differ",
                    work.keep == Keep::basis ? difference->level + 1 : work.k(),
                    results.extent(1) > 1 ? fmt::format("vector {}, ", difference->vector) : "",
                    difference->row, difference->found, difference->expected)};
}

template <class Scalar>
std::string agreement(const Workload<Scalar>& work) {
    const auto results = work.results();
    const auto times = [](std::size_t count) {
        return count > 1 ? fmt::format("{} x ", count) : "";
    };
    return fmt::format("all {}{}{} values have the bits of the reference", times(results.extent(0)),
                       times(results.extent(1)), results.extent(2));
}

void print_matrix(const Style& style, const LoadedMatrix& loaded) {
    std::visit(
        [&](const auto& m) {
            fmt::print("{}",
                       entry(style, "matrix",
                             fmt::format("{}: {} x {}, {} nonzeros, {}", style.bold(loaded.name),
                                         m.rows(), m.columns, m.nonzeros(), loaded.format)));
        },
        loaded.matrix);
    for (const std::string& remark : loaded.remarks) fmt::print("{}", entry(style, "", remark));
}

asp::ExitCode end_run(const CommandLine& line, const std::string& matrix,
                      const std::optional<Failure>& failure, nlohmann::json summary) {
    if (failure) {
        summary["status"] = "failed";
        summary["failure"] = failure->line;
    }
    write_summary(line, summary);
    if (!failure) return asp::ExitCode::done;
    fmt::print(stderr, "krylov: {}: {}\n", matrix, failure->line);
    return asp::ExitCode::failure;
}

#define KRYLOV_INSTANTIATE(Scalar)                                               \
    template std::optional<Failure> overflow_in(const Workload<Scalar>&,         \
                                                asp::View<const Scalar, 3>);     \
    template std::optional<Failure> difference_in_bits(const Workload<Scalar>&); \
    template std::string agreement(const Workload<Scalar>&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov
