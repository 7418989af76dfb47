#include "krylov/cuda/device_akx.hpp"

#include <cmath>
#include <complex>
#include <cstring>

#include "asp/base/error.hpp"
#include "asp/cuda/testing.hpp"
#include "krylov/reference.hpp"

using asp::testing::has_device;
using asp::testing::message_of;
using krylov::Csr;
using krylov::Recurrence;
using krylov::cuda::DeviceAkx;
using krylov::cuda::DeviceMethod;
using krylov::cuda::DeviceOptions;

namespace {

/// Three points on a line.
Csr<double> line(int n) {
    Csr<double> m;
    m.columns = n;
    for (int i = 0; i < n; ++i) {
        for (int j = std::max(0, i - 1); j <= std::min(n - 1, i + 1); ++j) {
            m.column.push_back(j);
            m.value.push_back(i == j ? 0.5 : -0.25);
        }
        m.row_start.push_back(static_cast<std::int64_t>(m.column.size()));
    }
    return m;
}

}  // namespace

TEST_CASE("without a device, or without CUDA, matrix powers say what device_info() does") {
    std::string message;
    try {
        asp::cuda::device_info();
        return;
    } catch (const asp::BackendError& error) {
        message = error.what();
    }
    const Csr<double> m = line(10);
    CHECK(message_of<asp::BackendError>([&] { DeviceAkx<double>(m.view(), {}); }) == message);
    CHECK(message_of<asp::BackendError>([] { krylov::cuda::copy_bandwidth(1 << 20); }) == message);
}

namespace {

template <class Scalar>
void check_method(const Csr<double>& real, const DeviceOptions& options, const Recurrence& r) {
    Csr<Scalar> m;
    m.columns = real.columns;
    m.row_start = real.row_start;
    m.column = real.column;
    m.value.assign(real.value.begin(), real.value.end());
    const auto n = static_cast<std::size_t>(m.rows());
    asp::Array<Scalar, 3> expected({r.k() + 1, 2, n}), found({r.k() + 1, 2, n});
    for (std::size_t i = 0; i < 2 * n; ++i)
        expected.data()[i] = found.data()[i] =
            static_cast<Scalar>(1.0 / static_cast<double>(i + 1));
    krylov::reference_powers(m.view(), r, expected.view());
    const DeviceAkx<Scalar> akx(m.view(), options);
    akx.powers(found.view(), r);
    INFO(akx.describe());
    CHECK(std::memcmp(found.data(), expected.data(), expected.size() * sizeof(Scalar)) == 0);
    CHECK(akx.matrix_bytes() > m.value.size() * sizeof(Scalar));
}

}  // namespace

TEST_CASE("every method of a device gives the reference's bits") {
    if (!has_device()) return;
    const Csr<double> m = line(690);
    Recurrence three_terms{std::vector(6, 0.75), std::vector(6, -0.3), std::vector(6, 0.1)};
    three_terms.c[0] = 0.0;
    for (const Recurrence& r : {krylov::monomial_basis(6), three_terms}) {
        for (const DeviceMethod method : {DeviceMethod::levels, DeviceMethod::cooperative}) {
            check_method<double>(m, {.k = 6, .method = method}, r);
            check_method<double>(m, {.k = 6, .method = method, .block = 3}, r);
        }
        check_method<double>(
            m, {.k = 6, .method = DeviceMethod::tiles, .tile_rows = 200, .depth = 4}, r);
    }
}

TEST_CASE("a device takes single precision and complex numbers") {
    if (!has_device()) return;
    const Csr<double> m = line(100);
    const auto r = krylov::monomial_basis(3);
    check_method<float>(m, {.k = 3, .sort_window = 64}, r);
    check_method<std::complex<double>>(m, {.k = 3, .method = DeviceMethod::cooperative}, r);
    check_method<std::complex<float>>(
        m, {.k = 3, .method = DeviceMethod::tiles, .tile_rows = 40, .is_resident = false}, r);
}

