#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asp {

/// Bad input from a person: a file, a config, an argument. Holds one or more complete lines.
class InputError : public std::runtime_error {
public:
    explicit InputError(std::string line) : InputError(std::vector{std::move(line)}) {}
    explicit InputError(std::vector<std::string> lines);

    const std::vector<std::string>& lines() const noexcept { return lines_; }

private:
    std::vector<std::string> lines_;
};

/// A broken promise of the machine: file system, device, compiler.
class BackendError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A mistake of ours, found by ASP_ASSERT.
class AssertionFailure : public std::logic_error {
    using std::logic_error::logic_error;
};

namespace detail {
/// Prints and throws "file:line: assertion failed: condition".
[[noreturn]] void fail_assertion(const char* condition, const char* file, int line);
}  // namespace detail

}  // namespace asp

/// Throws AssertionFailure unless the condition holds. Stays on in release builds: keep it out of
/// inner loops.
#ifdef ASP_NO_ASSERT
#define ASP_ASSERT(...) static_cast<void>(sizeof((__VA_ARGS__) ? 1 : 0))
#else
#define ASP_ASSERT(...)                   \
    ((__VA_ARGS__) ? static_cast<void>(0) \
                   : ::asp::detail::fail_assertion(#__VA_ARGS__, __FILE__, __LINE__))
#endif
