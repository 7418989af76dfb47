#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "krylov/matrix_testing.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;
using Complex = std::complex<double>;
using Complexes = std::vector<Complex>;
using Remarks = std::vector<std::string>;

namespace {

const asp::testing::ScratchFolder folder;

/// What is said of a file, without its name.
std::string refusal(const fs::path& path, const std::string& variable = "") {
    const std::string message =
        message_of<asp::InputError>([&] { read_matrix(path.string() + variable); });
    REQUIRE(message.starts_with(path.string() + ": "));
    return message.substr(path.string().size() + 2);
}
std::string petsc_refusal(const std::string& bytes) {
    return refusal(folder.write("a.petsc", bytes));
}

template <class Write>
fs::path hdf5(Write&& write) {
    asp::io::H5Writer file(folder / "a.h5");
    write(file);
    file.close();
    return folder / "a.h5";
}

/// As HDF5 keeps it here.
std::string little_endian(std::int64_t word) {
    const std::string bytes = big_endian<std::int64_t>({word});
    return {bytes.rbegin(), bytes.rend()};
}

const Ints starts{0, 2, 3, 5}, indices{0, 1, 2, 0, 2};
const Doubles values{1, 2, 3, 4, 5};
/// The same arrays taken to be columns.
const Doubles small_transposed{1, 0, 4, 2, 0, 0, 0, 3, 5};

}  // namespace

TEST_CASE("PETSc's scalars are as wide as the file's length says") {
    const auto real = read_matrix(folder.write("a", petsc_bytes()));
    CHECK(dense(real) == small_matrix);
    CHECK(real.format == "PETSc binary, real, 32-bit indices");
    const auto pattern = petsc_pattern<std::int32_t>();
    const auto complex = read_matrix(
        folder.write("a", pattern + big_endian<double>({1, 9, 2, 8, 3, 7, 4, 6, 5, 5})));
    CHECK(dense<Complex>(complex) == Complexes{{1, 9}, {2, 8}, 0, 0, 0, {3, 7}, {4, 6}, 0, {5, 5}});
    CHECK(complex.format == "PETSc binary, complex, 32-bit indices");
    const auto single =
        read_matrix(folder.write("a", pattern + big_endian<float>({1, 2, 3, 4, 5})));
    CHECK(dense<float>(single) == std::vector<float>{1, 2, 0, 0, 0, 3, 4, 0, 5});
    CHECK(single.format == "PETSc binary, single real, 32-bit indices");
}

TEST_CASE("PETSc's 64-bit indices are told by the width of its mark") {
    const auto loaded = read_matrix(
        folder.write("a", petsc_pattern<std::int64_t>() + big_endian<double>({1, 2, 3, 4, 5})));
    CHECK(dense(loaded) == small_matrix);
    CHECK(loaded.format == "PETSc binary, real, 64-bit indices");
}

TEST_CASE("a vector behind PETSc's matrix is left alone, and that is said") {
    const auto loaded =
        read_matrix(folder.write("a", petsc_bytes() + big_endian<std::int32_t>({1211214, 3}) +
                                          big_endian<double>({1, 1, 1})));
    CHECK(dense(loaded) == small_matrix);
    CHECK(loaded.remarks == Remarks{"what follows the first matrix was not read"});
}

TEST_CASE("PETSc files that cannot be read are refused with the byte") {
    const auto ints = [](const std::vector<std::int32_t>& words) { return big_endian(words); };
    CHECK(petsc_refusal(ints({1211214, 3, 0, 0})) ==
          "byte 4: the file begins with a vector: expected a matrix");
    CHECK(petsc_refusal(ints({1211217, 3, 0, 0})) ==
          "byte 4: mark 1211217: expected 1211216, that of a matrix");
    CHECK(petsc_refusal(ints({1211216})) ==
          "byte 0: the file ends after 4 bytes: expected 1 header of 8 bytes");
    CHECK(petsc_refusal(ints({1211216, 3})) ==
          "byte 8: the file ends after 8 bytes: expected 1 index of 4 bytes");
    CHECK(petsc_refusal(ints({1211216, 3, 3, -1})) ==
          "byte 16: a dense matrix: expected a sparse one");
    CHECK(petsc_refusal(ints({1211216, 3, -3, 1})) ==
          "byte 16: 3 x -3 with 1 entries: expected none of these negative");
    CHECK(petsc_refusal(ints({1211216, 2000000000, 3, 1})) ==
          "byte 16: the file ends after 16 bytes: expected 2000000000 row lengths of 4 bytes");
    CHECK(petsc_refusal(ints({1211216, 2, 2, 3, 2, 2})) ==
          "byte 24: row 1 has 2 entries: expected 0 to 1");
    CHECK(petsc_refusal(ints({1211216, 1, 2, 1, 1})) ==
          "byte 20: the file ends after 20 bytes: expected 1 column of 4 bytes");
    CHECK(petsc_refusal(ints({1211216, 1, 2, 1, 1, 2})) == "byte 24: column 2: expected 0 to 1");
    CHECK(petsc_refusal(petsc_bytes() + "odd") ==
          "byte 48: 43 bytes of values follow: expected 40 (real), 80 (complex) or 20 (single) for "
          "5 entries");
    CHECK(petsc_refusal(ints({1211216, 1, 1, 1, 0, 0, 0, 0})) ==
          "the last row ends at 0: expected 1, the number of entries");
    CHECK(petsc_refusal(ints({1211216, 1, 1, 1, 1, 0}) +
                        big_endian<double>({std::numeric_limits<double>::infinity()})) ==
          "row 0: column 0: expected a finite value");
}

