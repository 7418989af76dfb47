#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <type_traits>
#include <variant>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/io/atomic_file.hpp"
#include "krylov/basis_file.hpp"
#include "krylov/commands.hpp"
#include "krylov/device_commands.hpp"
#include "krylov/matrix_file.hpp"
#include "krylov/outcome.hpp"
#include "krylov/peers.hpp"
#include "krylov/plan_report.hpp"
#include "krylov/session.hpp"
#include "krylov/summary.hpp"
#include "krylov/timing.hpp"
#include "krylov/workload.hpp"

namespace krylov {
namespace {

using Json = nlohmann::json;

/// One way to the same vectors, to be timed beside ours.
struct Rival {
    std::string key;    ///< in the summary
    std::string words;  ///< "8 plain products, plain, slices"
    std::function<void()> work;
};

/// What another library computes into.
struct CrossCheck {
    NamedPeer named;
    asp::Array<double, 3> basis;
};

/// One `krylov powers`, from the plan to the last comparison.
template <class Scalar>
class PowersRun {
public:
    PowersRun(const CommandLine& line, const LoadedMatrix& loaded, const Csr<Scalar>& matrix,
              const Session& session)
        : line_(line),
          session_(session),
          matrix_(matrix),
          name_(loaded.name),
          recurrence_(recurrence_of(line.basis, line.scale, matrix, parse_level(line.k))),
          akx_(matrix.view(), options(), session.context, &session.team),
          work_(make_workload(matrix.view(), recurrence_, keep_named(line.keep, "--keep"),
                              line.vectors, line.coefficients)) {
        if (line.x.empty()) {
            const std::size_t size = work_.vectors.extent(1) * work_.vectors.extent(2);
            fill_random<Scalar>({work_.vectors.data(), size});
        } else {
            read_x(line.x, work_);
        }
        make_rivals();
        make_cross_checks();
    }

    const Akx<Scalar>& akx() const { return akx_; }
    std::size_t vector_bytes() const { return work_.vectors.size() * sizeof(Scalar); }

    /// Computes once, and looks at what came out.
    std::optional<Failure> compute() {
        run(akx_, work_, &session_.team);
        return line_.compare ? difference_in_bits(work_) : overflow_in(work_, work_.results());
    }
    /// With what other libraries' vectors say of ours.
    std::optional<Failure> time(Json& summary, const Style& style);
    void write() const {
        if (!line_.output.empty())
            write_basis(line_.output / "basis.h5", work_, name_, akx_.plan().chosen.describe());
    }
    std::string bits() const { return agreement(work_); }

private:
    PlanOptions options() const {
        PlanOptions options = plan_options(line_, static_cast<int>(recurrence_.k()), recurrence_,
                                           session_.lease.harts());
        options.database = &session_.database;
        return options;
    }
    void make_rivals();
    void make_cross_checks();
    void add_rival(const std::string& key, const std::string& name, const PlanOptions& options);
    std::optional<Failure> cross_check(Json& summary, const Style& style) const;

