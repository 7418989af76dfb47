#include <algorithm>

#include "asp/base/error.hpp"
#include "asp/io/detail/hdf5_handles.hpp"
#include "asp/io/hdf5.hpp"

namespace asp::io {

using namespace detail;

namespace fs = std::filesystem;

namespace {

/// What is read. Made first in each entry, so that HDF5 keeps quiet until the last handle is
/// closed.
struct Place {
    QuietErrors quiet;
    hid_t file;
    Subject subject;

    template <class Status>
    Status check(Status status, std::string_view what) const {
        return require<InputError>(status, subject, what);
    }
    [[noreturn]] void refuse(const std::string& what) const {
        throw InputError(subject.file.string() + ": " + std::string(subject.object) + ": " + what);
    }
};

/// A dataset or an attribute, opened: both hold an array of values of one type.
template <class Handle>
struct Stored {
    Handle handle;
    H5Type type;
    H5Space space;
    std::string label;  ///< tells an attribute from its object in messages

    std::size_t count() const {
        return static_cast<std::size_t>(
            std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space.get())));
    }
};

herr_t read_into(const H5Dataset& dataset, hid_t type, void* values) {
    return H5Dread(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

herr_t read_into(const H5Attribute& attribute, hid_t type, void* values) {
    return H5Aread(attribute.get(), type, values);
}

Stored<H5Dataset> open_dataset(const Place& place) {
    const std::string name(place.subject.object);
    H5Dataset dataset(
        place.check(H5Dopen2(place.file, name.c_str(), H5P_DEFAULT), "cannot open the dataset"));
    H5Type type(H5Dget_type(dataset.get()));
    H5Space space(H5Dget_space(dataset.get()));
    return {std::move(dataset), std::move(type), std::move(space), {}};
}

Stored<H5Attribute> open_attribute(const Place& place, const std::string& name) {
    const std::string object(place.subject.object);
    H5Attribute attribute(place.check(
        H5Aopen_by_name(place.file, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
        "cannot open attribute '" + name + "'"));
    H5Type type(H5Aget_type(attribute.get()));
    H5Space space(H5Aget_space(attribute.get()));
    return {std::move(attribute), std::move(type), std::move(space), "attribute '" + name + "': "};
}

template <class Handle>
H5T_class_t kind_of(const Stored<Handle>& stored) {
    return H5Tget_class(stored.type.get());
}

template <class Value, class Handle>
std::vector<Value> values_of(const Place& place, const Stored<Handle>& stored, hid_t type) {
    std::vector<Value> values(stored.count());
    place.check(read_into(stored.handle, type, values.data()), stored.label + "cannot read");
    return values;
}

template <class Value, class Handle>
std::vector<Value> numbers_of(const Place& place, const Stored<Handle>& stored, hid_t type) {
    if (kind_of(stored) != H5T_FLOAT && kind_of(stored) != H5T_INTEGER)
        place.refuse(stored.label + "expected numbers");
    return values_of<Value>(place, stored, type);
}

template <class Handle>
std::vector<double> doubles_of(const Place& place, const Stored<Handle>& stored) {
    return numbers_of<double>(place, stored, H5T_NATIVE_DOUBLE);
}

template <class Handle>
std::vector<std::int64_t> ints_of(const Place& place, const Stored<Handle>& stored) {
    if (kind_of(stored) != H5T_INTEGER) place.refuse(stored.label + "expected whole numbers");
    return values_of<std::int64_t>(place, stored, H5T_NATIVE_INT64);
}

/// Gives the strings that HDF5 allocated back to it.
struct BorrowedStrings {
    hid_t type, space;
    std::vector<char*> strings;

    BorrowedStrings(hid_t type_of_strings, hid_t space_of_strings, std::size_t count)
        : type(type_of_strings), space(space_of_strings), strings(count) {}
    BorrowedStrings(const BorrowedStrings&) = delete;
    BorrowedStrings& operator=(const BorrowedStrings&) = delete;
    ~BorrowedStrings() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, strings.data()); }
};

template <class Handle>
std::vector<std::string> variable_strings_of(const Place& place, const Stored<Handle>& stored) {
    BorrowedStrings borrowed(stored.type.get(), stored.space.get(), stored.count());
    place.check(read_into(stored.handle, stored.type.get(), borrowed.strings.data()),
                stored.label + "cannot read");
    std::vector<std::string> texts;
    for (const char* text : borrowed.strings) texts.emplace_back(text == nullptr ? "" : text);
    return texts;
}

template <class Handle>
std::vector<std::string> fixed_strings_of(const Place& place, const Stored<Handle>& stored) {
    const std::size_t width = H5Tget_size(stored.type.get());
    const bool padded = H5Tget_strpad(stored.type.get()) == H5T_STR_SPACEPAD;
    std::string block(width * stored.count(), '\0');
    place.check(read_into(stored.handle, stored.type.get(), block.data()),
                stored.label + "cannot read");
    std::vector<std::string> texts;
    for (std::size_t begin = 0; begin < block.size(); begin += width) {
        std::string text = block.substr(begin, width);
        text.resize(std::min(text.find('\0'), text.size()));
        if (padded) text.resize(text.find_last_not_of(' ') + 1);
        texts.push_back(std::move(text));
    }
    return texts;
}

template <class Handle>
std::vector<std::string> strings_of(const Place& place, const Stored<Handle>& stored) {
    if (kind_of(stored) != H5T_STRING) place.refuse(stored.label + "expected text");
    return H5Tis_variable_str(stored.type.get()) > 0 ? variable_strings_of(place, stored)
                                                     : fixed_strings_of(place, stored);
}

template <class Value>
Value single(const Place& place, const std::vector<Value>& values) {
    if (values.size() != 1)
        place.refuse("expected one value, found " + std::to_string(values.size()));
    return values.front();
}

void read_rows_into(const Place& place, hid_t type, std::size_t first, void* values,
                    std::size_t count) {
    const auto stored = open_dataset(place);
    if (kind_of(stored) != H5T_FLOAT && kind_of(stored) != H5T_INTEGER)
        place.refuse("expected numbers");
    const int rank = H5Sget_simple_extent_ndims(stored.space.get());
    ASP_ASSERT(rank >= 1);
    std::vector<hsize_t> begin(static_cast<std::size_t>(rank)), shape(begin);
    H5Sget_simple_extent_dims(stored.space.get(), shape.data(), nullptr);
    std::size_t row = 1;
    for (std::size_t axis = 1; axis < shape.size(); ++axis) row *= shape[axis];
    ASP_ASSERT(row > 0 && count % row == 0 && first + count / row <= shape[0]);
    begin[0] = first;
    shape[0] = count / row;
    const H5Space memory(H5Screate_simple(rank, shape.data(), nullptr));
    place.check(H5Sselect_hyperslab(stored.space.get(), H5S_SELECT_SET, begin.data(), nullptr,
                                    shape.data(), nullptr),
                "cannot read");
    place.check(
        H5Dread(stored.handle.get(), type, memory.get(), stored.space.get(), H5P_DEFAULT, values),
        "cannot read");
}

/// Without file locks, which some network file systems refuse: a file that we read is complete, and
/// is replaced as a whole.
H5Properties lock_free_access() {
    H5Properties access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_file_locking(access.get(), false, true);
    return access;
}

H5File open_file(const fs::path& path) {
    const QuietErrors quiet;
    const Subject subject{path, {}};
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw InputError(path.string() + ": there is no such file");
    if (fs::is_directory(path, ignored)) throw InputError(path.string() + ": is a folder");
    if (require<InputError>(H5Fis_hdf5(path.c_str()), subject, "cannot read") == 0)
        throw InputError(path.string() + ": is not an HDF5 file");
    const H5Properties access = lock_free_access();
    return H5File(require<InputError>(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), subject,
                                      "cannot open the HDF5 file"));
}

}  // namespace

