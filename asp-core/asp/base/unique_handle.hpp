#pragma once

#include <utility>

namespace asp {

/// Owns one handle of a C library, released by `Close`. Moves; never copies, never re-seats.
template <class Handle, auto Close, Handle Invalid = Handle{}>
class UniqueHandle {
public:
    explicit UniqueHandle(Handle handle) noexcept : handle_(handle) {}
    UniqueHandle(UniqueHandle&& other) noexcept : handle_(std::exchange(other.handle_, Invalid)) {}
    UniqueHandle(const UniqueHandle&) = delete;
    UniqueHandle& operator=(const UniqueHandle&) = delete;
    UniqueHandle& operator=(UniqueHandle&&) = delete;
    ~UniqueHandle() {
        if (handle_ != Invalid) Close(handle_);  // nobody is left to hear a failure here
    }

    Handle get() const noexcept { return handle_; }
    /// False when the library gave no handle, or it was moved or released.
    explicit operator bool() const noexcept { return handle_ != Invalid; }
    /// Gives the handle up: to close it where a failure is heard.
    [[nodiscard]] Handle release() noexcept { return std::exchange(handle_, Invalid); }

private:
    Handle handle_;
};

}  // namespace asp
