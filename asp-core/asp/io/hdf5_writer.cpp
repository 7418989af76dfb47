#include <algorithm>
#include <functional>
#include <numeric>

#include "asp/base/error.hpp"
#include "asp/io/atomic_file.hpp"
#include "asp/io/detail/hdf5_handles.hpp"
#include "asp/io/hdf5.hpp"

namespace asp::io {

using namespace detail;

namespace {

/// Where something is written. Made first in each entry, so that HDF5 keeps quiet until the last
/// handle is closed.
struct Place {
    QuietErrors quiet;
    hid_t file;
    Subject subject;

    template <class Status>
    Status check(Status status, std::string_view what) const {
        return require<BackendError>(status, subject, what);
    }
};

/// HDF5 would cut a text at its first zero byte.
const char* characters_of(const std::string& text) {
    ASP_ASSERT(text.find('\0') == std::string::npos);
    return text.c_str();
}

struct Values {
    const void* data;
    hid_t type;
    std::size_t element_bytes;
};

using Shape = std::vector<hsize_t>;

std::size_t product(const std::vector<std::size_t>& extents) {
    return std::accumulate(extents.begin(), extents.end(), std::size_t{1}, std::multiplies<>());
}

H5Space space_of(const Shape& shape) {
    if (shape.empty()) return H5Space(H5Screate(H5S_SCALAR));
    return H5Space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
}

/// Whole rows, as many as half a megabyte holds: HDF5's chunk cache takes two of them, and the
/// deflater gets enough to work on.
Shape chunk_shape(const Shape& shape, std::size_t element_bytes) {
    Shape chunk(shape.size());
    hsize_t left = (hsize_t{512} << 10) / element_bytes;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        chunk[axis] = std::min(std::max(left, hsize_t{1}), shape[axis]);
        left /= chunk[axis];
    }
    return chunk;
}

H5Properties link_creation() {
    H5Properties creation(H5Pcreate(H5P_LINK_CREATE));
    H5Pset_create_intermediate_group(creation.get(), 1);
    H5Pset_char_encoding(creation.get(), H5T_CSET_UTF8);
    return creation;
}

H5Properties dataset_creation(const Shape& shape, std::size_t element_bytes, int compression) {
    constexpr hsize_t worth_compressing = 4096;  // below a page, chunks cost more than they save
    H5Properties creation(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_obj_track_times(creation.get(), false);  // same content, same bytes
    hsize_t bytes = element_bytes;
    for (const hsize_t extent : shape) bytes *= extent;
    if (compression > 0 && bytes >= worth_compressing) {
        const Shape chunk = chunk_shape(shape, element_bytes);
        H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
        H5Pset_shuffle(creation.get());
        H5Pset_deflate(creation.get(), static_cast<unsigned>(compression));
    }
    return creation;
}

void write_attribute(const Place& place, hid_t object, const std::string& name, hid_t type,
                     const void* value) {
    const H5Space single = space_of({});
    const H5Attribute attribute(
        place.check(H5Acreate2(object, name.c_str(), type, single.get(), H5P_DEFAULT, H5P_DEFAULT),
                    "cannot create attribute '" + name + "'"));
    place.check(H5Awrite(attribute.get(), type, value), "cannot write attribute '" + name + "'");
}

void write_attribute(const Place& place, hid_t object, const std::string& name,
                     const Attribute& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        const char* characters = characters_of(*text);
        write_attribute(place, object, name, text_type().get(), &characters);
    } else if (const auto* number = std::get_if<double>(&value)) {
        write_attribute(place, object, name, H5T_NATIVE_DOUBLE, number);
    } else {
        write_attribute(place, object, name, H5T_NATIVE_INT64, &std::get<std::int64_t>(value));
    }
}

H5Dataset write_dataset(const Place& place, const Values& values, const Shape& shape,
                        int compression) {
    const std::string name(place.subject.object);
    const H5Space space = space_of(shape);
    const H5Properties link = link_creation();
    const H5Properties creation = dataset_creation(shape, values.element_bytes, compression);
    H5Dataset dataset(place.check(H5Dcreate2(place.file, name.c_str(), values.type, space.get(),
                                             link.get(), creation.get(), H5P_DEFAULT),
                                  "cannot create the dataset"));
    place.check(H5Dwrite(dataset.get(), values.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data),
                "cannot write the dataset");
    return dataset;
}

void write_numbers(const Place& place, const Values& values,
                   const std::vector<std::size_t>& extents, const DatasetInfo& info) {
    ASP_ASSERT(0 <= info.compression && info.compression <= 9);
    const Shape shape(extents.begin(), extents.end());
    const H5Dataset dataset = write_dataset(place, values, shape, info.compression);
    write_attribute(place, dataset.get(), "units", info.units);
    if (!info.description.empty())
        write_attribute(place, dataset.get(), "description", info.description);
}

void write_texts(const Place& place, const std::vector<const char*>& texts, const Shape& shape) {
    const H5Type type = text_type();
    constexpr int uncompressed = 0;  // a filter would see the references only, not the text
    write_dataset(place, {texts.data(), type.get(), sizeof(char*)}, shape, uncompressed);
}

/// HDF5 builds the file in memory and we write it: after a failed write to a full disk, HDF5 cannot
/// close the file, and crashes at the end of the process.
H5Properties memory_access() {
    constexpr std::size_t growth = std::size_t{1} << 20;
    constexpr hbool_t on_disk_too = false;
    H5Properties access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_fapl_core(access.get(), growth, on_disk_too);
    return access;
}

std::string_view image_of(const Place& place) {
    const auto check = [&](ssize_t size) {
        return static_cast<std::size_t>(place.check(size, "cannot complete the file"));
    };
    check(H5Fflush(place.file, H5F_SCOPE_GLOBAL));
    const std::size_t size = check(H5Fget_file_image(place.file, nullptr, 0));
    void* handle = nullptr;  // of the core driver: where the image begins
    check(H5Fget_vfd_handle(place.file, H5P_DEFAULT, &handle));
    return {*static_cast<const char* const*>(handle), size};
}

}  // namespace

