#include "krylov/device_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <type_traits>
#include <variant>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/base/text.hpp"
#include "asp/cuda/device.hpp"
#include "krylov/basis_file.hpp"
#include "krylov/cuda/device_plan.hpp"
#include "krylov/outcome.hpp"
#include "krylov/peers.hpp"
#include "krylov/reference.hpp"
#include "krylov/session.hpp"
#include "krylov/timing.hpp"

namespace krylov {
namespace {

using Json = nlohmann::json;
using cuda::DeviceAkx;
using cuda::DeviceCandidate;
using cuda::DeviceMethod;
using cuda::DevicePlan;
using cuda::DeviceRequest;

std::optional<DeviceMethod> method_of(const CommandLine& line) {
    if (line.method == "auto") return std::nullopt;
    const auto method = cuda::parse_device_method(line.method);
    if (method) return method;
    const std::vector<std::string> known{"auto", "levels", "cooperative", "tiles", "cusparse"};
    const auto near = asp::nearest_name(line.method, known);
    throw asp::InputError(fmt::format("--method {}: expected {} with --backend cuda{}", line.method,
                                      alternatives(known),
                                      near ? "; did you mean '" + *near + "'?" : ""));
}

DeviceRequest request_of(const CommandLine& line, const Recurrence& recurrence,
                         const Session& session) {
    DeviceRequest request{.k = static_cast<int>(recurrence.k()),
                          .is_monomial = recurrence.is_monomial(),
                          .method = method_of(line)};
    request.database = &session.database;
    request.budget = line.budget.value_or(request.budget);
    return request;
}

Json to_json(const DeviceCandidate& candidate) {
    Json json = {{"description", candidate.options.describe()},
                 {"method", name_of(candidate.options.method)}};
    if (candidate.measured) json["measured_s"] = *candidate.measured;
    return json;
}

Json to_json(const DevicePlan& plan) {
    Json json = {{"chosen", to_json(plan.chosen)},
                 {"reason", plan.reason},
                 {"tuning_s", plan.tuning_seconds},
                 {"considered", Json::array()}};
    if (plan.speedup) json["speedup"] = *plan.speedup;
    for (const DeviceCandidate& candidate : plan.considered)
        json["considered"].push_back(to_json(candidate));
    return json;
}

/// One `krylov powers` on a device.
template <class Scalar>
class DeviceRun {
public:
    DeviceRun(const CommandLine& line, const LoadedMatrix& loaded, const Csr<Scalar>& matrix,
              const Session& session)
        : line_(line),
          name_(loaded.name),
          recurrence_(recurrence_of(line.basis, line.scale, matrix, parse_level(line.k))),
          work_(make_workload(matrix.view(), recurrence_, Keep::basis, line.vectors)),
          planned_(
              plan_on_device(matrix.view(), recurrence_, request_of(line, recurrence_, session))) {
        if (line.x.empty())
            fill_random<Scalar>(
                {work_.vectors.data(), work_.vectors.extent(1) * work_.vectors.extent(2)});
        else
            read_x(line.x, work_);
    }

    std::optional<Failure> run(const Style& style, Json& summary) {
        tell_plan(style, summary);
        const double with_copies =
            seconds_of([&] { planned_.akx.powers(work_.vectors.view(), recurrence_); });
        std::string agrees;
        if (const auto failure = check(agrees)) return failure;
        if (!line_.output.empty())
            write_basis(line_.output / "basis.h5", work_, name_, planned_.akx.describe());
        stop_if_interrupted();
        time(style, summary, with_copies);
        if (!line_.compare) return std::nullopt;
        summary["results"]["bits_agree"] = !is_cusparse();
        if (!line_.quiet) fmt::print("{}", entry(style, "bits", style.good(agrees)));
        return std::nullopt;
    }

private:
    bool is_cusparse() const {
        return planned_.plan.chosen.options.method == DeviceMethod::cusparse;
    }

