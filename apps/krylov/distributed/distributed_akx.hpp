#pragma once

#include <cstdint>
#include <memory>

#include "asp/base/array.hpp"
#include "krylov/basis.hpp"
#include "krylov/csr.hpp"
#include "krylov/distributed/communicator.hpp"
#include "krylov/distributed/row_layout.hpp"

namespace krylov {

enum class DistributedMethod {
    pa1,  ///< x to the depth k before all else; the ghosts' levels are made again here
    pa2,  ///< first what each rank can alone, then those levels: less work twice, no overlap
};

struct DistributedOptions {
    int k = 8;
    int vectors = 1;  ///< at once, 1 to 8
    DistributedMethod method = DistributedMethod::pa1;
};

/// What one call costs this rank.
struct DistributedCost {
    std::int64_t messages_sent = 0, messages_received = 0;
    std::int64_t bytes_sent = 0, bytes_received = 0;
    std::int64_t ghost_rows = 0;          ///< of other ranks, kept here
    std::int64_t needed_products = 0;     ///< k times the own nonzeros
    std::int64_t redundant_products = 0;  ///< of ghost rows, made elsewhere too
};

/// The matrix powers kernel over MPI: one message to each neighbour for k levels, in place of k.
/// Each row's products are added in the order of its global columns, with fused multiply-adds: any
/// number of ranks gives the bits of reference_powers.
/// Source: Demmel, Hoemmen, Mohiyuddin and Yelick (2008), algorithms PA1 and PA2.
class DistributedAkx {
public:
    /// Collective. `own` are this rank's rows of a square matrix, the next after those of the rank
    /// before, with global columns; there may be none. They are copied. Fetches the rows of other
    /// ranks that k levels reach. Where one rank's input is bad or options differ, all throw the
    /// same InputError.
    DistributedAkx(const Communicator& communicator, const CsrView<double, std::int64_t>& own,
                   const DistributedOptions& options);
    DistributedAkx(DistributedAkx&&) noexcept;
    ~DistributedAkx();

    /// Collective. `basis` [k + 1, vectors, own rows]: [0] holds x and is read, the others are
    /// written. Where one rank's sizes or recurrence do not fit, all throw the same InputError;
    /// they hear of it by a reduction of one number, hidden behind the interior rows.
    void powers(asp::View<double, 3> basis, const Recurrence& recurrence);
    /// Collective. result [vectors, own rows] = sum over p of coefficient[p] x_p, p = 0 first.
    void polynomial(asp::View<const double, 2> x, const Polynomial& polynomial,
                    asp::View<double, 2> result);

    const RowLayout& layout() const;
    const DistributedCost& cost() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace krylov
