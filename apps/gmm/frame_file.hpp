#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmm/frames.hpp"

namespace gmm {

namespace detail {
class RowFile;
}

/// Rows [begin, end) of a file, from 0.
struct RowRange {
    std::size_t begin, end;
};
/// "1000:2000", "1000:", ":2000". Throws InputError that begins with `option`.
RowRange parse_row_range(const std::string& text, const std::string& option = "--rows");

/// Where frames lie: "FILE.h5:/dataset" or "FILE.npy" of shape [frames, features], float32 or
/// float64.
struct FrameFiles {
    std::vector<std::string> inputs;    ///< one behind another
    std::string weights = {};           ///< of all these frames, one list; empty: all 1
    std::optional<RowRange> rows = {};  ///< of all these frames; none: all
};

/// Frames in files, opened and looked at, but for their values. They are checked the first time
/// they are shown: a value that is not finite, a negative weight and weights that are all zero
/// throw InputError, with file, row and column.
class FrameInput {
public:
    /// Throws InputError for files that are not there, of another shape or type.
    explicit FrameInput(const FrameFiles& files);
    FrameInput(FrameInput&&) noexcept;
    ~FrameInput();

    std::size_t size() const;
    std::size_t dimension() const;
    bool is_single() const;  ///< all files hold float32
    bool has_weights() const;
    /// "FILE: row 17", as a complaint begins.
    std::string name_of(std::size_t frame) const;
    /// The `index`th of `count` equal parts: what a rank of several takes.
    FrameInput part(std::size_t index, std::size_t count) const;

    struct StreamOptions {
        /// Frames that take no more are kept in memory, the others read again for each pass
        /// [bytes].
        std::size_t memory = 0;
        /// Called before each block; what it throws ends the pass.
        std::function<void()> before_block = {};
    };
    /// Shows the frames as Real, whatever is stored. One pass at a time. This must outlive it.
    /// Holds two blocks of `block_bytes` (or of slab_frames frames, where these are larger), one
    /// being read while the other is worked on.
    template <class Real>
    std::unique_ptr<FrameSource<Real>> frames(StreamOptions options) const;
    template <class Real>
    std::unique_ptr<FrameSource<Real>> frames() const {
        return frames<Real>({});
    }
    static constexpr std::size_t block_bytes = std::size_t{8} << 20U;

    struct State;

private:
    explicit FrameInput(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace gmm
