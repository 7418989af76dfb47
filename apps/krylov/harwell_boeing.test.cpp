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

LoadedMatrix read(const std::string& text) {
    return read_matrix(folder.write("a.hb", text));
}

std::string refusal(const std::string& text) {
    const std::string message = message_of<asp::InputError>([&] { read(text); });
    const std::string name = (folder / "a.hb").string() + ":";
    REQUIRE(message.starts_with(name));
    return message.substr(name.size());
}

/// The lower triangle of a 2 x 2 matrix: (1, 1), (2, 1), (2, 2).
LoadedMatrix read_triangle(const std::string& type, const std::string& value_format,
                           const std::string& values) {
    return read(harwell_text(type, {2, 2, 3}, {"(3I2)", "(3I2)", value_format},
                             " 1 3 4\n 1 2 2\n" + values));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t found = text.find(from);
    REQUIRE(found != text.npos);
    return text.replace(found, from.size(), to);
}

}  // namespace

TEST_CASE("columns of a Harwell-Boeing file become rows") {
    const auto loaded = read(small_harwell_text());
    CHECK(dense(loaded) == small_matrix);
    CHECK(loaded.format == "Harwell-Boeing, RUA");
}

TEST_CASE("a Rutherford-Boeing file is told by four numbers on its second line") {
    const auto loaded = read(replaced(small_harwell_text(), field("0") + "\nRUA", "\nrua"));
    CHECK(dense(loaded) == small_matrix);
    CHECK(loaded.format == "Rutherford-Boeing, RUA");
}

TEST_CASE("a packed Harwell-Boeing file reads as what was packed") {
    CHECK(dense(read_matrix(write_packed(folder / "a.hb.gz", small_harwell_text()))) ==
          small_matrix);
}

TEST_CASE("one triangle stands for both, by the second letter of the type") {
    CHECK(dense(read_triangle("RSA", "(3F4.1)", " 1.0 2.0 3.0\n")) == Doubles{1, 2, 2, 3});
    CHECK(dense(read_triangle("RZA", "(3F4.1)", " 0.0 2.0 0.0\n")) == Doubles{0, -2, 2, 0});
    CHECK(dense<Complex>(read_triangle("CHA", "(6F4.1)", " 1.0 0.0 2.0 5.0 3.0 0.0\n")) ==
          Complexes{1, {2, -5}, {2, 5}, 3});
    CHECK(dense<Complex>(read_triangle("CSA", "(6F4.1)", " 1.0 0.0 2.0 5.0 3.0 0.0\n")) ==
          Complexes{1, {2, 5}, {2, 5}, 3});
    CHECK(dense(read_triangle("RUA", "(3F4.1)", " 1.0 2.0 3.0\n")) == Doubles{1, 0, 2, 3});
}

TEST_CASE("a pattern's entries are ones, whole numbers are read as real") {
    CHECK(dense(read_triangle("PSA", "", "")) == Doubles{1, 1, 1, 1});
    CHECK(dense(read_triangle("ISA", "(3I3)", "  7 -8  9\n")) == Doubles{7, -8, -8, 9});
}

TEST_CASE("numbers are cut by the format's widths, without blanks between them") {
    CHECK(dense(read_triangle("RSA", "(1P,3E9.2)", "-1.00E+00-2.00D+00-3.00+001\n")) ==
          Doubles{-1, -2, -2, -30});
    CHECK(dense(read_triangle("RSA", "(3(1X,E5.1))", " 1.0E1 2.0E0 3.0E0\n")) ==
          Doubles{10, 2, 2, 3});
    CHECK(dense(read_triangle("RSA", "(2F4.2)", " 123-200\n 4.5\n")) == Doubles{1.23, -2, -2, 4.5});
    CHECK(dense(read_triangle("RSA", "(2P3F6.1)", " 100.0 200.0 300.0\n")) == Doubles{1, 2, 2, 3});
}

