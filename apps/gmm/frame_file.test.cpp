#include "gmm/frame_file.hpp"

#include <cmath>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "gmm/file_testing.hpp"

using namespace gmm;
using namespace gmm::testing;
using asp::InputError;
using asp::testing::message_of;

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

template <class Real>
struct Shown {
    std::vector<Real> values, weights;
    std::vector<std::size_t> firsts;
};

template <class Real>
Shown<Real> show(FrameSource<Real>& source) {
    Shown<Real> shown;
    source.visit([&](const Frames<Real>& block, std::size_t first) {
        shown.values.insert(shown.values.end(), block.rows.begin(), block.rows.end());
        shown.weights.insert(shown.weights.end(), block.weights.begin(), block.weights.end());
        shown.firsts.push_back(first);
    });
    return shown;
}

template <class Real>
std::vector<Real> values_of(const FrameFiles& files, std::size_t memory = 0) {
    const FrameInput input(files);
    return show(*input.frames<Real>({.memory = memory})).values;
}

/// What opening a file of these bytes, or looking at its values, complains of, without its folder.
std::string complaint(const ScratchFolder& folder, const FrameFiles& files) {
    const std::string text = message_of<InputError>([&] {
        const FrameInput input(files);
        show(*input.frames<double>());
    });
    CHECK(text.find('\n') == std::string::npos);
    const std::string prefix = folder.path().string() + "/";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}
std::string complaint_of_npy(const std::string& bytes) {
    const ScratchFolder folder;
    return complaint(folder, {.inputs = {folder.write("x.npy", bytes).string()}});
}
std::string header(const std::string& descr, const std::string& order, const std::string& shape) {
    return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}), }}", descr, order,
                       shape);
}

}  // namespace

TEST_CASE("frames of every kind of file come as they were written, in either precision") {
    const ScratchFolder folder;
    const auto rows = counting(7, 3);
    const std::vector<double> wide(rows.begin(), rows.end());
    const std::vector<float> single(rows.begin(), rows.end());
    for (const char version : {1, 2, 3})
        CHECK(values_of<double>({.inputs = {write_npy<double>(folder, "v.npy", rows, version)}}) ==
              wide);
    for (const std::string& file :
         {write_npy<double>(folder, "d.npy", rows), write_npy<float>(folder, "s.npy", rows),
          write_h5<double>(folder, "d.h5", rows), write_h5<float>(folder, "s.h5", rows)}) {
        INFO(file);
        for (const std::size_t memory : {0, 1000}) {
            CHECK(values_of<double>({.inputs = {file}}, memory) == wide);
            CHECK(values_of<float>({.inputs = {file}}, memory) == single);
        }
    }
    CHECK(FrameInput({.inputs = {(folder / "s.npy").string()}}).is_single());
    CHECK_FALSE(FrameInput({.inputs = {(folder / "d.npy").string()}}).is_single());
}

TEST_CASE("several files are one behind another, and --rows takes a part of all of them") {
    const ScratchFolder folder;
    const FrameFiles files{.inputs = {write_npy<double>(folder, "a.npy", counting(3, 2)),
                                      write_h5<float>(folder, "b.h5", counting(2, 2))},
                           .rows = parse_row_range("2:")};
    const FrameInput input(files);
    CHECK(input.size() == 3);
    CHECK(values_of<double>(files) == std::vector<double>{4, 5, 0, 1, 2, 3});
}

TEST_CASE("parts of frames together are all of them") {
    const ScratchFolder folder;
    const FrameInput input({.inputs = {write_npy<double>(folder, "a.npy", counting(7, 1))}});
    std::vector<double> all;
    for (std::size_t part = 0; part < 3; ++part)
        for (const double value : show(*input.part(part, 3).frames<double>()).values)
            all.push_back(value);
    CHECK(all == std::vector<double>{0, 1, 2, 3, 4, 5, 6});
}

TEST_CASE("what does not fit comes in blocks of whole slabs, with the weights beside it") {
    const ScratchFolder folder;
    const std::size_t N = 3 * slab_frames + 5, D = 1100;  // a slab of doubles is 18 MB
    asp::Array<double, 2> rows({N, D}), weights({N, 1});
    for (std::size_t n = 0; n < N; ++n) rows(n, D - 1) = weights(n, 0) = static_cast<double>(n);
    const FrameInput input({.inputs = {write_npy<float>(folder, "x.npy", rows)},
                            .weights = write_npy<double>(folder, "w.npy", weights)});
    for (const std::size_t memory : {std::size_t{0}, std::size_t{1} << 30U}) {
        const auto source = input.frames<float>({.memory = memory});
        for (int pass = 0; pass < 2; ++pass) {
            const Shown<float> shown = show(*source);
            CHECK(shown.values.size() == N * D);
            CHECK(shown.values[N * D - 1] == static_cast<float>(N - 1));
            CHECK(shown.weights[N - 1] == static_cast<float>(N - 1));
            if (memory == 0)
                CHECK(shown.firsts ==
                      std::vector<std::size_t>{0, slab_frames, 2 * slab_frames, 3 * slab_frames});
        }
    }
}