struct H5Reader::File {
    fs::path path;
    H5File handle;

    Place at(const std::string& name) const { return {{}, handle.get(), {path, name}}; }
};

H5Reader::H5Reader(const fs::path& path)
    : file_(std::make_unique<File>(File{path, open_file(path)})) {}

H5Reader::H5Reader(H5Reader&&) noexcept = default;

H5Reader::~H5Reader() = default;

bool H5Reader::has(const std::string& name) const {
    const Place place = file_->at(name);
    return static_cast<bool>(H5Object(H5Oopen(place.file, name.c_str(), H5P_DEFAULT)));
}

std::vector<std::string> H5Reader::names(const std::string& group) const {
    const Place place = file_->at(group);
    const H5Group opened(
        place.check(H5Gopen2(place.file, group.c_str(), H5P_DEFAULT), "cannot open the group"));
    H5G_info_t info;
    place.check(H5Gget_info(opened.get(), &info), "cannot list");
    std::vector<std::string> names(info.nlinks);
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        const auto name_to = [&](char* buffer, std::size_t size) {
            return place.check(H5Lget_name_by_idx(opened.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i,
                                                  buffer, size, H5P_DEFAULT),
                               "cannot list");
        };
        names[i].resize(static_cast<std::size_t>(name_to(nullptr, 0)));
        name_to(names[i].data(), names[i].size() + 1);
    }
    return names;
}

