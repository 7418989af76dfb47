#include "krylov/distributed/distributed_akx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "krylov/distributed/detail/input.hpp"
#include "krylov/distributed/detail/messages.hpp"
#include "krylov/distributed/detail/mpi.hpp"
#include "krylov/distributed/detail/row_products.hpp"
#include "krylov/distributed/detail/skirt.hpp"
#include "krylov/distributed/halo.hpp"

namespace krylov {
namespace {

using detail::OwnRows;
using detail::Range;

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

/// Own rows that need nobody else, with own columns; the others are empty.
Csr<double> interior_rows(const OwnRows& own, std::int64_t first_row,
                          const std::vector<std::int32_t>& levels) {
    Csr<double> interior;
    interior.columns = own.rows();
    for (std::size_t i = 0; i < levels.size(); ++i) {
        for (auto j = own.row_start[i]; levels[i] > 0 && j < own.row_start[i + 1]; ++j) {
            interior.column.push_back(static_cast<std::int32_t>(own.column[at(j)] - first_row));
            interior.value.push_back(own.value[at(j)]);
        }
        interior.row_start.push_back(interior.nonzeros());
    }
    return interior;
}

/// The stretches of rows that have each level alone.
std::vector<std::vector<Range>> interior_ranges(const std::vector<std::int32_t>& levels,
                                                std::int32_t k) {
    std::vector<std::vector<Range>> ranges(at(k) + 1);
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(levels.size()); ++i)
        for (std::int32_t level = 1; level <= levels[at(i)]; ++level) {
            auto& there = ranges[at(level)];
            if (!there.empty() && there.back().end == i)
                ++there.back().end;
            else
                there.push_back({i, i + 1});
        }
    return ranges;
}

}  // namespace

struct DistributedAkx::State {
    Communicator communicator;
    DistributedOptions options;
    RowLayout layout;
    DistributedCost cost;
    Csr<double> interior;
    std::vector<std::vector<Range>> interior_ranges;  ///< [k + 1]
    detail::Skirt skirt;
    asp::Array<double, 3> values;  ///< [k + 1, vectors, entries of the skirt]
    std::unique_ptr<Halo> halo;

    State(const Communicator& ranks, const OwnRows& own, const DistributedOptions& given)
        : communicator(ranks), options(given), layout(detail::agreed_layout(ranks, own, given)) {
        const std::int32_t k = options.k;
        const std::int64_t first_row = layout.start[at(ranks.rank())];
        const auto levels = detail::levels_alone(own, first_row, k);
        const auto ghosts = detail::gather_ghosts(ranks, layout, own, levels, k);
        interior = interior_rows(own, first_row, levels);
        interior_ranges = krylov::interior_ranges(levels, k);
        skirt = detail::make_skirt(own, layout, first_row, levels, ghosts, k,
                                   options.method == DistributedMethod::pa1
                                       ? detail::GhostValues::from_start
                                       : detail::GhostValues::from_owner);
        values = asp::Array<double, 3>(
            {at(k) + 1, at(options.vectors), static_cast<std::size_t>(skirt.entries())});
        const auto number = [&](std::int32_t entry) {
            return ghosts.row[at(entry) - skirt.own.size()];
        };
        halo = std::make_unique<Halo>(
            ranks, detail::messages_to_send(ranks, skirt.received, number, first_row),
            skirt.received, at(options.vectors));
        cost = detail::cost_of(*halo, at(options.vectors));
        cost.ghost_rows = std::ssize(ghosts.row);
        cost.needed_products = own.nonzeros() * options.k;
        cost.redundant_products = skirt.redundant_products;
    }

    /// Rows that need nobody else, all levels, while messages move.
    void take_interior(asp::View<double, 3> basis, const Recurrence& recurrence) {
        for (std::size_t level = 1; level <= recurrence.k(); ++level) {
            for (std::size_t v = 0; v < basis.extent(1); ++v)
                for (const Range& range : interior_ranges[level])
                    take_level(
                        interior.view(), range, recurrence, level - 1, basis[level - 1][v].data(),
                        level > 1 ? basis[level - 2][v].data() : nullptr, basis[level][v].data());
            halo->progress();
        }
    }

