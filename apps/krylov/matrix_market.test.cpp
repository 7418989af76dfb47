#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "krylov/matrix_testing.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;
using Complex = std::complex<double>;
using Complexes = std::vector<Complex>;

namespace {

const asp::testing::ScratchFolder folder;

LoadedMatrix read(const std::string& qualifiers, const std::string& lines) {
    return read_matrix(folder.write("a.mtx", "%%MatrixMarket matrix " + qualifiers + "\n" + lines));
}

/// What is said of the file, without its name: "3: row 4: expected 1 to 3".
std::string refusal(const std::string& qualifiers, const std::string& lines) {
    const std::string message = message_of<asp::InputError>([&] { read(qualifiers, lines); });
    const std::string name = (folder / "a.mtx").string() + ":";
    REQUIRE(message.starts_with(name));
    return message.substr(name.size());
}

}  // namespace

TEST_CASE("a general real file holds each entry with its value, whatever the numbers' form") {
    const auto loaded = read_matrix(folder.write("small.mtx", market_text));
    CHECK(dense(loaded) == small_matrix);
    CHECK(loaded.format == "Matrix Market, coordinate real general");
    CHECK(loaded.name == "small.mtx");
    CHECK(loaded.remarks.empty());
}

TEST_CASE("the banner may be in any case, lines may end as Windows ends them or not at all") {
    const auto loaded = read_matrix(folder.write(
        "a.mtx", "%%matrixmarket MATRIX Coordinate Real GENERAL\r\n%\r\n\r\n1 2 1\r\n\t1  2\t7"));
    CHECK(dense(loaded) == Doubles{0, 7});
}

TEST_CASE("a value is the double nearest to its digits, Fortran's exponents among them") {
    const auto loaded = read("coordinate real general",
                             "1 6 6\n1 1 0.1\n1 2 1.5D3\n1 3 -2.5d-1\n1 4 1e-400\n1 5 "
                             "4.9406564584124654e-324\n1 6 1.5-103\n");
    CHECK(dense(loaded) == Doubles{0.1, 1500, -0.25, 0, 4.9406564584124654e-324, 1.5e-103});
}

TEST_CASE("a pattern's entries are ones and an integer file's numbers are read as real") {
    CHECK(dense(read("coordinate pattern general", "2 2 2\n1 2\n2 1\n")) == Doubles{0, 1, 1, 0});
    CHECK(dense(read("coordinate integer general", "2 2 2\n1 2 3\n2 1 -4\n")) ==
          Doubles{0, 3, -4, 0});
    CHECK(dense<Complex>(read("coordinate complex general", "1 2 1\n1 2 3 -4\n")) ==
          Complexes{0, {3, -4}});
}

TEST_CASE("a symmetric file is mirrored, whichever triangle it holds") {
    const Doubles expected{1, 2, 0, 2, 0, 3, 0, 3, 4};
    const std::string lower = "3 3 4\n1 1 1\n2 1 2\n3 2 3\n3 3 4\n";
    const std::string upper = "3 3 4\n3 3 4\n2 3 3\n1 2 2\n1 1 1\n";
    for (const std::string field : {"real", "integer"})
        for (const auto& lines : {lower, upper}) {
            CHECK(dense(read("coordinate " + field + " symmetric", lines)) == expected);
            // A real Hermitian matrix is a symmetric one.
            CHECK(dense(read("coordinate " + field + " hermitian", lines)) == expected);
        }
    CHECK(dense(read("coordinate pattern symmetric", "2 2 2\n1 1\n2 1\n")) == Doubles{1, 1, 1, 0});
    CHECK(dense<Complex>(read("coordinate complex symmetric", "2 2 1\n2 1 3 4\n")) ==
          Complexes{0, {3, 4}, {3, 4}, 0});
}

TEST_CASE("a skew-symmetric file's mirror images have the other sign") {
    CHECK(dense(read("coordinate real skew-symmetric", "2 2 1\n2 1 3\n")) == Doubles{0, -3, 3, 0});
    CHECK(dense(read("coordinate pattern skew-symmetric", "2 2 1\n2 1\n")) == Doubles{0, -1, 1, 0});
    CHECK(dense<Complex>(read("coordinate complex skew-symmetric", "2 2 1\n1 2 3 4\n")) ==
          Complexes{0, {3, 4}, {-3, -4}, 0});
}

