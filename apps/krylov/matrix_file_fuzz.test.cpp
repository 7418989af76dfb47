#include <array>
#include <random>

#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "krylov/matrix_file.hpp"
#include "krylov/matrix_testing.hpp"

using namespace krylov;
using namespace krylov::testing;

namespace {

/// Cuts, repeats and overwrites pieces of a file, now and then with what numbers are made of.
std::string mutated(std::string bytes, std::mt19937_64& random) {
    static constexpr std::string_view characters = "0123456789-+.eED \n%IF()\xff";
    const auto below = [&](std::size_t n) {
        return static_cast<std::size_t>(random() % (n == 0 ? 1 : n));
    };
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
        const std::size_t at = below(bytes.size()), length = below(12);
        switch (below(6)) {
            case 0:
                bytes.erase(at, length);
                break;
            case 1:
                bytes.insert(at, 1, characters[below(characters.size())]);
                break;
            case 2:
                bytes.insert(at, bytes.substr(below(bytes.size()), length));
                break;
            case 3:
                bytes.resize(at);
                break;
            case 4:
                if (!bytes.empty()) bytes[at] = characters[below(characters.size())];
                break;
            default:
                if (!bytes.empty()) bytes[at] = static_cast<char>(random());
        }
    }
    return bytes;
}

/// Reads `times` mutations of a file; gives how many were read and how many refused.
std::pair<int, int> read_mutated(const std::string& bytes, int times) {
    const asp::testing::ScratchFolder folder;
    std::mt19937_64 random(1);
    int read = 0, refused = 0;
    for (int i = 0; i < times; ++i) {
        // Without this, file systems bring each rewritten file to the disk at once.
        fs::remove(folder / "file");
        const auto path = folder.write("file", mutated(bytes, random));
        try {
            const LoadedMatrix loaded = read_matrix(path);
            std::visit([](const auto& matrix) { check(matrix.view(), "what was read"); },
                       loaded.matrix);
            ++read;
        } catch (const asp::InputError& error) {
            const std::string message = error.what();
            REQUIRE(message.starts_with(path.string()));
            REQUIRE(message.find('\n') == message.npos);
            ++refused;
        }
    }
    return {read, refused};
}

void write_shape(asp::io::H5Writer& file, const Ints& shape) {
    file.write("A/shape", shape, {shape.size()});
}

void is_read_or_refused(const std::string& bytes, int times) {
    const auto [read, refused] = read_mutated(bytes, times);
    // Mutations that nothing survives would test the first check only.
    CHECK(read > times / 100);
    CHECK(refused > times / 100);
}

}  // namespace

TEST_CASE("any damage to a Matrix Market file is read or refused with a reason") {
    is_read_or_refused(market_text, 3000);
    is_read_or_refused("%%MatrixMarket matrix array complex hermitian\n2 2\n1 0\n2 3\n4 0\n", 1500);
    is_read_or_refused("%%MatrixMarket matrix coordinate pattern symmetric\n4 4 3\n1 1\n3 2\n4 1\n",
                       1500);
}

TEST_CASE("any damage to a Harwell-Boeing file is read or refused with a reason") {
    is_read_or_refused(small_harwell_text(), 4000);
}

TEST_CASE("any damage to a PETSc file is read or refused with a reason") {
    is_read_or_refused(petsc_bytes(), 3000);
    is_read_or_refused(petsc_pattern<std::int64_t>() + big_endian<double>({1, 2, 3, 4, 5}), 1500);
}

TEST_CASE("any damage to a packed file is read or refused with a reason") {
    const asp::testing::ScratchFolder folder;
    const auto [read, refused] =
        read_mutated(bytes_of(write_packed(folder / "a.gz", market_text)), 3000);
    CHECK(read + refused == 3000);  // checksums let next to nothing through
    CHECK(refused > 0);
}

TEST_CASE("any damage to a MATLAB file is read or refused with a reason") {
    const asp::testing::ScratchFolder folder;
    is_read_or_refused(bytes_of(write_matlab(folder / "a.mat", {"A"})), 3000);
    const auto [read, refused] = read_mutated(
        bytes_of(write_matlab(folder / "b.mat", {"A", "B"}, true, MAT_COMPRESSION_ZLIB)), 2000);
    CHECK(read + refused == 2000);
}

// Damage to HDF5's own tables is the library's to survive (1.10 does not always); what its arrays
// hold is ours.
TEST_CASE("any numbers in the arrays of an HDF5 file are read or refused with a reason") {
    const asp::testing::ScratchFolder folder;
    const auto path = folder / "a.h5";
    std::mt19937_64 random(1);
    const auto changed = [&](auto numbers) {
        using Number = typename decltype(numbers)::value_type;
        static constexpr std::array<double, 8> values{-1, 0, 1, 2, 3, 5, 2147483648.0, 4e18};
        for (auto changes = random() % 3; changes > 0; --changes) {
            if (random() % 4 == 0) numbers.resize(random() % 7);
            if (numbers.empty()) break;
            numbers[random() % numbers.size()] =
                static_cast<Number>(values[random() % values.size()]);
        }
        return numbers;
    };
    int read = 0, refused = 0;
    for (int i = 0; i < 600; ++i) {
        asp::io::H5Writer file(path);
        write_arrays(file, "A", i % 2 == 0 ? scipy_names : petsc_names, changed(Ints{0, 2, 3, 5}),
                     changed(Ints{0, 1, 2, 0, 2}), changed(Doubles{1, 2, 3, 4, 5}));
        if (i % 3 == 0) write_shape(file, changed(Ints{3, 3}));
        file.close();
        try {
            read_matrix(path);
            ++read;
        } catch (const asp::InputError& error) {
            REQUIRE(std::string(error.what()).starts_with(path.string()));
            ++refused;
        }
    }
    CHECK(read > 100);
    CHECK(refused > 100);
}
