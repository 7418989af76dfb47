// What is decided about a matrix, why, and what of it is remembered.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "krylov/akx.hpp"
#include "krylov/akx_testing.hpp"
#include "krylov/detail/remembered.hpp"
#include "krylov/sliced_matrix.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;
using asp::testing::ScratchFolder;

namespace {

Plan plan_of(const Csr<double>& matrix, PlanOptions options) {
    return Akx<double>(matrix.view(), options, plain_context()).plan();
}

/// Nothing is timed.
PlanOptions untimed() {
    PlanOptions options;
    options.budget = 0.0;
    return options;
}

bool same_way(const Candidate& a, const Candidate& b) {
    return a.method == b.method && a.storage == b.storage && a.block == b.block &&
           a.depth == b.depth && a.tile_kib == b.tile_kib && a.tile_shape == b.tile_shape &&
           a.numbering == b.numbering;
}

std::string today() {
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(asp::db::seconds_now()));
}

/// A database with this verdict on the matrix.
void keep(asp::db::Database& database, const Csr<double>& matrix, const PlanOptions& options,
          const Candidate& candidate, double speedup) {
    Plan plan;
    plan.chosen = candidate;
    plan.speedup = speedup;
    const auto platform = *plain_context().platform;
    detail::remember(database, platform, detail::structure_of(matrix.view()), options,
                     ScalarKind::real64, shortest_form(matrix.view()).form, plan);
}

/// Unlike anything that the model would choose for a small matrix.
const Candidate unusual{.method = Method::implicit_tiles,
                        .storage = Storage::slices,
                        .block = 1,
                        .depth = 3,
                        .tile_kib = 77,
                        .tile_shape = TileShape::compact};

}  // namespace

TEST_CASE("plain products are best where rows read far and wide") {
    for (const char* const text : {"random:20000,row=16", "power:20000,row=16"}) {
        const Plan plan = plan_of(generate(text), untimed());
        INFO(text);
        CHECK(plan.chosen.method == Method::plain);
        CHECK(plan.reason ==
              "plain products are best here: rows read far and wide, no tile would be small");
        CHECK(plan.tiles == 1);
        CHECK(plan.redundancy == 1.0);
    }
}

TEST_CASE("plain products are best for a single level") {
    PlanOptions options = untimed();
    options.k = 1;
    const Plan plan = plan_of(laplacian(1000), options);
    CHECK(plan.chosen.method == Method::plain);
    CHECK(plan.reason == "plain products are best here: k is 1");
}

TEST_CASE("plain products are best for no rows, and where all fits into the cache") {
    CHECK(plan_of(Csr<double>{}, untimed()).reason ==
          "plain products are best here: there are no rows");
    PlanOptions options = untimed();
    options.method = Method::explicit_tiles;
    const Csr<double> none;
    const Akx<double> akx(none.view(), options, plain_context());
    CHECK(akx.plan().chosen.method == Method::plain);
    CHECK(!akx.explain_kernel().empty());
    CHECK(plan_of(laplacian(100), untimed()).reason ==
          "plain products are best here: all fits into the second-level cache");
}

TEST_CASE("without a budget nothing is timed, and the model is named as the reason") {
    const Plan plan = plan_of(generate("stencil:5pt:150"), untimed());
    CHECK(plan.tuning_seconds == 0.0);
    CHECK(!plan.speedup);
    CHECK(!plan.break_even);
    CHECK(plan.considered.size() > 1);
    for (const Candidate& candidate : plan.considered) CHECK(!candidate.measured);
    CHECK(plan.reason.find("by the model") != std::string::npos);
}

TEST_CASE("what is considered stands best first, and the best is chosen") {
    const Plan plan = plan_of(generate("stencil:7pt:30"), untimed());
    REQUIRE(plan.considered.size() > 1);
    CHECK(same_way(plan.considered.front(), plan.chosen));
    CHECK(std::ranges::is_sorted(plan.considered, {}, &Candidate::modelled));
}

TEST_CASE("what is asked for is done, and said so") {
    const Csr<double> matrix = generate("stencil:5pt:60");
    for (const Method method : {Method::plain, Method::implicit_tiles, Method::explicit_tiles}) {
        PlanOptions options = untimed();
        options.method = method;
        const Plan plan = plan_of(matrix, options);
        CHECK(plan.chosen.method == method);
        CHECK(plan.reason == "as asked for");
    }
}