    void tell_plan(const Style& style, Json& summary) const {
        const DevicePlan& plan = planned_.plan;
        const std::string& device = asp::cuda::device_info().name;
        const double memory = static_cast<double>(planned_.akx.matrix_bytes()) /
                              static_cast<double>(work_.matrix.bytes());
        summary["kernels"] =
            Json::array({{{"name", "matrix_powers"}, {"description", planned_.akx.describe()}}});
        summary["results"] = {{"rows", work_.matrix.rows()},
                              {"nonzeros", work_.matrix.nonzeros()},
                              {"device", device},
                              {"matrix_bytes", planned_.akx.matrix_bytes()},
                              {"plan", to_json(plan)}};
        if (line_.quiet) return;
        fmt::print("{}{}{}{}", entry(style, "device", device),
                   entry(style, "plan", style.bold(planned_.akx.describe())),
                   entry(style, "", plan.reason),
                   entry(style, "",
                         fmt::format("memory {:.2f} of CSR, planned and tuned in {}", memory,
                                     seconds_text(plan.tuning_seconds))));
        std::fflush(stdout);
    }

    /// `agrees`: in words, how the vectors are the reference's.
    std::optional<Failure> check(std::string& agrees) const {
        if (!line_.compare) return overflow_in(work_, work_.results());
        if (is_cusparse()) return check_rounding(agrees);
        agrees = agreement(work_);
        return difference_in_bits(work_);
    }

    std::optional<Failure> check_rounding(std::string& agrees) const {
        if constexpr (std::is_same_v<Scalar, double>) {
            Workload<double> reference = work_;
            reference_powers(work_.matrix, recurrence_, reference.vectors.view());
            if (auto overflow = overflow_in(work_, reference.results())) return overflow;
            PeerDifference worst;
            for (std::size_t v = 0; v < work_.vectors.extent(1); ++v) {
                const PeerDifference found =
                    difference(vector_of(work_.vectors, v).view(),
                               vector_of(reference.vectors, v).view(), work_.matrix);
                worst.largest = std::max(worst.largest, found.largest);
                worst.is_rounding = worst.is_rounding && found.is_rounding;
            }
            agrees = fmt::format(
                "cuSPARSE adds up in an order of its own: differs from the reference by {:.1e} of "
                "a level's largest value at most, {} rounding explains",
                worst.largest, worst.is_rounding ? "no more than" : "more than");
            if (!worst.is_rounding) return Failure{agrees};
        }
        return std::nullopt;
    }
    static asp::Array<double, 3> vector_of(const asp::Array<double, 3>& basis, std::size_t v) {
        asp::Array<double, 3> one({basis.extent(0), 1, basis.extent(2)});
        for (std::size_t p = 0; p < basis.extent(0); ++p)
            std::copy_n(&basis(p, v, 0), basis.extent(2), &one(p, 0, 0));
        return one;
    }

    void time(const Style& style, Json& summary, double with_copies) const {
        const int repetitions = line_.repetitions > 0 ? line_.repetitions : 20;
        const double seconds = planned_.akx.seconds(recurrence_, repetitions);
        const double ns_per_nonzero = 1e9 * seconds / static_cast<double>(work_.k()) /
                                      std::max(1.0, static_cast<double>(work_.matrix.nonzeros()));
        summary["timings"]["powers_s"] = seconds;
        summary["timings"]["with_copies_s"] = with_copies;
        summary["results"]["ns_per_nonzero"] = ns_per_nonzero;
        std::string text =
            entry(style, "time",
                  fmt::format("{}, {:.3f} ns per nonzero and level (mean of {}, one vector, on the "
                              "device); {} with copies there and back",
                              style.bold(seconds_text(seconds)), ns_per_nonzero, repetitions,
                              seconds_text(with_copies)));
        if (line_.compare && std::is_same_v<Scalar, double>)
            text += compare_with_cusparse(style, summary, seconds, repetitions);
        if (!line_.quiet) fmt::print("{}", text);
    }

    /// What it says; where the device cannot have cuSPARSE's matrix too, that there is no such
    /// time.
    std::string compare_with_cusparse(const Style& style, Json& summary, double seconds,
                                      int repetitions) const {
        try {
            const DeviceAkx<Scalar> peer(work_.matrix, {.k = planned_.plan.chosen.options.k,
                                                        .method = DeviceMethod::cusparse});
            const double theirs = peer.seconds(monomial_basis(work_.k()), repetitions);
            summary["timings"]["cusparse_s"] = theirs;
            summary["results"]["ratio_to_cusparse"] = theirs / seconds;
            return entry(style, "compare",
                         fmt::format("{} products of cuSPARSE: {}, ratio {}", work_.k(),
                                     seconds_text(theirs),
                                     style.bold(fmt::format("{:.2f}", theirs / seconds))));
        } catch (const std::runtime_error& error) {
            return entry(style, "compare",
                         fmt::format("no time of cuSPARSE here: {}", error.what()));
        }
    }

