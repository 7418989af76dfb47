#include "krylov/detail/gram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "asp/base/error.hpp"
#include "krylov/detail/multiply_add.hpp"
#include "krylov/native_kernels.hpp"

namespace krylov::detail {
namespace {

template <class Scalar>
constexpr bool is_real = std::is_floating_point_v<Scalar>;

/// high + low + more, with what the sum loses.
template <class Real>
void add(Real& high, Real& low, Real more) {
    const Real sum = high + more, rest = sum - high;
    low += (high - (sum - rest)) + (more - rest);
    high = sum;
}

}  // namespace

template <class Scalar>
struct GramAccumulator<Scalar>::Part {
    Scalar high{}, low{};
};

template <class Scalar>
GramAccumulator<Scalar>::GramAccumulator(std::vector<Scalar*> levels, std::int64_t rows,
                                         const GramRequest<Scalar>& request)
    : vectors_(levels.begin(), levels.end()),
      rows_(rows),
      request_(request),
      blocks_(static_cast<std::size_t>((rows + block_rows - 1) / block_rows)),
      made_(std::make_unique<std::atomic<std::int64_t>[]>(blocks_)) {
    if (request.gram.extents() != asp::Extents<2>{levels.size(), levels.size()})
        throw asp::InputError(fmt::format("gram has shape [{}, {}]: expected [{}, {}]",
                                          request.gram.extent(0), request.gram.extent(1),
                                          levels.size(), levels.size()));
    if ((request.vector == nullptr) != (request.projected == nullptr))
        throw asp::InputError("gram: expected a vector and a place for its projection, or neither");
    if (!is_real<Scalar> && request.is_doubled)
        throw asp::InputError("gram: doubled precision: expected a real matrix");
    if (request.vector != nullptr) vectors_.push_back(request.vector);
    parts_.resize(blocks_ * vectors_.size() * vectors_.size());
}

template <class Scalar>
GramAccumulator<Scalar>::~GramAccumulator() = default;

template <class Scalar>
void GramAccumulator<Scalar>::finished(std::int64_t begin, std::int64_t end) {
    end = std::min(end, rows_);
    while (begin < end) {
        const std::int64_t block = begin / block_rows;
        const std::int64_t last = std::min((block + 1) * block_rows, rows_);
        const std::int64_t here = std::min(end, last) - begin;
        const auto b = static_cast<std::size_t>(block);
        // Whoever makes a block's last rows sees the others': each added its rows after writing.
        if (made_[b].fetch_add(here, std::memory_order_acq_rel) + here == last - block * block_rows)
            add_block(b);
        begin += here;
    }
}

template <class Scalar>
void GramAccumulator<Scalar>::add_block(std::size_t block) {
    const auto count = vectors_.size();
    const auto lo = static_cast<long>(block) * block_rows;
    const long hi = std::min<long>(lo + block_rows, rows_);
    Part* const part = &parts_[block * count * count];
    if constexpr (is_real<Scalar>) {
        // The same layout: a sum and its rounding error.
        gram_kernel<Scalar>(request_.is_doubled)(vectors_.data(), static_cast<int>(count), lo, hi,
                                                 reinterpret_cast<GramSum<Scalar>*>(part));
    } else {
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t j = i; j < count; ++j)
                for (long r = lo; r < hi; ++r)
                    part[i * count + j].high = multiply_add(
                        std::conj(vectors_[i][r]), vectors_[j][r], part[i * count + j].high);
    }
}

template <class Scalar>
void GramAccumulator<Scalar>::complete() {
    const std::size_t count = vectors_.size(), levels = request_.gram.extent(0);
    for (std::size_t i = 0; i < levels; ++i)
        for (std::size_t j = i; j < count; ++j) {
            Scalar high{}, low{};
            for (std::size_t b = 0; b < blocks_; ++b) {
                const Part& part = parts_[b * count * count + i * count + j];
                if (request_.is_doubled) {
                    add(high, low, part.high);
                    low += part.low;
                } else {
                    high += part.high;
                }
            }
            const Scalar value = high + low;
            if (j == levels) {
                request_.projected[i] = value;
                continue;
            }
            request_.gram(i, j) = value;
            if constexpr (is_real<Scalar>)
                request_.gram(j, i) = value;
            else
                request_.gram(j, i) = std::conj(value);
        }
}

template class GramAccumulator<double>;
template class GramAccumulator<float>;
template class GramAccumulator<std::complex<double>>;
template class GramAccumulator<std::complex<float>>;

}  // namespace krylov::detail