TEST_CASE("explicit tiles compute more than is needed, implicit ones do not") {
    PlanOptions options = untimed();
    options.tile_kib = 64;
    options.depth = 4;
    options.method = Method::explicit_tiles;
    const Csr<double> matrix = generate("stencil:5pt:60");
    const Plan with_ghosts = plan_of(matrix, options);
    CHECK(with_ghosts.tiles > 1);
    CHECK(with_ghosts.redundancy > 1.0);
    options.method = Method::implicit_tiles;
    const Plan without = plan_of(matrix, options);
    CHECK(without.tiles > 1);
    CHECK(without.redundancy == 1.0);
}

TEST_CASE("a plan says in words what it is") {
    CHECK(unusual.describe() == "implicit, slices, depth 3, compact tiles of 77 KiB");
    CHECK(Candidate{.method = Method::explicit_tiles,
                    .storage = Storage::block_rows,
                    .block = 3,
                    .depth = 6,
                    .tile_kib = 512}
              .describe() == "explicit, 3x3 blocks, depth 6, bands of 512 KiB");
    CHECK(Candidate{}.describe() == "plain, csr");
}

TEST_CASE("the names of methods, storages and tile shapes are read back") {
    for (const Method m : {Method::plain, Method::implicit_tiles, Method::explicit_tiles})
        CHECK(parse_method(name_of(m)) == m);
    for (const Storage s : {Storage::csr, Storage::slices, Storage::block_rows})
        CHECK(parse_storage(name_of(s)) == s);
    for (const TileShape s : {TileShape::bands, TileShape::compact})
        CHECK(parse_tile_shape(name_of(s)) == s);
    CHECK(!parse_method("implcit"));
    CHECK(!parse_storage(""));
    CHECK(!parse_tile_shape("csr"));
}

TEST_CASE("what was timed is kept in the database, and found again without timing") {
    const ScratchFolder folder;
    asp::db::Database database(folder / "tuning.sqlite");
    const Csr<double> matrix = generate("stencil:5pt:90");
    PlanOptions options;
    options.database = &database;
    const Akx<double> akx(matrix.view(), options, plain_context());
    REQUIRE(akx.plan().reason.find("by the model") != std::string::npos);
    asp::Array<double, 3> basis({9, 1, static_cast<std::size_t>(matrix.rows())}, 1.0);
    akx.powers(basis.view(), monomial_basis(8));
    const Plan& first = akx.plan();
    REQUIRE(first.tuning_seconds > 0.0);
    REQUIRE(database.counts().records == 1);
    options.budget = 0.0;
    const Plan again = plan_of(matrix, options);
    CHECK(same_way(again.chosen, first.chosen));
    CHECK(again.tuning_seconds == 0.0);
    CHECK(again.reason.find("timed") != std::string::npos);
    CHECK(again.reason.find(today()) != std::string::npos);
}

TEST_CASE("a verdict for tiles is found again, with when it was timed and how good it was") {
    const ScratchFolder folder;
    asp::db::Database database(folder / "tuning.sqlite");
    const Csr<double> matrix = generate("stencil:5pt:60");
    PlanOptions options;
    options.database = &database;
    keep(database, matrix, options, unusual, 1.8);
    const Plan plan = plan_of(matrix, options);
    CHECK(same_way(plan.chosen, unusual));
    CHECK(plan.reason == "timed here on " + today() + ": 1.80 times the best plain product");
    CHECK(plan.speedup == Approx(1.8));
    CHECK(plan.tuning_seconds == 0.0);
}

TEST_CASE("a verdict for plain products is found again") {
    const ScratchFolder folder;
    asp::db::Database database(folder / "tuning.sqlite");
    const Csr<double> matrix = generate("stencil:5pt:60");
    PlanOptions options;
    options.database = &database;
    keep(database, matrix, options, {.storage = Storage::slices}, 1.0);
    const Plan plan = plan_of(matrix, options);
    CHECK(plan.chosen.method == Method::plain);
    CHECK(plan.chosen.storage == Storage::slices);
    CHECK(plan.reason == "plain products are best here: timed on " + today());
}

