#include "asp/io/detail/hdf5_handles.hpp"

namespace asp::io::detail {

namespace {

herr_t take_innermost(unsigned depth, const H5E_error2_t* error, void* result) {
    if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(result) = error->desc;
    return 0;
}

/// HDF5 wraps what the system said into a paragraph of file descriptors and buffer addresses.
std::string system_message_in(const std::string& text) {
    constexpr std::string_view opening = "error message = '";
    const std::size_t found = text.find(opening);
    if (found == std::string::npos) return text;
    const std::size_t begin = found + opening.size();
    return text.substr(begin, text.find('\'', begin) - begin);
}

std::string recorded_cause() {
    std::string innermost;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &innermost);
    return system_message_in(innermost);
}

}  // namespace

QuietErrors::QuietErrors() noexcept : known_(H5Eget_auto2(H5E_DEFAULT, &handler_, &data_) >= 0) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

QuietErrors::~QuietErrors() {
    if (known_) H5Eset_auto2(H5E_DEFAULT, handler_, data_);
}

std::string failure(const Subject& subject, std::string_view what) {
    std::string message = subject.file.string() + ": ";
    if (!subject.object.empty()) message.append(subject.object).append(": ");
    message.append(what);
    const std::string cause = recorded_cause();
    return cause.empty() ? message : message + ": " + cause;
}

H5Type text_type() {
    H5Type type(H5Tcopy(H5T_C_S1));
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

}  // namespace asp::io::detail
