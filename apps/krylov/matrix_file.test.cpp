#include "krylov/matrix_file.hpp"

#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "krylov/generate.hpp"
#include "krylov/matrix_testing.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;

namespace {

const asp::testing::ScratchFolder folder;

std::string refusal(const std::string& text) {
    return message_of<asp::InputError>([&] { load_matrix(text); });
}

/// What comes back of a matrix that was written.
template <class Read, class Scalar>
Csr<Read> written_and_read(const Csr<Scalar>& matrix) {
    write_matrix_market(folder / "written.mtx", matrix);
    return std::get<Csr<Read>>(read_matrix(folder / "written.mtx").matrix);
}

}  // namespace

TEST_CASE("a file's format is told by its first bytes, whatever its name") {
    CHECK(read_matrix(folder.write("a.mat", market_text)).format ==
          "Matrix Market, coordinate real general");
    CHECK(read_matrix(folder.write("a.mtx", petsc_bytes())).format ==
          "PETSc binary, real, 32-bit indices");
    CHECK(read_matrix(folder.write("a.h5", small_harwell_text())).format == "Harwell-Boeing, RUA");
    CHECK(read_matrix(write_scipy(folder / "a.hb")).format == "HDF5, compressed rows");
    CHECK(read_matrix(write_matlab(folder / "a.petsc", {"A"})).format == "MATLAB 5, sparse real");
}

TEST_CASE("a MATLAB 7.3 file is HDF5 behind 512 bytes, with columns in jc and ir") {
    const std::string hdf5 = [] {
        asp::io::H5Writer file(folder / "plain.h5");
        write_arrays(file, "A", petsc_names, {0, 2, 3, 5}, {0, 2, 0, 1, 2}, {1, 4, 2, 3, 5});
        file.annotate("A", "MATLAB_sparse", std::int64_t{3});
        file.close();
        return bytes_of(folder / "plain.h5");
    }();
    std::string block = "MATLAB 7.3 MAT-file, Platform: GLNXA64";
    block.resize(512, ' ');
    const auto loaded = read_matrix(folder.write("a.mat", block + hdf5));
    CHECK(dense(loaded) == small_matrix);
    CHECK(loaded.format == "HDF5, MATLAB 7.3");
}

TEST_CASE("a description is generated and any other text is a file's name") {
    const auto generated = load_matrix("stencil:5pt:4");
    CHECK(generated.format == "generated");
    CHECK(generated.name == "stencil:5pt:4");
    CHECK(std::get<Csr<double>>(generated.matrix).rows() == 16);
    CHECK(load_matrix(folder.write("a.mtx", market_text)).name == "a.mtx");
}

TEST_CASE("a file's name may have a colon in it") {
    CHECK(read_matrix(folder.write("a:b.mtx", market_text)).name == "a:b.mtx");
}

TEST_CASE("what is no matrix file is refused") {
    const std::string none = (folder / "none.mtx").string();
    CHECK(refusal(none) == none + ": there is no such file");
    CHECK(refusal(folder.path()) == folder.path().string() + ": is a folder: expected a file");
    const std::string empty = folder.write("empty", "");
    CHECK(refusal(empty) == empty + ": is empty: expected a matrix");
    for (const std::string text : {"1 2 3\n4 5 6\n", "title\n x\nRUA", "\x89HDF", "\n\n\n"}) {
        const std::string path = folder.write("text", text);
        CHECK(refusal(path) == path +
                                   ": unknown format: expected Matrix Market, Harwell-Boeing, "
                                   "Rutherford-Boeing, PETSc binary, HDF5 or MATLAB 5");
    }
    const std::string market = folder.write("a.mtx", market_text);
    CHECK(refusal(market + ":A") ==
          market + ": 'A' after a colon: expected none, as such files hold one matrix");
    const std::string packed =
        write_packed(folder / "a.h5.gz", bytes_of(write_scipy(folder / "a.h5")));
    CHECK(refusal(packed) ==
          packed + ": is packed by gzip: expected HDF5 and MATLAB files unpacked");
}

TEST_CASE("a mistyped generator is told from a missing file") {
    CHECK(refusal("stencl:7pt:9") ==
          "stencl:7pt:9: there is no such file; did you mean 'stencil:'?");
    CHECK(refusal("stencil:7:9").starts_with("stencil:7:9: '7': unknown kind of stencil"));
}

TEST_CASE("a matrix that was written comes back to the bit") {
    const auto matrix = generate("stencil:5pt:9,coefficients=variable");
    const auto again = written_and_read<double>(matrix);
    CHECK(again.row_start == matrix.row_start);
    CHECK(again.column == matrix.column);
    CHECK(again.value == matrix.value);
}

TEST_CASE("every scalar can be written") {
    const Csr<float> single{2, {0, 1}, {1}, {0.1F}};
    CHECK(static_cast<float>(written_and_read<double>(single).value[0]) == 0.1F);
    const Csr<std::complex<double>> complex{2, {0, 1}, {1}, {{0.1, -1e300}}};
    CHECK(written_and_read<std::complex<double>>(complex).value == complex.value);
    const Csr<std::complex<float>> small{2, {0, 1}, {1}, {{0.5F, 2.0F}}};
    CHECK(written_and_read<std::complex<double>>(small).value[0] == std::complex(0.5, 2.0));
}

TEST_CASE("a folder that is not there cannot be written into") {
    const auto path = folder / "none" / "a.mtx";
    const std::string message = message_of<asp::BackendError>([&] {
        write_matrix_market(path, Csr<double>{2, {0, 1}, {1}, {1.0}});
    });
    CHECK(message.find(path.string()) != message.npos);
}
