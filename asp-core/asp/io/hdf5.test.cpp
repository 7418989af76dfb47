#include "asp/io/hdf5.hpp"

#include <hdf5.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/io/atomic_file.hpp"
#include "asp/io/detail/test_files.hpp"

namespace fs = std::filesystem;
using asp::BackendError;
using asp::InputError;
using asp::io::H5Reader;
using asp::io::H5Writer;
using asp::io::testing::content_of;
using asp::io::testing::FileSizeLimit;
using asp::io::testing::ScratchFolder;
using asp::testing::message_of;

namespace {

/// Values that compress, but not to nothing.
std::vector<double> wave(std::size_t count) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(0.001 * static_cast<double>(i));
    return values;
}

/// A file with one of each kind.
fs::path sample(const ScratchFolder& folder) {
    H5Writer writer(folder / "sample.h5");
    writer.write("/vessels/aorta/pressure", wave(6), {2, 3},
                 {.units = "Pa", .description = "above the atmosphere"});
    writer.write_string("/config", "title: aorta\n");
    writer.write_int("/steps", 42);
    writer.annotate("/", "program", "bloodflow");
    writer.close();
    return folder / "sample.h5";
}

void replace_in_file(const fs::path& path, std::size_t at, const std::string& bytes) {
    std::string content = content_of(path);
    content.replace(at, bytes.size(), bytes);
    std::ofstream(path, std::ios::binary) << content;
}

}  // namespace

TEST_CASE("numbers of every kind come back as they were written") {
    const ScratchFolder folder;
    const std::vector<double> doubles{0.1, -0.0, std::numeric_limits<double>::denorm_min(),
                                      std::numeric_limits<double>::infinity()};
    const std::vector<float> floats{0.1f, -1e-38f};
    const std::vector<std::int64_t> longs{std::numeric_limits<std::int64_t>::min(), -1,
                                          std::numeric_limits<std::int64_t>::max()};
    const std::vector<std::int32_t> ints{std::numeric_limits<std::int32_t>::min(), 7};
    H5Writer writer(folder / "a.h5");
    writer.write("/doubles", doubles, {2, 2});
    writer.write("/floats", floats, {2});
    writer.write("/longs", longs, {3});
    writer.write("/ints", ints, {1, 2, 1});
    writer.write_double("/single/real", 1.0 / 3.0, {.units = "s"});
    writer.write_int("/single/whole", -5);
    writer.close();

    const H5Reader reader(folder / "a.h5");
    REQUIRE(reader.read_doubles("/doubles") == doubles);
    REQUIRE(std::signbit(reader.read_doubles("/doubles")[1]));
    REQUIRE(reader.extents("/doubles") == std::vector<std::size_t>{2, 2});
    REQUIRE(reader.read_floats("/floats") == floats);
    REQUIRE(reader.read_ints("/longs") == longs);
    REQUIRE(reader.read_ints("/ints") == std::vector<std::int64_t>{ints[0], ints[1]});
    REQUIRE(reader.extents("/ints") == std::vector<std::size_t>{1, 2, 1});
    REQUIRE(reader.read_double("/single/real") == 1.0 / 3.0);
    REQUIRE(reader.read_int("/single/whole") == -5);
    REQUIRE(reader.extents("/single/whole").empty());
}

TEST_CASE("whole numbers may be read as real ones") {
    const ScratchFolder folder;
    const H5Reader reader(sample(folder));
    REQUIRE(reader.read_doubles("/steps") == std::vector<double>{42.0});
}

TEST_CASE("a view is written with its shape") {
    const ScratchFolder folder;
    asp::Array<double, 2> matrix({2, 3});
    std::iota(matrix.begin(), matrix.end(), 1.0);
    H5Writer writer(folder / "a.h5");
    writer.write("/matrix", matrix.view(), {.units = "m"});
    writer.close();
    const H5Reader reader(folder / "a.h5");
    REQUIRE(reader.read_doubles("/matrix") == std::vector<double>{1, 2, 3, 4, 5, 6});
    REQUIRE(reader.extents("/matrix") == std::vector<std::size_t>{2, 3});
}

