#include "krylov/akx.hpp"

#include <array>
#include <atomic>
#include <cmath>
#include <complex>
#include <thread>

#include "asp/base/error.hpp"
#include "krylov/akx_testing.hpp"

using namespace krylov;
using namespace krylov::testing;

namespace {

/// One of all that can be asked for of a matrix of n rows, at random.
Call random_call(std::mt19937_64& random, std::int64_t n, std::uint64_t most_k = 9) {
    const auto below = [&random](std::uint64_t most) { return static_cast<int>(random() % most); };
    Call call;
    PlanOptions& o = call.options;
    o.budget = 0.0;
    o.k = 1 + below(most_k);
    o.depth = 1 + below(static_cast<std::uint64_t>(o.k));
    o.keep = below(2) == 0 ? Keep::basis : Keep::polynomial;
    o.vectors = 1 + std::max(0, below(4) - 1);
    o.method = static_cast<Method>(below(3));
    o.storage = static_cast<Storage>(below(3));
    o.tile_shape = static_cast<TileShape>(below(2));
    o.tile_kib = std::array<long, 3>{1, 4, 16}[random() % 3];
    if (o.storage == Storage::block_rows) {
        do o.block = 1 + below(6);
        while (n % *o.block != 0);
    }
    if (o.method != Method::explicit_tiles && o.storage != Storage::csr)
        o.numbering = static_cast<Numbering>(below(3));
    call.terms = 1 + below(3);
    call.has_wide_columns = below(3) == 0;
    return call;
}

/// Every structure with every number of harts, the rest at random.
template <class Scalar>
void expect_reference_of_all(std::uint64_t seed, int repetitions, std::uint64_t most_k) {
    std::mt19937_64 random(seed);
    const Harts two(2), three(3), seven(7);
    const Harts* const all[]{nullptr, &two, &three, &seven};
    for (const Structure& structure : structures()) {
        INFO(structure.name);
        Csr<double> values = structure.matrix;
        for (int i = 0; i < repetitions; ++i) {
            // Half of the times such as single precision keeps.
            if (2 * i >= repetitions)
                for (double& value : values.value) value = static_cast<float>(value);
            const Csr<Scalar> matrix = with_values_of<Scalar>(values);
            for (const Harts* const harts : all) {
                Call call = random_call(random, matrix.rows(), most_k);
                call.harts = harts;
                call.options.harts = harts != nullptr ? harts->team.harts() : 1;
                expect_reference(matrix, call);
            }
        }
    }
}

}  // namespace

TEST_CASE("powers and polynomials have the reference's bits: double, all structures") {
    expect_reference_of_all<double>(1, 12, 9);
}

TEST_CASE("powers and polynomials have the reference's bits: float, all structures") {
    expect_reference_of_all<float>(2, 3, 7);
}

TEST_CASE("powers and polynomials have the reference's bits: complex double, all structures") {
    expect_reference_of_all<std::complex<double>>(3, 2, 5);
}

TEST_CASE("powers and polynomials have the reference's bits: complex float, all structures") {
    expect_reference_of_all<std::complex<float>>(4, 2, 5);
}

TEST_CASE("powers and polynomials have the reference's bits: generated matrices") {
    std::mt19937_64 random(5);
    const Harts three(3);
    for (const char* const text :
         {"stencil:5pt:50x37", "stencil:7pt:11x12x13,convection=2", "stencil:27pt:9",
          "stencil:9pt:40,coefficients=variable", "band:1500,half_width=40,row=9",
          "random:700,row=5", "power:700,row=6", "graph:300,blocks=3", "fem:5"}) {
        INFO(text);
        const Csr<double> matrix = generate(text);
        for (int i = 0; i < 12; ++i) {
            Call call = random_call(random, matrix.rows());
            if (i % 2 == 1) {
                call.harts = &three;
                call.options.harts = 3;
            }
            expect_reference(matrix, call);
        }
    }
}

