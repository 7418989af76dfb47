#include "gmm/frame_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <future>
#include <limits>

#include "asp/base/error.hpp"
#include "gmm/detail/row_file.hpp"

namespace gmm {
namespace {

using detail::RowFile;

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
    throw asp::InputError(name + ": " + what);
}

std::size_t row_number(const std::string& text, std::size_t otherwise, const std::string& whole,
                       const std::string& option) {
    if (text.empty()) return otherwise;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        refuse(fmt::format("{} {}", option, whole), "expected FIRST:END, as in 0:1000");
    return value;
}

}  // namespace

RowRange parse_row_range(const std::string& text, const std::string& option) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos)
        refuse(fmt::format("{} {}", option, text), "expected FIRST:END, as in 0:1000");
    const RowRange range{
        row_number(text.substr(0, colon), 0, text, option),
        row_number(text.substr(colon + 1), std::numeric_limits<std::size_t>::max(), text, option)};
    if (range.begin >= range.end)
        refuse(fmt::format("{} {}", option, text), "expected the smaller number first");
    return range;
}

/// Files one behind another, and the part of them that counts.
struct FrameInput::State {
    std::vector<std::shared_ptr<const RowFile>> files;
    std::shared_ptr<const RowFile> weights;
    RowRange rows{};
    bool is_part = false;

    std::size_t size() const { return rows.end - rows.begin; }
    std::size_t dimension() const { return files.front()->shape.columns; }

    struct Place {
        const RowFile* file;
        std::size_t row;  ///< in the file
    };
    Place place_of(std::size_t frame) const {
        std::size_t row = rows.begin + frame;
        for (const auto& file : files) {
            if (row < file->shape.rows) return {file.get(), row};
            row -= file->shape.rows;
        }
        return {files.back().get(), row};
    }
    template <class Real>
    void read(std::size_t first, std::span<Real> values) const {
        const std::size_t D = dimension();
        while (!values.empty()) {
            const Place place = place_of(first);
            const std::size_t count =
                std::min(values.size() / D, place.file->shape.rows - place.row);
            place.file->read(place.row, values.first(count * D));
            values = values.subspan(count * D);
            first += count;
        }
    }
};

namespace {

using State = FrameInput::State;

/// Why a value cannot be used, with its place.
template <class Real>
[[noreturn]] void refuse_value(const State& state, std::size_t frame, std::size_t column) {
    const auto [file, row] = state.place_of(frame);
    std::vector<double> stored(state.dimension());
    file->read(row, stored);
    if (std::isfinite(stored[column]))
        refuse(file->name, fmt::format("row {}, column {}: {:g} is beyond what single precision "
                                       "holds; expected --precision double",
                                       row, column, stored[column]));
    refuse(file->name,
           fmt::format("row {}, column {}: is {}: expected a finite number", row, column,
                       std::isnan(stored[column]) ? "not a number (nan)" : "infinite"));
}

template <class Real>
void check_values(const State& state, std::size_t first, std::span<const Real> values) {
    const std::size_t D = state.dimension();
    for (std::size_t begin = 0; begin < values.size(); begin += D) {
        Real sum = 0;  // 0 but where a value is infinite or none
        const Real* const row = values.data() + begin;
#pragma omp simd reduction(+ : sum)
        for (std::size_t i = 0; i < D; ++i) sum += row[i] * Real{0};
        if (sum == Real{0}) continue;
        std::size_t column = 0;
        while (std::isfinite(row[column])) ++column;
        refuse_value<Real>(state, first + begin / D, column);
    }
}

template <class Real>
void check_weights(const State& state, std::size_t first, std::span<const Real> weights) {
    for (std::size_t n = 0; n < weights.size(); ++n)
        if (!(weights[n] >= Real{0}) || !std::isfinite(weights[n]))
            refuse(state.weights->name,
                   fmt::format("row {}: {:g}: expected a weight that is not negative, and finite",
                               state.rows.begin + first + n, weights[n]));
}

/// A piece of the frames in memory.
template <class Real>
struct Block {
    std::vector<Real> values, weights;
    std::size_t first = 0, count = 0;
};

template <class Real>
class FramesOfFile final : public FrameSource<Real> {
public:
    FramesOfFile(const State& state, FrameInput::StreamOptions options)
        : state_(state), options_(std::move(options)) {
        const std::size_t D = state.dimension(), weighted = state.weights ? 1 : 0;
        const std::size_t slab_bytes = slab_frames * (D + weighted) * sizeof(Real);
        frames_in_block_ =
            slab_frames * std::max<std::size_t>(1, FrameInput::block_bytes / slab_bytes);
        keeps_ = state.size() * (D + weighted) * sizeof(Real) <= options_.memory;
    }

    std::size_t size() const override { return state_.size(); }
    std::size_t dimension() const override { return state_.dimension(); }

    void visit(const typename FrameSource<Real>::Take& take) override {
        if (keep_if_meant()) return show_kept(take);
        Block<Real> now, next;
        read(now, 0);
        while (now.count > 0) {
            stop_if_asked();
            const std::size_t end = now.first + now.count;
            auto reading = std::async(std::launch::async, [&] { read(next, end); });
            take(frames_of(now), now.first);
            reading.get();
            std::swap(now, next);
        }
        is_checked_ = true;
    }

    HeldFrames<Real>* held() override {
        if (!keep_if_meant()) return nullptr;
        stop_if_asked();
        return &held_;
    }

private:
    void stop_if_asked() const {
        if (options_.before_block) options_.before_block();
    }