TEST_CASE("SciPy's arrays in an HDF5 file are rows, at the root or in the only group") {
    const auto loaded = read_matrix(write_scipy(folder / "a.h5"));
    CHECK(dense(loaded) == small_matrix);
    CHECK(loaded.format == "HDF5, compressed rows");
    CHECK(loaded.remarks.empty());
    const auto at_root = read_matrix(
        hdf5([](auto& file) { write_arrays(file, "", scipy_names, starts, indices, values); }));
    CHECK(dense(at_root) == small_matrix);
    CHECK(at_root.remarks == Remarks{"the file states no shape: taken to be 3 x 3"});
}

TEST_CASE("10x Genomics keeps columns, AnnData says which") {
    const auto genomics = read_matrix(hdf5([](auto& file) {
        write_arrays(file, "matrix", scipy_names, starts, indices, values);
        file.write("matrix/shape", Ints{4, 3}, {2});
        file.write("matrix/barcodes", Ints{1, 2, 3}, {3});
    }));
    CHECK(dense(genomics) == Doubles{1, 0, 4, 2, 0, 0, 0, 3, 5, 0, 0, 0});
    CHECK(genomics.format == "HDF5, compressed columns");
    for (const auto& [word, expected] :
         {std::pair("csr_matrix", small_matrix), {"csc_matrix", small_transposed}}) {
        const auto loaded = read_matrix(hdf5([&, name = word](auto& file) {
            write_arrays(file, "X", scipy_names, starts, indices, values);
            file.annotate("X", "encoding-type", std::string(name));
        }));
        CHECK(dense(loaded) == expected);
    }
}

TEST_CASE("PETSc's HDF5 files hold rows in MATLAB's names, and that is said") {
    const auto loaded = read_matrix(hdf5([](auto& file) {
        write_arrays(file, "Mat", petsc_names, starts, indices, values);
        file.annotate("Mat", "MATLAB_sparse", std::int64_t{4});
    }));
    CHECK(dense(loaded) == Doubles{1, 2, 0, 0, 0, 0, 3, 0, 4, 0, 5, 0});
    CHECK(loaded.format == "HDF5, PETSc");
    CHECK(loaded.remarks.front() ==
          "jc was taken to hold the starts of rows, as PETSc reads it; MATLAB's are columns");
}

TEST_CASE("columns in any order within a row are put in order, duplicates added up") {
    const auto loaded = read_matrix(hdf5([](auto& file) {
        write_arrays(file, "A", scipy_names, {0, 4}, {2, 0, 2, 1}, {1, 2, 3, 4});
        file.write("A/shape", Ints{1, 3}, {2});
    }));
    CHECK(dense(loaded) == Doubles{2, 4, 4});
    CHECK(loaded.assembly.summed == 1);
}

TEST_CASE("one of several matrices in an HDF5 file is chosen after a colon") {
    const auto path = hdf5([](auto& file) {
        write_arrays(file, "first", scipy_names, starts, indices, values);
        write_arrays(file, "deep/second", scipy_names, starts, indices, Doubles{6, 7, 8, 9, 10});
    });
    const auto loaded = read_matrix(path.string() + ":deep/second");
    CHECK(dense(loaded) == Doubles{6, 7, 0, 0, 0, 8, 9, 0, 10});
    CHECK(loaded.name == "a.h5:deep/second");
    CHECK(refusal(path) ==
          "several matrices: expected one of these after a colon: /deep/second, /first");
    CHECK(refusal(path, ":/frist") == "/frist: no such sparse matrix; did you mean '/first'?");
    CHECK(refusal(path, ":B") == "B: no such sparse matrix; expected one of: /deep/second, /first");
}