    const CommandLine& line_;
    const Session& session_;
    const Csr<Scalar>& matrix_;
    std::string name_;
    Recurrence recurrence_;
    Akx<Scalar> akx_;
    Workload<Scalar> work_;
    std::vector<Rival> rivals_;
    std::vector<std::unique_ptr<CrossCheck>> cross_checks_;
};

template <class Scalar>
void PowersRun<Scalar>::add_rival(const std::string& key, const std::string& name,
                                  const PlanOptions& options) {
    const auto akx =
        std::make_shared<Akx<Scalar>>(matrix_.view(), options, session_.context, &session_.team);
    rivals_.push_back({key, name + ", " + akx->plan().chosen.describe(),
                       [this, akx] { run(*akx, work_, &session_.team); }});
}

template <class Scalar>
void PowersRun<Scalar>::make_rivals() {
    if (!line_.compare) return;
    PlanOptions plain = options();
    plain.method = Method::plain;
    plain.numbering = Numbering::given;
    plain.storage = {};
    plain.block = plain.depth = {};
    plain.tile_kib = {};
    add_rival("plain", fmt::format("{} plain products", work_.k()), plain);
    plain.storage = Storage::csr;
    add_rival("csr", fmt::format("{} CSR products", work_.k()), plain);
}

template <class Scalar>
void PowersRun<Scalar>::make_cross_checks() {
    if (line_.cross_check.empty()) return;
    if (!recurrence_.is_monomial() || work_.keep != Keep::basis || line_.vectors != 1)
        throw asp::InputError(
            "--cross-check: expected the monomial basis without --scale, all of it kept, of one "
            "vector");
    if constexpr (std::is_same_v<Scalar, double>) {
        for (const std::string& name : line_.cross_check) {
            cross_checks_.push_back(std::make_unique<CrossCheck>(CrossCheck{
                make_peer(name, matrix_.view(), session_.lease.harts()), work_.vectors}));
            CrossCheck& check = *cross_checks_.back();
            rivals_.push_back(
                {name, fmt::format("{} products by {}", work_.k(), check.named.title()),
                 [this, &check] { run(check.named, check.basis.view(), session_.team); }});
        }
    } else {
        throw asp::InputError("--cross-check: expected a real matrix in fp64");
    }
}

template <class Scalar>
std::optional<Failure> PowersRun<Scalar>::cross_check(Json& summary, const Style& style) const {
    if constexpr (std::is_same_v<Scalar, double>) {
        for (const auto& check : cross_checks_) {
            const PeerDifference found =
                difference(work_.vectors.view(), check->basis.view(), matrix_.view());
            summary["results"]["cross_check"][check->named.key] = {
                {"largest_difference", found.largest}, {"is_rounding", found.is_rounding}};
            const std::string line = fmt::format(
                "{} differs by {:.1e} of a level's largest value at most: {} rounding explains",
                check->named.title(), found.largest,
                found.is_rounding ? "no more than" : "more than");
            if (!found.is_rounding) return Failure{line};
            if (!line_.quiet) fmt::print("{}", entry(style, "cross-check", line));
        }
    }
    return std::nullopt;
}

template <class Scalar>
std::optional<Failure> PowersRun<Scalar>::time(Json& summary, const Style& style) {
    std::vector<std::function<void()>> works{[&] { run(akx_, work_, &session_.team); }};
    for (const Rival& rival : rivals_) works.push_back(rival.work);
    asp::Progress progress(line_.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    const auto times =
        time_in_turns(works, {.count = line_.repetitions}, [&](int round, int rounds) {
            progress.show(fmt::format("timing: {} of {}", round, rounds));
        });
    progress.finish();
    const double products =
        static_cast<double>(work_.k()) * static_cast<double>(work_.vectors.extent(1));
    const double ns_per_nonzero =
        1e9 * times[0].median / products / std::max(1.0, static_cast<double>(matrix_.nonzeros()));
    summary["timings"]["powers_s"] = times[0].median;
    summary["results"]["ns_per_nonzero"] = ns_per_nonzero;
    std::string text =
        entry(style, "time",
              fmt::format("{}, {:.3f} ns per nonzero and level (median of {}, {})",
                          style.bold(seconds_text(times[0].median)), ns_per_nonzero,
                          times[0].repetitions, counted(session_.lease.harts(), "hart")));
    for (std::size_t i = 0; i < rivals_.size(); ++i) {
        const double ratio = times[i + 1].median / times[0].median;
        summary["timings"][rivals_[i].key + "_s"] = times[i + 1].median;
        summary["results"]["ratio_to_" + rivals_[i].key] = ratio;
        text += entry(
            style, i == 0 ? "compare" : "",
            fmt::format("{}: {}, ratio {}", rivals_[i].words, seconds_text(times[i + 1].median),
                        style.bold(fmt::format("{:.2f}", ratio))));
    }
    if (!line_.quiet) fmt::print("{}", text);
    return cross_check(summary, style);
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

template <class Scalar>
void tell_plan(const CommandLine& line, const Style& style, const Csr<Scalar>& matrix,
               const PowersRun<Scalar>& powers, Json& summary) {
    const Plan& plan = powers.akx().plan();
    if (!line.quiet)
        fmt::print("{}{}", plan_report(style, plan, powers.vector_bytes()),
                   entry(style, "kernel", first_line(powers.akx().explain_kernel())));
    std::fflush(stdout);
    summary["kernels"] =
        Json::array({{{"name", "matrix_powers"}, {"description", powers.akx().explain_kernel()}}});
    summary["results"] = {{"rows", matrix.rows()},
                          {"nonzeros", matrix.nonzeros()},
                          {"plan", to_json(plan)},
                          {"memory_ratio", memory_ratio(plan, powers.vector_bytes())}};
}

template <class Scalar>
asp::ExitCode powers_of(const CommandLine& line, const LoadedMatrix& loaded,
                        const Csr<Scalar>& matrix, const Session& session) {
    const Style style = Style::of_screen();
    if (!line.quiet && !line.show_kernel) print_matrix(style, loaded);
    PowersRun<Scalar> powers(line, loaded, matrix, session);
    if (line.show_kernel) {
        fmt::print("{}", powers.akx().kernel_source());
        return asp::ExitCode::done;
    }
    Json summary = summary_of("powers", line);
    std::optional<Failure> failure;
    try {
        stop_if_interrupted();
        failure = powers.compute();
        tell_plan(line, style, matrix, powers, summary);  // which the first call has settled
        if (!failure) {
            powers.write();
            failure = powers.time(summary, style);
        }
    } catch (const Interrupted&) {
        summary["status"] = "interrupted";
        write_summary(line, summary);
        throw;
    }
    if (line.compare && !failure) {
        summary["results"]["bits_agree"] = true;
        if (!line.quiet) fmt::print("{}", entry(style, "bits", style.good(powers.bits())));
    }
    return end_run(line, loaded.name, failure, summary);
}

}  // namespace

asp::ExitCode powers_command(const CommandLine& line) {
    parse_level(line.k);  // before a large matrix is read
    const bool on_device = line.backend == "cuda";
    if (on_device) require_device_options(line);
    if (!on_device) plan_options(line, 1, monomial_basis(1), 1);
    require_peer_names(line.cross_check);
    require_writable_summary(line);
    if (!line.output.empty()) asp::io::require_writable_folder(line.output);
    const Session session(line);
    const asp::InterruptGuard guard;
    const LoadedMatrix loaded = load_matrix(line.matrix);
    if (on_device) return powers_on_device(line, loaded, session);
    return std::visit([&](const auto& matrix) { return powers_of(line, loaded, matrix, session); },
                      loaded.matrix);
}

}  // namespace krylov
