#include "krylov/sliced_matrix.hpp"

#include <complex>
#include <map>

#include "asp/base/testing.hpp"
#include "krylov/akx_testing.hpp"

using namespace krylov;
using namespace krylov::testing;

namespace {

template <class Scalar>
Scalar value_at(const SlicedMatrix<Scalar>& m, std::size_t number, std::size_t lane) {
    const auto lanes = static_cast<std::size_t>(m.shape.lanes);
    if constexpr (std::is_floating_point_v<Scalar>) {
        const std::size_t at = number * lanes + lane;
        if (m.form == ValueForm::coded)
            return m.table[static_cast<std::size_t>(m.short_values[at])];
        if (m.form == ValueForm::single)
            return reinterpret_cast<const float*>(m.short_values.data())[at];
        return m.values[at];
    } else {
        const auto* const parts =
            reinterpret_cast<const typename Scalar::value_type*>(m.values.data()) +
            number * lanes * 2;
        return {parts[lane], parts[lanes + lane]};
    }
}

template <class Scalar>
std::int64_t index_at(const SlicedMatrix<Scalar>& m, std::size_t at) {
    return m.index_bytes == 2
               ? std::int64_t{reinterpret_cast<const std::uint16_t*>(m.indices.data())[at]}
               : reinterpret_cast<const std::int32_t*>(m.indices.data())[at];
}

/// All that a sliced matrix has stored, read as its header says.
template <class Scalar>
struct Unpacked {
    std::map<std::pair<std::int64_t, std::int64_t>, Scalar> entries;  ///< without zeros
    std::int64_t least_column = 0, most_column = 0;                   ///< that is read
    bool is_rising = true;  ///< whether each row's entries are
};

template <class Scalar>
Unpacked<Scalar> unpack(const SlicedMatrix<Scalar>& m) {
    Unpacked<Scalar> all;
    const auto lanes = static_cast<std::size_t>(m.shape.lanes);
    for (std::size_t s = 0; s + 1 < m.heads.size(); ++s) {
        const SliceHead &head = m.heads[s], &next = m.heads[s + 1];
        const std::size_t count = next.first - head.first;
        const bool is_run = next.first_index - head.first_index == count;
        for (std::size_t l = 0; l < lanes; ++l)
            for (int r = 0; r < m.shape.rows; ++r) {
                const std::int64_t row = head.row + static_cast<std::int64_t>(l) * m.shape.rows + r;
                std::int64_t last = -1;
                for (std::size_t e = 0; e < count; ++e)
                    for (int c = 0; c < m.shape.columns; ++c) {
                        const std::int64_t column =
                            head.base + c +
                            (is_run ? index_at(m, head.first_index + e) +
                                          static_cast<std::int64_t>(l) * m.shape.columns
                                    : index_at(m, head.first_index + e * lanes + l));
                        all.least_column = std::min(all.least_column, column);
                        all.most_column = std::max(all.most_column, column);
                        const std::size_t number =
                            ((head.first + e) * static_cast<std::size_t>(m.shape.columns) +
                             static_cast<std::size_t>(c)) *
                                static_cast<std::size_t>(m.shape.rows) +
                            static_cast<std::size_t>(r);
                        const Scalar value = value_at(m, number, l);
                        if (value == Scalar{}) continue;
                        all.is_rising &= column > last;
                        last = column;
                        all.entries[{row, column}] += value;
                    }
            }
    }
    return all;
}

template <class Scalar>
std::map<std::pair<std::int64_t, std::int64_t>, Scalar> entries_of(const Csr<Scalar>& matrix) {
    std::map<std::pair<std::int64_t, std::int64_t>, Scalar> entries;
    for (std::int64_t i = 0; i < matrix.rows(); ++i)
        for (auto e = matrix.row_start[static_cast<std::size_t>(i)];
             e < matrix.row_start[static_cast<std::size_t>(i) + 1]; ++e)
            entries[{i, matrix.column[static_cast<std::size_t>(e)]}] =
                matrix.value[static_cast<std::size_t>(e)];
    return entries;
}

template <class Scalar>
void expect_unpacked(const Csr<Scalar>& matrix, const SliceShape& shape) {
    INFO(shape.rows << " x " << shape.columns << ", " << shape.lanes << " lanes");
    const SlicedMatrix<Scalar> packed = pack(matrix.view(), shape);
    const Unpacked<Scalar> found = unpack(packed);
    CHECK(found.entries == entries_of(matrix));
    CHECK(found.is_rising);
    CHECK(found.least_column >= 0);
    CHECK(found.most_column < std::max<std::int64_t>(matrix.columns, 1));
    CHECK(packed.heads.size() == static_cast<std::size_t>(packed.slices()) + 1);
    CHECK(packed.slices() * packed.slice_rows() >= matrix.rows());
    CHECK((packed.slices() - 1) * packed.slice_rows() < std::max<std::int64_t>(matrix.rows(), 1));
    CHECK(packed.fill() >= 1.0);
}

/// Eight rows and more of `columns` columns; in the first rows, what is given.
Csr<double> wide_matrix(std::int32_t columns,
                        const std::vector<std::vector<std::int32_t>>& first_rows) {
    std::vector<std::vector<std::pair<std::int32_t, double>>> rows(16);
    for (std::size_t i = 0; i < first_rows.size(); ++i)
        for (const std::int32_t j : first_rows[i]) rows[i].emplace_back(j, 1.0 + j);
    return from_rows(columns, rows);
}

}  // namespace

