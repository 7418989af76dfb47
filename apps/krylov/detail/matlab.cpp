#include <fmt/format.h>
#include <fmt/ranges.h>
#include <matio.h>

#include <algorithm>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/base/unique_handle.hpp"
#include "krylov/detail/readers.hpp"
#include "krylov/detail/stored.hpp"

namespace krylov::detail {
namespace {

void close(mat_t* file) {
    Mat_Close(file);
}

using MatFile = asp::UniqueHandle<mat_t*, close, nullptr>;
using Variable = asp::UniqueHandle<matvar_t*, Mat_VarFree, nullptr>;

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
    throw asp::InputError(file + ": " + what);
}

/// Names of the sparse variables of a file.
std::vector<std::string> sparse_names(mat_t* file) {
    std::vector<std::string> names;
    for (;;) {
        const Variable variable(Mat_VarReadNextInfo(file));
        if (!variable) return names;
        if (variable.get()->class_type == MAT_C_SPARSE && variable.get()->name != nullptr)
            names.emplace_back(variable.get()->name);
    }
}

std::string chosen_name(const std::string& file, const std::vector<std::string>& names,
                        const std::string& wanted) {
    if (names.empty()) refuse(file, "expected a sparse variable");
    if (wanted.empty() && names.size() > 1)
        refuse(file, fmt::format("several sparse variables: expected one of these after a colon: "
                                 "{}",
                                 fmt::join(names, ", ")));
    if (wanted.empty()) return names.front();
    if (std::ranges::find(names, wanted) != names.end()) return wanted;
    const auto near = asp::nearest_name(wanted, names);
    refuse(file, fmt::format("{}: no such sparse variable; {}", wanted,
                             near ? fmt::format("did you mean '{}'?", *near)
                                  : fmt::format("expected one of: {}", fmt::join(names, ", "))));
}

template <class Word>
double number_at(const void* data, std::size_t i) {
    return static_cast<double>(static_cast<const Word*>(data)[i]);
}

/// How to read numbers of one of matio's types; null for what are no numbers.
auto reader_of(matio_types type) -> double (*)(const void*, std::size_t) {
    switch (type) {
        case MAT_T_DOUBLE:
            return number_at<double>;
        case MAT_T_SINGLE:
            return number_at<float>;
        case MAT_T_INT8:
            return number_at<std::int8_t>;
        case MAT_T_UINT8:
            return number_at<std::uint8_t>;
        case MAT_T_INT16:
            return number_at<std::int16_t>;
        case MAT_T_UINT16:
            return number_at<std::uint16_t>;
        case MAT_T_INT32:
            return number_at<std::int32_t>;
        case MAT_T_UINT32:
            return number_at<std::uint32_t>;
        case MAT_T_INT64:
            return number_at<std::int64_t>;
        case MAT_T_UINT64:
            return number_at<std::uint64_t>;
        default:
            return nullptr;
    }
}

template <class Scalar, class At>
LoadedMatrix taken(const matvar_t& variable, const std::string& where, At&& value_at) {
    const auto& sparse = *static_cast<const mat_sparse_t*>(variable.data);
    Stored<Scalar> stored{static_cast<std::int64_t>(variable.dims[0]),
                          static_cast<std::int64_t>(variable.dims[1]),
                          Along::columns,
                          {},
                          {},
                          {}};
    stored.start.assign(sparse.jc, sparse.jc + sparse.njc);
    // Files may keep more room than entries.
    const std::int64_t entries = stored.start.empty() ? 0 : stored.start.back();
    if (entries < 0 || entries > sparse.nir || entries > sparse.ndata)
        refuse(where, fmt::format("{} row indices and {} values: expected {}, as the columns say",
                                  sparse.nir, sparse.ndata, entries));
    for (std::size_t e = 0; e < static_cast<std::size_t>(entries); ++e) {
        constexpr std::uint32_t most = std::numeric_limits<std::int32_t>::max();
        // A greater one becomes -1 and is refused with its place.
        stored.index.push_back(sparse.ir[e] > most ? -1 : static_cast<std::int32_t>(sparse.ir[e]));
        stored.value.push_back(value_at(e));
    }
    return completed(std::move(stored), Symmetry::general, where);
}

LoadedMatrix converted(const matvar_t& variable, const std::string& where) {
    const auto* const sparse = static_cast<const mat_sparse_t*>(variable.data);
    if (variable.rank != 2 || sparse == nullptr) refuse(where, "expected a matrix");
    const auto number = reader_of(variable.data_type);
    if (number == nullptr) refuse(where, "expected numbers");
    if (sparse->ndata > 0 && sparse->data == nullptr) refuse(where, "the values cannot be read");
    if (variable.isComplex == 0)
        return taken<double>(variable, where,
                             [&](std::size_t e) { return number(sparse->data, e); });
    const auto* const parts = static_cast<const mat_complex_split_t*>(sparse->data);
    return taken<std::complex<double>>(variable, where, [&](std::size_t e) {
        return std::complex(number(parts->Re, e), number(parts->Im, e));
    });
}

}  // namespace

LoadedMatrix read_matlab(const std::filesystem::path& path, const std::string& variable) {
    const std::string file = path.string();
    const MatFile opened(Mat_Open(file.c_str(), MAT_ACC_RDONLY));
    if (!opened) refuse(file, "cannot be read: expected a MATLAB 5 file");
    const std::string name = chosen_name(file, sparse_names(opened.get()), variable);
    Mat_Rewind(opened.get());
    const Variable read(Mat_VarRead(opened.get(), name.c_str()));
    if (!read) refuse(file, name + ": cannot be read: expected a sparse matrix");
    LoadedMatrix result = converted(*read.get(), file + ": " + name);
    result.format = "MATLAB 5, sparse " + std::string(read.get()->isComplex ? "complex" : "real");
    return result;
}

}  // namespace krylov::detail
