#include "krylov/bench_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "krylov/akx.hpp"
#include "krylov/peers.hpp"
#include "krylov/plan_report.hpp"
#include "krylov/workload.hpp"

namespace krylov {
namespace {

using Json = nlohmann::json;

/// At least 4, which every generator takes.
long scaled(double size, double factor) {
    return std::max(4L, std::lround(size * factor));
}

}  // namespace

std::vector<BenchCase> bench_cases(double scale) {
    const auto edge = [&](double size) { return scaled(size, scale); };
    const auto area = [&](double size) { return std::max(1000L, scaled(size, scale * scale)); };
    const long band = area(1e6);
    return {{"5-point-2000", fmt::format("stencil:5pt:{0}x{0},coefficients=variable", edge(2000))},
            {"7-point-128", fmt::format("stencil:7pt:{},coefficients=variable", edge(128))},
            {"7-point-200", fmt::format("stencil:7pt:{},coefficients=variable", edge(200))},
            {"27-point-100", fmt::format("stencil:27pt:{},coefficients=variable", edge(100))},
            {"elasticity", fmt::format("fem:{}", edge(64))},
            {"graph-blocks", fmt::format("graph:{},blocks=3", area(250000))},
            {"band", fmt::format("band:{},half_width={},row=25", band, std::min(500L, band / 8))},
            {"random", fmt::format("random:{},row=16", area(1e6))},
            {"power-law", fmt::format("power:{},row=16", area(1e6))}};
}

std::vector<BenchCase> chosen_cases(const std::vector<std::string>& names, double scale) {
    std::vector<BenchCase> all = bench_cases(scale);
    if (names.empty()) return all;
    std::vector<std::string> known;
    known.reserve(all.size());
    for (const BenchCase& c : all) known.push_back(c.name);
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const auto near = asp::nearest_name(name, known);
        throw asp::InputError(fmt::format("--case {}: expected {}{}", name, alternatives(known),
                                          near ? "; did you mean '" + *near + "'?" : ""));
    }
    std::vector<BenchCase> chosen;
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), [&](const BenchCase& c) {
        return std::find(names.begin(), names.end(), c.name) != names.end();
    });
    return chosen;
}

BenchRow measure_case(const std::string& name, const Csr<double>& matrix,
                      const BenchOptions& options, const asp::Team& team,
                      const asp::Context& context) {
    PlanOptions ours{.k = options.k, .harts = team.harts(), .budget = options.budget};
    PlanOptions sum = ours, plain = ours;
    sum.keep = Keep::polynomial;
    plain.method = Method::plain;
    PlanOptions csr = plain;
    csr.storage = Storage::csr;
    const auto view = matrix.view();
    const Akx<double> akx(view, ours, context, &team);
    stop_if_interrupted();
    const Akx<double> polynomial(view, sum, context, &team), best(view, plain, context, &team),
        reference(view, csr, context);

    const Recurrence monomial = monomial_basis(static_cast<std::size_t>(options.k));
    auto basis = make_workload(view, monomial, Keep::basis, 1);
    auto value = make_workload(view, monomial, Keep::polynomial, 1);
    const auto n = static_cast<std::size_t>(matrix.rows());
    fill_random<double>({basis.vectors.data(), n});
    fill_random<double>({value.vectors.data(), n});
    std::vector<std::function<void()>> works{
        [&] { run(akx, basis, &team); }, [&] { run(polynomial, value, &team); },
        [&] { run(best, basis, &team); }, [&] { run(reference, basis, &team); }};
    const std::vector<NamedPeer> peers = all_peers(view, team.harts());
    for (const NamedPeer& named : peers)
        works.emplace_back([&] { run(named, basis.vectors.view(), team); });

    const auto times = time_in_turns(works, options.repetitions);
    const double products = static_cast<double>(matrix.nonzeros()) * options.k;
    const auto per_nonzero = [&](std::size_t i) { return 1e9 * times[i].median / products; };
    BenchRow row;
    row.name = name;
    row.plan = akx.plan().chosen.describe();
    row.threads = team.harts();
    row.k = options.k;
    row.csr_bytes = static_cast<double>(akx.plan().csr_bytes);
    row.ours = per_nonzero(0);
    row.polynomial = per_nonzero(1);
    row.plain = per_nonzero(2);
    row.csr = per_nonzero(3);
    for (std::size_t i = 0; i < peers.size(); ++i) row.peers[peers[i].key] = per_nonzero(4 + i);
    row.planning_products =
        (akx.plan().planning_seconds + akx.plan().tuning_seconds) / (times[2].median / options.k);
    row.memory_ratio = memory_ratio(akx.plan(), basis.vectors.size() * sizeof(double));
    return row;
}

Json to_json(const BenchRow& row) {
    Json rows = Json::array();
    const auto add = [&](const std::string& what, double ours, double reference,
                         const std::string& name, const std::string& unit) {
        Json json = {{"case", row.name + what}, {"threads", row.threads}, {"k", row.k},
                     {"plan", row.plan},        {"ours", ours},           {"unit", unit}};
        if (std::isfinite(reference)) {
            json["reference"] = reference;
            json["reference_name"] = name;
            json["ratio"] = reference / ours;
        }
        rows.push_back(json);
    };
    const std::string time = "ns per nonzero and level";
    add("", row.ours, row.plain, "best plain products", time);
    add("", row.ours, row.csr, "CSR products", time);
    for (const auto& [key, value] : row.peers) add("", row.ours, value, key, time);
    for (const auto& [key, value] : row.peers) add(", plain products", row.plain, value, key, time);
    add(", polynomial", row.polynomial, row.ours, "basis kept", time);
    add(", planning and tuning", row.planning_products, std::nan(""), "", "plain products");
    add(", memory", row.memory_ratio, std::nan(""), "", "times CSR, both with the vectors");
    return rows;
}

std::string bench_head(const std::vector<std::string>& peers) {
    std::string text = fmt::format("{:<14} {:>7} {:>3} {:>8}  {:>6} {:>6} {:>6} {:>6}", "case",
                                   "threads", "k", "size", "ours", "sum", "plain", "CSR");
    for (const std::string& peer : peers) text += fmt::format(" {:>6}", peer);
    text += fmt::format("  {:>8} {:>6}", "to plain", "to CSR");
    for (const std::string& peer : peers) text += fmt::format(" {:>8}", "to " + peer);
    return text + fmt::format(" {:>6}  {:>5} {:>6}  {}", "of sum", "cost", "memory", "plan");
}

std::string bench_line(const BenchRow& row, const std::vector<std::string>& peers) {
    std::string text = fmt::format("{:<14} {:>7} {:>3} {:>8}  {:>6.3f} {:>6.3f} {:>6.3f} {:>6.3f}",
                                   row.name, row.threads, row.k, bytes_text(row.csr_bytes),
                                   row.ours, row.polynomial, row.plain, row.csr);
    for (const std::string& peer : peers)
        text += fmt::format(" {:>6}", number_or_blank(row.peer(peer), 3));
    text += fmt::format("  {:>8.2f} {:>6.2f}", row.plain / row.ours, row.csr / row.ours);
    for (const std::string& peer : peers)
        text += fmt::format(" {:>8}", number_or_blank(row.peer(peer) / row.ours));
    return text + fmt::format(" {:>6.2f}  {:>5.1f} {:>6.2f}  {}", row.ours / row.polynomial,
                              row.planning_products, row.memory_ratio, row.plan);
}

}  // namespace krylov
