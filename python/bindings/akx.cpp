#include "krylov/akx.hpp"

#include <pybind11/complex.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "asp/harts/team.hpp"
#include "bindings/bindings.hpp"
#include "bindings/context.hpp"
#include "bindings/gil.hpp"
#include "bindings/numpy.hpp"

namespace asp::python {

namespace py = pybind11;
namespace kr = ::krylov;
using py::literals::operator""_a;
namespace {

template <class Number>
std::span<const Number> span_of(const py::array_t<Number>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

template <class T, std::size_t Rank>
View<T, Rank> view_of(py::array& array) {
    Extents<Rank> extents{};
    for (std::size_t d = 0; d < Rank; ++d)
        extents[d] = static_cast<std::size_t>(array.shape(static_cast<py::ssize_t>(d)));
    if constexpr (std::is_const_v<T>)
        return {static_cast<T*>(array.data()), extents};
    else
        return {static_cast<T*>(array.mutable_data()), extents};
}

template <class Scalar>
bool is_finite(View<const Scalar, 1> values) {
    return std::ranges::all_of(values, [](const Scalar& v) {
        return std::isfinite(std::real(v)) && std::isfinite(std::imag(v));
    });
}

/// A planned kernel, whatever its numbers are. The arrays that come in have its dtype and lie in
/// one piece; asp.akx sees to that.
class AkxKernel {
public:
    AkxKernel() = default;
    AkxKernel(const AkxKernel&) = delete;
    AkxKernel& operator=(const AkxKernel&) = delete;
    virtual ~AkxKernel() = default;

    virtual const kr::Plan& plan() const = 0;
    virtual std::string explain() const = 0;
    virtual std::string source() const = 0;
    virtual kr::Recurrence basis_named(const std::string& name, std::size_t k) const = 0;
    /// The first level that is not finite, where the last one is not.
    virtual std::optional<std::size_t> powers(py::array basis, const kr::Recurrence& recurrence,
                                              std::size_t threads) const = 0;
    virtual std::optional<std::size_t> gram(py::array basis, const kr::Recurrence& recurrence,
                                            py::array gram, std::optional<py::array> vector,
                                            std::optional<py::array> projected, bool is_doubled,
                                            std::size_t threads) const = 0;
    /// Whether the result is finite.
    virtual bool polynomial(py::array x, const kr::Polynomial& polynomial, py::array result,
                            std::size_t threads) const = 0;
};

/// What estimates of spectra take: doubles, and columns of 32 bits.
template <class Scalar, class Column>
kr::Csr<double> as_double(const kr::CsrView<Scalar, Column>& m) {
    kr::Csr<double> copy;
    copy.columns = m.columns;
    copy.row_start.assign(m.row_start.begin(), m.row_start.end());
    for (const Column column : m.column) copy.column.push_back(static_cast<std::int32_t>(column));
    for (const Scalar& value : m.value) copy.value.push_back(std::real(value));
    return copy;
}

template <class Scalar, class Column>
class TypedKernel final : public AkxKernel {
public:
    struct Arrays {
        py::array_t<std::int64_t> row_start;
        py::array_t<Column> column;
        py::array_t<Scalar> value;
        kr::CsrView<Scalar, Column> view() const {
            return {row_start.size() - 1, span_of(row_start), span_of(column), span_of(value)};
        }
    };

    /// With the GIL; lets go of it.
    TypedKernel(Arrays arrays, kr::PlanOptions options, const Context& context)
        : arrays_(std::move(arrays)), view_(arrays_.view()), akx_([&] {
              const WithoutGil others;
              kr::check(view_, "A");
              options.database = &database_;
              const Lease lease = HartPool::process().request(options.harts);
              const Team team(lease);
              return kr::Akx<Scalar>(view_, options, context, &team);
          }()) {}

    const kr::Plan& plan() const override { return akx_.plan(); }
    std::string explain() const override { return akx_.explain_kernel(); }
    std::string source() const override { return akx_.kernel_source(); }

    kr::Recurrence basis_named(const std::string& name, std::size_t k) const override {
        const WithoutGil others;
        if constexpr (std::is_same_v<Scalar, double> && std::is_same_v<Column, std::int32_t>)
            return kr::basis_named(name, view_, k);
        else
            return kr::basis_named(name, as_double(view_).view(), k);
    }

    std::optional<std::size_t> powers(py::array basis, const kr::Recurrence& recurrence,
                                      std::size_t threads) const override {
        const auto levels = view_of<Scalar, 3>(basis);
        const WithoutGil others;
        const Lease lease = HartPool::process().request(threads);
        const Team team(lease);
        akx_.powers(levels, recurrence, &team);
        return first_overflow(levels);
    }

    std::optional<std::size_t> gram(py::array basis, const kr::Recurrence& recurrence,
                                    py::array gram, std::optional<py::array> vector,
                                    std::optional<py::array> projected, bool is_doubled,
                                    std::size_t threads) const override {
        const auto levels = view_of<Scalar, 3>(basis);
        kr::GramRequest<Scalar> request{.gram = view_of<Scalar, 2>(gram), .is_doubled = is_doubled};
        if (vector) {
            request.vector = view_of<const Scalar, 1>(*vector).data();
            request.projected = view_of<Scalar, 1>(projected.value()).data();
        }
        const WithoutGil others;
        const Lease lease = HartPool::process().request(threads);
        const Team team(lease);
        akx_.powers(levels, recurrence, request, &team);
        return first_overflow(levels);
    }

    bool polynomial(py::array x, const kr::Polynomial& polynomial, py::array result,
                    std::size_t threads) const override {
        const auto given = view_of<const Scalar, 2>(x);
        const auto sum = view_of<Scalar, 2>(result);
        const WithoutGil others;
        const Lease lease = HartPool::process().request(threads);
        const Team team(lease);
        akx_.polynomial(given, polynomial, sum, &team);
        return is_finite<Scalar>({sum.data(), {sum.size()}});
    }

private:
    /// What overflows mostly stays: one look at the last level is all that a good basis costs.
    static std::optional<std::size_t> first_overflow(View<Scalar, 3> levels) {
        const auto is_fine = [&](std::size_t p) {
            return is_finite<Scalar>({levels[p].data(), {levels[p].size()}});
        };
        if (is_fine(levels.extent(0) - 1)) return std::nullopt;
        for (std::size_t p = 0;; ++p)
            if (!is_fine(p)) return p;
    }

    Arrays arrays_;  // keeps what the view shows
    kr::CsrView<Scalar, Column> view_;
    db::Database database_ = db::Database::of_user();  // the first call keeps its verdict there
    kr::Akx<Scalar> akx_;
};

template <class Scalar, class Column>
std::unique_ptr<AkxKernel> make_kernel(py::array_t<std::int64_t> row_start,
                                       py::array_t<Column> column, py::array_t<Scalar> value,
                                       kr::PlanOptions options, std::size_t threads,
                                       const std::string& mode) {
    options.harts = std::min(threads, HartPool::process().harts());
    const long rows = static_cast<long>(row_start.size() - 1);
    return std::make_unique<TypedKernel<Scalar, Column>>(
        typename TypedKernel<Scalar, Column>::Arrays{std::move(row_start), std::move(column),
                                                     std::move(value)},
        options, context_of(mode, rows));
}

kr::PlanOptions options_of(int k, bool keeps_basis, int vectors, bool has_recurrence,
                           const std::optional<std::string>& method,
                           const std::optional<std::string>& storage, std::optional<int> block,
                           std::optional<int> depth, std::optional<long> tile_kib,
                           const std::optional<std::string>& tile_shape,
                           const std::optional<std::string>& numbering, double budget) {
    kr::PlanOptions options{.k = k,
                            .keep = keeps_basis ? kr::Keep::basis : kr::Keep::polynomial,
                            .vectors = vectors,
                            .has_recurrence = has_recurrence,
                            .block = block,
                            .depth = depth,
                            .tile_kib = tile_kib,
                            .budget = budget};
    if (method) options.method = kr::parse_method(*method).value();
    if (storage) options.storage = kr::parse_storage(*storage).value();
    if (tile_shape) options.tile_shape = kr::parse_tile_shape(*tile_shape).value();
    if (numbering) options.numbering = kr::parse_numbering(*numbering).value();
    return options;
}

py::dict to_dict(const kr::Candidate& c) {
    return py::dict("method"_a = kr::name_of(c.method), "storage"_a = kr::name_of(c.storage),
                    "block"_a = c.block, "depth"_a = c.depth, "tile_kib"_a = c.tile_kib,
                    "tile_shape"_a = kr::name_of(c.tile_shape),
                    "numbering"_a = kr::name_of(c.numbering), "modelled"_a = c.modelled,
                    "measured"_a = c.measured, "description"_a = c.describe());
}

py::dict to_dict(const kr::Plan& p) {
    py::list considered;
    for (const kr::Candidate& candidate : p.considered) considered.append(to_dict(candidate));
    return py::dict(
        "chosen"_a = to_dict(p.chosen), "considered"_a = considered, "reason"_a = p.reason,
        "nonzero_seconds"_a = p.nonzero_seconds, "redundancy"_a = p.redundancy, "tiles"_a = p.tiles,
        "matrix_bytes"_a = p.matrix_bytes, "work_bytes"_a = p.work_bytes,
        "csr_bytes"_a = p.csr_bytes, "fill"_a = p.fill, "planning_seconds"_a = p.planning_seconds,
        "tuning_seconds"_a = p.tuning_seconds, "speedup"_a = p.speedup,
        "break_even"_a = p.break_even, "structure"_a = p.structure);
}

template <class Scalar, class Column>
void bind_plan(py::module_& module) {
    module.def("akx_plan", make_kernel<Scalar, Column>, "row_start"_a.noconvert(),
               "column"_a.noconvert(), "value"_a.noconvert(), "options"_a, "threads"_a, "mode"_a);
}

void bind_bases(py::module_& module) {
    py::class_<kr::Recurrence>(module, "AkxRecurrence")
        .def(py::init([](std::vector<double> a, std::vector<double> b, std::vector<double> c) {
                 return kr::Recurrence{std::move(a), std::move(b), std::move(c)};
             }),
             "a"_a, "b"_a, "c"_a)
        .def_property_readonly("a", [](const kr::Recurrence& r) { return to_numpy(r.a); })
        .def_property_readonly("b", [](const kr::Recurrence& r) { return to_numpy(r.b); })
        .def_property_readonly("c", [](const kr::Recurrence& r) { return to_numpy(r.c); });
    module.def(
        "akx_newton_basis",
        [](const std::vector<std::complex<double>>& shifts, double scale) {
            return kr::newton_basis(shifts, scale);
        },
        "shifts"_a, "scale"_a);
    module.def(
        "akx_chebyshev_basis",
        [](std::size_t k, double centre, double focal_distance) {
            return kr::chebyshev_basis(k, centre, focal_distance);
        },
        "k"_a, "centre"_a, "focal_distance"_a);
    const auto as_pair = [](kr::Polynomial p) {
        return std::make_pair(std::move(p.recurrence), to_numpy(p.coefficient));
    };
    module.def(
        "akx_chebyshev_smoother",
        [=](std::size_t degree, double low, double high) {
            return as_pair(kr::chebyshev_smoother(degree, low, high));
        },
        "degree"_a, "low"_a, "high"_a);
    module.def(
        "akx_chebyshev_smoother_4",
        [=](std::size_t degree, double high) {
            return as_pair(kr::chebyshev_smoother_4(degree, high));
        },
        "degree"_a, "high"_a);
}

}  // namespace

void bind_akx(py::module_& module) {
    bind_bases(module);
    py::class_<kr::PlanOptions>(module, "AkxOptions")
        .def(py::init(&options_of), "k"_a, "keeps_basis"_a, "vectors"_a, "has_recurrence"_a,
             "method"_a, "storage"_a, "block"_a, "depth"_a, "tile_kib"_a, "tile_shape"_a,
             "numbering"_a, "budget"_a);
    py::class_<AkxKernel>(module, "AkxKernel")
        .def("plan", [](const AkxKernel& kernel) { return to_dict(kernel.plan()); })
        .def("explain", &AkxKernel::explain)
        .def("source", &AkxKernel::source)
        .def("basis_named", &AkxKernel::basis_named, "name"_a, "k"_a)
        .def("powers", &AkxKernel::powers, "basis"_a, "recurrence"_a, "threads"_a)
        .def("gram", &AkxKernel::gram, "basis"_a, "recurrence"_a, "gram"_a, "vector"_a,
             "projected"_a, "is_doubled"_a, "threads"_a)
        .def(
            "polynomial",
            [](const AkxKernel& kernel, py::array x, const kr::Recurrence& recurrence,
               std::vector<double> coefficients, py::array result, std::size_t threads) {
                return kernel.polynomial(std::move(x), {recurrence, std::move(coefficients)},
                                         std::move(result), threads);
            },
            "x"_a, "recurrence"_a, "coefficients"_a, "result"_a, "threads"_a);
    bind_plan<double, std::int32_t>(module);
    bind_plan<double, std::int64_t>(module);
    bind_plan<float, std::int32_t>(module);
    bind_plan<float, std::int64_t>(module);
    bind_plan<std::complex<double>, std::int32_t>(module);
    bind_plan<std::complex<double>, std::int64_t>(module);
    bind_plan<std::complex<float>, std::int32_t>(module);
    bind_plan<std::complex<float>, std::int64_t>(module);
}

}  // namespace asp::python
