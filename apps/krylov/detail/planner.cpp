#include "krylov/detail/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "asp/base/error.hpp"
#include "krylov/detail/model.hpp"
#include "krylov/detail/multiply_add.hpp"
#include "krylov/detail/remembered.hpp"

namespace krylov::detail {
namespace {

void expect(bool holds, const std::string& name, const std::string& value,
            const std::string& expected) {
    if (!holds) throw asp::InputError(fmt::format("{} = {}: expected {}", name, value, expected));
}
void expect_between(const std::string& name, long value, long least, long most) {
    expect(least <= value && value <= most, name, std::to_string(value),
           fmt::format("{} to {}", least, most));
}

template <class Scalar, class Column>
void check_request(const CsrView<Scalar, Column>& matrix, const PlanOptions& options) {
    expect(matrix.rows() == matrix.columns, "matrix",
           fmt::format("{} x {}", matrix.rows(), matrix.columns), "as many rows as columns");
    expect_between("k", options.k, 1, 1000);
    expect_between("vectors", options.vectors, 1, 8);
    expect_between("harts", static_cast<long>(std::min<std::size_t>(options.harts, 1U << 30U)), 1,
                   4096);
    if (options.depth) expect_between("depth", *options.depth, 1, options.k);
    if (options.tile_kib) expect_between("tile_kib", *options.tile_kib, 1, 1L << 30U);
    if (options.block) {
        expect_between("block", *options.block, 1, 6);
        expect(matrix.rows() % *options.block == 0, "block", std::to_string(*options.block),
               fmt::format("a divisor of the {} rows", matrix.rows()));
    }
}

/// Units of this size [bytes of matrix and vectors] are small beside a tile, and few enough.
constexpr double unit_bytes = 2e4;
constexpr std::int64_t most_units = 60000;

/// Chooses, packs and times for one matrix.
template <class Scalar, class Column>
class Planner {
public:
    Planner(const CsrView<Scalar, Column>& matrix, const PlanOptions& options,
            const asp::Context& context)
        : matrix_(matrix),
          options_(options),
          context_(context),
          begin_(seconds_now()),
          platform_(context.platform ? *context.platform : asp::jit::measure_platform()),
          machine_(machine_of(platform_, options.harts)),
          row_bytes_(static_cast<std::int64_t>(sizeof(Scalar)) * options.vectors),
          is_free_(!options.method && !options.storage && !options.block && !options.depth &&
                   !options.tile_kib && !options.tile_shape) {}

    Prepared<Scalar> run() {
        check_request(matrix_, options_);
        std::optional<asp::Lease> lease;
        std::optional<asp::Team> team;
        if (options_.harts > 1) {
            lease.emplace(asp::HartPool::process().request(options_.harts));
            team.emplace(*lease);
            team_ = &*team;
        }
        plan().csr_bytes = matrix_.bytes();
        plan().structure = structure_of(matrix_);
        if (options_.storage != Storage::csr) form_ = shortest_form(matrix_);
        recall();
        choose_storage();
        make_engine();
        if (options_.method == Method::explicit_tiles && matrix_.rows() > 0)
            make_explicit();
        else
            choose_order();
        finish();
        team_ = nullptr;
        return std::move(prepared_);
    }

private:
    Plan& plan() { return prepared_.plan; }

    /// What was found out about this matrix before.
    void recall() {
        if (options_.database == nullptr || !is_free_ || options_.forgets) return;
        const auto known = remembered(*options_.database, platform_, plan().structure, options_,
                                      kind_of<Scalar>(), form_.form);
        if (!known) return;
        options_.method = known->candidate.method;
        options_.storage = known->candidate.storage;
        options_.block = known->candidate.block;
        if (known->candidate.method != Method::plain) {
            options_.depth = known->candidate.depth;
            options_.tile_kib = known->candidate.tile_kib;
            options_.tile_shape = known->candidate.tile_shape;
        }
        plan().speedup = known->speedup;
        plan().reason = known->reason;
        is_recalled_ = true;
    }

    /// Whether the numbers of a packed matrix fit their types, and rows are alike enough.
    bool packs() const {
        constexpr std::int64_t side = 8;  // of the smallest slice
        std::int64_t stored = 0;
        for (std::int64_t row = 0; row < matrix_.rows(); row += side) {
            std::int64_t longest = 0;
            const std::int64_t end = std::min(row + side, matrix_.rows());
            for (std::int64_t r = row; r < end; ++r)
                longest = std::max(longest, matrix_.row_start[static_cast<std::size_t>(r) + 1] -
                                                matrix_.row_start[static_cast<std::size_t>(r)]);
            stored += longest * side;
        }
        return matrix_.rows() > 0 && matrix_.rows() < std::numeric_limits<std::int32_t>::max() &&
               3 * stored / 2 < std::numeric_limits<std::uint32_t>::max() &&
               (options_.storage || 2 * stored < 3 * matrix_.nonzeros() + 128);
    }

