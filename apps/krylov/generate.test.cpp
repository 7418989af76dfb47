#include "krylov/generate.hpp"

#include <cmath>
#include <map>
#include <set>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/ordering.hpp"

using namespace krylov;
using asp::testing::message_of;

namespace {

std::vector<double> dense(const Csr<double>& matrix) {
    std::vector<double> values(static_cast<std::size_t>(matrix.rows() * matrix.columns));
    for (std::int64_t i = 0; i < matrix.rows(); ++i)
        for (auto j = matrix.row_start[static_cast<std::size_t>(i)];
             j < matrix.row_start[static_cast<std::size_t>(i) + 1]; ++j)
            values[static_cast<std::size_t>(i * matrix.columns +
                                            matrix.column[static_cast<std::size_t>(j)])] =
                matrix.value[static_cast<std::size_t>(j)];
    return values;
}

bool is_symmetric(const Csr<double>& matrix) {
    const auto other = transposed(matrix.view());
    return other.column == matrix.column && other.value == matrix.value;
}

double longest_row_sum(const Csr<double>& matrix) {
    double longest = 0.0;
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i) {
        double sum = 0.0;
        for (auto j = matrix.row_start[i]; j < matrix.row_start[i + 1]; ++j)
            sum += std::abs(matrix.value[static_cast<std::size_t>(j)]);
        longest = std::max(longest, sum);
    }
    return longest;
}

std::int64_t longest_row(const Csr<double>& matrix) {
    std::int64_t longest = 0;
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i)
        longest = std::max(longest, matrix.row_start[i + 1] - matrix.row_start[i]);
    return longest;
}

std::size_t distinct_values(const Csr<double>& matrix) {
    return std::set<double>(matrix.value.begin(), matrix.value.end()).size();
}

/// v^T A v.
double energy(const Csr<double>& matrix, const std::vector<double>& v) {
    const auto a = dense(matrix);
    double sum = 0.0;
    for (std::size_t i = 0; i < v.size(); ++i)
        for (std::size_t j = 0; j < v.size(); ++j) sum += v[i] * a[i * v.size() + j] * v[j];
    return sum;
}

std::string refusal(const std::string& text) {
    return message_of<asp::InputError>([&] { generate(text); });
}

const std::vector<std::string> samples{"stencil:3pt:17",
                                       "stencil:5pt:7x5,coefficients=variable",
                                       "stencil:7pt:4x5x6,convection=2",
                                       "stencil:9pt:6,anisotropy=100",
                                       "stencil:27pt:4,coefficients=variable,anisotropy=0.1",
                                       "stencil:7pt:1x1x9",
                                       "stencil:27pt:2x1x2",
                                       "band:200,half_width=9,row=5",
                                       "band:30,half_width=3,row=7",
                                       "random:100",
                                       "random:5,row=5",
                                       "power:300,row=6",
                                       "graph:50",
                                       "graph:7,blocks=2,order=natural",
                                       "graph:1",
                                       "fem:3",
                                       "fem:4x3x2,order=rcm"};

}  // namespace

TEST_CASE("every generated matrix is a square one in order, with a diagonal and bounded rows") {
    for (const auto& text : samples) {
        INFO(text);
        const auto matrix = generate(text);
        CHECK_NOTHROW(check(matrix.view(), text));
        CHECK(matrix.rows() == matrix.columns);
        for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i) {
            const auto row = std::span(matrix.column)
                                 .subspan(static_cast<std::size_t>(matrix.row_start[i]),
                                          static_cast<std::size_t>(matrix.row_start[i + 1] -
                                                                   matrix.row_start[i]));
            CHECK(std::ranges::find(row, static_cast<std::int32_t>(i)) != row.end());
        }
        // Adding up a row rounds by less than this.
        CHECK(longest_row_sum(matrix) <= 1.0 + 1e-13);
        if (matrix.rows() > 1) CHECK(longest_row_sum(matrix) > 0.5 - 1e-13);
    }
}

TEST_CASE("the same text gives the same matrix and another seed another") {
    for (const std::string text :
         {"stencil:7pt:5,coefficients=variable", "band:90,half_width=9,row=4", "random:90",
          "power:90", "graph:90,blocks=3", "fem:4"}) {
        INFO(text);
        const auto one = generate(text), again = generate(text), other = generate(text + ",seed=2");
        CHECK(one.column == again.column);
        CHECK(one.value == again.value);
        CHECK(one.value != other.value);
    }
}

TEST_CASE("five points of a 3 x 2 grid, the first axis numbered fastest") {
    const auto matrix = generate("stencil:5pt:3x2");
    std::vector<double> expected{4,  -1, 0, -1, 0,  0, -1, 4,  -1, 0,  -1, 0,  0, -1, 4,  0, 0,  -1,
                                 -1, 0,  0, 4,  -1, 0, 0,  -1, 0,  -1, 4,  -1, 0, 0,  -1, 0, -1, 4};
    for (double& v : expected) v /= 8.0;
    CHECK(dense(matrix) == expected);
}

