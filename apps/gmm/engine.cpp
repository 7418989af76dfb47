#include "gmm/engine.hpp"

#include <algorithm>
#include <chrono>
#include <list>
#include <mutex>

#include "asp/base/error.hpp"
#include "gmm/detail/moments.hpp"
#include "gmm/detail/ranges.hpp"
#include "gmm/detail/sum_tree.hpp"
#include "gmm/kernels/frames.hpp"
#include "gmm/native_kernels.hpp"
#include "gmm/specializer.hpp"

namespace gmm {
namespace {

const EmSpecializer specializer;

/// Where one range of frames leaves what it finds; null pointers for what nobody wants.
struct Outputs {
    double* sums = nullptr;
    double* totals;
    double* log_likelihood = nullptr;
    double* responsibilities = nullptr;
    std::int32_t* component = nullptr;
    double* scatter = nullptr;
};

/// Calls work(number) for the slabs of so many frames.
template <class Work>
void for_each_slab(const asp::Team* team, std::size_t frames, Work work) {
    detail::for_each(team, (frames + slab_frames - 1) / slab_frames, work);
}

template <class T>
void* address(const T* data) {
    return const_cast<T*>(data);
}

}  // namespace

struct Engine::State {
    /// The kernel of one configuration.
    struct Entry {
        KernelConfig config;
        asp::Kernel kernel;
        long tile;             ///< frames of its tiles, at most, whatever the rung
        bool is_final;         ///< no better one is wanted
        double seconds = 0.0;  ///< that it has run, of all harts
    };

    asp::Context context;
    std::shared_ptr<const Backend> backend;
    std::mutex mutex;
    std::list<Entry> entries;
    std::vector<asp::AlignedVector<std::byte>> spare;                 ///< scratch memory
    static constexpr std::size_t most_spare = std::size_t{8} << 20U;  ///< [bytes] between passes

    State(asp::Context of_kernels, std::shared_ptr<const Backend> elsewhere)
        : context(std::move(of_kernels)), backend(std::move(elsewhere)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        for (const Entry& entry : entries) entry.kernel.stop();
    }

    /// A kernel as it is now, and where to count what it runs.
    struct Use {
        Entry& entry;
        asp::Kernel kernel;
        long tile;
    };

    /// Made when it is first asked for.
    Use use(const KernelConfig& config) {
        const std::lock_guard lock(mutex);
        const auto found = std::ranges::find(entries, config, &Entry::config);
        if (found != entries.end()) {
            improve(*found);
            return {*found, found->kernel, found->tile};
        }
        const bool waits = context.mode == asp::Mode::automatic;
        asp::Context at_first = context;
        if (waits) at_first.mode = asp::Mode::off;
        const long tile = settle_tile(config, at_first);
        Entry& entry = entries.emplace_back(Entry{
            config, asp::make_kernel(specializer, problem_of(config), at_first), tile, !waits});
        return {entry, entry.kernel, entry.tile};
    }
    /// Compiling takes half a second: not for what is done by then.
    void improve(Entry& entry) const {
        if (entry.is_final || entry.seconds < 1.0) return;
        asp::Context better = context;
        entry.tile = settle_tile(entry.config, better);
        entry.kernel = asp::make_kernel(specializer, problem_of(entry.config), better);
        entry.is_final = true;
    }
    /// Frames of the longest tile that a kernel made in `made_in` may have, and has scratch memory
    /// for: asks for a tuned variant now, and not when the kernel already runs.
    static long settle_tile(const KernelConfig& config, asp::Context& made_in) {
        const long at_first = default_tile(config.form, config.has_frames_in_lanes);
        if (made_in.mode == asp::Mode::off || !made_in.tuned) return at_first;
        const asp::Problem problem = problem_of(config);
        const auto tuned =
            made_in.tuned(specializer, problem, specializer.features(problem, made_in.extent));
        made_in.tuned = [tuned](const auto&, const auto&, const auto&) { return tuned; };
        const bool has_tile = tuned && tuned->variant.contains("tile");
        return has_tile ? std::clamp<long>(tuned->variant.at("tile"), at_first,
                                           longest_tile(config.form))
                        : at_first;
    }
    void ran(Entry& entry, double seconds) {
        const std::lock_guard lock(mutex);
        entry.seconds += seconds;
    }