    void choose_storage() {
        if (options_.block && !options_.storage && !is_recalled_)
            options_.storage = *options_.block == 1 ? Storage::slices : Storage::block_rows;
        if (options_.method == Method::explicit_tiles)
            options_.storage = Storage::csr;  // each tile packs its own slices
        std::vector<StorageEstimate> all = storages_of(matrix_, form_.value_bytes(), machine_);
        const bool may_pack = packs();
        const auto fits = [&](const StorageEstimate& s) {
            if (s.storage != Storage::csr && !may_pack) return false;
            return (!options_.storage || s.storage == *options_.storage) &&
                   (!options_.block || s.block == *options_.block ||
                    s.storage != Storage::block_rows);
        };
        const auto found = std::ranges::find_if(all, fits);
        if (found != all.end()) {
            storage_ = *found;
        } else if (options_.storage == Storage::block_rows) {
            storage_ = {Storage::block_rows, options_.block.value_or(2), 16.0, machine_.gathered};
            expect(matrix_.rows() % storage_.block == 0, "storage", "blocks",
                   "rows that come in blocks; give a block that divides their number");
        } else if (options_.storage == Storage::slices) {
            storage_ = {Storage::slices, 1, 16.0, machine_.gathered};
        }
        plan().chosen.storage = storage_.storage;
        plan().chosen.block = storage_.block;
    }

    void make_engine() {
        if (storage_.storage == Storage::csr) {
            prepared_.engine =
                std::make_unique<Engine<Scalar>>(matrix_, options_.vectors, context_);
            return;
        }
        const SliceShape shape{storage_.block, storage_.block,
                               64 / static_cast<int>(sizeof(Real<Scalar>))};
        SlicedMatrix<Scalar> packed = pack(matrix_, shape, team_, form_);
        plan().fill = packed.fill();
        prepared_.engine =
            std::make_unique<Engine<Scalar>>(std::move(packed), options_.vectors, context_);
    }

    std::int64_t items_per_unit() const {
        const Engine<Scalar>& engine = *prepared_.engine;
        const auto items = static_cast<double>(std::max<std::int64_t>(engine.items(), 1));
        const double matrix = storage_.bytes * static_cast<double>(matrix_.nonzeros()) / items;
        const double rows = static_cast<double>(engine.rows()) / items;
        const double vectors = rows * static_cast<double>(row_bytes_) * (options_.k + 1);
        // A tile that is asked for is at least one unit.
        const double asked = static_cast<double>(options_.tile_kib.value_or(1L << 30U)) * 1024.0;
        const auto wanted =
            static_cast<std::int64_t>(std::min(unit_bytes, asked) / (matrix + vectors));
        const std::int64_t least = (engine.items() + most_units - 1) / most_units;
        return aligned(std::max<std::int64_t>({1, wanted, least}), least);
    }

    /// Near a size, one whose units read clearly fewer others than those a little larger or
    /// smaller: on a grid, whole lines of it. Else the size itself.
    std::int64_t aligned(std::int64_t wanted, std::int64_t least) const {
        const std::int64_t first = std::max({least, 2 * wanted / 3, std::int64_t{2}});
        const std::int64_t last = std::min(3 * wanted / 2, first + 40);
        std::vector<double> read;
        for (std::int64_t size = first - 1; size <= last + 1; ++size)
            read.push_back(units_read(size * prepared_.engine->rows_per_item()));
        std::int64_t best = wanted, off = last;
        for (std::int64_t size = first; size <= last; ++size) {
            const auto i = static_cast<std::size_t>(size - first) + 1;
            if (read[i] > 0.85 * std::min(read[i - 1], read[i + 1])) continue;
            if (std::abs(size - wanted) >= off) continue;
            best = size;
            off = std::abs(size - wanted);
        }
        return best;
    }

    /// How many others a unit reads, by a sample.
    double units_read(std::int64_t rows_per_unit) const {
        constexpr std::int64_t samples = 24;
        const std::int64_t units = matrix_.rows() / rows_per_unit + 1;
        std::vector<std::int64_t> seen;
        std::size_t read = 0;
        for (std::int64_t i = 0; i < samples; ++i) {
            const std::int64_t row = units * i / samples * rows_per_unit;
            if (row >= matrix_.rows()) break;
            const auto first = matrix_.row_start[static_cast<std::size_t>(row)];
            const auto last = matrix_.row_start[static_cast<std::size_t>(
                std::min(row + rows_per_unit, matrix_.rows()))];
            seen.clear();
            for (auto e = first; e < last; ++e) {
                const std::int64_t unit =
                    static_cast<std::int64_t>(matrix_.column[static_cast<std::size_t>(e)]) /
                    rows_per_unit;
                if (seen.empty() || seen.back() != unit) seen.push_back(unit);
            }
            std::ranges::sort(seen);
            read += static_cast<std::size_t>(std::ranges::unique(seen).begin() - seen.begin());
        }
        return static_cast<double>(read) / static_cast<double>(samples);
    }

