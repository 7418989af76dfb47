#include "krylov/detail/remembered.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <bit>

#include "asp/base/version.hpp"

namespace krylov::detail {
namespace {

constexpr int version = 1;  // of what a plan means

asp::db::ProblemKey key_of(const asp::jit::Platform& platform, std::uint64_t structure,
                           const PlanOptions& options, ScalarKind scalar, ValueForm form) {
    // A double holds 32 bits of the hash exactly.
    return {"akx-plan",
            version,
            platform.id(),
            {{"form", static_cast<double>(form)},
             {"harts", static_cast<double>(options.harts)},
             {"has_recurrence", options.has_recurrence ? 1.0 : 0.0},
             {"k", options.k},
             {"keeps_basis", options.keep == Keep::basis ? 1.0 : 0.0},
             {"scalar", static_cast<double>(scalar)},
             {"structure_high", static_cast<double>(structure >> 32U)},
             {"structure_low", static_cast<double>(structure & 0xffffffffU)},
             {"vectors", options.vectors}}};
}

/// Mixes eight bytes at a time: a few bytes a cycle, and no adversary.
class Hash {
public:
    void add(std::uint64_t word) { state_ = std::rotl(state_ ^ word, 29) * 0x9e3779b97f4a7c15U; }
    std::uint64_t value() const { return state_ ^ (state_ >> 32U); }

private:
    std::uint64_t state_ = 0x243f6a8885a308d3U;
};

}  // namespace

template <class Scalar, class Column>
std::uint64_t structure_of(const CsrView<Scalar, Column>& matrix) {
    Hash hash;
    hash.add(static_cast<std::uint64_t>(matrix.columns));
    for (const std::int64_t start : matrix.row_start) hash.add(static_cast<std::uint64_t>(start));
    for (std::size_t i = 0; i + 1 < matrix.column.size(); i += 2)
        hash.add(static_cast<std::uint64_t>(matrix.column[i]) << 32U ^
                 static_cast<std::uint64_t>(matrix.column[i + 1]));
    if (matrix.column.size() % 2 == 1) hash.add(static_cast<std::uint64_t>(matrix.column.back()));
    return hash.value();
}

std::optional<Remembered> remembered(asp::db::Database& database,
                                     const asp::jit::Platform& platform, std::uint64_t structure,
                                     const PlanOptions& options, ScalarKind scalar,
                                     ValueForm form) {
    const auto record = database.best(key_of(platform, structure, options, scalar, form));
    if (!record) return std::nullopt;
    const auto number = [&](const char* name) {
        const auto found = record->variant.find(name);
        return found == record->variant.end() ? 0L : found->second;
    };
    Remembered known{{}, record->ratio ? 1.0 / record->ratio->median : 1.0, {}};
    if (number("method") < 0 || number("method") > 1 || number("storage") < 0 ||
        number("storage") > 2 || number("tile_shape") < 0 || number("tile_shape") > 1 ||
        number("numbering") < 0 || number("numbering") > 2)
        return std::nullopt;  // of another version
    Candidate& c = known.candidate;
    c.method = static_cast<Method>(number("method"));
    c.storage = static_cast<Storage>(number("storage"));
    c.block = static_cast<int>(number("block"));
    c.depth = static_cast<int>(number("depth"));
    c.tile_kib = number("tile_kib");
    c.tile_shape = static_cast<TileShape>(number("tile_shape"));
    c.numbering = static_cast<Numbering>(number("numbering"));
    const std::string when = fmt::format("{:%Y-%m-%d}", fmt::gmtime(record->created));
    known.reason = c.method == Method::plain && c.numbering == Numbering::given
                       ? fmt::format("plain products are best here: timed on {}", when)
                       : fmt::format("timed here on {}: {:.2f} times the best plain product", when,
                                     known.speedup);
    return known;
}

void remember(asp::db::Database& database, const asp::jit::Platform& platform,
              std::uint64_t structure, const PlanOptions& options, ScalarKind scalar,
              ValueForm form, const Plan& plan) {
    asp::db::TuningRecord record;
    record.problem = key_of(platform, structure, options, scalar, form);
    const Candidate& c = plan.chosen;
    record.variant = {{"block", c.block},
                      {"depth", c.depth},
                      {"method", static_cast<long>(c.method)},
                      {"numbering", static_cast<long>(c.numbering)},
                      {"storage", static_cast<long>(c.storage)},
                      {"tile_kib", c.tile_kib},
                      {"tile_shape", static_cast<long>(c.tile_shape)}};
    const double ratio = 1.0 / plan.speedup.value_or(1.0);
    record.ratio = {ratio, ratio, ratio};
    record.runs = 2;
    record.chosen = true;
    record.created = asp::db::seconds_now();
    record.tool_version = asp::version;
    database.record({platform.id(), asp::jit::to_json(platform)}, std::span(&record, 1));
}

#define KRYLOV_INSTANTIATE(Scalar)                               \
    template std::uint64_t structure_of(const CsrView<Scalar>&); \
    template std::uint64_t structure_of(const CsrView<Scalar, std::int64_t>&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::detail
