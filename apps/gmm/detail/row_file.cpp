#include "gmm/detail/row_file.hpp"

#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "asp/io/hdf5.hpp"

namespace gmm::detail {
namespace {

using asp::io::NumberType;

class Hdf5Rows final : public RowFile {
public:
    Hdf5Rows(const std::string& its_name, const Shape& its_shape, asp::io::H5Reader reader,
             std::string dataset)
        : RowFile(its_name, its_shape), reader_(std::move(reader)), dataset_(std::move(dataset)) {}

    void read(std::size_t first, std::span<float> values) const override {
        reader_.read_rows(dataset_, first, values);
    }
    void read(std::size_t first, std::span<double> values) const override {
        reader_.read_rows(dataset_, first, values);
    }

private:
    asp::io::H5Reader reader_;
    std::string dataset_;
};

std::string shape_text(const std::vector<std::size_t>& extents) {
    return fmt::format("({})", fmt::join(extents, ", "));
}

std::unique_ptr<RowFile> open_hdf5(const std::string& name, std::size_t colon) {
    asp::io::H5Reader reader(name.substr(0, colon));
    std::string dataset = name.substr(colon + 1);
    const NumberType type = reader.number_type(dataset);
    if (type != NumberType::float32 && type != NumberType::float64)
        throw asp::InputError(
            fmt::format("{}: holds {}: expected float32 or float64", name,
                        type == NumberType::integer ? "whole numbers" : "something else"));
    const auto extents = reader.extents(dataset);
    if (extents.empty() || extents.size() > 2)
        throw asp::InputError(
            fmt::format("{}: shape {}: expected two dimensions, (frames, features)", name,
                        shape_text(extents)));
    const RowFile::Shape shape{extents[0], extents.size() == 2 ? extents[1] : 1,
                               extents.size() == 1, type == NumberType::float32};
    return std::make_unique<Hdf5Rows>(name, shape, std::move(reader), std::move(dataset));
}

}  // namespace

std::unique_ptr<RowFile> open_rows(const std::string& name) {
    if (const std::size_t colon = name.rfind(":/"); colon != std::string::npos)
        return open_hdf5(name, colon);
    if (name.ends_with(".npy")) return open_npy(name);
    throw asp::InputError(name + ": expected FILE.h5:/dataset or FILE.npy");
}

}  // namespace gmm::detail
