// Plans that number rows otherwise inside: nobody outside sees it but by the clock.
#include "krylov/detail/numbering.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "krylov/akx.hpp"
#include "krylov/akx_testing.hpp"
#include "krylov/detail/unit_size.hpp"
#include "krylov/sliced_matrix.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;
using asp::testing::ScratchFolder;

namespace {

/// Large enough that rows in random order read from everywhere.
const Csr<double>& shuffled_mesh() {
    static const Csr<double> matrix = generate("graph:60000,order=random");
    return matrix;
}
const Csr<double>& uneven_rows() {
    static const Csr<double> matrix = generate("power:60000,row=6");
    return matrix;
}

Plan plan_of(const Csr<double>& matrix, const PlanOptions& options = {}) {
    return Akx<double>(matrix.view(), options, plain_context()).plan();
}

void expect_both_ways(const Renumbering& numbering, std::int64_t blocks) {
    REQUIRE(std::ssize(numbering.order) == blocks);
    CHECK(numbering.place == inverse(numbering.order));
    Order sorted = numbering.order;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i)
        REQUIRE(sorted[i] == static_cast<std::int32_t>(i));
}

/// Powers and polynomials by a plan that nothing is said of: what is timed, is timed here.
void expect_reference(const Csr<double>& matrix, PlanOptions options, Numbering expected_numbering,
                      int terms) {
    const Harts harts(options.harts);
    const auto k = static_cast<std::size_t>(options.k),
               vectors = static_cast<std::size_t>(options.vectors),
               n = static_cast<std::size_t>(matrix.rows());
    const Recurrence recurrence = recurrence_of(terms, k);
    const Polynomial polynomial = polynomial_of(recurrence);
    const Akx<double> akx(matrix.view(), options, plain_context());
    const std::vector<Candidate> all = akx.plan().considered;
    CHECK(std::ranges::any_of(
        all, [&](const Candidate& c) { return c.numbering == expected_numbering; }));
    auto basis = basis_from<double>(k, vectors, n);
    auto expected = basis;
    const asp::View<const double, 2> x(basis.data(), {vectors, n});
    asp::Array<double, 2> sum({vectors, n}), expected_sum({vectors, n});
    reference_polynomial(matrix.view(), polynomial, x, expected_sum.view());
    reference_powers(matrix.view(), recurrence, expected.view());
    for (int call = 0; call < 2; ++call) {  // before and after times have decided
        akx.polynomial(x, polynomial, sum.view(), &harts.team);
        CHECK(same_bits(sum, expected_sum));
        akx.powers(basis.view(), recurrence, &harts.team);
        CHECK(same_bits(basis, expected));
    }
}

}  // namespace

TEST_CASE("rows by length stand longest first, and of rows alike the most read first") {
    const Csr<double>& matrix = uneven_rows();
    const Renumbering numbering = detail::numbered_by_length(matrix.view(), 1);
    expect_both_ways(numbering, matrix.rows());
    std::vector<std::int64_t> read(numbering.order.size(), 0);
    for (const std::int32_t column : matrix.column) ++read[static_cast<std::size_t>(column)];
    CHECK(std::ranges::is_sorted(numbering.order, std::greater{}, [&](std::int32_t row) {
        const auto i = static_cast<std::size_t>(row);
        return std::pair(matrix.row_start[i + 1] - matrix.row_start[i], read[i]);
    }));
}

TEST_CASE("rows by levels read what is near them") {
    const Csr<double>& matrix = shuffled_mesh();
    const Renumbering numbering = detail::numbered_by_levels(matrix.view(), 1);
    expect_both_ways(numbering, matrix.rows());
    CHECK(bandwidth(permuted(matrix.view(), numbering.order).view()) <
          bandwidth(matrix.view()) / 20);
    CHECK(detail::is_scattered(matrix.view(), nullptr, 1));
    CHECK_FALSE(detail::is_scattered(matrix.view(), &numbering, 1));
}

