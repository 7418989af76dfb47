#pragma once

#include <string>
#include <vector>

#include "asp/base/error.hpp"

namespace asp {

/// Collects all complaints about some input, so that a person gets them in one go.
class Diagnostics {
public:
    void error(std::string line) { lines_.push_back(std::move(line)); }

    bool empty() const noexcept { return lines_.empty(); }
    std::size_t size() const noexcept { return lines_.size(); }
    const std::vector<std::string>& lines() const noexcept { return lines_; }

    /// Throws one InputError with every line in order, if there is any.
    void throw_if_any() const {
        if (!lines_.empty()) throw InputError(lines_);
    }

private:
    std::vector<std::string> lines_;
};

}  // namespace asp
