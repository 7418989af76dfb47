#include "krylov/akx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "asp/base/error.hpp"
#include "krylov/detail/gram.hpp"
#include "krylov/detail/multiply_add.hpp"
#include "krylov/detail/planner.hpp"
#include "krylov/detail/renumbered_powers.hpp"

namespace krylov {

using detail::Vectors;

template <class Scalar>
struct Akx<Scalar>::State {
    PlanOptions options;
    detail::Prepared<Scalar> prepared;
    std::int64_t rows = 0;

    const detail::Engine<Scalar>& engine() const {
        return prepared.tiles ? prepared.tiles->engine()
                              : prepared.engine_for(prepared.plan.chosen);
    }
    Vectors<Scalar> levels_of(asp::View<Scalar, 3> basis, const Recurrence& recurrence) const;

    /// Memory of calls that are over, for those that come.
    std::atomic<bool> is_settled{false};
    mutable std::mutex settling;  ///< until then one call runs after the other
    mutable std::mutex mutex;
    mutable std::vector<asp::HugeVector<Scalar>> spare;

    asp::HugeVector<Scalar> take(std::size_t size) const {
        const std::lock_guard lock(mutex);
        const auto found = std::ranges::find(spare, size, &asp::HugeVector<Scalar>::size);
        if (found == spare.end()) return asp::HugeVector<Scalar>(size);
        asp::HugeVector<Scalar> memory = std::move(*found);
        spare.erase(found);
        return memory;
    }
    void give_back(asp::HugeVector<Scalar> memory) const {
        const std::lock_guard lock(mutex);
        spare.push_back(std::move(memory));
    }

    /// The first call, when its own work is done, times candidates on its vectors: every candidate
    /// leaves the same finite values in them. A sum would be left unfinished, and is another one
    /// here.
    void settle(const Recurrence& recurrence, const Vectors<Scalar>& vectors,
                const asp::Team* team) {
        const Keep keep = vectors.sum == nullptr ? Keep::basis : Keep::polynomial;
        if (is_settled.load(std::memory_order_acquire) || keep != options.keep) return;
        const std::lock_guard lock(settling);
        if (!prepared.choice) return;
        try {
            time_candidates(recurrence, vectors, team);
        } catch (const std::bad_alloc&) {
            // The call's work is done: the model's choice stays.
            prepared.settle(prepared.schedule);
        }
        is_settled.store(true, std::memory_order_release);
        const std::lock_guard others(mutex);
        spare.clear();  // of candidates that were not taken
    }
    void time_candidates(const Recurrence& recurrence, Vectors<Scalar> vectors,
                         const asp::Team* team) {
        asp::HugeVector<Scalar> sum;
        if (vectors.sum != nullptr) {
            const auto at_once = static_cast<std::size_t>(options.vectors);
            sum.assign(static_cast<std::size_t>(rows) * at_once, Scalar{});
            vectors.sum = sum.data();
        }
        for (const auto* const engine : {prepared.engine.get(), prepared.as_numbered.get()})
            if (engine != nullptr)
                engine->kernel(detail::terms_of(recurrence), vectors.sum != nullptr).wait();
        const auto run_option = [&](const detail::Option& option, int levels) {
            Recurrence some = recurrence;
            for (auto* const list : {&some.a, &some.b, &some.c})
                list->resize(static_cast<std::size_t>(levels));
            const double begin = detail::seconds_now();
            run_candidate(option.candidate, option.schedule.get(), some, vectors, team);
            return detail::seconds_now() - begin;
        };
        prepared.settle(prepared.choice->by_times(prepared.plan, run_option));
    }

    void run(const Recurrence& recurrence, const Vectors<Scalar>& vectors, bool takes_turns,
             const asp::Team* team, const detail::Finished& finished = {}) const {
        std::unique_lock lock(settling, std::defer_lock);
        if (!is_settled.load(std::memory_order_acquire)) lock.lock();
        if (prepared.tiles)
            prepared.tiles->make_levels(recurrence, vectors, team, finished);
        else
            run_candidate(prepared.plan.chosen,
                          takes_turns && !prepared.allows_turns ? nullptr : prepared.schedule.get(),
                          recurrence, vectors, team, finished);
    }