    /// Whether a unit reads only a few others: before more is spent.
    bool is_local(std::int64_t rows_per_unit) const {
        const auto units = static_cast<double>(matrix_.rows() / rows_per_unit + 1);
        return units_read(rows_per_unit) < std::max(8.0, 0.05 * units);
    }

    /// Why nothing but plain products needs to be looked at; empty where that is not so.
    std::string why_plain(std::int64_t rows_per_unit) const {
        if (options_.method == Method::plain) return "as asked for";
        if (matrix_.rows() == 0) return "plain products are best here: there are no rows";
        if (options_.k == 1) return "plain products are best here: k is 1";
        if (options_.method) return {};
        const double vectors = static_cast<double>(matrix_.rows() * row_bytes_) *
                               (options_.keep == Keep::basis ? options_.k + 1 : 4);
        if (storage_.bytes * static_cast<double>(matrix_.nonzeros()) + vectors < machine_.l2_bytes)
            return "plain products are best here: all fits into the second-level cache";
        if (!is_local(rows_per_unit))
            return "plain products are best here: rows read far and wide, no tile would be small";
        return {};
    }

    void choose_order() {
        Candidate plain = plan().chosen;
        plain.method = Method::plain;
        plain.depth = 1;
        prepared_.items_per_unit = items_per_unit();
        const std::int64_t rows_per_unit = prepared_.items_per_unit * prepared_.engine->rows() /
                                           std::max<std::int64_t>(prepared_.engine->items(), 1);
        const std::string why = why_plain(std::max<std::int64_t>(rows_per_unit, 1));
        if (!why.empty()) {
            plan().chosen = plain;
            if (plan().reason.empty()) plan().reason = why;
            plan().considered = {plain};
            return;
        }
        graph_ = prepared_.engine->graph(prepared_.items_per_unit, team_);
        if (options_.keep == Keep::polynomial) graph_ = symmetrized(graph_);
        plain.modelled = plain_seconds(graph_, core(), options_.k, row_bytes_, options_.keep,
                                       options_.harts, machine_);
        options_list_ = {{plain, nullptr}};
        for (const TileShape shape : {TileShape::bands, TileShape::compact})
            for (const long kib : tile_sizes(shape)) add_tiled(shape, kib);
        if (options_.method == Method::implicit_tiles) options_list_.erase(options_list_.begin());
        std::ranges::stable_sort(options_list_, {},
                                 [](const Option& o) { return o.candidate.modelled; });
        decide(std::move(options_list_));
    }

    double core() const {
        return storage_.core_seconds * static_cast<double>(matrix_.nonzeros()) * options_.vectors;
    }

    std::vector<int> depths() const {
        if (options_.depth) return {*options_.depth};
        std::vector<int> depths;
        // As many levels in each sweep, as far as can be.
        for (const int sweeps : {1, 2, 3}) {
            const int depth = (options_.k + sweeps - 1) / sweeps;
            if (depth >= 2 && depth <= 24 && (depths.empty() || depths.back() != depth))
                depths.push_back(depth);
        }
        if (depths.empty()) depths.push_back(std::min(options_.k, 12));
        return depths;
    }

    std::vector<long> tile_sizes(TileShape shape) const {
        if (options_.tile_shape && *options_.tile_shape != shape) return {};
        if (options_.tile_kib) return {*options_.tile_kib};
        const auto l2 = static_cast<long>(machine_.l2_bytes / 0.6 / 1024);
        if (shape == TileShape::bands) return {std::max(l2 / 8, 16L)};
        return {std::max(l2 / 4, 32L), std::max(l2 / 2, 64L)};
    }

    /// The same tiles at all depths.
    void add_tiled(TileShape shape, long kib) {
        const std::int64_t vectors =
            row_bytes_ * (options_.keep == Keep::basis ? (options_.k + 2) / 2 : 3);
        const Tiling tiling = shape == TileShape::bands
                                  ? contiguous_tiling(graph_, kib << 10, vectors)
                                  : bisected_tiling(graph_, kib << 10, vectors);
        for (const int depth : depths()) {
            Option option{plan().chosen, nullptr};
            option.candidate.method = Method::implicit_tiles;
            option.candidate.depth = depth;
            option.candidate.tile_shape = shape;
            option.candidate.tile_kib = kib;
            option.schedule =
                std::make_shared<const Schedule>(graph_, tiling, depth, options_.harts);
            option.candidate.modelled = tiled_seconds(graph_, *option.schedule, core(), options_.k,
                                                      row_bytes_, options_.keep, machine_);
            options_list_.push_back(std::move(option));
        }
    }