    /// The block that begins at `first`; of no frames at the end.
    void read(Block<Real>& block, std::size_t first) {
        block.first = first;
        block.count = std::min(frames_in_block_, size() - first);
        block.values.resize(block.count * dimension());
        state_.read(first, std::span(block.values));
        if (state_.weights) {
            block.weights.resize(block.count);
            if (block.count > 0)
                state_.weights->read(state_.rows.begin + first, std::span(block.weights));
        }
        if (!is_checked_) check(block);
    }
    void check(const Block<Real>& block) {
        check_values<Real>(state_, block.first, block.values);
        check_weights<Real>(state_, block.first, block.weights);
        if (block.first == 0) total_weight_ = 0.0;  // an earlier pass may not have ended
        for (const Real weight : block.weights) total_weight_ += static_cast<double>(weight);
        if (block.first + block.count < size()) return;
        if (state_.weights && !state_.is_part && !(total_weight_ > 0.0))
            refuse(state_.weights->name, "all weights are 0: expected one that is more");
    }

    Frames<Real> frames_of(const Block<Real>& block) const {
        return {{block.values.data(), {block.count, dimension()}}, std::nullopt, block.weights};
    }

    bool keep_if_meant() {
        if (keeps_ && !is_checked_) keep();
        return keeps_;
    }
    void keep() {
        kept_.values.reserve(size() * dimension());
        Block<Real> block;
        while (kept_.count < size()) {
            stop_if_asked();
            read(block, kept_.count);
            kept_.values.insert(kept_.values.end(), block.values.begin(), block.values.end());
            kept_.weights.insert(kept_.weights.end(), block.weights.begin(), block.weights.end());
            kept_.count += block.count;
        }
        held_.frames = frames_of(kept_);
        is_checked_ = true;
    }
    /// In pieces that take milliseconds, so that a person who interrupts is heard.
    void show_kept(const typename FrameSource<Real>::Take& take) {
        constexpr std::size_t piece = 64 * slab_frames;
        for (std::size_t lo = 0; lo < size(); lo += piece) {
            stop_if_asked();
            take(held_.frames.part(lo, std::min(size(), lo + piece)), lo);
        }
    }

    const State& state_;
    FrameInput::StreamOptions options_;
    std::size_t frames_in_block_;
    bool keeps_, is_checked_ = false;
    double total_weight_ = 0.0;
    Block<Real> kept_;
    HeldFrames<Real> held_;
};

void check_shapes(const State& state) {
    for (const auto& file : state.files) {
        if (file->shape.is_list)
            refuse(file->name,
                   fmt::format("shape ({}): expected two dimensions, (frames, features)",
                               file->shape.rows));
        if (file->shape.rows == 0 || file->shape.columns == 0)
            refuse(file->name, fmt::format("shape ({}, {}): expected at least one frame of one "
                                           "feature",
                                           file->shape.rows, file->shape.columns));
        if (file->shape.columns != state.dimension())
            refuse(file->name,
                   fmt::format("has {} features: expected {}, as {} has", file->shape.columns,
                               state.dimension(), state.files.front()->name));
    }
}

}  // namespace

FrameInput::FrameInput(const FrameFiles& files) : state_(std::make_unique<State>()) {
    if (files.inputs.empty())
        throw asp::InputError("--input: expected FILE.h5:/dataset or FILE.npy");
    for (const std::string& name : files.inputs) state_->files.push_back(detail::open_rows(name));
    check_shapes(*state_);
    std::size_t rows = 0;
    for (const auto& file : state_->files) rows += file->shape.rows;
    if (!files.weights.empty()) {
        state_->weights = detail::open_rows(files.weights);
        const auto& shape = state_->weights->shape;
        if (shape.rows != rows || shape.columns != 1)
            refuse(files.weights,
                   fmt::format("shape {}: expected ({}), a weight for each frame",
                               shape.is_list ? fmt::format("({})", shape.rows)
                                             : fmt::format("({}, {})", shape.rows, shape.columns),
                               rows));
    }
    state_->rows = files.rows.value_or(RowRange{0, rows});
    if (state_->rows.end == std::numeric_limits<std::size_t>::max()) state_->rows.end = rows;
    if (state_->rows.end > rows || state_->rows.begin >= state_->rows.end)
        throw asp::InputError(fmt::format("--rows {}:{}: expected rows of [0, {})",
                                          state_->rows.begin, state_->rows.end, rows));
}

FrameInput::FrameInput(std::unique_ptr<State> state) : state_(std::move(state)) {}
FrameInput::FrameInput(FrameInput&&) noexcept = default;
FrameInput::~FrameInput() = default;

std::size_t FrameInput::size() const {
    return state_->size();
}
std::size_t FrameInput::dimension() const {
    return state_->dimension();
}
bool FrameInput::is_single() const {
    return std::all_of(state_->files.begin(), state_->files.end(),
                       [](const auto& file) { return file->shape.is_single; });
}
bool FrameInput::has_weights() const {
    return state_->weights != nullptr;
}
std::string FrameInput::name_of(std::size_t frame) const {
    const auto [file, row] = state_->place_of(frame);
    return fmt::format("{}: row {}", file->name, row);
}

FrameInput FrameInput::part(std::size_t index, std::size_t count) const {
    auto part = std::make_unique<State>(*state_);
    const std::size_t rows = size();
    part->rows = {state_->rows.begin + rows * index / count,
                  state_->rows.begin + rows * (index + 1) / count};
    part->is_part = count > 1;
    return FrameInput(std::move(part));
}

template <class Real>
std::unique_ptr<FrameSource<Real>> FrameInput::frames(StreamOptions options) const {
    return std::make_unique<FramesOfFile<Real>>(*state_, std::move(options));
}
template std::unique_ptr<FrameSource<float>> FrameInput::frames(StreamOptions) const;
template std::unique_ptr<FrameSource<double>> FrameInput::frames(StreamOptions) const;

}  // namespace gmm