TEST_CASE("frames that fit the memory are held, all at once, and others are not") {
    const ScratchFolder folder;
    const FrameInput input({.inputs = {write_npy<double>(folder, "x.npy", counting(50, 3))}});
    const auto kept = input.frames<double>({.memory = 50 * 3 * sizeof(double)});
    const auto read_again = input.frames<double>({.memory = 50 * 3 * sizeof(double) - 1});
    REQUIRE(kept->held() != nullptr);
    CHECK(kept->held()->frames.size() == 50);
    CHECK(kept->held()->frames.rows(49, 2) == counting(50, 3)(49, 2));
    CHECK(read_again->held() == nullptr);
}

TEST_CASE("a pass ends with what is thrown between blocks") {
    const ScratchFolder folder;
    const FrameInput input({.inputs = {write_npy<float>(folder, "x.npy", counting(3, 2))}});
    const auto source =
        input.frames<float>({.before_block = [] { throw asp::BackendError("stop"); }});
    CHECK(message_of<asp::BackendError>([&] { show(*source); }) == "stop");
}

TEST_CASE("a value that is not finite is told with its row and column in its file") {
    const ScratchFolder folder;
    auto rows = counting(5, 3);
    rows(4, 1) = no_number;
    const std::string bad = write_npy<float>(folder, "bad.npy", rows);
    rows(4, 1) = -INFINITY;
    const std::string infinite = write_h5<double>(folder, "bad.h5", rows);
    const std::string good = write_npy<float>(folder, "good.npy", counting(9, 3));
    CHECK(complaint(folder, {.inputs = {good, bad}}) ==
          "bad.npy: row 4, column 1: is not a number (nan): expected a finite number");
    CHECK(complaint(folder, {.inputs = {infinite}, .rows = RowRange{2, 5}}) ==
          "bad.h5:/x: row 4, column 1: is infinite: expected a finite number");
    CHECK(values_of<float>({.inputs = {bad}, .rows = RowRange{0, 4}}).size() == 12);
}

TEST_CASE("a value beyond single precision is told, where frames are wanted in it") {
    const ScratchFolder folder;
    auto rows = counting(2, 2);
    rows(1, 0) = 1e300;
    const std::string file = write_npy<double>(folder, "x.npy", rows);
    CHECK(message_of<InputError>([&] { values_of<float>({.inputs = {file}}); }) ==
          file +
              ": row 1, column 0: 1e+300 is beyond what single precision holds; expected "
              "--precision double");
    CHECK(values_of<double>({.inputs = {file}})[2] == 1e300);
}

TEST_CASE("weights that are negative, infinite, all zero or of another number are refused") {
    const ScratchFolder folder;
    const std::string x = write_npy<float>(folder, "x.npy", counting(3, 2));
    asp::Array<double, 2> weights({3, 1}, 1.0);
    const auto complaint_of = [&](const asp::Array<double, 2>& of) {
        return complaint(folder, {.inputs = {x}, .weights = write_h5<double>(folder, "w.h5", of)});
    };
    weights(1, 0) = -1.0;
    CHECK(complaint_of(weights) ==
          "w.h5:/x: row 1: -1: expected a weight that is not negative, and finite");
    weights(1, 0) = no_number;
    CHECK(complaint_of(weights) ==
          "w.h5:/x: row 1: nan: expected a weight that is not negative, and finite");
    CHECK(complaint_of(asp::Array<double, 2>({3, 1})) ==
          "w.h5:/x: all weights are 0: expected one that is more");
    CHECK(complaint_of(asp::Array<double, 2>({2, 1})) ==
          "w.h5:/x: shape (2, 1): expected (3), a weight for each frame");
}

TEST_CASE("a .npy file that cannot be read is refused in one line") {
    CHECK(complaint_of_npy("") == "x.npy: is 0 bytes long: not a .npy file");
    CHECK(complaint_of_npy("a,b,c\n1,2,3\n") ==
          "x.npy: is not a .npy file: it does not begin with \\x93NUMPY");
    const std::string good = header("<f8", "False", "2, 3");
    CHECK(complaint_of_npy(npy_bytes(good, std::string(48, '\0'), 9)) ==
          "x.npy: is a .npy file of version 9.0: expected 1.0, 2.0 or 3.0");
    CHECK(complaint_of_npy(npy_bytes(good, std::string(40, '\0'))) ==
          "x.npy: is 168 bytes long: expected 176, for 2 x 3 numbers; it was cut off");
    CHECK(complaint_of_npy(npy_bytes(good, "").substr(0, 40)) == "x.npy: ends within its header");
    CHECK(complaint_of_npy(npy_bytes("{'descr': '<f8'}", "")) ==
          "x.npy: its header has no 'shape' that can be read");
}