    void decide(std::vector<Option> options) {
        prepared_.allows_turns = options_.keep == Keep::polynomial ||
                                 symmetrized(graph_).reads.size() == graph_.reads.size();
        const std::string known = plan().reason;
        auto choice = std::make_unique<Choice>(std::move(options), options_, platform_,
                                               kind_of<Scalar>(), form_.form, is_free_);
        prepared_.schedule = choice->by_model(plan());
        if (is_recalled_)
            plan().reason = known;
        else if (choice->is_open())
            prepared_.choice = std::move(choice);
    }

    void make_explicit() {
        const std::int64_t kib =
            options_.tile_kib.value_or(static_cast<long>(machine_.l2_bytes / 0.6 / 1024 / 2));
        const int depth = options_.depth.value_or(std::min(options_.k, 4));
        prepared_.items_per_unit = items_per_unit();
        graph_ = prepared_.engine->graph(prepared_.items_per_unit, team_);
        const std::int64_t vectors = row_bytes_ * (depth + 2);
        const Tiling tiling = options_.tile_shape == TileShape::bands
                                  ? contiguous_tiling(graph_, kib << 10, vectors)
                                  : bisected_tiling(graph_, kib << 10, vectors);
        std::vector<std::int32_t> tile_of(static_cast<std::size_t>(matrix_.rows()));
        const std::int64_t rows_per_unit = prepared_.items_per_unit * graph_.rows_per_item;
        for (std::size_t r = 0; r < tile_of.size(); ++r)
            tile_of[r] = tiling.tile_of[static_cast<std::size_t>(static_cast<std::int64_t>(r) /
                                                                 rows_per_unit)];
        prepared_.engine.reset();
        prepared_.tiles = std::make_unique<ExplicitTiles<Scalar>>(
            matrix_, tile_of, tiling.tiles, depth, options_.vectors, context_, team_);
        plan().chosen.method = Method::explicit_tiles;
        plan().chosen.storage = Storage::slices;
        plan().chosen.block = 1;
        plan().chosen.depth = depth;
        plan().chosen.tile_kib = kib;
        plan().chosen.tile_shape = options_.tile_shape.value_or(TileShape::compact);
        plan().considered = {plan().chosen};
        plan().redundancy = prepared_.tiles->redundancy();
        plan().tiles = prepared_.tiles->tiles();
        plan().reason = "as asked for";
    }

    void finish() {
        plan().planning_seconds = seconds_now() - begin_;
        prepared_.nonzeros = matrix_.nonzeros();
        prepared_.k = options_.k;
        prepared_.measure();
    }

    const CsrView<Scalar, Column>& matrix_;
    PlanOptions options_;
    asp::Context context_;
    double begin_;
    asp::jit::Platform platform_;
    Machine machine_;
    std::int64_t row_bytes_;
    const asp::Team* team_ = nullptr;
    ShortForm<Scalar> form_;
    StorageEstimate storage_;
    UnitGraph graph_;
    std::vector<Option> options_list_;
    /// Nothing is given: what is found out is the verdict on this matrix.
    bool is_free_;
    bool is_recalled_ = false;
    Prepared<Scalar> prepared_;
};

}  // namespace

template <class Scalar>
void Prepared<Scalar>::measure() {
    const Candidate& chosen = plan.chosen;
    if (!tiles) plan.tiles = schedule ? schedule->tiles() : 1;
    plan.matrix_bytes = tiles                            ? tiles->bytes()
                        : chosen.storage == Storage::csr ? plan.csr_bytes
                                                         : engine->bytes();
    if (schedule) plan.matrix_bytes += schedule->bytes();
    plan.nonzero_seconds = chosen.measured.value_or(chosen.modelled) /
                           (static_cast<double>(std::max<std::int64_t>(nonzeros, 1)) * k);
}

template <class Scalar, class Column>
Prepared<Scalar> prepare(const CsrView<Scalar, Column>& matrix, const PlanOptions& options,
                         const asp::Context& context) {
    return Planner<Scalar, Column>(matrix, options, context).run();
}

#define KRYLOV_INSTANTIATE(Scalar)                                                              \
    template struct Prepared<Scalar>;                                                           \
    template Prepared<Scalar> prepare(const CsrView<Scalar>&, const PlanOptions&,               \
                                      const asp::Context&);                                     \
    template Prepared<Scalar> prepare(const CsrView<Scalar, std::int64_t>&, const PlanOptions&, \
                                      const asp::Context&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::detail