    /// The rest of the own rows, and of the ghosts what they need.
    void take_skirt(asp::View<double, 3> basis, const Recurrence& recurrence) {
        for (std::size_t level = 1; level <= recurrence.k(); ++level)
            for (std::size_t v = 0; v < basis.extent(1); ++v) {
                double* const before = values[level - 1][v].data();
                const auto made = at(skirt.own_end[level - 1]);
                for (std::size_t i = 0; i < made; ++i)
                    before[i] = basis(level - 1, v, skirt.own[i]);
                double* const here = values[level][v].data();
                for (const Range& range : skirt.computed[level])
                    take_level(skirt.rows.view(), range, recurrence, level - 1, before,
                               level > 1 ? values[level - 2][v].data() : nullptr, here);
                for (auto i = at(skirt.own_end[level]); i < skirt.own.size(); ++i)
                    basis(level, v, skirt.own[i]) = here[i];
            }
    }

    /// Collective. Where there is a problem, on this rank or another, all throw.
    void take_levels(asp::View<double, 3> basis, const Recurrence& recurrence,
                     std::optional<std::string> problem) {
        const asp::Extents<3> extents{at(options.k) + 1, at(options.vectors),
                                      static_cast<std::size_t>(interior.rows())};
        if (!problem) problem = detail::problem_of_call(basis.extents(), extents, recurrence);
        const bool is_bad = problem.has_value();
        detail::PendingAgreement agreement(communicator, std::move(problem));
        // The others wait for this rank's messages whatever it was given: send them something.
        asp::Array<double, 3> stand_in;
        if (is_bad) basis = (stand_in = asp::Array<double, 3>(extents)).view();

        halo->receive();
        if (options.method == DistributedMethod::pa1) detail::send(*halo, basis, 0);
        if (!is_bad) take_interior(basis, recurrence);
        if (options.method == DistributedMethod::pa2) detail::send(*halo, basis, 0);
        halo->finish();
        agreement.finish();
        detail::unpack(*halo, values);
        take_skirt(basis, recurrence);
    }
};

DistributedAkx::DistributedAkx(const Communicator& communicator,
                               const CsrView<double, std::int64_t>& own,
                               const DistributedOptions& options)
    : state_(std::make_unique<State>(communicator, own, options)) {}
DistributedAkx::DistributedAkx(DistributedAkx&&) noexcept = default;
DistributedAkx::~DistributedAkx() = default;

void DistributedAkx::powers(asp::View<double, 3> basis, const Recurrence& recurrence) {
    state_->take_levels(basis, recurrence, std::nullopt);
}

void DistributedAkx::polynomial(asp::View<const double, 2> x, const Polynomial& polynomial,
                                asp::View<double, 2> result) {
    const std::size_t k = polynomial.recurrence.k();
    asp::Array<double, 3> basis({k + 1, x.extent(0), x.extent(1)});
    std::ranges::copy(x, basis.begin());
    state_->take_levels(basis, polynomial.recurrence,
                        detail::problem_of_polynomial(x.extents(), polynomial, result.extents()));
    for (std::size_t i = 0; i < x.size(); ++i)
        result.data()[i] = polynomial.coefficient[0] * x.data()[i];
    const std::span sum(result.data(), result.size());
    for (std::size_t p = 1; p <= k; ++p)
        detail::add_multiple(polynomial.coefficient[p],
                             std::span(basis.data() + p * x.size(), x.size()), sum);
}

const RowLayout& DistributedAkx::layout() const {
    return state_->layout;
}
const DistributedCost& DistributedAkx::cost() const {
    return state_->cost;
}

}  // namespace krylov
