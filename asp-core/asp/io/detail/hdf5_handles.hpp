#pragma once

#include <hdf5.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "asp/base/unique_handle.hpp"

namespace asp::io::detail {

using H5File = UniqueHandle<hid_t, H5Fclose, H5I_INVALID_HID>;
using H5Group = UniqueHandle<hid_t, H5Gclose, H5I_INVALID_HID>;
using H5Object = UniqueHandle<hid_t, H5Oclose, H5I_INVALID_HID>;
using H5Dataset = UniqueHandle<hid_t, H5Dclose, H5I_INVALID_HID>;
using H5Attribute = UniqueHandle<hid_t, H5Aclose, H5I_INVALID_HID>;
using H5Space = UniqueHandle<hid_t, H5Sclose, H5I_INVALID_HID>;
using H5Type = UniqueHandle<hid_t, H5Tclose, H5I_INVALID_HID>;
using H5Properties = UniqueHandle<hid_t, H5Pclose, H5I_INVALID_HID>;

/// Keeps HDF5 from printing its errors while it lives; other users of the library keep their way.
class QuietErrors {
public:
    QuietErrors() noexcept;
    QuietErrors(const QuietErrors&) = delete;
    QuietErrors& operator=(const QuietErrors&) = delete;
    ~QuietErrors();

private:
    H5E_auto2_t handler_ = nullptr;
    void* data_ = nullptr;
    bool known_;
};

/// What a message is about.
struct Subject {
    const std::filesystem::path& file;
    std::string_view object;  ///< may be empty
};

/// One line: "file: object: what: cause", the cause as HDF5 recorded it where the failure began.
std::string failure(const Subject& subject, std::string_view what);

/// The status or handle itself, unless it tells of a failure.
template <class Error, class Status>
Status require(Status status, const Subject& subject, std::string_view what) {
    if (status < 0) throw Error(failure(subject, what));
    return status;
}

/// Variable-length UTF-8, which other tools show as text.
H5Type text_type();

}  // namespace asp::io::detail
