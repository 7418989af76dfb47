#include "asp/base/error.hpp"

#include <cstdio>

namespace asp {

namespace {
std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        if (!text.empty()) text += '\n';
        text += line;
    }
    return text;
}
}  // namespace

InputError::InputError(std::vector<std::string> lines)
    : std::runtime_error(joined(lines)), lines_(std::move(lines)) {}

void detail::fail_assertion(const char* condition, const char* file, int line) {
    const std::string message =
        std::string(file) + ':' + std::to_string(line) + ": assertion failed: " + condition;
    std::fprintf(stderr, "%s\n", message.c_str());  // heard even if somebody swallows the exception
    throw AssertionFailure(message);
}

}  // namespace asp