    const CommandLine& line_;
    std::string name_;
    Recurrence recurrence_;
    Workload<Scalar> work_;
    cuda::PlannedAkx<Scalar> planned_;
};

Table candidates(const DevicePlan& plan) {
    Table table{{"candidate", "measured", "to cuSPARSE"}, {}};
    const auto products =
        std::ranges::find(plan.considered, DeviceMethod::cusparse,
                          [](const DeviceCandidate& c) { return c.options.method; });
    const double peer = products == plan.considered.end()
                            ? std::nan("")
                            : products->measured.value_or(std::nan(""));
    for (const DeviceCandidate& candidate : plan.considered)
        table.rows.push_back({candidate.options.describe(),
                              candidate.measured ? seconds_text(*candidate.measured) : "",
                              number_or_blank(peer / candidate.measured.value_or(std::nan("")))});
    return table;
}

template <class Scalar>
asp::ExitCode tune(const CommandLine& line, const Csr<Scalar>& matrix, const Session& session) {
    const Style style = Style::of_screen();
    asp::Progress progress(line.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    Json summary = summary_of("tune", line);
    summary["results"] = {{"device", asp::cuda::device_info().name}, {"plans", Json::array()}};
    bool is_kept = false;
    for (const int k : parse_levels(line.k)) {
        if (asp::interrupt_requested()) {
            summary["status"] = "interrupted";
            write_summary(line, summary);
            throw Interrupted();
        }
        progress.show(fmt::format("k={}: planning and timing", k));
        const Recurrence recurrence = recurrence_of(line.basis, line.scale, matrix, k);
        DeviceRequest request = request_of(line, recurrence, session);
        request.forgets = true;
        const auto planned = plan_on_device(matrix.view(), recurrence, request);
        progress.finish();
        is_kept = is_kept || (planned.plan.speedup && !request.method);
        Json json = to_json(planned.plan);
        json["k"] = k;
        summary["results"]["plans"].push_back(json);
        if (line.quiet) continue;
        fmt::print("\n{}{}\n", candidates(planned.plan).text(style),
                   style.bold(fmt::format("k={}: {}: {}", k, planned.akx.describe(),
                                          planned.plan.reason)));
        std::fflush(stdout);
    }
    if (!line.quiet && is_kept && session.database.access() == asp::db::Access::read_write)
        fmt::print("\nkept in {}\n", session.database.file().string());
    write_summary(line, summary);
    return asp::ExitCode::done;
}

}  // namespace

void require_device_options(const CommandLine& line) {
    const auto refuse = [](bool is_given, const std::string& option, const std::string& wanted) {
        if (is_given)
            throw asp::InputError(
                fmt::format("{}: expected {} with --backend cuda", option, wanted));
    };
    method_of(line);
    refuse(line.keep != "basis", "--keep " + line.keep, "basis");
    refuse(!line.coefficients.empty(), "--coefficients", "none");
    refuse(line.storage != "auto", "--storage " + line.storage, "auto");
    refuse(line.numbering != "auto", "--numbering " + line.numbering, "auto");
    refuse(line.block.has_value(), "--block", "none");
    refuse(line.depth.has_value(), "--depth", "none");
    refuse(line.tile_kib.has_value(), "--tile-kib", "none");
    refuse(!line.cross_check.empty(), "--cross-check", "none");
    refuse(line.show_kernel, "--show-kernel", "none");
}

asp::ExitCode powers_on_device(const CommandLine& line, const LoadedMatrix& loaded,
                               const Session& session) {
    const Style style = Style::of_screen();
    if (!line.quiet) print_matrix(style, loaded);
    Json summary = summary_of("powers", line);
    try {
        const auto failure = std::visit(
            [&](const auto& matrix) {
                return DeviceRun(line, loaded, matrix, session).run(style, summary);
            },
            loaded.matrix);
        return end_run(line, loaded.name, failure, summary);
    } catch (const Interrupted&) {
        summary["status"] = "interrupted";
        write_summary(line, summary);
        throw;
    }
}

asp::ExitCode tune_on_device(const CommandLine& line, const LoadedMatrix& loaded,
                             const Session& session) {
    if (!line.quiet) print_matrix(Style::of_screen(), loaded);
    return std::visit([&](const auto& matrix) { return tune(line, matrix, session); },
                      loaded.matrix);
}

}  // namespace krylov
