#include "krylov/distributed/ghosted_akx.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "krylov/distributed/detail/input.hpp"
#include "krylov/distributed/detail/messages.hpp"
#include "krylov/distributed/detail/mpi.hpp"

namespace krylov {
namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

/// Own rows and ghost rows as one square matrix, in the order of their global numbers.
struct Closure {
    std::vector<std::int64_t> number;  ///< [rows] global, rising
    std::int64_t first_own = 0;
    Csr<double> matrix;  ///< ghosts at distance k have no entries
    std::vector<HaloMessage> received;
    std::int64_t ghost_entries = 0;
};

/// Ghosts by rising row number.
std::vector<std::size_t> sorted_ghosts(const detail::Ghosts& ghosts) {
    std::vector<std::size_t> order(ghosts.row.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t ghost) { return ghosts.row[ghost]; });
    return order;
}

Closure close(const detail::OwnRows& own, const RowLayout& layout, std::int64_t first_row,
              const detail::Ghosts& ghosts) {
    Closure closure;
    const auto order = sorted_ghosts(ghosts);
    const auto below = std::ranges::partition_point(
        order, [&](std::size_t ghost) { return ghosts.row[ghost] < first_row; });
    closure.first_own = below - order.begin();
    for (auto ghost = order.begin(); ghost != below; ++ghost)
        closure.number.push_back(ghosts.row[*ghost]);
    for (std::int64_t i = 0; i < own.rows(); ++i) closure.number.push_back(first_row + i);
    for (auto ghost = below; ghost != order.end(); ++ghost)
        closure.number.push_back(ghosts.row[*ghost]);

    Csr<double>& matrix = closure.matrix;
    matrix.columns = std::ssize(closure.number);
    const auto add = [&](auto column, auto value, std::int64_t begin, std::int64_t end) {
        for (std::int64_t j = begin; j < end; ++j) {
            const auto found = std::ranges::lower_bound(closure.number, column[at(j)]);
            matrix.column.push_back(static_cast<std::int32_t>(found - closure.number.begin()));
            matrix.value.push_back(value[at(j)]);
        }
        matrix.row_start.push_back(matrix.nonzeros());
    };
    std::map<int, std::vector<HaloSlot>> received;
    const auto add_ghost = [&](std::size_t ghost) {
        received[layout.owner(ghosts.row[ghost])].push_back(
            {0, static_cast<std::int32_t>(matrix.rows())});
        const bool is_far = ghost + 1 >= ghosts.row_start.size();
        const std::int64_t begin = is_far ? 0 : ghosts.row_start[ghost];
        const std::int64_t end = is_far ? 0 : ghosts.row_start[ghost + 1];
        closure.ghost_entries += end - begin;
        add(std::span(ghosts.column), std::span(ghosts.value), begin, end);
    };
    std::for_each(order.begin(), below, add_ghost);
    for (std::int64_t i = 0; i < own.rows(); ++i)
        add(own.column, own.value, own.row_start[at(i)], own.row_start[at(i) + 1]);
    std::for_each(below, order.end(), add_ghost);
    for (auto& [rank, slots] : received) closure.received.push_back({rank, std::move(slots)});
    return closure;
}

/// Collective: where one rank cannot plan, all hear of it.
std::unique_ptr<Akx<double>> agreed_plan(const Communicator& ranks, const Csr<double>& matrix,
                                         const PlanOptions& options, const asp::Context& context) {
    std::unique_ptr<Akx<double>> akx;
    std::optional<std::string> problem;
    try {
        akx = std::make_unique<Akx<double>>(matrix.view(), options, context);
    } catch (const std::exception& error) {
        problem = error.what();
    }
    ranks.agree(problem);
    return akx;
}

}  // namespace

struct GhostedAkx::State {
    Communicator communicator;
    RowLayout layout;
    asp::Extents<3> extents{};  ///< of a basis
    Closure closure;
    std::unique_ptr<Akx<double>> akx;
    std::unique_ptr<Halo> halo;
    DistributedCost cost;

    State(const Communicator& ranks, const detail::OwnRows& own, const PlanOptions& options,
          const asp::Context& context)
        : communicator(ranks),
          layout(detail::agreed_layout(ranks, own, {.k = options.k, .vectors = options.vectors})) {
        const std::int64_t first_row = layout.start[at(ranks.rank())];
        const std::vector<std::int32_t> nobody_asks(at(own.rows()), 0);
        const auto ghosts = detail::gather_ghosts(ranks, layout, own, nobody_asks, options.k);
        closure = close(own, layout, first_row, ghosts);
        extents = {at(options.k) + 1, at(options.vectors), closure.number.size()};
        akx = agreed_plan(ranks, closure.matrix, options, context);
        auto sent = detail::messages_to_send(
            ranks, closure.received,
            [this](std::int32_t position) { return closure.number[at(position)]; }, first_row);
        halo =
            std::make_unique<Halo>(ranks, std::move(sent), closure.received, at(options.vectors));
        cost = detail::cost_of(*halo, at(options.vectors));
        cost.ghost_rows = std::ssize(ghosts.row);
        cost.needed_products = own.nonzeros() * options.k;
        cost.redundant_products = closure.ghost_entries * options.k;
    }
};

GhostedAkx::GhostedAkx(const Communicator& communicator, const CsrView<double, std::int64_t>& own,
                       const PlanOptions& options, const asp::Context& context)
    : state_(std::make_unique<State>(communicator, own, options, context)) {}
GhostedAkx::GhostedAkx(GhostedAkx&&) noexcept = default;
GhostedAkx::~GhostedAkx() = default;

void GhostedAkx::powers(asp::View<double, 3> basis, const Recurrence& recurrence,
                        const asp::Team* team) {
    State& state = *state_;
    auto problem = detail::problem_of_call(basis.extents(), state.extents, recurrence);
    const bool is_bad = problem.has_value();
    detail::PendingAgreement agreement(state.communicator, std::move(problem));
    // The others wait for this rank's messages whatever it was given: send them something.
    asp::Array<double, 3> stand_in;
    if (is_bad) basis = (stand_in = asp::Array<double, 3>(state.extents)).view();
    state.halo->receive();
    detail::send(*state.halo, basis, state.closure.first_own);
    state.halo->finish();
    agreement.finish();
    detail::unpack(*state.halo, basis);
    state.akx->powers(basis, recurrence, team);
}

std::int64_t GhostedAkx::ghosted_rows() const {
    return std::ssize(state_->closure.number);
}
std::int64_t GhostedAkx::first_own() const {
    return state_->closure.first_own;
}
const Plan& GhostedAkx::plan() const {
    return state_->akx->plan();
}
const RowLayout& GhostedAkx::layout() const {
    return state_->layout;
}
const DistributedCost& GhostedAkx::cost() const {
    return state_->cost;
}

}  // namespace krylov
