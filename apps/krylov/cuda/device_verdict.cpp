#include "krylov/cuda/device_verdict.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <complex>

#include "asp/base/version.hpp"
#include "krylov/detail/remembered.hpp"
#include "krylov/specializer.hpp"

namespace krylov::cuda {
namespace {

constexpr int version = 1;  // of what a way means

DeviceOptions options_of(const std::map<std::string, long>& variant, int k) {
    const auto number = [&](const char* name) {
        const auto found = variant.find(name);
        return found == variant.end() ? 0L : found->second;
    };
    return {.k = k,
            .method = static_cast<DeviceMethod>(number("method")),
            .block = static_cast<int>(number("block")),
            .sort_window = number("sort_window"),
            .tile_rows = number("tile_rows"),
            .tile_shape = static_cast<TileShape>(number("tile_shape")),
            .depth = static_cast<int>(number("depth")),
            .is_resident = number("is_resident") != 0};
}

std::map<std::string, long> variant_of(const DeviceOptions& o) {
    return {{"block", o.block},
            {"depth", o.depth},
            {"is_resident", o.is_resident ? 1 : 0},
            {"method", static_cast<long>(o.method)},
            {"sort_window", o.sort_window},
            {"tile_rows", o.tile_rows},
            {"tile_shape", static_cast<long>(o.tile_shape)}};
}

}  // namespace

template <class Scalar>
asp::db::ProblemKey verdict_key(const CsrView<Scalar>& matrix, const DeviceRequest& request,
                                const asp::cuda::DeviceInfo& device) {
    const std::uint64_t structure = detail::structure_of(matrix);
    // A double holds 32 bits of the hash exactly.
    return {"akx-device-plan",
            version,
            "CUDA device " + device.name,
            {{"is_monomial", request.is_monomial ? 1.0 : 0.0},
             {"k", request.k},
             {"scalar", static_cast<double>(kind_of<Scalar>())},
             {"structure_high", static_cast<double>(structure >> 32U)},
             {"structure_low", static_cast<double>(structure & 0xffffffffU)}}};
}

std::optional<DevicePlan> remembered(asp::db::Database& database, const asp::db::ProblemKey& key,
                                     int k) {
    const auto record = database.best(key);
    if (!record || !record->ratio) return std::nullopt;
    const DeviceOptions options = options_of(record->variant, k);
    if (options.method < DeviceMethod::levels || options.method > DeviceMethod::cusparse)
        return std::nullopt;  // of another version
    DevicePlan plan;
    plan.chosen.options = options;
    plan.considered = {plan.chosen};
    plan.speedup = 1.0 / record->ratio->median;
    const std::string when = fmt::format("{:%Y-%m-%d}", fmt::gmtime(record->created));
    plan.reason = options.method == DeviceMethod::cusparse
                      ? fmt::format("products of cuSPARSE are best here: timed on {}", when)
                      : fmt::format("timed here on {}: {:.2f} times products of cuSPARSE", when,
                                    *plan.speedup);
    return plan;
}

void remember(asp::db::Database& database, const asp::db::ProblemKey& key,
              const asp::cuda::DeviceInfo& device, const DevicePlan& plan) {
    asp::db::TuningRecord record;
    record.problem = key;
    record.variant = variant_of(plan.chosen.options);
    const double ratio = 1.0 / *plan.speedup;
    record.ratio = {ratio, ratio, ratio};
    record.runs = 2;
    record.chosen = true;
    record.created = asp::db::seconds_now();
    record.tool_version = asp::version;
    const std::string words = fmt::format(R"({{"architecture":{},"processors":{}}})",
                                          device.architecture, device.processors);
    database.record({key.platform, words}, std::span(&record, 1));
}

#define KRYLOV_INSTANTIATE(Scalar)                                                         \
    template asp::db::ProblemKey verdict_key(const CsrView<Scalar>&, const DeviceRequest&, \
                                             const asp::cuda::DeviceInfo&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::cuda