TEST_CASE("HDF5 files whose arrays do not fit together are refused") {
    const auto refused = [](const Ints& start, const Ints& index, const Doubles& value,
                            const Ints& shape = {}) {
        return refusal(hdf5([&](auto& file) {
            write_arrays(file, "A", scipy_names, start, index, value);
            if (!shape.empty()) file.write("A/shape", shape, {shape.size()});
        }));
    };
    CHECK(refusal(hdf5([](auto& file) { file.write_double("a", 1.0); })) ==
          "expected a group with data, indices and indptr, or data, ir and jc");
    CHECK(refused({}, {}, {}) == "/A/indptr: no numbers: expected one or more");
    CHECK(refused(starts, indices, {1.0}) ==
          "/A: 5 indices and 1 values: expected as many of both");
    CHECK(refused({1, 2}, {0}, {1.0}) == "/A: the first row starts at 1: expected 0");
    CHECK(refused({0, 2, 1}, {0}, {1.0}) == "/A: row 1 ends at 1: expected 2 or more");
    CHECK(refused({0, 2}, {0}, {1.0}) ==
          "/A: the last row ends at 2: expected 1, the number of entries");
    CHECK(refused({0, 1}, {3}, {1.0}, {1, 3}) == "/A: row 0: column 3: expected 0 to 2");
    CHECK(refused({0, 1}, {-1}, {1.0}) == "/A/indices: index -1: expected 0 to 2147483647");
    CHECK(refused({0, 1}, {2147483646}, {1.0}) ==
          "/A: 1 x 2147483647 with 1 entries: expected at most 1001000 rows and columns for so "
          "few");
    CHECK(refused({0, 1}, {0}, {1.0}, {2, 3}) ==
          "/A/shape: 2 x 3: expected 1 rows, as indptr has 2 numbers");
    CHECK(refused({0, 1}, {0}, {1.0}, {1, -3}) ==
          "/A: 1 x -3: expected 0 to 2147483647 rows and columns");
    CHECK(refused({0, 1}, {0}, {1.0}, {1, 2, 3}) == "/A/shape: 3 numbers: expected 2");
    CHECK(refusal(hdf5([](auto& file) {
              write_arrays(file, "X", scipy_names, starts, indices, values);
              file.annotate("X", "encoding-type", std::string("array"));
          })) == "/X: 'array': expected csr or csc");
}

TEST_CASE("a MATLAB file's only sparse variable is read, packed or not") {
    for (const auto compression : {MAT_COMPRESSION_NONE, MAT_COMPRESSION_ZLIB}) {
        const auto real = read_matrix(write_matlab(folder / "a.mat", {"A"}, false, compression));
        CHECK(dense(real) == small_matrix);
        CHECK(real.format == "MATLAB 5, sparse real");
        const auto complex = read_matrix(write_matlab(folder / "a.mat", {"A"}, true, compression));
        CHECK(dense<Complex>(complex) ==
              Complexes{{1, 1}, {2, 2}, 0, 0, 0, {3, 3}, {4, 4}, 0, {5, 5}});
        CHECK(complex.format == "MATLAB 5, sparse complex");
    }
}

TEST_CASE("one of several sparse variables in a MATLAB file is chosen after a colon") {
    const auto path = write_matlab(folder / "a.mat", {"stiffness", "mass"});
    CHECK(dense(read_matrix(path.string() + ":mass")) == small_matrix);
    CHECK(refusal(path) ==
          "several sparse variables: expected one of these after a colon: stiffness, mass");
    CHECK(refusal(path, ":stifness") ==
          "stifness: no such sparse variable; did you mean 'stiffness'?");
    CHECK(refusal(path, ":B") == "B: no such sparse variable; expected one of: stiffness, mass");
    CHECK(refusal(write_matlab(folder / "empty.mat", {})) == "expected a sparse variable");
}

TEST_CASE("an HDF5 array that its file cannot hold is refused before it is read") {
    constexpr std::int64_t length = 123457;  // long enough to be cut into chunks
    const auto path = hdf5(
        [](auto& file) { write_arrays(file, "A", scipy_names, Ints(length, 0), indices, values); });
    std::string bytes = bytes_of(path);
    const std::string extent = little_endian(length);
    const std::size_t place = bytes.find(extent);
    REQUIRE(place != bytes.npos);
    bytes.replace(place, 8, little_endian(std::int64_t{1} << 40));
    const std::size_t greatest = bytes.find(extent);
    if (greatest != bytes.npos) bytes.replace(greatest, 8, little_endian(std::int64_t{1} << 40));
    CHECK(refusal(folder.write("huge.h5", bytes))
              .starts_with("/A/indptr: 1099511627776 numbers: expected fewer in a file of "));
}

TEST_CASE("a MATLAB matrix whose columns promise more than there is is refused") {
    const std::string bytes = bytes_of(write_matlab(folder / "a.mat", {"A"}));
    const std::string starts_there("\0\0\0\0\2\0\0\0\3\0\0\0\5\0\0\0", 16);
    const std::size_t place = bytes.find(starts_there);
    REQUIRE(place != bytes.npos);
    std::string more = bytes;
    more[place + 12] = 9;
    CHECK(refusal(folder.write("more.mat", more)) ==
          "A: 5 row indices and 5 values: expected 9, as the columns say");
    std::string falling = bytes;
    falling[place + 4] = 4;
    CHECK(refusal(folder.write("falling.mat", falling)) ==
          "A: column 1 ends at 3: expected 4 or more");
    CHECK(refusal(folder.write("cut.mat", bytes.substr(0, 200))).find("expected") !=
          std::string::npos);
}