TEST_CASE("every method, storage and tile shape with every depth has the reference's bits") {
    const Csr<double> matrix = generate("stencil:5pt:36x40,convection=1");
    const Harts two(2);
    for (const Method method : {Method::plain, Method::implicit_tiles, Method::explicit_tiles})
        for (const Storage storage : {Storage::csr, Storage::slices, Storage::block_rows})
            for (const TileShape shape : {TileShape::bands, TileShape::compact})
                for (const int depth : {1, 2, 3, 4, 5, 6, 7}) {
                    Call call{{}, 1 + depth % 3, false, &two};
                    call.options = {.k = 7, .harts = 2, .method = method, .storage = storage};
                    call.options.keep = depth % 2 == 0 ? Keep::basis : Keep::polynomial;
                    call.options.block = storage == Storage::block_rows ? 3 : 1;
                    call.options.depth = depth;
                    call.options.tile_kib = 4;
                    call.options.tile_shape = shape;
                    call.options.budget = 0.0;
                    expect_reference(matrix, call);
                }
}

TEST_CASE("a polynomial whose first coefficient is zero has the reference's bits") {
    const Csr<double> matrix = convection_diffusion(30, 20);
    Polynomial polynomial = polynomial_of(recurrence_of(3, 5));
    polynomial.coefficient[0] = 0.0;
    const std::vector<double> x = random_vector(600, 3);
    const asp::View<const double, 2> given(x.data(), {1, 600});
    asp::Array<double, 2> expected({1, 600});
    reference_polynomial(matrix.view(), polynomial, given, expected.view());
    for (const Method method : {Method::plain, Method::implicit_tiles, Method::explicit_tiles}) {
        PlanOptions options{.k = 5, .keep = Keep::polynomial, .method = method, .depth = 2};
        options.tile_kib = 4;
        options.budget = 0.0;
        const Akx<double> akx(matrix.view(), options, plain_context());
        asp::Array<double, 2> result({1, 600}, std::numeric_limits<double>::quiet_NaN());
        akx.polynomial(given, polynomial, result.view());
        INFO(name_of(method));
        CHECK(same_bits(result, expected));
    }
}

TEST_CASE("a call that times candidates has the reference's bits, basis and polynomial") {
    const Csr<double> matrix = generate("stencil:5pt:90,coefficients=variable");
    const auto n = static_cast<std::size_t>(matrix.rows());
    Polynomial polynomial = polynomial_of(recurrence_of(3, 6));
    polynomial.coefficient[0] = 0.0;
    const std::vector<double> x = random_vector(n, 3);
    const asp::View<const double, 2> given(x.data(), {1, n});
    asp::Array<double, 2> expected({1, n}), result({1, n});
    reference_polynomial(matrix.view(), polynomial, given, expected.view());
    const Akx<double> sums(matrix.view(), {.k = 6, .keep = Keep::polynomial, .budget = 1e6},
                           plain_context());
    sums.polynomial(given, polynomial, result.view());
    REQUIRE(sums.plan().tuning_seconds > 0.0);
    CHECK(same_bits(result, expected));

    asp::Array<double, 3> basis({7, 1, n}), reference({7, 1, n});
    std::ranges::copy(x, basis.begin());
    std::ranges::copy(x, reference.begin());
    reference_powers(matrix.view(), monomial_basis(6), reference.view());
    const Akx<double> powers(matrix.view(), {.k = 6, .budget = 1e6}, plain_context());
    powers.powers(basis.view(), monomial_basis(6));
    REQUIRE(powers.plan().tuning_seconds > 0.0);
    CHECK(same_bits(basis, reference));
    CHECK(asp::testing::message_of<asp::InputError>([&] {
              sums.polynomial({result.data(), {1, n}}, polynomial, result.view());
          }) == "result overlaps x: expected an array of its own");
}