TEST_CASE("what is packed is unpacked, entry by entry, for all structures and shapes") {
    for (const Structure& structure : structures()) {
        INFO(structure.name);
        for (const int block : {1, 2, 3, 4, 5, 6})
            for (const int lanes : {8, 16})
                if (structure.matrix.rows() % block == 0)
                    expect_unpacked(structure.matrix, {block, block, lanes});
    }
}

TEST_CASE("rectangular blocks and matrices are packed too") {
    expect_unpacked(random_matrix(66, 90, 0.1, 6), {2, 3, 8});
    expect_unpacked(random_matrix(66, 90, 0.1, 6), {3, 1, 8});
    expect_unpacked(random_matrix(40, 8, 0.5, 7), {1, 4, 16});
}

TEST_CASE("parts of complex numbers lie apart and come back together") {
    const Csr<double> matrix = convection_diffusion(9, 8);
    expect_unpacked(with_values_of<std::complex<double>>(matrix), {1, 1, 8});
    expect_unpacked(with_values_of<std::complex<float>>(matrix), {2, 2, 16});
    expect_unpacked(with_values_of<float>(matrix), {3, 3, 16});
}

TEST_CASE("numbers that are few, or exact in single precision, are unpacked as they were") {
    const Csr<double> few = convection_diffusion(31, 20);
    Csr<double> single = generate("fem:3");
    for (double& value : single.value) value = static_cast<float>(value);
    for (const Csr<double>* const matrix : {&few, &std::as_const(single)}) {
        const auto form = shortest_form(matrix->view());
        CHECK(form.form == (matrix == &few ? ValueForm::coded : ValueForm::single));
        for (const int block : {1, 2, 3}) {
            if (matrix->rows() % block != 0) continue;
            const auto packed = pack(matrix->view(), {block, block, 8}, nullptr, form);
            CHECK(unpack(packed).entries == entries_of(*matrix));
            CHECK(packed.values.empty());
            CHECK(packed.values_bytes() == packed.stored() * (matrix == &few ? 1 : 4));
            CHECK(packed.fill() == pack(matrix->view(), {block, block, 8}).fill());
        }
    }
}