std::vector<std::size_t> H5Reader::extents(const std::string& name) const {
    const Place place = file_->at(name);
    const auto stored = open_dataset(place);
    const int rank = H5Sget_simple_extent_ndims(stored.space.get());
    std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(rank, 0)));
    H5Sget_simple_extent_dims(stored.space.get(), shape.data(), nullptr);
    return {shape.begin(), shape.end()};
}

NumberType H5Reader::number_type(const std::string& name) const {
    const Place place = file_->at(name);
    const auto opened = open_dataset(place);
    if (kind_of(opened) == H5T_INTEGER) return NumberType::integer;
    if (kind_of(opened) != H5T_FLOAT) return NumberType::other;
    const std::size_t bytes = H5Tget_size(opened.type.get());
    return bytes == sizeof(float)    ? NumberType::float32
           : bytes == sizeof(double) ? NumberType::float64
                                     : NumberType::other;
}

void H5Reader::read_rows(const std::string& name, std::size_t first,
                         std::span<double> values) const {
    read_rows_into(file_->at(name), H5T_NATIVE_DOUBLE, first, values.data(), values.size());
}

void H5Reader::read_rows(const std::string& name, std::size_t first,
                         std::span<float> values) const {
    read_rows_into(file_->at(name), H5T_NATIVE_FLOAT, first, values.data(), values.size());
}

std::vector<double> H5Reader::read_doubles(const std::string& name) const {
    const Place place = file_->at(name);
    return doubles_of(place, open_dataset(place));
}

std::vector<float> H5Reader::read_floats(const std::string& name) const {
    const Place place = file_->at(name);
    return numbers_of<float>(place, open_dataset(place), H5T_NATIVE_FLOAT);
}

std::vector<std::int64_t> H5Reader::read_ints(const std::string& name) const {
    const Place place = file_->at(name);
    return ints_of(place, open_dataset(place));
}

std::vector<std::string> H5Reader::read_strings(const std::string& name) const {
    const Place place = file_->at(name);
    return strings_of(place, open_dataset(place));
}

double H5Reader::read_double(const std::string& name) const {
    const Place place = file_->at(name);
    return single(place, doubles_of(place, open_dataset(place)));
}

std::int64_t H5Reader::read_int(const std::string& name) const {
    const Place place = file_->at(name);
    return single(place, ints_of(place, open_dataset(place)));
}

std::string H5Reader::read_string(const std::string& name) const {
    const Place place = file_->at(name);
    return single(place, strings_of(place, open_dataset(place)));
}

bool H5Reader::has_attribute(const std::string& object, const std::string& name) const {
    const Place place = file_->at(object);
    return H5Aexists_by_name(place.file, object.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

std::string H5Reader::string_attribute(const std::string& object, const std::string& name) const {
    const Place place = file_->at(object);
    return single(place, strings_of(place, open_attribute(place, name)));
}

double H5Reader::double_attribute(const std::string& object, const std::string& name) const {
    const Place place = file_->at(object);
    return single(place, doubles_of(place, open_attribute(place, name)));
}

std::int64_t H5Reader::int_attribute(const std::string& object, const std::string& name) const {
    const Place place = file_->at(object);
    return single(place, ints_of(place, open_attribute(place, name)));
}

}  // namespace asp::io