struct H5Writer::File {
    AtomicFile output;
    H5File handle;  // closed before `output` drops its temporary

    explicit File(const std::filesystem::path& target) : output(target), handle(create(output)) {}

    static hid_t create(const AtomicFile& output) {
        const QuietErrors quiet;
        const H5Properties access = memory_access();
        return require<BackendError>(
            H5Fcreate(output.temporary().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()),
            {output.target(), {}}, "cannot create the file");
    }

    Place at(const std::string& name) const { return {{}, handle.get(), {output.target(), name}}; }
};

H5Writer::H5Writer(const std::filesystem::path& target) : file_(std::make_unique<File>(target)) {}

H5Writer::H5Writer(H5Writer&&) noexcept = default;

H5Writer::~H5Writer() {
    const QuietErrors quiet;
    file_.reset();
}

void H5Writer::write(const std::string& name, std::span<const double> values,
                     const std::vector<std::size_t>& extents, const DatasetInfo& info) {
    ASP_ASSERT(file_ && values.size() == product(extents));
    write_numbers(file_->at(name), {values.data(), H5T_NATIVE_DOUBLE, sizeof(double)}, extents,
                  info);
}

void H5Writer::write(const std::string& name, std::span<const float> values,
                     const std::vector<std::size_t>& extents, const DatasetInfo& info) {
    ASP_ASSERT(file_ && values.size() == product(extents));
    write_numbers(file_->at(name), {values.data(), H5T_NATIVE_FLOAT, sizeof(float)}, extents, info);
}

void H5Writer::write(const std::string& name, std::span<const std::int64_t> values,
                     const std::vector<std::size_t>& extents, const DatasetInfo& info) {
    ASP_ASSERT(file_ && values.size() == product(extents));
    write_numbers(file_->at(name), {values.data(), H5T_NATIVE_INT64, sizeof(std::int64_t)}, extents,
                  info);
}

void H5Writer::write(const std::string& name, std::span<const std::int32_t> values,
                     const std::vector<std::size_t>& extents, const DatasetInfo& info) {
    ASP_ASSERT(file_ && values.size() == product(extents));
    write_numbers(file_->at(name), {values.data(), H5T_NATIVE_INT32, sizeof(std::int32_t)}, extents,
                  info);
}

void H5Writer::write_double(const std::string& name, double value, const DatasetInfo& info) {
    write(name, std::span<const double>(&value, 1), {}, info);
}

void H5Writer::write_int(const std::string& name, std::int64_t value, const DatasetInfo& info) {
    write(name, std::span<const std::int64_t>(&value, 1), {}, info);
}

void H5Writer::write_string(const std::string& name, const std::string& text) {
    ASP_ASSERT(file_);
    write_texts(file_->at(name), {characters_of(text)}, {});
}

void H5Writer::write_strings(const std::string& name, std::span<const std::string> texts) {
    ASP_ASSERT(file_);
    std::vector<const char*> characters;
    for (const std::string& text : texts) characters.push_back(characters_of(text));
    write_texts(file_->at(name), characters, {texts.size()});
}

void H5Writer::create_group(const std::string& name) {
    ASP_ASSERT(file_);
    const Place place = file_->at(name);
    const H5Properties link = link_creation();
    const H5Group group(
        place.check(H5Gcreate2(place.file, name.c_str(), link.get(), H5P_DEFAULT, H5P_DEFAULT),
                    "cannot create the group"));
}

void H5Writer::annotate(const std::string& object, const std::string& name,
                        const Attribute& value) {
    ASP_ASSERT(file_);
    const Place place = file_->at(object);
    const H5Object opened(place.check(H5Oopen(place.file, object.c_str(), H5P_DEFAULT),
                                      "cannot annotate with '" + name + "'"));
    write_attribute(place, opened.get(), name, value);
}

void H5Writer::close() {
    ASP_ASSERT(file_);
    file_->output.write(image_of(file_->at({})));
    file_->output.commit();
    file_.reset();
}

}  // namespace asp::io