TEST_CASE("a Hermitian file's mirror images are conjugate") {
    CHECK(dense<Complex>(read("coordinate complex hermitian", "2 2 2\n1 1 5 0\n2 1 3 4\n")) ==
          Complexes{5, {3, -4}, {3, 4}, 0});
}

TEST_CASE("an array is read column by column and keeps its zeros") {
    const auto loaded = read("array real general", "2 3\n1\n2\n0\n4\n5\n6\n");
    CHECK(dense(loaded) == Doubles{1, 0, 5, 2, 4, 6});
    CHECK(std::get<Csr<double>>(loaded.matrix).nonzeros() == 6);
    CHECK(loaded.remarks ==
          std::vector<std::string>{"1 stored entry is zero and stays in the pattern"});
    CHECK(dense(read("array integer symmetric", "2 2\n1\n2\n3\n")) == Doubles{1, 2, 2, 3});
    CHECK(dense(read("array real skew-symmetric", "3 3\n1\n2\n3\n")) ==
          Doubles{0, -1, -2, 1, 0, -3, 2, 3, 0});
    CHECK(dense<Complex>(read("array complex hermitian", "2 2\n1 0\n2 3\n4 0\n")) ==
          Complexes{1, {2, -3}, {2, 3}, 4});
}

TEST_CASE("duplicates are added up, and that and empty rows are said") {
    const auto loaded = read("coordinate real general", "3 2 3\n1 2 1.5\n3 1 1\n1 2 2\n");
    CHECK(dense(loaded) == Doubles{0, 3.5, 0, 0, 1, 0});
    CHECK(loaded.assembly.summed == 1);
    CHECK(loaded.remarks ==
          std::vector<std::string>{"1 entry stood in the place of another and was added to it",
                                   "1 row has no entries"});
    const auto twice = read("coordinate real symmetric", "3 3 3\n2 1 1\n2 1 1\n2 1 1\n");
    CHECK(twice.remarks ==
          std::vector<std::string>{"2 entries stood in the place of others and were added up",
                                   "1 row has no entries"});
}

TEST_CASE("a matrix without entries, rows or columns is one") {
    CHECK(std::get<Csr<double>>(read("coordinate real general", "3 4 0\n").matrix).rows() == 3);
    CHECK(std::get<Csr<double>>(read("coordinate real general", "0 0 0\n").matrix).rows() == 0);
    CHECK(std::get<Csr<double>>(read("array real general", "0 5\n").matrix).columns == 5);
}

TEST_CASE("a packed file reads as what was packed") {
    const auto loaded = read_matrix(write_packed(folder / "small.mtx.gz", market_text));
    CHECK(dense(loaded) == small_matrix);
    CHECK(loaded.name == "small.mtx.gz");
}

TEST_CASE("a banner that is none is refused with what may stand there") {
    CHECK(refusal("sparse real general", "") == "1: 'sparse': expected coordinate or array");
    CHECK(refusal("coordinate double general", "") ==
          "1: 'double': expected real, integer, complex or pattern");
    CHECK(refusal("coordinate real", "") ==
          "1: '': expected general, symmetric, skew-symmetric or hermitian");
    CHECK(refusal("array pattern general", "") ==
          "1: 'array pattern': expected values in an array");
    const auto vector = folder.write("a.mtx", "%%MatrixMarket vector coordinate real general\n");
    CHECK(message_of<asp::InputError>([&] { read_matrix(vector); }) ==
          vector.string() + ":1: 'vector': expected matrix");
}

TEST_CASE("sizes that are none are refused") {
    const std::string real = "coordinate real general";
    CHECK(refusal(real, "% only a comment\n") ==
          "3: the file ends: expected 'rows columns entries'");
    CHECK(refusal(real, "3 3\n") == "2: '3 3': expected 'rows columns entries'");
    CHECK(refusal(real, "3 3 -1\n") == "2: '3 3 -1': expected 'rows columns entries'");
    CHECK(refusal("array real general", "3 3 3\n") == "2: '3 3 3': expected 'rows columns'");
    CHECK(refusal(real, "3000000000 3 0\n") ==
          "2: 3000000000 x 3: expected at most 2147483647 rows and columns");
    CHECK(refusal("coordinate real symmetric", "3 4 0\n") ==
          "2: 3 x 4: expected a square matrix, as it is symmetric");
    CHECK(refusal(real, "2000000000 1 1\n1 1 1\n") ==
          " 2000000000 x 1 with 1 entries: expected at most 1001000 rows and columns for so few");
}