TEST_CASE("every dataset of numbers carries its unit, and pure numbers carry 1") {
    const ScratchFolder folder;
    const H5Reader reader(sample(folder));
    REQUIRE(reader.string_attribute("/vessels/aorta/pressure", "units") == "Pa");
    REQUIRE(reader.string_attribute("/steps", "units") == "1");
    REQUIRE(reader.string_attribute("/vessels/aorta/pressure", "description") ==
            "above the atmosphere");
    REQUIRE_FALSE(reader.has_attribute("/steps", "description"));
}

TEST_CASE("values come back at every compression, and at sizes around a chunk") {
    const ScratchFolder folder;
    const std::size_t chunk = 65536;  // half a megabyte of doubles
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{511},
                                    std::size_t{512}, chunk - 1, chunk, chunk + 1, 3 * chunk + 7}) {
        H5Writer writer(folder / "a.h5");
        for (const int level : {0, 1, 9})
            writer.write("/level" + std::to_string(level), wave(count), {count},
                         {.compression = level});
        writer.write("/rows", wave(3 * count), {3, count});
        writer.write("/columns", wave(3 * count), {count, 3});
        writer.close();
        const H5Reader reader(folder / "a.h5");
        for (const char* name : {"/level0", "/level1", "/level9"})
            REQUIRE(reader.read_doubles(name) == wave(count));
        REQUIRE(reader.read_doubles("/rows") == wave(3 * count));
        REQUIRE(reader.read_doubles("/columns") == wave(3 * count));
        REQUIRE(reader.extents("/columns") == std::vector<std::size_t>{count, 3});
    }
}

TEST_CASE("compression makes a file of smooth values smaller") {
    const ScratchFolder folder;
    const auto bytes_at = [&](int level) {
        H5Writer writer(folder / "a.h5");
        writer.write("/wave", wave(100000), {100000}, {.compression = level});
        writer.close();
        return fs::file_size(folder / "a.h5");
    };
    REQUIRE(bytes_at(1) < bytes_at(0));
}

TEST_CASE("the same content gives the same bytes") {
    const ScratchFolder folder;
    const std::string first = content_of(sample(folder));
    REQUIRE(content_of(sample(folder)) == first);
}

TEST_CASE("text comes back as it was written") {
    const ScratchFolder folder;
    const std::vector<std::string> names{"aorta", "", "Karotis, linke äußere"};
    H5Writer writer(folder / "a.h5");
    writer.write_string("/config", "title: \"aorta\"\n\tlength: 3\n");
    writer.write_string("/empty", "");
    writer.write_strings("/names", names);
    writer.write_strings("/nobody", {});
    writer.close();
    const H5Reader reader(folder / "a.h5");
    REQUIRE(reader.read_string("/config") == "title: \"aorta\"\n\tlength: 3\n");
    REQUIRE(reader.read_string("/empty").empty());
    REQUIRE(reader.read_strings("/names") == names);
    REQUIRE(reader.read_strings("/nobody").empty());
}

TEST_CASE("text of fixed width, as other programs write it, is read without its padding") {
    const ScratchFolder folder;
    const auto write_fixed = [&](const char* name, H5T_str_t padding, const std::string& text) {
        const hid_t file =
            H5Fcreate((folder / name).c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        const hid_t type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, 5);
        H5Tset_strpad(type, padding);
        const hsize_t two = 2;
        const hid_t space = H5Screate_simple(1, &two, nullptr);
        const hid_t data =
            H5Dcreate2(file, "x", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data());
        H5Dclose(data), H5Sclose(space), H5Tclose(type), H5Fclose(file);
        return H5Reader(folder / name).read_strings("/x");
    };
    const std::vector<std::string> expected{"ab", "cdefg"};
    REQUIRE(write_fixed("null.h5", H5T_STR_NULLPAD, "ab" + std::string(3, '\0') + "cdefg") ==
            expected);
    REQUIRE(write_fixed("space.h5", H5T_STR_SPACEPAD, "ab   cdefg") == expected);
}

TEST_CASE("attributes of all three kinds sit on the file, on groups and on datasets") {
    const ScratchFolder folder;
    H5Writer writer(folder / "a.h5");
    writer.create_group("/vessels/aorta");
    writer.write_int("/steps", 3);
    writer.annotate("/", "version", "0.1");
    writer.annotate("/vessels/aorta", "length_m", 0.04);
    writer.annotate("/steps", "first", 1);
    writer.close();
    const H5Reader reader(folder / "a.h5");
    REQUIRE(reader.string_attribute("/", "version") == "0.1");
    REQUIRE(reader.double_attribute("/vessels/aorta", "length_m") == 0.04);
    REQUIRE(reader.int_attribute("/steps", "first") == 1);
    REQUIRE_FALSE(reader.has_attribute("/steps", "last"));
    REQUIRE_FALSE(reader.has_attribute("/nothing", "last"));
}