TEST_CASE("the shortest form in which nothing is lost is taken") {
    const auto form_of = [](std::vector<double> values) {
        return shortest_form(diagonal(values).view()).form;
    };
    const auto apart = [](std::size_t count, double step) {
        std::vector<double> values;
        for (std::size_t i = 1; i <= count; ++i) values.push_back(static_cast<double>(i) * step);
        return values;
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(form_of(apart(15, 0.1)) == ValueForm::coded);  // and zero is the sixteenth
    CHECK(form_of(apart(16, 0.1)) == ValueForm::full);
    CHECK(form_of(apart(16, 0.125)) == ValueForm::single);
    CHECK(form_of({0.0, 0.1}) == ValueForm::coded);
    CHECK(form_of({-0.0, 0.5}) == ValueForm::single);  // a code for zero would lose the sign
    CHECK(form_of({-0.0, 0.1}) == ValueForm::full);
    CHECK(form_of({nan, 0.5}) == ValueForm::full);
    CHECK(form_of({1e300}) == ValueForm::coded);
    std::vector<double> wide = apart(16, 0.125);
    wide.push_back(1e300);
    CHECK(form_of(wide) == ValueForm::full);
    const std::vector<double> ones(3, 1.0);
    CHECK(shortest_form(with_values_of<float>(diagonal(ones)).view()).form == ValueForm::full);
}

TEST_CASE("the shortest form is the same however many harts look for it") {
    const Harts three(3);
    std::vector<double> values(300000);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = 0.1 + static_cast<double>(i / 70000 + i % 3);  // seven numbers, some late
    const auto form_of = [&] {
        const Csr<double> matrix = diagonal(values);
        const ShortForm<double> shared = shortest_form(matrix.view(), &three.team),
                                alone = shortest_form(matrix.view());
        CHECK(shared.form == alone.form);
        CHECK(shared.table == alone.table);
        return alone;
    };
    CHECK(form_of().form == ValueForm::coded);
    CHECK(form_of().table[4] == 3.1);  // as they are found, 0 first
    values[299000] = -0.0;
    CHECK(form_of().form == ValueForm::full);
    std::ranges::fill(values, 0.5);
    CHECK(form_of().form == ValueForm::coded);
    values[200000] = -0.0;
    CHECK(form_of().form == ValueForm::single);
}

TEST_CASE("rows of blocks are packed whether or not a number is missing in one") {
    const Csr<double> matrix = generate("graph:300,blocks=3");
    expect_unpacked(matrix, {3, 3, 8});
    expect_unpacked(matrix, {2, 2, 8});  // its blocks do not begin where the matrix's do
    for (const std::size_t missing : {0U, 1U, 700U, 1501U}) {
        Csr<double> holed = matrix;
        const auto at = static_cast<std::ptrdiff_t>(missing);
        holed.column.erase(holed.column.begin() + at);
        holed.value.erase(holed.value.begin() + at);
        for (std::int64_t& start : holed.row_start)
            if (start > at) --start;
        expect_unpacked(holed, {3, 3, 8});
    }
}

TEST_CASE("slices that repeat the one before are packed like any") {
    // Runs of equal slices that end at the last rows, at an empty part and where one entry differs.
    const Csr<double> matrix = pattern(400, [](auto i, auto j) {
        if (i >= 160 && i < 200) return false;
        return std::abs(i - j) <= 1 || (i == 90 && j == 92) || (i >= 200 && j == i - 150);
    });
    expect_unpacked(matrix, {1, 1, 8});
    expect_unpacked(matrix, {1, 1, 16});
    expect_unpacked(matrix, {2, 2, 8});
}

TEST_CASE("wide columns and harts side by side pack the same") {
    const Harts three(3);
    const Csr<double> matrix = generate("band:70000,half_width=9,row=3");
    const auto alone = pack(matrix.view(), {1, 1, 8});
    const auto shared = pack(matrix.view(), {1, 1, 8}, &three.team),
               wide = pack(Wide(matrix).view, {1, 1, 8});
    for (const auto* const other : {&shared, &wide}) {
        CHECK(other->values == alone.values);
        CHECK(other->indices == alone.indices);
        CHECK(other->runs == alone.runs);
    }
}

TEST_CASE("a tridiagonal matrix is all runs but at its ends, with hardly a zero added") {
    const auto packed = pack(laplacian(8 * 50).view(), {1, 1, 8});
    CHECK(packed.runs == 48);
    CHECK(packed.values.size() == 3U * 8 * 50);
    CHECK(packed.index_bytes == 2);
    // An index for each entry of a run, eight where lanes are gathered.
    CHECK(packed.indices.size() == 2U * (48 * 3 + 2 * 3 * 8));
}

TEST_CASE("rows without a common pattern are gathered, with zeros up to the longest") {
    const auto packed =
        pack(wide_matrix(4000, {{1, 900, 3000}, {50, 2000}, {7}}).view(), {1, 1, 8});
    CHECK(packed.runs == 1);  // of the slice without entries
    CHECK(packed.values.size() == 24);
    CHECK(packed.fill() == 4.0);
}

TEST_CASE("blocks fill up to whole blocks") {
    // Two entries in one block of 2 x 2, one in another; one slice of eight block rows.
    const auto matrix = wide_matrix(16, {{0}, {1, 4}});
    const auto packed = pack(matrix.view(), {2, 2, 8});
    CHECK(packed.values.size() == 2U * 4 * 8);
    CHECK(packed.fill() == Approx(64.0 / 3.0));
}

TEST_CASE("indices have two bytes as far as a slice's columns lie within 65536") {
    const auto index_bytes = [](std::int32_t last, bool is_run) {
        std::vector<std::vector<std::int32_t>> rows{{7, last}};
        if (!is_run) rows = {{7, last}, {90, 300, 4000}, {60, 1000, 20000}};
        const auto packed = pack(wide_matrix(last + 100, rows).view(), {1, 1, 8});
        const auto found = unpack(packed);
        CHECK(found.entries == entries_of(wide_matrix(last + 100, rows)));
        CHECK((packed.heads[1].first_index - packed.heads[0].first_index ==
               packed.heads[1].first - packed.heads[0].first) == is_run);
        return packed.index_bytes;
    };
    CHECK(index_bytes(7 + 65535, true) == 2);
    CHECK(index_bytes(7 + 65536, true) == 4);
    // Lanes without entries stay at their own rows, from 3 on, which counts.
    CHECK(index_bytes(3 + 65535, false) == 2);
    CHECK(index_bytes(3 + 65536, false) == 4);
}

TEST_CASE("a matrix without rows or without entries is packed into nothing") {
    const auto none = pack(Csr<double>{}.view(), {1, 1, 8});
    CHECK(none.slices() == 0);
    CHECK(none.values.empty());
    CHECK(none.fill() == 1.0);
    const auto empty = pack(wide_matrix(16, {}).view(), {1, 1, 8});
    CHECK(empty.slices() == 2);
    CHECK(empty.values.empty());
    CHECK(empty.fill() == 1.0);
}

TEST_CASE("a sample of few slices is the truth") {
    for (const Structure& structure : structures())
        for (const int block : {1, 2, 3}) {
            if (structure.matrix.rows() % block != 0 || structure.matrix.nonzeros() == 0) continue;
            INFO(structure.name << ", " << block);
            const auto packed = pack(structure.matrix.view(), {block, block, 8});
            const auto sample = sample_slices(structure.matrix.view(), {block, block, 8});
            CHECK(sample.fill == Approx(packed.fill()));
            CHECK(sample.bytes * static_cast<double>(packed.nonzeros) ==
                  Approx(static_cast<double>(packed.bytes() - packed.values_bytes() -
                                             sizeof(SliceHead))));
        }
}

TEST_CASE("a sample of many slices is near the truth") {
    for (const char* const text : {"stencil:5pt:150", "band:20000,half_width=50,row=9",
                                   "random:20000,row=8", "fem:14", "graph:6000,blocks=3"})
        for (const int block : {1, 3}) {
            const Csr<double> matrix = generate(text);
            if (matrix.rows() % block != 0) continue;
            INFO(text << ", " << block);
            const auto packed = pack(matrix.view(), {block, block, 8});
            const auto sample = sample_slices(matrix.view(), {block, block, 8});
            // Hundreds of slices that differ by half of their size at most: a few percent.
            CHECK(sample.fill == Approx(packed.fill()).epsilon(0.05));
            CHECK(
                sample.bytes * static_cast<double>(packed.nonzeros) ==
                Approx(static_cast<double>(packed.bytes() - packed.values_bytes())).epsilon(0.05));
        }
}

TEST_CASE("the share of runs in a sample is that of stored numbers") {
    CHECK(sample_slices(laplacian(8 * 50).view(), {1, 1, 8}).runs == Approx(48.0 / 50.0));
    CHECK(sample_slices(generate("random:4000,row=9").view(), {1, 1, 8}).runs == 0.0);
}
