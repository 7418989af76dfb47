#include "krylov/detail/remembered.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "asp/base/version.hpp"
#include "krylov/detail/instantiate.hpp"

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
std::uint64_t mixed(std::uint64_t state, std::uint64_t word) {
    return std::rotl(state ^ word, 29) * 0x9e3779b97f4a7c15U;
}

/// Four streams side by side, so that none waits for its multiplication.
template <class Number>
std::uint64_t hash_of(std::span<const Number> numbers) {
    std::uint64_t stream[4] = {0x243f6a8885a308d3U, 0x13198a2e03707344U, 0xa4093822299f31d0U,
                               0x082efa98ec4e6c89U};
    std::size_t i = 0;
    for (; i + 8 <= numbers.size(); i += 8)
        for (std::size_t s = 0; s < 4; ++s)
            stream[s] =
                mixed(stream[s], std::rotl(static_cast<std::uint64_t>(numbers[i + 2 * s]), 32) ^
                                     static_cast<std::uint64_t>(numbers[i + 2 * s + 1]));
    for (; i < numbers.size(); ++i)
        stream[0] = mixed(stream[0], static_cast<std::uint64_t>(numbers[i]));
    std::uint64_t state = numbers.size();
    for (const std::uint64_t s : stream) state = mixed(state, s);
    return state;
}

/// Of chunks whose ends depend on nothing but the length, whoever hashes them.
template <class Number>
std::uint64_t hash_of(std::span<const Number> numbers, const asp::Team* team) {
    constexpr std::size_t chunk = 65536;
    std::vector<std::uint64_t> hashes((numbers.size() + chunk - 1) / chunk);
    const auto some = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            hashes[i] =
                hash_of(numbers.subspan(i * chunk, std::min(chunk, numbers.size() - i * chunk)));
    };
    asp::run_on(team, some, 0, hashes.size(), 1);
    return hash_of(std::span<const std::uint64_t>(hashes));
}

}  // namespace

template <class Scalar, class Column>
std::uint64_t structure_of(const CsrView<Scalar, Column>& matrix, const asp::Team* team) {
    std::uint64_t state = static_cast<std::uint64_t>(matrix.columns);
    state = mixed(state, hash_of(matrix.row_start, team));
    state = mixed(state, hash_of(matrix.column, team));
    return state ^ (state >> 32U);
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

#define KRYLOV_INSTANTIATE(Scalar, Column) \
    template std::uint64_t structure_of(const CsrView<Scalar, Column>&, const asp::Team*);
KRYLOV_INSTANTIATE_ALL

}  // namespace krylov::detail