TEST_CASE("anisotropy weighs the last axis and convection the upstream neighbours") {
    const auto matrix = generate("stencil:5pt:3,anisotropy=10,convection=5");
    // Row sums of absolute values: 2 (1 + 10) + 2 (5), twice: 64, a power of two.
    const std::size_t middle = 4 * 9;
    const auto a = dense(matrix);
    CHECK(a[middle + 4] * 64 == 32.0);
    CHECK(a[middle + 3] * 64 == -6.0);
    CHECK(a[middle + 5] * 64 == -1.0);
    CHECK(a[middle + 1] * 64 == -15.0);
    CHECK(a[middle + 7] * 64 == -10.0);
}

TEST_CASE("stencils have as many points as they are called for") {
    const std::map<std::string, std::int64_t> points{
        {"3pt", 3}, {"5pt", 5}, {"7pt", 7}, {"9pt", 9}, {"27pt", 27}};
    for (const auto& [kind, count] : points)
        CHECK(longest_row(generate("stencil:" + kind + ":5")) == count);
}

TEST_CASE("variable coefficients differ from entry to entry and stay symmetric") {
    const auto matrix = generate("stencil:27pt:6,coefficients=variable");
    CHECK(is_symmetric(matrix));
    // Each pair of neighbours has a value of its own, and each diagonal.
    const auto pairs = static_cast<std::size_t>(matrix.nonzeros() - matrix.rows()) / 2;
    CHECK(distinct_values(matrix) > 0.99 * static_cast<double>(pairs));
    CHECK(distinct_values(generate("stencil:27pt:6")) == 2);
}

TEST_CASE("a band's entries stay within its half width, as many in a row as asked") {
    const auto matrix = generate("band:400,half_width=20,row=9");
    CHECK(bandwidth(matrix.view()) <= 20);
    CHECK(matrix.nonzeros() == 400 * 9);
    CHECK_FALSE(is_structurally_symmetric(matrix.view()));
    CHECK(generate("band:100,half_width=2,row=5").nonzeros() == 100 * 5 - 6);
}

TEST_CASE("a random matrix reaches over all columns") {
    const auto matrix = generate("random:500,row=8");
    CHECK(matrix.nonzeros() == 500 * 8);
    CHECK(bandwidth(matrix.view()) > 450);
}

TEST_CASE("a power law gives a few rows and columns many times the mean") {
    const auto matrix = generate("power:4000,row=12");
    CHECK(longest_row(matrix) > 8 * 12);
    CHECK(longest_row(transposed(matrix.view())) > 8 * 12);
    // The mean of a law so broad is met only roughly; the cap takes from it.
    CHECK(matrix.nonzeros() > 4000 * 12 / 2);
    CHECK(matrix.nonzeros() < 4000 * 12 * 2);
}

TEST_CASE("the rows of a graph's Laplacian sum to zero, six neighbours on average") {
    const auto matrix = generate("graph:900");
    CHECK(is_symmetric(matrix));
    for (std::size_t i = 0; i < 900; ++i) {
        double sum = 0.0;
        for (auto j = matrix.row_start[i]; j < matrix.row_start[i + 1]; ++j)
            sum += matrix.value[static_cast<std::size_t>(j)];
        CHECK(sum == 0.0);
    }
    // A triangulation of 30 x 30 points: 30*29*2 sides and 29*29 diagonals.
    CHECK(matrix.nonzeros() == 900 + 2 * (30 * 29 * 2 + 29 * 29));
}

TEST_CASE("reverse Cuthill-McKee is what a graph's numbering is by default") {
    const auto sorted = generate("graph:900"), random = generate("graph:900,order=random");
    CHECK(bandwidth(sorted.view()) < 80);
    CHECK(bandwidth(random.view()) > 800);
    CHECK(bandwidth(generate("graph:900,order=natural").view()) == 31);
}

TEST_CASE("a graph's blocks are dense, random and symmetric as a whole") {
    const auto nodes = generate("graph:100"), matrix = generate("graph:100,blocks=3");
    CHECK(matrix.rows() == 300);
    CHECK(matrix.nonzeros() == 9 * nodes.nonzeros());
    CHECK(is_symmetric(matrix));
    CHECK(distinct_values(matrix) == static_cast<std::size_t>(matrix.nonzeros() + 300) / 2);
}

TEST_CASE("elasticity couples 3 unknowns of a node with those of 14 neighbours") {
    const auto matrix = generate("fem:6");
    CHECK(matrix.rows() == 3 * 216);
    CHECK(longest_row(matrix) == 45);
    CHECK(is_symmetric(matrix));
}

TEST_CASE("elastic energy is positive, and none in what moves as a rigid body") {
    const auto matrix = generate("fem:4");
    std::vector<double> random(192), translation(192, 0.0);
    for (std::size_t i = 0; i < 192; ++i) random[i] = std::sin(static_cast<double>(i * i));
    CHECK(energy(matrix, random) > 0.0);
    // The layer above the clamped one is strained by a translation, the others are not: their
    // rows of A times a constant displacement are zero but for rounding.
    for (std::size_t i = 0; i < 192; i += 3) translation[i] = 1.0;
    const auto a = dense(matrix);
    for (std::size_t row = 3 * 16; row < 192; ++row) {
        double force = 0.0;
        for (std::size_t j = 0; j < 192; ++j) force += a[row * 192 + j] * translation[j];
        CHECK(std::abs(force) < 1e-14);  // 15 values below 1, each rounded by 1e-16
    }
    CHECK(energy(matrix, translation) > 1e-3);
}

