#include "krylov/workload.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <type_traits>

#include "asp/base/error.hpp"
#include "asp/base/huge_pages.hpp"
#include "asp/io/hdf5.hpp"
#include "krylov/reference.hpp"
#include "krylov/report.hpp"

namespace krylov {
namespace {

template <class Scalar>
inline constexpr bool is_complex = !std::is_floating_point_v<Scalar>;

/// Uniform in [-1, 1). The mixing function splitmix64: a few operations, and the same everywhere.
double random_number(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    z ^= z >> 31U;
    return static_cast<double>(z >> 11U) * 0x1.0p-52 - 1.0;
}

/// Asking for more would not fail: the system would end the program when it writes to it.
void require_memory(std::size_t levels, std::size_t vectors, std::size_t rows, std::size_t size) {
    const double needed = static_cast<double>(levels) * static_cast<double>(vectors) *
                          static_cast<double>(rows) * static_cast<double>(size);
    const auto there = static_cast<double>(physical_memory_bytes());
    if (needed > there)
        throw asp::BackendError(fmt::format(
            "{} vectors of {} rows take {}, and this machine has {}: a smaller --k, or --keep "
            "polynomial, needs less",
            levels * vectors, rows, bytes_text(needed), bytes_text(there)));
}

template <class Scalar>
asp::View<const Scalar, 2> x_of(const Workload<Scalar>& work) {
    return work.vectors.view()[0];
}

}  // namespace

std::size_t physical_memory_bytes() {
    return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

template <class Scalar>
asp::View<const Scalar, 3> Workload<Scalar>::results() const {
    const asp::Extents<3> all = vectors.extents();
    return {vectors.data() + all[1] * all[2], {all[0] - 1, all[1], all[2]}};
}

template <class Scalar>
Workload<Scalar> make_workload(const CsrView<Scalar>& matrix, const Recurrence& recurrence,
                               Keep keep, int vectors, std::span<const double> coefficients) {
    const std::size_t k = recurrence.k();
    if (!coefficients.empty() && coefficients.size() != k + 1)
        throw asp::InputError(fmt::format(
            "--coefficients: {} numbers: expected {}, one for each of x, A x, ..., A^k x",
            coefficients.size(), k + 1));
    std::vector<double> all(coefficients.begin(), coefficients.end());
    if (all.empty()) all.assign(k + 1, 1.0);
    const auto n = static_cast<std::size_t>(matrix.rows());
    const std::size_t levels = keep == Keep::basis ? k + 1 : 2;
    require_memory(levels, static_cast<std::size_t>(vectors), n, sizeof(Scalar));
    auto memory =
        asp::Array<Scalar, 3>::uninitialized({levels, static_cast<std::size_t>(vectors), n});
    asp::advise_huge_pages(memory.data(), memory.size() * sizeof(Scalar));
    std::ranges::fill(memory, Scalar{});
    return {matrix, {recurrence, all}, keep, std::move(memory)};
}

template <class Scalar>
void run(const Akx<Scalar>& akx, Workload<Scalar>& work, const asp::Team* team) {
    if (work.keep == Keep::basis)
        akx.powers(work.vectors.view(), work.polynomial.recurrence, team);
    else
        akx.polynomial(x_of(work), work.polynomial, work.vectors.view()[1], team);
}

template <class Scalar>
asp::Array<Scalar, 3> reference_results(const Workload<Scalar>& work) {
    Workload<Scalar> other = work;
    if (work.keep == Keep::basis)
        reference_powers(work.matrix, work.polynomial.recurrence, other.vectors.view());
    else
        reference_polynomial(work.matrix, work.polynomial, x_of(work), other.vectors.view()[1]);
    const auto results = other.results();
    auto copy = asp::Array<Scalar, 3>::uninitialized(results.extents());
    std::copy(results.begin(), results.end(), copy.begin());
    return copy;
}

template <class Scalar>
void fill_random(std::span<Scalar> x, std::uint64_t seed) {
    std::uint64_t state = seed;
    for (Scalar& value : x) {
        if constexpr (is_complex<Scalar>) {
            using Real = typename Scalar::value_type;
            const auto re = static_cast<Real>(random_number(state));
            value = {re, static_cast<Real>(random_number(state))};
        } else {
            value = static_cast<Scalar>(random_number(state));
        }
    }
}

template <class Scalar>
void read_x(const std::string& place, Workload<Scalar>& work) {
    const auto colon = place.rfind(":/");
    if (colon == std::string::npos || colon == 0)
        throw asp::InputError(
            fmt::format("--x {}: expected a file and a dataset in it, as in x.h5:/x", place));
    const std::string file = place.substr(0, colon), name = place.substr(colon + 1);
    const asp::io::H5Reader reader(file);
    const std::vector<double> values = reader.read_doubles(name);
    const std::size_t parts = is_complex<Scalar> ? 2 : 1;
    const std::size_t size = work.vectors.extent(1) * work.vectors.extent(2);
    if (values.size() != size * parts)
        throw asp::InputError(fmt::format("{}: {}: {} numbers: expected {} ({} x {} rows{})", file,
                                          name, values.size(), size * parts, work.vectors.extent(1),
                                          work.vectors.extent(2),
                                          is_complex<Scalar> ? ", real and imaginary part" : ""));
    for (std::size_t i = 0; i < size; ++i) {
        Scalar& x = work.vectors.data()[i];
        if constexpr (is_complex<Scalar>) {
            using Real = typename Scalar::value_type;
            x = {static_cast<Real>(values[2 * i]), static_cast<Real>(values[2 * i + 1])};
        } else {
            x = static_cast<Scalar>(values[i]);
        }
    }
    const auto* bad = std::find_if_not(values.data(), values.data() + values.size(),
                                       [](double value) { return std::isfinite(value); });
    if (bad != values.data() + values.size())
        throw asp::InputError(fmt::format("{}: {}: entry {} = {}: expected a finite number", file,
                                          name, bad - values.data(), *bad));
}

template <class Scalar>
double infinity_norm(const CsrView<Scalar>& matrix) {
    double norm = 0.0;
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i) {
        double sum = 0.0;
        for (auto j = matrix.row_start[i]; j < matrix.row_start[i + 1]; ++j)
            sum += std::abs(matrix.value[static_cast<std::size_t>(j)]);
        norm = std::max(norm, sum);
    }
    return norm;
}

#define KRYLOV_INSTANTIATE(Scalar)                                                                \
    template asp::View<const Scalar, 3> Workload<Scalar>::results() const;                        \
    template Workload<Scalar> make_workload(const CsrView<Scalar>&, const Recurrence&, Keep, int, \
                                            std::span<const double>);                             \
    template void run(const Akx<Scalar>&, Workload<Scalar>&, const asp::Team*);                   \
    template asp::Array<Scalar, 3> reference_results(const Workload<Scalar>&);                    \
    template void fill_random(std::span<Scalar>, std::uint64_t);                                  \
    template void read_x(const std::string&, Workload<Scalar>&);                                  \
    template double infinity_norm(const CsrView<Scalar>&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov
