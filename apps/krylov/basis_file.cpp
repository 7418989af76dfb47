#include "krylov/basis_file.hpp"

#include <complex>
#include <type_traits>

#include "asp/base/version.hpp"
#include "asp/io/hdf5.hpp"

namespace krylov {
namespace {

template <class Scalar>
void write_vectors(asp::io::H5Writer& file, const std::string& name,
                   asp::View<const Scalar, 3> vectors, const std::string& description) {
    std::vector<std::size_t> extents{vectors.extents().begin(), vectors.extents().end()};
    if (extents.front() == 1) extents.erase(extents.begin());
    const asp::io::DatasetInfo info{.description = description};
    if constexpr (std::is_floating_point_v<Scalar>) {
        file.write(name, std::span<const Scalar>(vectors.data(), vectors.size()), extents, info);
    } else {
        using Real = typename Scalar::value_type;
        extents.push_back(2);
        // A complex number is laid out as its two parts, by the language's word.
        const auto* const parts = reinterpret_cast<const Real*>(vectors.data());
        file.write(name, std::span<const Real>(parts, 2 * vectors.size()), extents, info);
    }
}

}  // namespace

template <class Scalar>
void write_basis(const std::filesystem::path& path, const Workload<Scalar>& work,
                 const std::string& matrix, const std::string& plan) {
    asp::io::H5Writer file(path);
    const asp::View<const Scalar, 3> all = work.vectors.view();
    const Recurrence& r = work.polynomial.recurrence;
    if (work.keep == Keep::basis) {
        write_vectors<Scalar>(file, "/basis", all, "x_p, p = 0 to k; of each vector its rows");
    } else {
        const asp::Extents<3> one{1, all.extent(1), all.extent(2)};
        write_vectors<Scalar>(file, "/x", {all.data(), one}, "of each vector its rows");
        write_vectors<Scalar>(file, "/polynomial", work.results(),
                              "sum over p of coefficient[p] x_p");
        file.write("/coefficient", work.polynomial.coefficient, {r.k() + 1});
    }
    file.write("/recurrence/a", r.a, {r.k()},
               {.description = "x_{p+1} = a[p] A x_p + b[p] x_p + c[p] x_{p-1}"});
    file.write("/recurrence/b", r.b, {r.k()});
    file.write("/recurrence/c", r.c, {r.k()});
    file.annotate("/", "program", std::string("krylov ") + asp::version);
    file.annotate("/", "matrix", matrix);
    file.annotate("/", "plan", plan);
    file.close();
}

template void write_basis(const std::filesystem::path&, const Workload<double>&, const std::string&,
                          const std::string&);
template void write_basis(const std::filesystem::path&, const Workload<float>&, const std::string&,
                          const std::string&);
template void write_basis(const std::filesystem::path&, const Workload<std::complex<double>>&,
                          const std::string&, const std::string&);
template void write_basis(const std::filesystem::path&, const Workload<std::complex<float>>&,
                          const std::string&, const std::string&);

}  // namespace krylov