    asp::AlignedVector<std::byte> take(std::size_t bytes) {
        {
            const std::lock_guard lock(mutex);
            const auto fits = [bytes](const auto& scratch) { return scratch.size() >= bytes; };
            const auto found = std::ranges::find_if(spare, fits);
            if (found != spare.end()) {
                asp::AlignedVector<std::byte> scratch = std::move(*found);
                spare.erase(found);
                return scratch;
            }
        }
        return asp::AlignedVector<std::byte>(bytes);
    }
    void give_back(asp::AlignedVector<std::byte> scratch) {
        const std::lock_guard lock(mutex);
        spare.push_back(std::move(scratch));
    }
    /// After a pass: what many short passes take again and again stays, what is large goes.
    void trim() {
        const std::lock_guard lock(mutex);
        std::size_t kept = 0;
        std::erase_if(spare, [&kept](const auto& scratch) {
            const bool is_kept = kept + scratch.size() <= most_spare;
            if (is_kept) kept += scratch.size();
            return !is_kept;
        });
    }
};

namespace detail {

/// A mixture ready to be run over frames.
template <class Real>
class Pass {
public:
    Pass(Prepared<Real> prepared, bool is_hard, Engine::State& state)
        : prepared_(std::move(prepared)),
          is_hard_(is_hard),
          state_(state),
          config_(kernel_config(prepared_.form, sizeof(Real) == 4,
                                static_cast<int>(prepared_.dimension),
                                static_cast<int>(prepared_.components))),
          use_(state.use(config_)),
          scratch_bytes_(sizeof(Real) * static_cast<std::size_t>(scratch_reals(
                                            config_, static_cast<long>(prepared_.dimension),
                                            static_cast<long>(prepared_.components), use_.tile))) {}
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() { state_.trim(); }

    const Prepared<Real>& prepared() const { return prepared_; }
    std::size_t sums() const { return prepared_.rows_of_sums() * prepared_.constants.size(); }