TEST_CASE("another numbering of the nodes moves whole blocks of three") {
    const auto natural = generate("fem:5"), random = generate("fem:5,order=random");
    CHECK(bandwidth(natural.view()) == 3 * (25 + 5 + 1) + 2);
    CHECK(bandwidth(random.view()) > 200);
    CHECK(bandwidth(generate("fem:5,order=rcm").view()) < 200);
    for (std::size_t i = 0; i < 375; i += 3)
        CHECK(random.row_start[i + 3] - random.row_start[i] ==
              3 * (random.row_start[i + 1] - random.row_start[i]));
}

TEST_CASE("a generator's name before a colon tells a description from a file") {
    CHECK(is_generated("stencil:7pt:128"));
    CHECK(is_generated("fem:44"));
    CHECK_FALSE(is_generated("stencil"));
    CHECK_FALSE(is_generated("matrices/fem.mtx"));
    CHECK_FALSE(is_generated("matrix.mat:A"));
}

TEST_CASE("what cannot be generated is refused with what was expected") {
    CHECK(refusal("stencl:7pt:9") ==
          "stencl:7pt:9: 'stencl': unknown kind of matrix; did you mean 'stencil'?");
    CHECK(refusal("hilbert:9") ==
          "hilbert:9: 'hilbert': unknown kind of matrix; expected stencil, "
          "band, random, power, graph, fem");
    CHECK(refusal("stencil:7p:9") ==
          "stencil:7p:9: '7p': unknown kind of stencil; did you mean '7pt'?");
    CHECK(refusal("stencil:6:9") ==
          "stencil:6:9: '6': unknown kind of stencil; expected 3pt, 5pt, 7pt, 9pt, 27pt");
    for (const std::string size : {"", "0", "-3", "9x", "x9", "9y9", "9x9x9x9", "99999999999"})
        CHECK(refusal("stencil:7pt:" + size) == "stencil:7pt:" + size + ": size '" + size +
                                                    "': expected a size like 128, 64x32 or "
                                                    "64x32x16");
    CHECK(refusal("band:9x9") == "band:9x9: size '9x9': expected a size like 128");
    CHECK(refusal("stencil:7pt:9x9") == "stencil:7pt:9x9: 2 extents: expected 1 or 3 for 7pt");
    CHECK(refusal("stencil:3pt:9x9") == "stencil:3pt:9x9: 2 extents: expected 1 for 3pt");
    CHECK(refusal("fem:9x9") == "fem:9x9: 2 extents: expected 1 or 3 for fem");
    CHECK(refusal("fem:1") == "fem:1: expected 2 nodes or more along each axis");
}

TEST_CASE("options that are unknown, doubled or out of range are refused") {
    CHECK(refusal("band:9,rows=3") == "band:9,rows=3: rows: unknown key; did you mean 'row'?");
    CHECK(refusal("random:9,width=3") ==
          "random:9,width=3: width: unknown key; expected row, seed");
    CHECK(refusal("random:9,row=3,row=4") == "random:9,row=3,row=4: row: is given twice");
    CHECK(refusal("random:9,row=10") ==
          "random:9,row=10: row = 10: expected a whole number from 1 to 9");
    CHECK(refusal("random:9,row=two") ==
          "random:9,row=two: row = two: expected a whole number from 1 to 9");
    CHECK(refusal("stencil:5pt:9,anisotropy=0") ==
          "stencil:5pt:9,anisotropy=0: anisotropy = 0: expected a number from 1e-06 to 1000000");
    CHECK(refusal("stencil:5pt:9,convection=nan") ==
          "stencil:5pt:9,convection=nan: convection = nan: expected a number from 0 to 1000000");
    CHECK(refusal("stencil:5pt:9,coefficients=varable") ==
          "stencil:5pt:9,coefficients=varable: coefficients = varable: unknown value; did you mean "
          "'variable'?");
    CHECK(
        refusal("fem:4,order=zoltan") ==
        "fem:4,order=zoltan: order = zoltan: unknown value; expected natural, random, rcm, metis, "
        "scotch");
}

TEST_CASE("what this machine cannot hold is refused before it is made") {
    CHECK(refusal("stencil:7pt:2000") ==
          "stencil:7pt:2000: 8000000000 rows: expected at most 2147483647");
    const std::string message = refusal("random:2000000000,row=100000");
    CHECK(
        message.starts_with("random:2000000000,row=100000: needs 2235189.1 GiB: expected at most"));
}

TEST_CASE("the help names every kind of matrix and key") {
    const std::string help = generator_help();
    for (const std::string word :
         {"stencil:", "band:", "random:", "power:", "graph:", "fem:", "coefficients=",
          "anisotropy=", "convection=", "half_width=", "row=", "blocks=", "order=", "seed="})
        CHECK(help.find(word) != help.npos);
}