TEST_CASE("right-hand sides behind the values are passed over") {
    const std::string text =
        replaced(small_harwell_text(), field("0") + "\nRUA", field("1") + "\nRUA");
    std::string with_line = text;
    with_line.insert(text.find('\n', text.find("(4I3)")) + 1,
                     std::string("F").append(13, ' ') + field("1") + field("0") + "\n");
    CHECK(dense(read(with_line + " 1.0E+00 1.0E+00 1.0E+00\n")) == small_matrix);
}

TEST_CASE("what cannot be read is refused with its line and what was expected") {
    const std::string text = small_harwell_text();
    CHECK(refusal(replaced(text, "RUA", "RSE")) ==
          "3: 'RSE': elemental matrices cannot be read: expected an assembled one, RSA");
    CHECK(refusal(replaced(text, "RUA", "QUA")) ==
          "3: 'QUA': its values are in another file: expected R, C, I or P");
    CHECK(refusal(replaced(text, "(4I3)", "(4J3)")) ==
          "4: '(4J3)': expected a format like (16I5) or (1P,4E20.12)");
    CHECK(refusal(replaced(text, "(5I3) ", "(5F3.)")) ==
          "4: expected whole numbers (I) as pointers and indices");
    CHECK(refusal(replaced(text, field("1") + field("0") + "\nRUA",
                           field("0") + field("0") + "\nRUA")) ==
          "4: no lines of values (VALCRD = 0): expected some for RUA");
    CHECK(refusal(replaced(text, field("3") + field("1"), field("3") + field("x"))) ==
          "2: PTRCRD: expected a whole number, 0 or more");
    CHECK(refusal(replaced(text, "RUA" + std::string(11, ' ') + field("3"),
                           "RUA" + std::string(11, ' ') + field("-3"))) ==
          "3: NROW: expected a whole number, 0 or more");
}

TEST_CASE("pointers, indices and values that are none are refused with their line") {
    const std::string text = small_harwell_text();
    CHECK(refusal(replaced(text, "  1  3  4  6\n", "  1  3  2  6\n")) ==
          "5: pointer of column 3: 2: expected 3 to 6");
    CHECK(refusal(replaced(text, "  1  3  4  6\n", "  0  3  4  6\n")) ==
          "5: pointer of column 1: 0: expected 1 to 1");
    CHECK(refusal(replaced(text, "  1  3  4  6\n", "  1  3  4  5\n")) ==
          "5: the last column ends before entry 5: expected 6, as NNZERO is 5");
    CHECK(refusal(replaced(text, "  1  3  1  2  3\n", "  1  3  1  2  4\n")) ==
          "6: row index 4: expected 1 to 3");
    CHECK(refusal(replaced(text, "  1  3  1  2  3\n", "  1  3  1 1O  3\n")) ==
          "6: columns 10 to 12: ' 1O': expected a whole number, the row index");
    CHECK(refusal(replaced(text, " 4.0E+00", " 4.0E+0x")) ==
          "7: columns 9 to 16: ' 4.0E+0x': expected a number, the value");
    CHECK(refusal(replaced(text, " 4.0E+00", "     NaN")) ==
          "7: columns 9 to 16: '     NaN': expected a finite value, the value");
    CHECK(refusal(replaced(text, " 5.0E+00\n", "\n")) ==
          "7: columns 33 to 40: '': expected a number, the value");
    CHECK(refusal(text.substr(0, text.find(" 1.0E+00"))) == "7: the file ends: expected value");
}

TEST_CASE("a symmetric Harwell-Boeing file with both triangles is refused") {
    CHECK(refusal(replaced(small_harwell_text(), "RUA", "RSA")) ==
          " column 1: row 0: expected one triangle in a symmetric file, which has entries on the "
          "other side of the diagonal too, in column 0");
    CHECK(refusal(harwell_text("RSA", {2, 3, 1}, {"(4I2)", "(1I2)", "(1F4.1)"},
                               " 1 2 2 2\n 1\n 1.0\n")) ==
          " 2 x 3: expected a square matrix, as it is symmetric");
}