TEST_CASE("compiled kernels have the reference's bits") {
    const asp::Context context = asp::process_context(asp::Mode::synchronous);
    const Csr<double> stencil = generate("stencil:5pt:36x40,convection=1"),
                      blocks = generate("fem:4");
    const auto call = [](Method method, Storage storage, int block, int vectors, int terms) {
        Call c{{}, terms, false, nullptr};
        c.options = {.k = 5, .vectors = vectors, .method = method, .storage = storage};
        c.options.block = block;
        c.options.depth = 3;
        c.options.tile_kib = 8;
        c.options.budget = 0.0;
        return c;
    };
    expect_reference(stencil, call(Method::implicit_tiles, Storage::slices, 1, 1, 1), context);
    expect_reference(stencil, call(Method::explicit_tiles, Storage::slices, 1, 2, 3), context);
    expect_reference(blocks, call(Method::implicit_tiles, Storage::block_rows, 3, 2, 2), context);
    expect_reference(stencil, call(Method::plain, Storage::block_rows, 6, 1, 3), context);
    expect_reference(with_values_of<std::complex<double>>(blocks),
                     call(Method::implicit_tiles, Storage::block_rows, 3, 1, 1), context);
    expect_reference(with_values_of<std::complex<float>>(stencil),
                     call(Method::implicit_tiles, Storage::slices, 1, 1, 2), context);
    expect_reference(with_values_of<float>(blocks),
                     call(Method::plain, Storage::block_rows, 3, 1, 1), context);
}

TEST_CASE("a plan for the basis also gives the polynomial where patterns are unsymmetric") {
    const Csr<double> matrix = pattern(500, [](auto i, auto j) { return j <= i && i - j < 20; });
    Call call{{}, 3, false, nullptr};
    call.options = {.k = 6, .keep = Keep::basis, .method = Method::implicit_tiles};
    call.options.depth = 3;
    call.options.tile_kib = 2;
    call.options.budget = 0.0;
    for (const Storage storage : {Storage::csr, Storage::slices}) {
        call.options.storage = storage;
        expect_reference(matrix, call);
    }
}

TEST_CASE("plans that are timed first have the reference's bits") {
    const Harts two(2);
    for (const Keep keep : {Keep::basis, Keep::polynomial})
        for (const char* const text : {"stencil:7pt:14", "random:900,row=5", "fem:6"}) {
            Call call{{}, 2, false, &two};
            call.options = {.k = 6, .keep = keep, .has_recurrence = true, .harts = 2};
            INFO(text);
            expect_reference(generate(text), call);
        }
}

TEST_CASE("first calls of a plan that is to be timed may run at once") {
    const Csr<double> matrix = generate("stencil:5pt:90,coefficients=variable");
    const auto n = static_cast<std::size_t>(matrix.rows());
    const auto start = basis_from<double>(6, 1, n);
    asp::Array<double, 3> reference = start;
    reference_powers(matrix.view(), monomial_basis(6), reference.view());
    const Akx<double> akx(matrix.view(), {.k = 6, .budget = 1e6}, plain_context());
    std::vector<asp::Array<double, 3>> found(4, start);
    std::vector<std::thread> threads;
    for (asp::Array<double, 3>& basis : found)
        threads.emplace_back([&] { akx.powers(basis.view(), monomial_basis(6)); });
    for (std::thread& thread : threads) thread.join();
    for (const asp::Array<double, 3>& basis : found) CHECK(same_bits(basis, reference));
    CHECK(akx.plan().tuning_seconds > 0.0);
}

TEST_CASE("calls of one plan may run at once, each on harts of its own or without") {
    const Csr<double> matrix = generate("stencil:5pt:40x30,convection=1");
    for (const Method method : {Method::plain, Method::implicit_tiles, Method::explicit_tiles}) {
        PlanOptions options{.k = 5, .keep = Keep::polynomial, .harts = 2, .method = method};
        options.depth = 2;
        options.tile_kib = 4;
        options.budget = 0.0;
        const Akx<double> akx(matrix.view(), options, plain_context());
        const Polynomial polynomial = polynomial_of(recurrence_of(3, 5));
        asp::Array<double, 2> expected({1, 1200});
        const auto start = basis_from<double>(5, 1, 1200);
        const asp::View<const double, 2> x(start.data(), {1, 1200});
        auto expected_basis = start;
        reference_polynomial(matrix.view(), polynomial, x, expected.view());
        reference_powers(matrix.view(), polynomial.recurrence, expected_basis.view());
        std::atomic<int> wrong{0};
        const auto work = [&](bool has_harts) {
            const Harts two(2);
            const asp::Team* const team = has_harts ? &two.team : nullptr;
            for (int i = 0; i < 10; ++i) {
                asp::Array<double, 2> result({1, 1200});
                akx.polynomial(x, polynomial, result.view(), team);
                wrong += same_bits(result, expected) ? 0 : 1;
                auto basis = start;
                akx.powers(basis.view(), polynomial.recurrence, team);
                wrong += same_bits(basis, expected_basis) ? 0 : 1;
            }
        };
        std::thread other([&] { work(true); });
        work(false);
        other.join();
        INFO(name_of(method));
        CHECK(wrong == 0);
    }
}