TEST_CASE("a verdict holds for its pattern, scalar, k, harts, vectors and what is kept, only") {
    const ScratchFolder folder;
    asp::db::Database database(folder / "tuning.sqlite");
    Csr<double> matrix = generate("stencil:5pt:60");
    PlanOptions options = untimed();
    options.database = &database;
    keep(database, matrix, options, unusual, 1.8);
    const auto is_found = [&](const Csr<double>& other, const PlanOptions& changed) {
        return same_way(plan_of(other, changed).chosen, unusual);
    };
    REQUIRE(is_found(matrix, options));
    const auto changed = [&](auto&& change) {
        PlanOptions other = options;
        change(other);
        return other;
    };
    CHECK_FALSE(is_found(matrix, changed([](PlanOptions& o) { o.k = 7; })));
    CHECK_FALSE(is_found(matrix, changed([](PlanOptions& o) { o.harts = 2; })));
    CHECK_FALSE(is_found(matrix, changed([](PlanOptions& o) { o.vectors = 2; })));
    CHECK_FALSE(is_found(matrix, changed([](PlanOptions& o) { o.keep = Keep::polynomial; })));
    CHECK_FALSE(is_found(generate("stencil:5pt:61x60"), options));
    CHECK_FALSE(is_found(generate("stencil:9pt:60"), options));
    const auto single = with_values_of<float>(matrix);
    CHECK_FALSE(
        same_way(Akx<float>(single.view(), options, plain_context()).plan().chosen, unusual));
    // Values do not matter.
    for (double& value : matrix.value) value *= 0.5;
    CHECK(is_found(matrix, options));
}

TEST_CASE("whoever gives a part of the plan neither gets nor leaves a verdict") {
    const ScratchFolder folder;
    asp::db::Database database(folder / "tuning.sqlite");
    const Csr<double> matrix = generate("stencil:5pt:60");
    PlanOptions options;
    options.database = &database;
    options.tile_kib = 32;
    options.storage = Storage::csr;
    plan_of(matrix, options);
    CHECK(database.counts().records == 0);
    keep(database, matrix, options, unusual, 1.8);
    options.budget = 0.0;
    CHECK_FALSE(same_way(plan_of(matrix, options).chosen, unusual));
    options.storage.reset();
    CHECK_FALSE(same_way(plan_of(matrix, options).chosen, unusual));
}

TEST_CASE("patterns that differ in one place of a row differ in their hash") {
    const auto hash = [](const Csr<double>& m) { return detail::structure_of(m.view()); };
    const Csr<double> matrix = laplacian(50);
    Csr<double> longer = matrix, wider = matrix;
    for (std::size_t i = 20; i < longer.row_start.size(); ++i) ++longer.row_start[i];
    ++wider.columns;
    CHECK(hash(matrix) == hash(laplacian(50)));
    CHECK(hash(matrix) != hash(longer));
    CHECK(hash(matrix) != hash(wider));
    CHECK(hash(matrix) == detail::structure_of(Wide(matrix).view));
}

TEST_CASE("the hash of a pattern is the same however many harts make it") {
    const Csr<double> matrix = generate("stencil:5pt:300");  // columns for seven chunks
    Csr<double> other = matrix;
    std::swap(other.column[200000], other.column[200001]);
    const Harts three(3);
    const auto alone = detail::structure_of(matrix.view());
    CHECK(detail::structure_of(matrix.view(), &three.team) == alone);
    CHECK(detail::structure_of(other.view(), &three.team) != alone);
}

TEST_CASE("a plan made on a team's harts is the one that is made alone") {
    const Harts three(3);
    for (const char* const text : {"stencil:7pt:24", "fem:12", "band:20000"}) {
        const Csr<double> matrix = generate(text);
        PlanOptions options = untimed();
        options.harts = 3;
        const Akx<double> shared(matrix.view(), options, plain_context(), &three.team);
        INFO(text);
        CHECK(same_way(shared.plan().chosen, plan_of(matrix, options).chosen));
        CHECK(shared.plan().tiles == plan_of(matrix, options).tiles);
    }
}

