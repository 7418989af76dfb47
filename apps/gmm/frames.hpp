#pragma once

#include <any>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "asp/base/array.hpp"

namespace gmm {

/// Frames (observations) to be modelled: rows of an array, all of them or those in a list. Nothing
/// is owned or copied.
template <class Real>
struct Frames {
    asp::View<const Real, 2> rows;  ///< [rows, D]
    /// [N] numbers of rows; none: all rows in their order.
    std::optional<std::span<const std::int64_t>> chosen = {};
    std::span<const Real> weights = {};  ///< [rows] at least 0; empty: all 1
    /// [rows] where a person finds them, if they are some of the rows of something else.
    std::span<const std::size_t> origins = {};

    std::size_t size() const { return chosen ? chosen->size() : rows.extent(0); }
    std::size_t dimension() const { return rows.extent(1); }
    std::size_t row(std::size_t n) const {
        return chosen ? static_cast<std::size_t>((*chosen)[n]) : n;
    }
    double weight(std::size_t n) const {
        return weights.empty() ? 1.0 : static_cast<double>(weights[row(n)]);
    }
    /// Frames [lo, hi) of these.
    Frames part(std::size_t lo, std::size_t hi) const {
        if (chosen) return {rows, chosen->subspan(lo, hi - lo), weights, origins};
        const auto some = [&](auto all) { return all.empty() ? all : all.subspan(lo, hi - lo); };
        return {{rows.data() + lo * dimension(), {hi - lo, dimension()}},
                std::nullopt,
                some(weights),
                some(origins)};
    }
};

/// Sums are made over slabs of so many frames (whole tiles of kernels), and those added in the
/// order of one binary tree: the same bits for any number of harts and any blocks.
constexpr std::size_t slab_frames = 1920;

/// Frames that are in memory, and stay as they are, as long as their source lives; with a back
/// end's own copy of them, which it makes when it first sees them.
template <class Real>
struct HeldFrames {
    Frames<Real> frames;
    std::any copy = {};
};

/// Frames that come in blocks, again for each pass: they need not fit memory.
template <class Real>
class FrameSource {
public:
    using Take = std::function<void(const Frames<Real>& block, std::size_t first)>;

    virtual ~FrameSource() = default;
    virtual std::size_t size() const = 0;
    virtual std::size_t dimension() const = 0;
    /// Shows all frames once, in order: `first` is the number of the block's first frame. All
    /// blocks but the last hold a multiple of slab_frames.
    virtual void visit(const Take& take) = 0;
    /// All of them, for a pass that takes them at once; null where they come in blocks only.
    virtual HeldFrames<Real>* held() { return nullptr; }
};

/// Frames that are in memory: one block.
template <class Real>
class FramesInMemory final : public FrameSource<Real> {
public:
    explicit FramesInMemory(const Frames<Real>& frames) : held_{frames} {}
    std::size_t size() const override { return held_.frames.size(); }
    std::size_t dimension() const override { return held_.frames.dimension(); }
    void visit(const typename FrameSource<Real>::Take& take) override { take(held_.frames, 0); }
    HeldFrames<Real>* held() override { return &held_; }

private:
    HeldFrames<Real> held_;
};

}  // namespace gmm