    /// At most a slab of frames.
    void run(const Frames<Real>& frames, const Outputs& to) const {
        asp::AlignedVector<std::byte> scratch = state_.take(scratch_bytes_);
        void* arrays[Operand::count];
        arrays[Operand::rows] = address(frames.rows.data());
        arrays[Operand::chosen] = frames.chosen ? address(frames.chosen->data()) : nullptr;
        arrays[Operand::weights] =
            frames.weights.empty() ? nullptr : address(frames.weights.data());
        arrays[Operand::centre] = address(prepared_.centre.data());
        arrays[Operand::scale] = address(prepared_.scale.data());
        arrays[Operand::transform] =
            prepared_.transform.empty() ? nullptr : address(prepared_.transform.data());
        arrays[Operand::parameters] = address(prepared_.parameters.data());
        arrays[Operand::constants] = address(prepared_.constants.data());
        arrays[Operand::sums] = to.sums;
        arrays[Operand::totals] = to.totals;
        arrays[Operand::log_likelihood] = to.log_likelihood;
        arrays[Operand::responsibilities] = to.responsibilities;
        arrays[Operand::component] = to.component;
        arrays[Operand::scatter] = to.scatter;
        arrays[Operand::scratch] = scratch.data();
        long given = 0;
        for (int place = 0; place < Operand::count; ++place)
            if (arrays[place] != nullptr) given |= 1L << place;
        const long sizes[Size::count]{static_cast<long>(prepared_.dimension),
                                      static_cast<long>(prepared_.components),
                                      static_cast<long>(frames.size()),
                                      static_cast<long>(slab_frames),
                                      is_hard_ ? 1 : 0,
                                      given};
        const auto start = std::chrono::steady_clock::now();
        use_.kernel.run({arrays, nullptr, sizes, nullptr}, 0, 1);
        state_.ran(use_.entry,
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        state_.give_back(std::move(scratch));
    }

    /// Sums over all frames, with the log-likelihood and the weight of all at the end; `component`
    /// may be null.
    std::vector<double> sum(FrameSource<Real>& source, const asp::Team* team,
                            std::int32_t* component = nullptr) const {
        const std::size_t D = prepared_.dimension, scatter = prepared_.needs_scatter() ? D * D : 0;
        SumTree tree((source.size() + slab_frames - 1) / slab_frames, sums() + scatter + 2);
        source.visit([&](const Frames<Real>& block, std::size_t first) {
            ASP_ASSERT(first % slab_frames == 0);
            for_each_slab(team, block.size(), [&](std::size_t slab) {
                SumTree::Sums to = tree.take();
                const std::size_t begin = slab * slab_frames;
                run(block.part(begin, std::min(begin + slab_frames, block.size())),
                    {.sums = to.data(),
                     .totals = to.data() + sums() + scatter,
                     .component = component != nullptr ? component + first + begin : nullptr,
                     .scatter = scatter > 0 ? to.data() + sums() : nullptr});
                tree.add(first / slab_frames + slab, std::move(to));
            });
        });
        return tree.total();
    }

    Statistics statistics(FrameSource<Real>& source, const asp::Team* team) const {
        const std::vector<double> all = sum(source, team);
        const std::span<const double> first(all);
        Statistics result = statistics_of(prepared_, first.first(sums()), first.subspan(sums()));
        result.total_weight = all[all.size() - 1];
        result.log_likelihood = all[all.size() - 2] + prepared_.shift * result.total_weight;
        result.frames = static_cast<std::int64_t>(source.size());
        return result;
    }

private:
    Prepared<Real> prepared_;
    bool is_hard_;
    Engine::State& state_;
    KernelConfig config_;
    Engine::State::Use use_;
    std::size_t scratch_bytes_;
};

}  // namespace detail

namespace {

template <class Real>
detail::Prepared<Real> prepared(const Mixture& mixture, const Whitening& white, Form form) {
    return detail::prepare<Real>(mixture, white, form,
                                 static_cast<std::size_t>(native_kernels().vector_bytes));
}

}  // namespace

Engine::Engine(const asp::Team* team, asp::Context context, std::shared_ptr<const Backend> backend)
    : team_(team), state_(std::make_shared<State>(std::move(context), std::move(backend))) {}

std::vector<KernelUse> Engine::kernels() const {
    const std::lock_guard lock(state_->mutex);
    std::vector<KernelUse> uses;
    for (const auto& [config, kernel, tile, is_final, seconds] : state_->entries)
        uses.push_back({to_string(config), kernel.rung(), kernel.explain(), kernel.source()});
    return uses;
}

template <class Real>
Statistics Engine::statistics(const Mixture& mixture, FrameSource<Real>& frames,
                              double regularization) const {
    ASP_ASSERT(frames.dimension() == mixture.dimension());
    if (state_->backend) return moved(state_->backend->statistics(mixture, frames), mixture.means);
    constexpr bool is_single = sizeof(Real) == 4;
    const Whitening white = whitening(mixture);
    const auto by = [&](Form form) {
        const detail::Pass<Real> pass(prepared<Real>(mixture, white, form), false, *state_);
        return pass.statistics(frames, team_);
    };
    const Form form = detail::suitable_form(mixture, white, is_single);
    Statistics statistics = by(form);
    // Components that shrink in this very step want more digits than they had as they were.
    const Form careful = detail::careful_form(mixture.covariance);
    if (form != careful &&
        !detail::is_bearable(detail::excess(statistics, regularization), is_single))
        statistics = by(careful);
    return moved(statistics, mixture.means);
}

template <class Real>
void Engine::evaluate(const Mixture& mixture, const Frames<Real>& frames,
                      const FrameResults& results) const {
    ASP_ASSERT(frames.dimension() == mixture.dimension());
    if (state_->backend) return state_->backend->evaluate(mixture, frames, results);
    const Whitening white = whitening(mixture);
    const Form form = detail::suitable_form(mixture, white, sizeof(Real) == 4);
    const detail::Pass<Real> pass(prepared<Real>(mixture, white, form), false, *state_);
    const Frames<Real> unweighted{frames.rows, frames.chosen, {}};
    const auto offset = [](auto view, std::size_t place) {
        return view.empty() ? nullptr : view.data() + place;
    };
    const auto slab = [&](std::size_t number) {
        const std::size_t lo = number * slab_frames, hi = std::min(lo + slab_frames, frames.size());
        double totals[2] = {};
        pass.run(unweighted.part(lo, hi),
                 {.totals = totals,
                  .log_likelihood = offset(results.log_likelihood, lo),
                  .responsibilities = offset(results.responsibilities, lo * mixture.components()),
                  .component = offset(results.component, lo)});
        if (!results.log_likelihood.empty())
            for (std::size_t n = lo; n < hi; ++n)
                results.log_likelihood[n] += pass.prepared().shift;
    };
    for_each_slab(team_, frames.size(), slab);
}

template <class Real>
Assignment Engine::assign(asp::View<const double, 2> centres, FrameSource<Real>& frames,
                          std::span<std::int32_t> labels) const {
    const std::size_t M = centres.extent(0), D = centres.extent(1);
    const detail::Pass<Real> pass(
        detail::prepare_centres<Real>(centres,
                                      static_cast<std::size_t>(native_kernels().vector_bytes)),
        true, *state_);
    const std::vector<double> sums =
        pass.sum(frames, team_, labels.empty() ? nullptr : labels.data());
    const Statistics statistics =
        detail::statistics_of(pass.prepared(), std::span(sums).first(pass.sums()), {});
    Assignment result{statistics.weight, statistics.first, 0.0};
    for (std::size_t m = 0; m < M; ++m) {
        result.inertia += statistics.second(m, 0);
        for (std::size_t i = 0; i < D; ++i) {
            const double d = centres(m, i) - statistics.about(m, i);
            result.inertia += d * (statistics.weight(m) * d - 2.0 * statistics.first(m, i));
            result.first(m, i) -= statistics.weight(m) * d;
        }
    }
    result.inertia = std::max(result.inertia, 0.0);
    return result;
}

template Statistics Engine::statistics(const Mixture&, FrameSource<float>&, double) const;
template Statistics Engine::statistics(const Mixture&, FrameSource<double>&, double) const;
template void Engine::evaluate(const Mixture&, const Frames<float>&, const FrameResults&) const;
template void Engine::evaluate(const Mixture&, const Frames<double>&, const FrameResults&) const;
template Assignment Engine::assign(asp::View<const double, 2>, FrameSource<float>&,
                                   std::span<std::int32_t>) const;
template Assignment Engine::assign(asp::View<const double, 2>, FrameSource<double>&,
                                   std::span<std::int32_t>) const;

}  // namespace gmm
