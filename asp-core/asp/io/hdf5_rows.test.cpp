#include <cmath>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/io/detail/test_files.hpp"
#include "asp/io/hdf5.hpp"

using asp::InputError;
using asp::io::H5Reader;
using asp::io::H5Writer;
using asp::io::NumberType;
using asp::io::testing::ScratchFolder;
using asp::testing::message_of;

namespace {

std::vector<double> wave(std::size_t count) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(0.001 * static_cast<double>(i));
    return values;
}

}  // namespace

TEST_CASE("rows of a dataset are read in pieces, converted to what is asked for") {
    const ScratchFolder folder;
    H5Writer writer(folder / "rows.h5");
    writer.write("/x", wave(5000), {1000, 5});
    writer.write("/weights", wave(7), {7});
    writer.close();
    const H5Reader reader(folder / "rows.h5");
    const std::vector<double> all = reader.read_doubles("/x");
    std::vector<double> piece(15);
    reader.read_rows("/x", 997, piece);
    CHECK(piece == std::vector<double>(all.end() - 15, all.end()));
    std::vector<float> single(5);
    reader.read_rows("/x", 3, single);
    CHECK(single == std::vector<float>(all.begin() + 15, all.begin() + 20));
    std::vector<double> weights(2);
    reader.read_rows("/weights", 4, weights);
    CHECK(weights[0] == wave(7)[4]);
}

TEST_CASE("a dataset tells what its numbers are stored as") {
    const ScratchFolder folder;
    H5Writer writer(folder / "types.h5");
    writer.write("/single", std::vector<float>{1.0f}, {1});
    writer.write("/double", std::vector<double>{1.0}, {1});
    writer.write("/whole", std::vector<std::int32_t>{1}, {1});
    writer.write_string("/text", "one");
    writer.close();
    const H5Reader reader(folder / "types.h5");
    CHECK(reader.number_type("/single") == NumberType::float32);
    CHECK(reader.number_type("/double") == NumberType::float64);
    CHECK(reader.number_type("/whole") == NumberType::integer);
    CHECK(reader.number_type("/text") == NumberType::other);
    std::vector<double> none(1);
    CHECK(message_of<InputError>([&] {
              reader.read_rows("/text", 0, none);
          }).ends_with("types.h5: /text: expected numbers"));
}