TEST_CASE("blocks are numbered as a whole, by the graph of blocks") {
    const Csr<double> matrix = generate("graph:900,blocks=3,order=random");
    const Csr<double> nodes = generate("graph:900,order=random");
    const Renumbering numbering = detail::numbered_by_levels(matrix.view(), 3);
    expect_both_ways(numbering, 900);
    CHECK(numbering.block == 3);
    CHECK(numbering.order == detail::numbered_by_levels(nodes.view(), 1).order);
    expect_both_ways(detail::numbered_by_length(matrix.view(), 3), 900);
}

TEST_CASE("grids and meshes are told from graphs that spread, however they are numbered") {
    for (const char* const text :
         {"stencil:5pt:150", "stencil:7pt:32", "stencil:27pt:32", "fem:26,order=random",
          "graph:60000,order=random", "band:60000"}) {
        INFO(text);
        CHECK(detail::is_mesh_like(generate(text).view()));
    }
    for (const char* const text : {"random:60000,row=4", "random:60000,row=16", "power:60000"}) {
        INFO(text);
        CHECK_FALSE(detail::is_mesh_like(generate(text).view()));
    }
}

TEST_CASE("rows side by side that are sorted by length need few zeros") {
    const Csr<double>& matrix = uneven_rows();
    const Renumbering sorted = detail::numbered_by_length(matrix.view(), 1);
    CHECK(detail::padded_fill(matrix.view(), nullptr, 8) > 2.0);
    CHECK(detail::padded_fill(matrix.view(), &sorted, 8) < 1.15);
    CHECK(pack(matrix.view(), {1, 1, 8}, nullptr, {}, &sorted).fill() ==
          Approx(detail::padded_fill(matrix.view(), &sorted, 8)));
    CHECK(detail::padded_fill(Csr<double>{}.view(), nullptr, 8) == 0.0);
}

TEST_CASE("slices in another numbering keep each row's given order of entries") {
    // Row 0 reads columns 0, 1 and 2, whose places in the reversed numbering fall.
    const Csr<double> matrix = from_rows(8, {{{0, 1.0}, {1, 2.0}, {2, 3.0}},
                                             {{1, 4.0}},
                                             {{2, 5.0}},
                                             {{3, 6.0}},
                                             {{4, 7.0}},
                                             {{5, 8.0}},
                                             {{6, 9.0}},
                                             {{7, 10.0}}});
    Renumbering reversed{1, {7, 6, 5, 4, 3, 2, 1, 0}, {}};
    reversed.place = inverse(reversed.order);
    const auto packed = pack(matrix.view(), {1, 1, 8}, nullptr, {}, &reversed);
    REQUIRE(packed.slices() == 1);
    REQUIRE(packed.heads[1].first == 3);
    CHECK(packed.runs == 0);
    const auto* const index = reinterpret_cast<const std::uint16_t*>(packed.indices.data());
    for (std::size_t e = 0; e < 3; ++e) {
        CHECK(packed.values[8 * e + 7] == 1.0 + static_cast<double>(e));
        CHECK(packed.heads[0].base + index[8 * e + 7] == 7 - static_cast<int>(e));
    }
}

TEST_CASE("a mesh in random order is numbered by levels, and given its bits back") {
    for (const std::size_t harts : {1U, 2U})
        for (const int vectors : {1, 3})
            for (const Keep keep : {Keep::basis, Keep::polynomial}) {
                INFO(harts << " harts, " << vectors << " vectors, " << (keep == Keep::basis));
                expect_reference(shuffled_mesh(),
                                 {.k = 4, .keep = keep, .vectors = vectors, .harts = harts},
                                 Numbering::by_levels, static_cast<int>(harts) + 1);
            }
}

TEST_CASE("uneven rows that read far and wide are sorted by length, and given their bits back") {
    for (const std::size_t harts : {1U, 2U})
        for (const Keep keep : {Keep::basis, Keep::polynomial})
            expect_reference(uneven_rows(), {.k = 3, .keep = keep, .harts = harts},
                             Numbering::by_length, 3);
}

