#include "krylov/cuda/device_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <complex>
#include <limits>

#include "asp/base/error.hpp"
#include "krylov/cuda/device_verdict.hpp"
#include "krylov/detail/choice.hpp"

namespace krylov::cuda {
namespace {

bool is_cusparse(const DeviceCandidate& candidate) {
    return candidate.options.method == DeviceMethod::cusparse;
}
bool is_timed(const DeviceCandidate& candidate) {
    return candidate.measured.has_value();
}

/// Times candidates until the budget is spent.
class Timing {
public:
    Timing(const DeviceRequest& request, std::size_t candidates, const Prepare& prepare)
        : budget_(request.budget), k_(request.k), prepare_(prepare) {
        // A warm-up, a glance and another warm-up come with the calls that count.
        const double calls = budget_ / (k_ * static_cast<double>(candidates));
        repetitions_ = static_cast<int>(std::clamp(calls - 3.0, 1.0, 50.0));
    }

    /// Whether it fits; where the budget is spent it is not asked.
    bool add(DeviceCandidate& candidate) {
        if (is_spent()) return true;
        const auto time = prepare_(candidate.options);
        if (!time) return false;
        candidate.measured = (*time)(1);
        if (product_ == 0.0) product_ = *candidate.measured / k_;
        spent_ += 2.0 * *candidate.measured;
        ++timed_;
        // What a glance shows to be slow is not looked at again.
        if (*candidate.measured < 1.5 * best_ && repetitions_ > 1 && !is_spent()) {
            spent_ += (1.0 + repetitions_) * *candidate.measured;
            candidate.measured = (*time)(repetitions_);
        }
        best_ = std::min(best_, *candidate.measured);
        return true;
    }

private:
    /// Two at least are timed: one alone says nothing.
    bool is_spent() const { return timed_ >= 2 && spent_ >= budget_ * product_; }

    double budget_;
    int k_;
    const Prepare& prepare_;
    int repetitions_, timed_ = 0;
    double product_ = 0.0, spent_ = 0.0;  ///< [s]
    double best_ = std::numeric_limits<double>::infinity();
};

void explain(DevicePlan& plan, const DeviceRequest& request) {
    const auto products = std::ranges::find_if(plan.considered, is_cusparse);
    const std::string rival =
        fmt::format("{} {} of cuSPARSE", request.k, request.k == 1 ? "product" : "products");
    if (!is_timed(plan.chosen)) {
        plan.reason = request.method ? "as asked for" : "by sizes: nothing was timed";
    } else if (is_cusparse(plan.chosen)) {
        plan.speedup = 1.0;
        plan.reason = rival + " are best here: timed, nothing of ours was as quick";
    } else if (products != plan.considered.end() && is_timed(*products)) {
        plan.speedup = *products->measured / *plan.chosen.measured;
        plan.reason = fmt::format("timed here: {:.2f} times {}", *plan.speedup, rival);
    } else {
        const auto timed = std::ranges::count_if(plan.considered, is_timed);
        plan.reason = fmt::format("timed here: the quickest of {}", timed);
    }
}

template <class Scalar>
std::optional<TimeCalls> prepared(const CsrView<Scalar>& matrix, const Recurrence& recurrence,
                                  const DeviceOptions& options) {
    try {
        // One at a time: the device need not hold the matrix twice.
        const auto akx = std::make_shared<const DeviceAkx<Scalar>>(matrix, options);
        const Recurrence steps =
            options.method == DeviceMethod::cusparse ? monomial_basis(recurrence.k()) : recurrence;
        return [akx, steps](int repetitions) { return akx->seconds(steps, repetitions); };
    } catch (const asp::InputError&) {
        return std::nullopt;  // a partition's tile is larger than those of the sample
    }
}

}  // namespace

DevicePlan choose_way(const std::vector<DeviceOptions>& ways, const DeviceRequest& request,
                      const Prepare& prepare) {
    DevicePlan plan;
    const bool may_be_cusparse =
        request.is_monomial &&
        request.method.value_or(DeviceMethod::cusparse) == DeviceMethod::cusparse;
    const auto is_legal = [&](const DeviceCandidate& c) {
        return may_be_cusparse || !is_cusparse(c);
    };
    for (const DeviceOptions& way : ways) plan.considered.push_back({way});
    if (request.budget > 0.0 && ways.size() > 1) {
        Timing timing(request, ways.size(), prepare);
        // cuSPARSE's products are what the budget is counted in.
        std::ranges::stable_partition(plan.considered, is_cusparse);
        std::vector<DeviceCandidate> fitting;
        for (DeviceCandidate& c : plan.considered)
            if (timing.add(c)) fitting.push_back(c);
        plan.considered = std::move(fitting);
        std::ranges::stable_partition(plan.considered, std::not_fn(is_cusparse));
        std::ranges::stable_sort(plan.considered, {}, [](const DeviceCandidate& c) {
            return c.measured.value_or(std::numeric_limits<double>::infinity());
        });
    }
    const auto chosen = std::ranges::find_if(plan.considered, is_legal);
    if (chosen == plan.considered.end())
        throw asp::InputError(
            "no way to these powers fits the device: expected another method or basis");
    plan.chosen = *chosen;
    explain(plan, request);
    return plan;
}

template <class Scalar>
PlannedAkx<Scalar> plan_on_device(const CsrView<Scalar>& matrix, const Recurrence& recurrence,
                                  const DeviceRequest& request) {
    const asp::cuda::DeviceInfo& device = asp::cuda::device_info();
    const double begin = detail::seconds_now();
    // A verdict on the matrix is one of all methods.
    std::optional<asp::db::ProblemKey> key;
    if (request.database != nullptr && !request.method) key = verdict_key(matrix, request, device);
    if (key && !request.forgets)
        if (auto known = remembered(*request.database, *key, request.k)) try {
                return {*known, DeviceAkx<Scalar>(matrix, known->chosen.options)};
            } catch (const asp::InputError&) {
                // Does not fit any more: a tile cut otherwise, say. It is chosen anew.
            }
    DevicePlan plan = choose_way(
        device_ways(matrix, request, device), request,
        [&](const DeviceOptions& options) { return prepared(matrix, recurrence, options); });
    plan.tuning_seconds = detail::seconds_now() - begin;
    if (key && plan.speedup) remember(*request.database, *key, device, plan);
    DeviceAkx<Scalar> akx(matrix, plan.chosen.options);
    return {std::move(plan), std::move(akx)};
}

#define KRYLOV_INSTANTIATE(Scalar)                                                        \
    template PlannedAkx<Scalar> plan_on_device(const CsrView<Scalar>&, const Recurrence&, \
                                               const DeviceRequest&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::cuda