    void run_candidate(const Candidate& candidate, const Schedule* schedule,
                       const Recurrence& recurrence, const Vectors<Scalar>& vectors,
                       const asp::Team* team, const detail::Finished& finished = {}) const {
        const detail::Engine<Scalar>& engine = prepared.engine_for(candidate);
        if (!prepared.is_renumbered(candidate))
            return detail::make_levels(engine, schedule, prepared.items_per_unit, recurrence,
                                       vectors, team, finished);
        const Keep keep = vectors.sum == nullptr ? Keep::basis : Keep::polynomial;
        const auto at_once = static_cast<std::size_t>(options.vectors);
        asp::HugeVector<Scalar> memory =
            take(detail::renumbered_vectors(keep) * at_once * static_cast<std::size_t>(rows));
        detail::make_renumbered_levels(engine, *prepared.numbering, schedule,
                                       prepared.items_per_unit, recurrence, vectors, at_once,
                                       memory, team, finished);
        give_back(std::move(memory));
    }
};

namespace {

template <std::size_t Rank>
std::string shape_text(const asp::Extents<Rank>& extents) {
    return fmt::format("[{}]", fmt::join(extents, ", "));
}

template <std::size_t Rank>
void expect_shape(const char* name, const asp::Extents<Rank>& found,
                  const asp::Extents<Rank>& expected) {
    if (found != expected)
        throw asp::InputError(fmt::format("{} has shape {}: expected {}", name, shape_text(found),
                                          shape_text(expected)));
}

void expect_k(const Recurrence& recurrence, int k) {
    const auto levels = static_cast<std::size_t>(k);
    if (recurrence.a.size() != levels || recurrence.b.size() != levels ||
        recurrence.c.size() != levels)
        throw asp::InputError(fmt::format("recurrence has {}, {} and {} coefficients: expected {}",
                                          recurrence.a.size(), recurrence.b.size(),
                                          recurrence.c.size(), k));
}

}  // namespace

template <class Scalar>
template <class Column>
Akx<Scalar>::Akx(const CsrView<Scalar, Column>& matrix, const PlanOptions& options,
                 const asp::Context& context, const asp::Team* team)
    : state_(std::make_unique<State>()) {
    state_->options = options;
    state_->prepared = detail::prepare(matrix, options, context, team);
    state_->rows = matrix.rows();
    state_->is_settled = state_->prepared.choice == nullptr;
}
template <class Scalar>
Akx<Scalar>::Akx(Akx&&) noexcept = default;
template <class Scalar>
Akx<Scalar>::~Akx() = default;

template <class Scalar>
Vectors<Scalar> Akx<Scalar>::State::levels_of(asp::View<Scalar, 3> basis,
                                              const Recurrence& recurrence) const {
    const auto k = static_cast<std::size_t>(options.k);
    expect_k(recurrence, options.k);
    expect_shape<3>(
        "basis", basis.extents(),
        {k + 1, static_cast<std::size_t>(options.vectors), static_cast<std::size_t>(rows)});
    Vectors<Scalar> vectors;
    for (std::size_t p = 0; p <= k; ++p) vectors.level.push_back(&basis(p, 0, 0));
    return vectors;
}

template <class Scalar>
void Akx<Scalar>::powers(asp::View<Scalar, 3> basis, const Recurrence& recurrence,
                         const asp::Team* team) const {
    const Vectors<Scalar> vectors = state_->levels_of(basis, recurrence);
    if (state_->rows == 0) return;
    state_->run(recurrence, vectors, false, team);
    state_->settle(recurrence, vectors, team);
}

template <class Scalar>
void Akx<Scalar>::powers(asp::View<Scalar, 3> basis, const Recurrence& recurrence,
                         const GramRequest<Scalar>& gram, const asp::Team* team) const {
    if (state_->options.vectors != 1)
        throw asp::InputError(
            fmt::format("vectors = {}: expected 1 for a Gram matrix", state_->options.vectors));
    const Vectors<Scalar> vectors = state_->levels_of(basis, recurrence);
    detail::GramAccumulator<Scalar> sums(vectors.level, state_->rows, gram);
    if (state_->rows > 0) {
        state_->run(recurrence, vectors, false, team,
                    [&](std::int64_t begin, std::int64_t end) { sums.finished(begin, end); });
    }
    sums.complete();
    if (state_->rows > 0) state_->settle(recurrence, vectors, team);
}

template <class Scalar>
void Akx<Scalar>::polynomial(asp::View<const Scalar, 2> x, const Polynomial& polynomial,
                             asp::View<Scalar, 2> result, const asp::Team* team) const {
    const auto k = static_cast<std::size_t>(state_->options.k);
    const auto vectors_given = static_cast<std::size_t>(state_->options.vectors);
    const asp::Extents<2> shape{vectors_given, static_cast<std::size_t>(state_->rows)};
    expect_k(polynomial.recurrence, state_->options.k);
    expect_shape<2>("x", x.extents(), shape);
    expect_shape<2>("result", result.extents(), shape);
    if (polynomial.coefficient.size() != k + 1)
        throw asp::InputError(fmt::format("polynomial has {} coefficients: expected {}",
                                          polynomial.coefficient.size(), k + 1));
    if (x.data() < result.end() && result.data() < x.end())
        throw asp::InputError("result overlaps x: expected an array of its own");
    if (state_->rows == 0) return;
    // Level p + 1 goes where level p - 1 was; tiles that stand alone keep the two levels at the end
    // of a sweep apart from those at its beginning.
    const std::size_t size = x.size();
    asp::HugeVector<Scalar> memory = state_->take(size * (state_->prepared.tiles ? 4 : 2));
    Vectors<Scalar> vectors;
    vectors.level.push_back(const_cast<Scalar*>(x.data()));
    // Only such tiles have plans that no call changes.
    const auto depth =
        state_->prepared.tiles ? static_cast<std::size_t>(state_->prepared.plan.chosen.depth) : 1;
    for (std::size_t p = 1; p <= k; ++p) {
        const std::size_t place = !state_->prepared.tiles ? p % 2
                                  : depth == 1            ? p % 3
                                                          : (p + depth - 1) / depth % 2 * 2 + p % 2;
        const bool is_needed =
            !state_->prepared.tiles || (p < k && (p % depth == 0 || (p + 1) % depth == 0));
        vectors.level.push_back(is_needed ? memory.data() + place * size : nullptr);
    }
    vectors.sum = result.data();
    vectors.coefficient = polynomial.coefficient.data();
    // Kernels begin the sum themselves unless this is 0, by which they know all later levels.
    const auto first = static_cast<detail::Real<Scalar>>(polynomial.coefficient[0]);
    if (first == 0)
        std::ranges::transform(x, result.begin(), [first](Scalar value) { return first * value; });
    state_->run(polynomial.recurrence, vectors, true, team);
    state_->settle(polynomial.recurrence, vectors, team);
    state_->give_back(std::move(memory));
}

template <class Scalar>
const Plan& Akx<Scalar>::plan() const {
    return state_->prepared.plan;
}
template <class Scalar>
std::string Akx<Scalar>::explain_kernel() const {
    return state_->engine().kernel(1, false).explain();
}
template <class Scalar>
std::string Akx<Scalar>::kernel_source() const {
    return state_->engine().kernel(1, false).source();
}
template <class Scalar>
std::int64_t Akx<Scalar>::rows() const {
    return state_->rows;
}

#define KRYLOV_INSTANTIATE(Scalar)                                                             \
    template class Akx<Scalar>;                                                                \
    template Akx<Scalar>::Akx(const CsrView<Scalar>&, const PlanOptions&, const asp::Context&, \
                              const asp::Team*);                                               \
    template Akx<Scalar>::Akx(const CsrView<Scalar, std::int64_t>&, const PlanOptions&,        \
                              const asp::Context&, const asp::Team*);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov
