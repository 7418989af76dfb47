#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "krylov/akx.hpp"

namespace krylov::detail {

/// Adds up V^H V and V^H r block by block, as soon as all vectors of a block of rows are made. Each
/// block's sums have a place of their own, added in their order at the end: the result does not
/// depend on who makes which block when.
template <class Scalar>
class GramAccumulator {
public:
    /// `levels` [k + 1] vectors of `rows`. Throws InputError for a request that does not fit.
    GramAccumulator(std::vector<Scalar*> levels, std::int64_t rows,
                    const GramRequest<Scalar>& request);
    ~GramAccumulator();

    /// Rows [begin, end) of all vectors are made. From any thread.
    void finished(std::int64_t begin, std::int64_t end);
    /// When all rows are: fills the request's arrays.
    void complete();

private:
    struct Part;
    static constexpr std::int64_t block_rows = 512;

    void add_block(std::size_t block);

    std::vector<const Scalar*> vectors_;  ///< levels, then r where there is one
    std::int64_t rows_;
    GramRequest<Scalar> request_;
    std::size_t blocks_;
    std::unique_ptr<std::atomic<std::int64_t>[]> made_;  ///< [blocks] rows
    std::vector<Part> parts_;                            ///< [blocks, vectors, vectors]
};

}  // namespace krylov::detail