TEST_CASE("a plan keeps no more than 1.3 times the matrix in CSR") {
    for (const char* const text :
         {"stencil:3pt:20000", "stencil:5pt:120", "stencil:7pt:26", "stencil:9pt:100",
          "stencil:27pt:20", "band:20000", "random:20000", "power:20000", "graph:4000", "fem:14"})
        for (const std::size_t harts : {1U, 2U}) {
            PlanOptions options = untimed();
            options.harts = harts;
            const Plan plan = plan_of(generate(text), options);
            INFO(text << ": " << plan.chosen.describe() << ", fill " << plan.fill);
            CHECK(static_cast<double>(plan.matrix_bytes) <=
                  1.3 * static_cast<double>(plan.csr_bytes));
        }
}

TEST_CASE("options out of range are refused with what was expected") {
    const Csr<double> matrix = laplacian(9);
    const auto message = [&](auto&& change) {
        PlanOptions options = untimed();
        change(options);
        return message_of<asp::InputError>([&] { plan_of(matrix, options); });
    };
    CHECK(message([](PlanOptions& o) { o.k = 0; }) == "k = 0: expected 1 to 1000");
    CHECK(message([](PlanOptions& o) { o.k = 1001; }) == "k = 1001: expected 1 to 1000");
    CHECK(message([](PlanOptions& o) { o.vectors = 9; }) == "vectors = 9: expected 1 to 8");
    CHECK(message([](PlanOptions& o) { o.harts = 0; }) == "harts = 0: expected 1 to 4096");
    CHECK(message([](PlanOptions& o) { o.depth = 9; }) == "depth = 9: expected 1 to 8");
    CHECK(message([](PlanOptions& o) { o.depth = 0; }) == "depth = 0: expected 1 to 8");
    CHECK(message([](PlanOptions& o) { o.tile_kib = 0; }) ==
          "tile_kib = 0: expected 1 to 1073741824");
    CHECK(message([](PlanOptions& o) { o.block = 7; }) == "block = 7: expected 1 to 6");
    CHECK(message([](PlanOptions& o) { o.block = 2; }) ==
          "block = 2: expected a divisor of the 9 rows");
    CHECK(message_of<asp::InputError>([&] {
              PlanOptions options = untimed();
              options.storage = Storage::block_rows;
              plan_of(laplacian(7), options);
          }) ==
          "storage = blocks: expected rows that come in blocks; give a block that divides "
          "their number");
    CHECK(message_of<asp::InputError>([] { plan_of(random_matrix(3, 4, 0.5, 1), untimed()); }) ==
          "matrix = 3 x 4: expected as many rows as columns");
}

TEST_CASE("a few long rows that no sample sees are not packed into slices") {
    std::vector<Entry<double>> entries;
    const std::int64_t n = 24000;
    for (std::int64_t i = 0; i < n; ++i) {
        entries.push_back({i, i, 0.5});
        for (std::int64_t j = 0; i % 240 == 113 && j < n; j += 16)
            if (j != i) entries.push_back({i, j, 1e-5});
    }
    const Csr<double> matrix = assemble<double>(n, n, entries);
    const Plan plan = plan_of(matrix, untimed());
    CHECK(plan.chosen.storage == Storage::csr);
    CHECK(plan.matrix_bytes <= 1.3 * static_cast<double>(plan.csr_bytes));
}

TEST_CASE("a verdict on numbers of one form is none on those of another") {
    const ScratchFolder folder;
    asp::db::Database database(folder / "tuning.sqlite");
    PlanOptions options = untimed();
    options.database = &database;
    keep(database, generate("stencil:5pt:90"), options, unusual, 1.8);
    const Plan other = plan_of(generate("stencil:5pt:90,coefficients=variable"), options);
    CHECK(other.reason.find("timed") == std::string::npos);
    options.forgets = true;
    CHECK(plan_of(generate("stencil:5pt:90"), options).reason.find("timed") == std::string::npos);
}

TEST_CASE("a block that is given means blocks") {
    PlanOptions options = untimed();
    options.block = 2;
    CHECK(plan_of(generate("stencil:5pt:90"), options).chosen.storage == Storage::block_rows);
}