TEST_CASE("numbers of another type, order or shape are refused with what was expected") {
    const std::string data(48, '\0');
    CHECK(complaint_of_npy(npy_bytes(header("<i8", "False", "2, 3"), data)) ==
          "x.npy: holds '<i8': expected '<f4' or '<f8', float32 or float64 in little endian order");
    CHECK(complaint_of_npy(npy_bytes(header(">f8", "False", "2, 3"), data))
              .starts_with("x.npy: holds '>f8': expected '<f4'"));
    CHECK(complaint_of_npy(npy_bytes(header("<f8", "True", "2, 3"), data)) ==
          "x.npy: is in Fortran order: expected rows one after another; save "
          "numpy.ascontiguousarray of it");
    CHECK(complaint_of_npy(npy_bytes(header("<f8", "False", "6,"), data)) ==
          "x.npy: shape (6): expected two dimensions, (frames, features)");
    CHECK(complaint_of_npy(npy_bytes(header("<f8", "False", "1, 2, 3"), data)) ==
          "x.npy: shape (1, 2, 3): expected two dimensions, (frames, features)");
    CHECK(complaint_of_npy(npy_bytes(header("<f8", "False", "0, 3"), data)) ==
          "x.npy: shape (0, 3): expected at least one frame of one feature");
    CHECK(complaint_of_npy(npy_bytes(header("<f8", "False", "3, 0"), data)) ==
          "x.npy: shape (3, 0): expected at least one frame of one feature");
}

TEST_CASE("a dataset that is missing, of another type or shape, or cut off is refused") {
    const ScratchFolder folder;
    asp::io::H5Writer writer(folder / "x.h5");
    writer.write("/list", std::vector<double>{1, 2}, {2});
    writer.write("/cube", std::vector<double>{1, 2}, {1, 2, 1});
    writer.write("/whole", std::vector<std::int32_t>{1, 2}, {1, 2});
    writer.write_string("/text", "no");
    writer.close();
    const std::string path = (folder / "x.h5").string();
    const auto of = [&](const std::string& name) {
        return complaint(folder, {.inputs = {path + name}});
    };
    CHECK(of(":/list") == "x.h5:/list: shape (2): expected two dimensions, (frames, features)");
    CHECK(of(":/cube") ==
          "x.h5:/cube: shape (1, 2, 1): expected two dimensions, (frames, features)");
    CHECK(of(":/whole") == "x.h5:/whole: holds whole numbers: expected float32 or float64");
    CHECK(of(":/text") == "x.h5:/text: holds something else: expected float32 or float64");
    CHECK(of(":/none").starts_with("x.h5: /none: cannot open the dataset: "));
    CHECK(of("") == "x.h5: expected FILE.h5:/dataset or FILE.npy");
    CHECK(complaint(folder, {.inputs = {(folder / "no.h5").string() + ":/x"}}) ==
          "no.h5: there is no such file");
    CHECK(complaint(folder, {.inputs = {(folder / "no.npy").string()}}) ==
          "no.npy: cannot open: No such file or directory");
    const std::string bytes = content_of(path);
    const std::string cut = folder.write("cut.h5", bytes.substr(0, bytes.size() / 2)).string();
    CHECK(complaint(folder, {.inputs = {cut + ":/list"}})
              .starts_with("cut.h5: cannot open the HDF5 file: "));
}

TEST_CASE("files of different numbers of features do not go together") {
    const ScratchFolder folder;
    const std::string a = write_npy<float>(folder, "a.npy", counting(3, 2));
    const std::string b = write_npy<float>(folder, "b.npy", counting(3, 4));
    CHECK(complaint(folder, {.inputs = {a, b}}) ==
          "b.npy: has 4 features: expected 2, as " + a + " has");
}

TEST_CASE("rows that are none are refused") {
    const auto complaint_of = [](const std::string& text) {
        return message_of<InputError>([&] { parse_row_range(text); });
    };
    CHECK(complaint_of("5") == "--rows 5: expected FIRST:END, as in 0:1000");
    CHECK(complaint_of("a:5") == "--rows a:5: expected FIRST:END, as in 0:1000");
    CHECK(complaint_of("-1:5") == "--rows -1:5: expected FIRST:END, as in 0:1000");
    CHECK(complaint_of("5:5") == "--rows 5:5: expected the smaller number first");
    const ScratchFolder folder;
    const std::string x = write_npy<float>(folder, "x.npy", counting(3, 2));
    CHECK(complaint(folder, {.inputs = {x}, .rows = RowRange{0, 4}}) ==
          "--rows 0:4: expected rows of [0, 3)");
    CHECK(complaint(folder, {}) == "--input: expected FILE.h5:/dataset or FILE.npy");
}