TEST_CASE("entries that are none are refused with their line") {
    const std::string real = "coordinate real general";
    CHECK(refusal(real, "3 3 1\n%\n4 1 1\n") == "4: row 4: expected 1 to 3");
    CHECK(refusal(real, "3 3 1\n0 1 1\n") == "3: row 0: expected 1 to 3");
    CHECK(refusal(real, "3 3 1\n1 5 1\n") == "3: column 5: expected 1 to 3");
    CHECK(refusal(real, "3 3 1\n1 one 1\n") == "3: '1 one 1': expected 'row column value'");
    CHECK(refusal(real, "3 3 1\n1 1\n") == "3: '1 1': expected 'row column value'");
    CHECK(refusal(real, "3 3 1\n1 1 2 3\n") == "3: '1 1 2 3': expected 'row column value'");
    CHECK(refusal(real, "3 3 1\n1 1 2.0.0\n") == "3: '1 1 2.0.0': expected 'row column value'");
    CHECK(refusal("coordinate complex general", "3 3 1\n1 1 2\n") ==
          "3: '1 1 2': expected 'row column real imaginary'");
    CHECK(refusal("coordinate pattern general", "3 3 1\n1 1 2\n") ==
          "3: '1 1 2': expected 'row column'");
    CHECK(refusal("array complex general", "1 1\n1\n") == "3: '1': expected 'real imaginary'");
    CHECK(refusal("array real general", "1 1\n1 2\n") == "3: '1 2': expected a number");
    for (const std::string value : {"nan", "inf", "-inf", "1e999"})
        CHECK(refusal(real, "1 1 1\n1 1 " + value + "\n") ==
              "3: '1 1 " + value + "': expected a finite value");
}

TEST_CASE("a file that ends too early or goes on too long is refused") {
    CHECK(refusal("coordinate real general", "3 3 2\n1 1 1\n") ==
          "4: the file ends: expected 2 entries, found 1");
    CHECK(refusal("array real general", "2 2\n1\n2\n3\n") ==
          "6: the file ends: expected the value of (2, 2)");
    CHECK(refusal("coordinate real general", "3 3 1\n1 1 1\n2 2 2\n") ==
          "4: '2 2 2': expected the end after 1 entries");
    CHECK(refusal("coordinate real general", "3 3 1\n" + std::string(2 << 20, ' ')) ==
          "3: the line is longer than 1048576 bytes: expected a text file");
}

TEST_CASE("a symmetric file with both triangles is refused with the lines that show it") {
    const std::string lines = "3 3 3\n1 1 1\n2 1 5\n1 2 5\n";
    CHECK(refusal("coordinate real symmetric", lines) ==
          "5: (1, 2) is above the diagonal and line 4 is not: expected one triangle in a symmetric "
          "file");
    CHECK(refusal("coordinate real skew-symmetric", "3 3 2\n1 2 5\n3 1 5\n") ==
          "4: (3, 1) is below the diagonal and line 3 is not: expected one triangle in a "
          "skew-symmetric file");
}

TEST_CASE("diagonals that contradict the symmetry are refused") {
    CHECK(refusal("coordinate real skew-symmetric", "3 3 1\n2 2 5\n") ==
          "3: (2, 2): expected no diagonal in a skew-symmetric file");
    CHECK(refusal("coordinate complex hermitian", "3 3 1\n2 2 5 1\n") ==
          "3: (2, 2): expected a real diagonal in a hermitian file");
    CHECK(dense(read("coordinate real skew-symmetric", "1 1 1\n1 1 0\n")) == Doubles{0});
}

TEST_CASE("a packed file that is cut off or damaged is refused") {
    const auto whole = write_packed(folder / "whole.gz", market_text);
    const std::string bytes = bytes_of(whole);
    const auto cut = folder.write("cut.gz", bytes.substr(0, bytes.size() - 12));
    CHECK(message_of<asp::InputError>([&] { read_matrix(cut); }) ==
          cut.string() + ": the compressed data end too early");
    std::string damaged_bytes = bytes;
    damaged_bytes[bytes.size() - 6] ^= 0x55;  // in the checksum
    const auto damaged = folder.write("damaged.gz", damaged_bytes);
    CHECK(message_of<asp::InputError>([&] {
              read_matrix(damaged);
          }).starts_with(damaged.string() + ": cannot be read: "));
}