TEST_CASE("products of cuSPARSE are the reference's, but for rounding") {
    if (!has_device()) return;
    const Csr<double> m = line(300);
    const auto r = krylov::monomial_basis(5);
    asp::Array<double, 3> expected({6, 1, 300}), found({6, 1, 300});
    for (std::size_t i = 0; i < 300; ++i)
        expected(0, 0, i) = found(0, 0, i) = std::sin(static_cast<double>(i));
    krylov::reference_powers(m.view(), r, expected.view());
    const DeviceAkx<double> akx(m.view(), {.k = 5, .method = DeviceMethod::cusparse});
    CHECK(akx.describe() == "products of cuSPARSE, CSR");
    CHECK(akx.matrix_bytes() == m.view().bytes());
    akx.powers(found.view(), r);
    // |A| = 1 and |x| <= 1: each level adds the rounding of three products.
    for (std::size_t i = 0; i < expected.size(); ++i)
        REQUIRE(std::abs(found.data()[i] - expected.data()[i]) < 5 * 4 * 0x1p-52);
}

TEST_CASE("a device tells its methods apart, and times them") {
    if (!has_device()) return;
    const Csr<double> m = line(60);
    const DeviceAkx<double> tiles(m.view(), {.k = 2,
                                             .method = DeviceMethod::tiles,
                                             .tile_rows = 20,
                                             .tile_shape = krylov::TileShape::compact,
                                             .is_resident = false});
    CHECK(tiles.describe().starts_with("tiles of 20 rows, compact, depth 2, matrix outside, "));
    CHECK(DeviceAkx<double>(m.view(), {.block = 3}).describe().starts_with("levels blocks of 3, "));
    CHECK(tiles.seconds(krylov::monomial_basis(2), 2) > 0.0);
    CHECK(krylov::cuda::copy_bandwidth(1 << 20) > 0.0);
}

TEST_CASE("options that do not fit are refused by name") {
    if (!has_device()) return;
    const Csr<double> m = line(12);
    const auto said = [&](const DeviceOptions& options) {
        return message_of<asp::InputError>([&] { DeviceAkx<double>(m.view(), options); });
    };
    CHECK(said({.k = 0}) == "k = 0: expected at least 1");
    CHECK(said({.block = 7}) == "block = 7: expected 1 to 6");
    CHECK(said({.method = DeviceMethod::tiles, .block = 2}) == "block = 2: expected 1 for tiles");
    CHECK(said({.method = DeviceMethod::tiles, .tile_rows = 0}) ==
          "tile_rows = 0: expected at least 1");
    CHECK(said({.method = DeviceMethod::tiles, .depth = 0}) == "depth = 0: expected at least 1");
    CHECK(message_of<asp::InputError>([&] {
              const Csr<float> single{12, m.row_start, m.column, std::vector(34, 1.0F)};
              DeviceAkx<float>(single.view(), {.method = DeviceMethod::cusparse});
          }) == "products of cuSPARSE: expected a real matrix in fp64");
    CHECK(message_of<asp::InputError>([&] {
              const std::vector<std::int64_t> starts{0, std::int64_t{1} << 31};
              DeviceAkx<double>(krylov::CsrView<double>{1, starts, {}, {}},
                                {.method = DeviceMethod::cusparse});
          }) == "nonzeros = 2147483648: expected less than 2^31 for cuSPARSE");
    const DeviceAkx<double> products(m.view(), {.k = 2, .method = DeviceMethod::cusparse});
    CHECK(message_of<asp::InputError>([&] {
              products.seconds(krylov::scaled_monomial_basis(2, 0.5), 1);
          }) == "products of cuSPARSE: expected the monomial basis");
    const Csr<double> big = line(60000);
    CHECK(message_of<asp::InputError>([&] {
              DeviceAkx<double>(big.view(), {.method = DeviceMethod::tiles, .tile_rows = 60000});
          }).starts_with("tiles of 60000 rows, 4 levels deep: they need "));
    const DeviceAkx<double> akx(m.view(), {.k = 2});
    asp::Array<double, 3> basis({3, 1, 11});
    CHECK(message_of<asp::InputError>([&] {
              akx.powers(basis.view(), krylov::monomial_basis(2));
          }) == "the basis is 3 x 1 x 11: expected 3 levels of 12");
    CHECK(message_of<asp::InputError>([&] { akx.seconds(krylov::monomial_basis(3), 1); }) ==
          "the recurrence has k = 3: expected 2");
}
