#pragma once

#include "gmm/engine.hpp"

namespace gmm::detail {

/// Frames whose weights are looked at when they are first shown: throws InputError for one that is
/// negative or not finite, naming its row.
template <class Real>
class CheckedFrames final : public FrameSource<Real> {
public:
    explicit CheckedFrames(FrameSource<Real>& frames) : frames_(frames) {}
    std::size_t size() const override { return frames_.size(); }
    std::size_t dimension() const override { return frames_.dimension(); }
    void visit(const typename FrameSource<Real>::Take& take) override;
    HeldFrames<Real>* held() override;

private:
    FrameSource<Real>& frames_;
    bool is_checked_ = false;
};

/// Throws InputError for no frames or no dimensions.
template <class Real>
void require_frames(const FrameSource<Real>& frames);

/// Throws InputError for the first value that is not finite, with its row and column. For a sum
/// that came out wrong: looking costs a pass. If all are finite they are too large for Real: the
/// largest is told.
template <class Real>
[[noreturn]] void explain_overflow(FrameSource<Real>& frames);

/// As finite_statistics(); throws InputError where all weights are 0, too.
template <class Real>
Statistics weighed_statistics(const Mixture& mixture, FrameSource<Real>& frames,
                              const Engine& engine, double regularization);

/// Row of frame n of a block that begins with frame `first`, as a person counts rows.
template <class Real>
std::size_t row_number(const Frames<Real>& block, std::size_t first, std::size_t n) {
    if (!block.origins.empty()) return block.origins[block.row(n)];
    return block.chosen ? block.row(n) : first + n;
}

/// Throws InputError where frame n of the block has a value that is not finite.
template <class Real>
void require_finite(const Frames<Real>& block, std::size_t first, std::size_t n);

}  // namespace gmm::detail