TEST_CASE("the Gram matrix of a plan that numbers rows otherwise has the bits of any other plan") {
    const Csr<double>& matrix = shuffled_mesh();
    const auto n = static_cast<std::size_t>(matrix.rows());
    const auto gram_of = [&](Numbering numbering) {
        const Akx<double> akx(
            matrix.view(),
            {.k = 3, .storage = Storage::slices, .numbering = numbering, .budget = 0.0},
            plain_context());
        auto basis = basis_from<double>(3, 1, n);
        asp::Array<double, 2> gram({4, 4});
        akx.powers(basis.view(), monomial_basis(3), {.gram = gram.view()});
        return gram;
    };
    const auto given = gram_of(Numbering::given);
    CHECK(same_bits(gram_of(Numbering::by_levels), given));
    CHECK(same_bits(gram_of(Numbering::by_length), given));
}

TEST_CASE("rows that read what is near them, or are too few, keep their numbers") {
    for (const char* const text : {"stencil:5pt:250", "stencil:7pt:40", "fem:22", "graph:60000",
                                   "band:60000", "random:60000,row=8", "graph:900,order=random"}) {
        INFO(text);
        for (const Candidate& candidate : plan_of(generate(text)).considered)
            CHECK(candidate.numbering == Numbering::given);
    }
}

TEST_CASE("without a budget, or where a part of the plan is given, rows keep their numbers") {
    CHECK(plan_of(shuffled_mesh(), {.budget = 0.0}).chosen.numbering == Numbering::given);
    CHECK(plan_of(shuffled_mesh(), {.k = 1}).chosen.numbering == Numbering::given);
    for (const PlanOptions& options :
         {PlanOptions{.method = Method::plain}, PlanOptions{.storage = Storage::slices}})
        CHECK(plan_of(shuffled_mesh(), options).chosen.numbering == Numbering::given);
}

TEST_CASE("a numbering that is asked for is used, and its memory is said") {
    const PlanOptions options{.k = 6, .depth = 3, .numbering = Numbering::by_levels, .budget = 0.0};
    const Plan plan = plan_of(shuffled_mesh(), options);
    CHECK(plan.chosen.numbering == Numbering::by_levels);
    CHECK(plan.chosen.describe().find("rows numbered by levels") != std::string::npos);
    CHECK(plan.work_bytes == 60000 * sizeof(double));
    PlanOptions sum = options;
    sum.keep = Keep::polynomial;
    sum.vectors = 3;
    CHECK(plan_of(shuffled_mesh(), sum).work_bytes == 2 * 3 * 60000 * sizeof(double));
    CHECK(plan_of(shuffled_mesh(), {.numbering = Numbering::given}).work_bytes == 0);
}

TEST_CASE("a verdict for another numbering is found again") {
    const ScratchFolder folder;
    asp::db::Database database(folder / "tuning.sqlite");
    PlanOptions options{.k = 4, .database = &database};
    const Akx<double> akx(shuffled_mesh().view(), options, plain_context());
    auto basis = basis_from<double>(4, 1, 60000);
    akx.powers(basis.view(), monomial_basis(4));
    REQUIRE(database.counts().records == 1);
    options.budget = 0.0;
    const Plan again = plan_of(shuffled_mesh(), options);
    CHECK(again.chosen.numbering == akx.plan().chosen.numbering);
    CHECK(again.chosen.describe() == akx.plan().chosen.describe());
}

TEST_CASE("a numbering that does not go with the rest of a request is refused") {
    const auto message = [](const PlanOptions& options) {
        return message_of<asp::InputError>([&] { plan_of(laplacian(9), options); });
    };
    CHECK(message({.method = Method::explicit_tiles, .numbering = Numbering::by_levels}) ==
          "numbering = levels: expected given, where tiles are explicit");
    CHECK(message({.storage = Storage::csr, .numbering = Numbering::by_length}) ==
          "numbering = length: expected given, where the storage is csr");
}

TEST_CASE("the names of numberings are read back") {
    for (const Numbering n : {Numbering::given, Numbering::by_length, Numbering::by_levels})
        CHECK(parse_numbering(name_of(n)) == n);
    CHECK(!parse_numbering("rcm"));
}