TEST_CASE("a reader knows what is in a file") {
    const ScratchFolder folder;
    const H5Reader reader(sample(folder));
    REQUIRE(reader.has("/vessels/aorta"));
    REQUIRE(reader.has("/vessels/aorta/pressure"));
    REQUIRE_FALSE(reader.has("/vessels/iliac"));
    REQUIRE_FALSE(reader.has("/nowhere/iliac"));
    REQUIRE(reader.names("/") == std::vector<std::string>{"config", "steps", "vessels"});
    REQUIRE(reader.names("/vessels/aorta") == std::vector<std::string>{"pressure"});
}

TEST_CASE("a file that is not closed does not appear, and the old one stays") {
    const ScratchFolder folder;
    sample(folder);
    const std::string before = content_of(folder / "sample.h5");
    {
        H5Writer writer(folder / "sample.h5");
        writer.write("/half", wave(1000), {1000});
    }
    REQUIRE(content_of(folder / "sample.h5") == before);
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("a file can be replaced while it is read") {
    const ScratchFolder folder;
    const H5Reader old(sample(folder));
    H5Writer writer(folder / "sample.h5");
    writer.write_int("/steps", 43);
    writer.close();
    REQUIRE(old.read_int("/steps") == 42);
    REQUIRE(H5Reader(folder / "sample.h5").read_int("/steps") == 43);
}

TEST_CASE("the error printing of others who use HDF5 is left as it was") {
    const ScratchFolder folder;
    H5E_auto2_t before = nullptr, after = nullptr;
    void* data = nullptr;
    H5Eget_auto2(H5E_DEFAULT, &before, &data);
    const H5Reader reader(sample(folder));
    REQUIRE_THROWS_AS(reader.read_double("/nothing"), InputError);
    H5Eget_auto2(H5E_DEFAULT, &after, &data);
    REQUIRE(before != nullptr);
    REQUIRE(after == before);
}

#ifndef ASP_NO_ASSERT
TEST_CASE("a write that cannot be meant is our mistake") {
    const ScratchFolder folder;
    H5Writer writer(folder / "a.h5");
    REQUIRE_THROWS_AS(writer.write("/x", wave(5), {2, 3}), asp::AssertionFailure);
    REQUIRE_THROWS_AS(writer.write_double("/x", 1.0, {.compression = 10}), asp::AssertionFailure);
    REQUIRE_THROWS_AS(writer.write_string("/x", std::string(2, '\0')), asp::AssertionFailure);
    writer.close();
    REQUIRE_THROWS_AS(writer.write_int("/x", 1), asp::AssertionFailure);
}
#endif

TEST_CASE("an HDF5 file in a folder that does not exist is refused when it is created") {
    const ScratchFolder folder;
    const fs::path target = folder / "missing/a.h5";
    REQUIRE(message_of<BackendError>([&] { H5Writer writer(target); }) ==
            target.string() + ": cannot create the file: there is no folder " +
                (folder / "missing").string());
}

TEST_CASE("a name that is taken is refused") {
    const ScratchFolder folder;
    const std::string file = (folder / "a.h5").string();
    H5Writer writer(file);
    writer.write_int("/a", 1);
    REQUIRE(message_of<BackendError>([&] { writer.write_int("/a", 2); }) ==
            file + ": /a: cannot create the dataset: name already exists");
    REQUIRE(message_of<BackendError>([&] { writer.create_group("/a"); }) ==
            file + ": /a: cannot create the group: name already exists");
    writer.annotate("/a", "key", 1);
    REQUIRE(message_of<BackendError>([&] {
                writer.annotate("/a", "key", 1);
            }).starts_with(file + ": /a: cannot create attribute 'key': "));
}

TEST_CASE("an object that is not there cannot be annotated") {
    const ScratchFolder folder;
    H5Writer writer(folder / "a.h5");
    REQUIRE(message_of<BackendError>([&] { writer.annotate("/nothing", "key", 1); }) ==
            (folder / "a.h5").string() +
                ": /nothing: cannot annotate with 'key': object 'nothing' doesn't exist");
}

TEST_CASE("an HDF5 file that does not fit on the disk is an error, and leaves the old file") {
    const ScratchFolder folder;
    const std::string before = content_of(sample(folder));
    const std::string file = (folder / "sample.h5").string();
    {
        const FileSizeLimit limit(20000);
        H5Writer writer(file);
        writer.write("/x", wave(100000), {100000}, {.compression = 0});
        REQUIRE(message_of<BackendError>([&] { writer.close(); }) ==
                file + ": cannot write: File too large");
    }
    REQUIRE(content_of(file) == before);
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("a file that is missing, a folder, or something else is refused by name") {
    const ScratchFolder folder;
    const auto refusal = [](const fs::path& path) {
        return message_of<InputError>([&] { H5Reader reader(path); });
    };
    asp::io::write_text_atomically(folder / "text.h5", "this is not HDF5");
    asp::io::write_text_atomically(folder / "empty.h5", "");
    REQUIRE(refusal(folder / "a.h5") == (folder / "a.h5").string() + ": there is no such file");
    REQUIRE(refusal(folder.path()) == folder.path().string() + ": is a folder");
    REQUIRE(refusal(folder / "text.h5") == (folder / "text.h5").string() + ": is not an HDF5 file");
    REQUIRE(refusal(folder / "empty.h5") ==
            (folder / "empty.h5").string() + ": is not an HDF5 file");
}

TEST_CASE("a truncated file is refused as such") {
    const ScratchFolder folder;
    const fs::path path = sample(folder);
    fs::resize_file(path, fs::file_size(path) / 2);
    const std::string message = message_of<InputError>([&] { H5Reader reader(path); });
    REQUIRE(message.starts_with(path.string() + ": cannot open the HDF5 file: truncated file: "));
    REQUIRE(message.find('\n') == std::string::npos);
}

TEST_CASE("damaged values are an error, never wrong numbers") {
    const ScratchFolder folder;
    const fs::path path = folder / "a.h5";
    H5Writer writer(path);
    writer.write("/wave", wave(100000), {100000});
    writer.close();
    replace_in_file(path, fs::file_size(path) / 2, std::string(64, '\xff'));
    const std::string message =
        message_of<InputError>([&] { H5Reader(path).read_doubles("/wave"); });
    REQUIRE(message.starts_with(path.string() + ": /wave: cannot read: "));
}

TEST_CASE("what is missing in a file is told by name") {
    const ScratchFolder folder;
    const fs::path path = sample(folder);
    const H5Reader reader(path);
    REQUIRE(message_of<InputError>([&] { reader.read_doubles("/vessels/iliac/pressure"); }) ==
            path.string() +
                ": /vessels/iliac/pressure: cannot open the dataset: component not found");
    REQUIRE(message_of<InputError>([&] { reader.extents("/iliac"); }) ==
            path.string() + ": /iliac: cannot open the dataset: object 'iliac' doesn't exist");
    REQUIRE(message_of<InputError>([&] { reader.names("/iliac"); }) ==
            path.string() + ": /iliac: cannot open the group: object 'iliac' doesn't exist");
    REQUIRE(message_of<InputError>([&] {
                reader.string_attribute("/steps", "origin");
            }).starts_with(path.string() + ": /steps: cannot open attribute 'origin': "));
}

TEST_CASE("values of another kind than expected are told by name") {
    const ScratchFolder folder;
    const fs::path path = sample(folder);
    const H5Reader reader(path);
    REQUIRE(message_of<InputError>([&] { reader.read_doubles("/config"); }) ==
            path.string() + ": /config: expected numbers");
    REQUIRE(message_of<InputError>([&] { reader.read_ints("/vessels/aorta/pressure"); }) ==
            path.string() + ": /vessels/aorta/pressure: expected whole numbers");
    REQUIRE(message_of<InputError>([&] { reader.read_string("/steps"); }) ==
            path.string() + ": /steps: expected text");
    REQUIRE(message_of<InputError>([&] { reader.int_attribute("/", "program"); }) ==
            path.string() + ": /: attribute 'program': expected whole numbers");
    REQUIRE(message_of<InputError>([&] { reader.read_double("/vessels/aorta/pressure"); }) ==
            path.string() + ": /vessels/aorta/pressure: expected one value, found 6");
}