TEST_CASE("numbers that overflow do so where the reference's do") {
    const Csr<double> matrix = [] {
        Csr<double> big = convection_diffusion(25, 20);
        for (double& value : big.value) value *= 1e70;
        return big;
    }();
    for (const Method method : {Method::plain, Method::implicit_tiles, Method::explicit_tiles})
        for (const Storage storage : {Storage::csr, Storage::slices, Storage::block_rows}) {
            PlanOptions options{.k = 6, .method = method, .storage = storage};
            options.block = storage == Storage::block_rows ? 2 : 1;
            options.depth = 4;
            options.tile_kib = 4;
            options.budget = 0.0;
            auto basis = basis_from<double>(6, 1, 500);
            auto expected = basis;
            reference_powers(matrix.view(), monomial_basis(6), expected.view());
            const Akx<double> akx(matrix.view(), options, plain_context());
            akx.powers(basis.view(), monomial_basis(6));
            const auto is_missed = [](double ours, double reference) {
                return std::isfinite(ours) && !std::isfinite(reference);
            };
            int missed = 0, finite = 0;
            for (std::size_t i = 0; i < basis.size(); ++i) {
                missed += is_missed(basis.data()[i], expected.data()[i]) ? 1 : 0;
                finite += std::isfinite(expected.data()[i]) ? 1 : 0;
            }
            INFO(name_of(method) << ", " << name_of(storage));
            CHECK(missed == 0);
            CHECK(finite < static_cast<int>(basis.size()));
        }
}

TEST_CASE("arrays and coefficients that do not fit are refused with what was expected") {
    using asp::testing::message_of;
    const Csr<double> matrix = laplacian(10);
    PlanOptions options{.k = 3, .vectors = 2};
    options.budget = 0.0;
    const Akx<double> akx(matrix.view(), options, plain_context());
    asp::Array<double, 3> basis({4, 2, 10}), short_basis({4, 2, 9});
    asp::Array<double, 2> x({2, 10}), one({1, 10});
    const Recurrence three = monomial_basis(3), two = monomial_basis(2);
    Recurrence torn = three;
    torn.c.pop_back();
    const auto of_powers = [&](asp::Array<double, 3>& given, const Recurrence& recurrence) {
        return message_of<asp::InputError>([&] { akx.powers(given.view(), recurrence); });
    };
    CHECK(of_powers(short_basis, three) == "basis has shape [4, 2, 9]: expected [4, 2, 10]");
    CHECK(of_powers(basis, two) == "recurrence has 2, 2 and 2 coefficients: expected 3");
    CHECK(of_powers(basis, torn) == "recurrence has 3, 3 and 2 coefficients: expected 3");

    const auto of_polynomial = [&](const asp::Array<double, 2>& from, const Polynomial& polynomial,
                                   asp::Array<double, 2>& to) {
        return message_of<asp::InputError>(
            [&] { akx.polynomial(from.view(), polynomial, to.view()); });
    };
    const Polynomial good{three, {1, 1, 1, 1}};
    CHECK(of_polynomial(one, good, x) == "x has shape [1, 10]: expected [2, 10]");
    CHECK(of_polynomial(x, good, one) == "result has shape [1, 10]: expected [2, 10]");
    CHECK(of_polynomial(x, {two, {1, 1, 1}}, x) ==
          "recurrence has 2, 2 and 2 coefficients: expected 3");
    CHECK(of_polynomial(x, {three, {1, 1, 1}}, x) == "polynomial has 3 coefficients: expected 4");
}
