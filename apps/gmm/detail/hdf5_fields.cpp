#include "gmm/detail/hdf5_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "asp/base/version.hpp"

namespace gmm::detail {
namespace {

std::string shape_text(const std::vector<std::size_t>& extents) {
    return fmt::format("({})", fmt::join(extents, ", "));
}

}  // namespace

void mark(asp::io::H5Writer& writer, const std::string& format) {
    writer.annotate("/", "format", format);
    writer.annotate("/", "format_version", format_version);
    writer.annotate("/", "program", "gmm");
    writer.annotate("/", "program_version", asp::version);
}

FieldReader::FieldReader(const std::filesystem::path& path, const std::string& format)
    : path_(path), reader_(path) {
    if (!reader_.has_attribute("/", "format") || reader_.string_attribute("/", "format") != format)
        throw asp::InputError(fmt::format(
            "{}: expected a file of the format '{}', as gmm writes it", path.string(), format));
    const std::int64_t version = reader_.int_attribute("/", "format_version");
    if (version != format_version)
        throw asp::InputError(
            fmt::format("{}: format_version {}: expected {}, which is what gmm {} reads; it was "
                        "written by gmm {}",
                        path.string(), version, format_version, asp::version,
                        reader_.string_attribute("/", "program_version")));
}

void FieldReader::refuse(const std::string& name, const std::string& what) const {
    throw asp::InputError(fmt::format("{}: {}: {}", path_.string(), name, what));
}

asp::Extents<2> FieldReader::matrix_extents(const std::string& name) const {
    const auto extents = reader_.extents(name);
    if (extents.size() != 2 || extents[0] == 0 || extents[1] == 0)
        refuse(name, fmt::format("shape {}: expected two dimensions", shape_text(extents)));
    return {extents[0], extents[1]};
}

asp::Array<double, 2> FieldReader::matrix(const std::string& name,
                                          const asp::Extents<2>& extents) const {
    const auto found = reader_.extents(name);
    if (found != std::vector<std::size_t>{extents[0], extents[1]})
        refuse(name, fmt::format("shape {}: expected ({}, {})", shape_text(found), extents[0],
                                 extents[1]));
    const std::vector<double> values = reader_.read_doubles(name);
    for (const double value : values)
        if (!std::isfinite(value)) refuse(name, "expected finite numbers");
    asp::Array<double, 2> matrix(extents);
    std::copy(values.begin(), values.end(), matrix.begin());
    return matrix;
}

asp::Array<double, 1> FieldReader::vector(const std::string& name, std::size_t size) const {
    const auto found = reader_.extents(name);
    if (found != std::vector<std::size_t>{size})
        refuse(name, fmt::format("shape {}: expected ({})", shape_text(found), size));
    const std::vector<double> values = reader_.read_doubles(name);
    for (const double value : values)
        if (!std::isfinite(value)) refuse(name, "expected finite numbers");
    asp::Array<double, 1> vector({size});
    std::copy(values.begin(), values.end(), vector.begin());
    return vector;
}

Covariance FieldReader::covariance(const std::string& object) const {
    const std::string name = reader_.string_attribute(object, "covariance");
    const auto covariance = parse_covariance(name);
    if (!covariance)
        refuse(object,
               fmt::format("covariance '{}': expected full, tied, diag or spherical", name));
    return *covariance;
}

}  // namespace gmm::detail
