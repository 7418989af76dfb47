#include "krylov/detail/planner.hpp"

#include <algorithm>

#include "krylov/detail/model.hpp"
#include "krylov/detail/multiply_add.hpp"
#include "krylov/detail/numbering.hpp"
#include "krylov/detail/plan_request.hpp"
#include "krylov/detail/remembered.hpp"
#include "krylov/detail/renumbered_powers.hpp"
#include "krylov/detail/storage_choice.hpp"
#include "krylov/detail/tile_options.hpp"
#include "krylov/detail/unit_size.hpp"

namespace krylov::detail {
namespace {

/// Chooses, packs and times for one matrix.
template <class Scalar, class Column>
class Planner {
public:
    Planner(const CsrView<Scalar, Column>& matrix, const PlanOptions& options,
            const asp::Context& context, const asp::Team* team)
        : matrix_(matrix),
          options_(options),
          context_(context),
          team_(team),
          begin_(seconds_now()),
          platform_(context.platform ? *context.platform : asp::jit::measure_platform()),
          machine_(machine_of(platform_, options.harts)),
          row_bytes_(static_cast<std::int64_t>(sizeof(Scalar)) * options.vectors),
          is_free_(!options.method && !options.storage && !options.block && !options.depth &&
                   !options.tile_kib && !options.tile_shape && !options.numbering) {}

    Prepared<Scalar> run() {
        check_request(matrix_.rows(), matrix_.columns, options_);
        plan().csr_bytes = matrix_.bytes();
        plan().structure = structure_of(matrix_, team_);
        if (options_.storage != Storage::csr) form_ = shortest_form(matrix_, team_);
        recall();
        choose_given_storage();
        if (is_explicit()) {
            make_explicit();
        } else {
            choose_numbering();
            prepared_.engine = make_engine();
            choose_order();
        }
        finish();
        return std::move(prepared_);
    }

private:
    Plan& plan() { return prepared_.plan; }
    Candidate& base() { return prepared_.plan.chosen; }
    const Renumbering* numbering() const { return prepared_.numbering.get(); }
    bool is_explicit() const {
        return options_.method == Method::explicit_tiles && matrix_.rows() > 0;
    }

    /// What was found out about this matrix before.
    void recall() {
        if (options_.database == nullptr || !is_free_ || options_.forgets) return;
        const auto known = remembered(*options_.database, platform_, plan().structure, options_,
                                      kind_of<Scalar>(), form_.form);
        if (!known) return;
        options_.method = known->candidate.method;
        options_.storage = known->candidate.storage;
        options_.block = known->candidate.block;
        options_.numbering = known->candidate.numbering;
        if (known->candidate.method != Method::plain) {
            options_.depth = known->candidate.depth;
            options_.tile_kib = known->candidate.tile_kib;
            options_.tile_shape = known->candidate.tile_shape;
        }
        plan().speedup = known->speedup;
        plan().reason = known->reason;
        is_recalled_ = true;
    }

    void choose_given_storage() {
        if (options_.block && !options_.storage && !is_recalled_)
            options_.storage = *options_.block == 1 ? Storage::slices : Storage::block_rows;
        if (is_explicit() && options_.storage == Storage::csr)
            options_.storage = Storage::slices;  // each tile has rows of its own
        use(choose_storage(
            matrix_,
            {options_.storage, options_.block,
             is_explicit() || may_pack(matrix_, nullptr, options_.storage.has_value()),
             !is_explicit()},
            form_.value_bytes(), machine_));
    }
    void use(const StorageEstimate& storage) {
        storage_ = storage;
        base().storage = storage.storage;
        base().block = storage.block;
    }

    /// The given one, unless another is asked for, or rows read far and wide: then the matrix may
    /// only be badly numbered, or its rows too uneven for slices.
    void choose_numbering() {
        if (options_.numbering) {
            if (*options_.numbering != Numbering::given && matrix_.rows() > 0)
                renumber(*options_.numbering);
            return;
        }
        if (!is_free_ || options_.budget <= 0.0 || options_.k == 1 || matrix_.rows() == 0 ||
            fits_cache() || !is_scattered(matrix_, nullptr, storage_.block))
            return;
        const StorageEstimate given = storage_;
        const bool is_mesh = is_mesh_like(matrix_);
        if (!is_mesh && padded_fill(matrix_, nullptr, 8) < 1.25) return;
        std::unique_ptr<Engine<Scalar>> as_numbered = make_engine();
        renumber(is_mesh ? Numbering::by_levels : Numbering::by_length);
        if (may_pack(matrix_, numbering(), false) &&
            (!is_mesh || !is_scattered(matrix_, numbering(), storage_.block))) {
            as_given_ = given;
            prepared_.as_numbered = std::move(as_numbered);
            return;
        }
        prepared_.numbering.reset();
        base().numbering = Numbering::given;
        use(given);
    }

    void renumber(Numbering kind) {
        use(choose_storage(matrix_, {options_.storage, options_.block, true, false},
                           form_.value_bytes(), machine_));
        prepared_.numbering = std::make_unique<const Renumbering>(
            kind == Numbering::by_length ? numbered_by_length(matrix_, storage_.block)
                                         : numbered_by_levels(matrix_, storage_.block));
        base().numbering = kind;
    }

    std::unique_ptr<Engine<Scalar>> make_engine() {
        if (storage_.storage == Storage::csr)
            return std::make_unique<Engine<Scalar>>(matrix_, options_.vectors, context_);
        return std::make_unique<Engine<Scalar>>(pack(matrix_, shape(), team_, form_, numbering()),
                                                options_.vectors, context_);
    }
    SliceShape shape() const { return {storage_.block, storage_.block, lanes}; }

    Items items() const {
        // Explicit tiles pack their own slices: they may be cut between any two blocks.
        const std::int64_t side = is_explicit() ? 1 : lanes;
        const std::int64_t rows = storage_.storage == Storage::csr ? 1 : side * storage_.block;
        const std::int64_t count = std::max<std::int64_t>((matrix_.rows() + rows - 1) / rows, 1);
        const double matrix = storage_.bytes * static_cast<double>(matrix_.nonzeros());
        const double vectors = static_cast<double>(matrix_.rows()) *
                               static_cast<double>(row_bytes_ * (options_.k + 1));
        return {count, rows, (matrix + vectors) / static_cast<double>(count)};
    }
    std::int64_t unit_items() const {
        return items_per_unit(matrix_, numbering(), items(),
                              static_cast<double>(options_.tile_kib.value_or(1L << 30U)) * 1024.0,
                              team_);
    }

    bool fits_cache() const {
        const double vectors = static_cast<double>(matrix_.rows() * row_bytes_) *
                               (options_.keep == Keep::basis ? options_.k + 1 : 4);
        return storage_.bytes * static_cast<double>(matrix_.nonzeros()) + vectors <
               machine_.l2_bytes;
    }

    /// Why nothing but plain products needs to be looked at; empty where that is not so.
    std::string why_plain() const {
        if (options_.method == Method::plain) return "as asked for";
        if (matrix_.rows() == 0) return "plain products are best here: there are no rows";
        if (options_.k == 1) return "plain products are best here: k is 1";
        if (options_.method) return {};
        if (fits_cache())
            return "plain products are best here: all fits into the second-level cache";
        if (!is_local(matrix_, numbering(), prepared_.items_per_unit * items().rows_per_item))
            return "plain products are best here: rows read far and wide, no tile would be small";
        return {};
    }

    void choose_order() {
        Candidate plain = base();
        plain.method = Method::plain;
        plain.depth = 1;
        prepared_.items_per_unit = unit_items();
        const std::string why = why_plain();
        if (!why.empty() && !prepared_.as_numbered) {
            base() = plain;
            if (plan().reason.empty()) plan().reason = why;
            plan().considered = {plain};
            return;
        }
        plain.modelled = plain_time(*prepared_.engine, storage_, !why.empty()) + moving_time();
        std::vector<Option> options{{plain, nullptr}};
        if (prepared_.as_numbered) {
            Candidate given = plain;
            given.storage = as_given_.storage;
            given.block = as_given_.block;
            given.numbering = Numbering::given;
            given.modelled = plain_time(*prepared_.as_numbered, as_given_, true);
            options.push_back({given, nullptr});
        }
        if (why.empty()) {
            add_tiles(options);
            if (options_.method == Method::implicit_tiles) options.erase(options.begin());
        }
        std::ranges::stable_sort(options, {}, [](const Option& o) { return o.candidate.modelled; });
        decide(std::move(options));
    }

    void add_tiles(std::vector<Option>& options) {
        UnitGraph graph = prepared_.engine->graph(prepared_.items_per_unit, team_);
        UnitGraph both_ways = symmetrized(graph);
        prepared_.allows_turns =
            options_.keep == Keep::polynomial || both_ways.reads.size() == graph.reads.size();
        if (options_.keep == Keep::polynomial) graph = std::move(both_ways);
        for (Option& option : implicit_options(graph, base(), options_,
                                               {row_bytes_, core(storage_)}, machine_, team_)) {
            option.candidate.modelled += moving_time();
            options.push_back(std::move(option));
        }
    }

    double core(const StorageEstimate& storage) const {
        return storage.core_seconds * static_cast<double>(matrix_.nonzeros()) * options_.vectors;
    }
    double vector_bytes() const { return static_cast<double>(matrix_.rows() * row_bytes_); }

    double plain_time(const Engine<Scalar>& engine, const StorageEstimate& storage,
                      bool is_far) const {
        const double matrix =
            static_cast<double>(engine.sliced() ? engine.bytes() : matrix_.bytes());
        // A line holds the numbers of a block.
        const double reads = options_.k * static_cast<double>(matrix_.nonzeros()) *
                             options_.vectors / (storage.block * storage.block);
        return plain_seconds(matrix, vector_bytes(), core(storage), options_.k, options_.keep,
                             options_.harts, machine_) +
               (is_far ? scattered_seconds(reads, vector_bytes(), options_.harts, machine_) : 0.0);
    }
    /// Into another numbering and out of it.
    double moving_time() const {
        if (numbering() == nullptr) return 0.0;
        const double moved = options_.keep == Keep::basis ? options_.k + 1 : 2;
        const double reads =
            moved * static_cast<double>(matrix_.rows()) * options_.vectors / numbering()->block;
        return scattered_seconds(reads, vector_bytes(), options_.harts, machine_);
    }

    void decide(std::vector<Option> options) {
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
        const std::int64_t rows_per_unit = unit_items() * items().rows_per_item;
        UnitGraph graph = unit_graph(matrix_, rows_per_unit, team_);
        const double packed = storage_.bytes * static_cast<double>(matrix_.nonzeros()) /
                              static_cast<double>(matrix_.bytes());
        for (std::int64_t& bytes : graph.bytes)
            bytes = static_cast<std::int64_t>(packed * static_cast<double>(bytes));
        const std::int64_t vectors = row_bytes_ * (depth + 2);
        const Tiling tiling = options_.tile_shape == TileShape::bands
                                  ? contiguous_tiling(graph, kib << 10, vectors)
                                  : bisected_tiling(graph, kib << 10, vectors);
        prepared_.tiles =
            std::make_unique<ExplicitTiles<Scalar>>(matrix_, tiling, rows_per_unit, depth, shape(),
                                                    form_, options_.vectors, context_, team_);
        plan().chosen.method = Method::explicit_tiles;
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
        prepared_.vectors = options_.vectors;
        prepared_.keep = options_.keep;
        prepared_.measure();
    }

    static constexpr int lanes = 64 / static_cast<int>(sizeof(Real<Scalar>));

    const CsrView<Scalar, Column>& matrix_;
    PlanOptions options_;
    asp::Context context_;
    const asp::Team* team_;
    double begin_;
    asp::jit::Platform platform_;
    Machine machine_;
    std::int64_t row_bytes_;
    ShortForm<Scalar> form_;
    StorageEstimate storage_;   ///< of the engine
    StorageEstimate as_given_;  ///< of the one in the given numbering
    /// Nothing is given: what is found out is the verdict on this matrix.
    bool is_free_;
    bool is_recalled_ = false;
    Prepared<Scalar> prepared_;
};

}  // namespace

template <class Scalar>
void Prepared<Scalar>::settle(std::shared_ptr<const Schedule> taken) {
    schedule = std::move(taken);
    choice.reset();
    if (as_numbered && !is_renumbered(plan.chosen)) {
        engine = std::move(as_numbered);
        numbering.reset();
    }
    as_numbered.reset();
    measure();
}

template <class Scalar>
void Prepared<Scalar>::measure() {
    const Candidate& chosen = plan.chosen;
    plan.nonzero_seconds = chosen.measured.value_or(chosen.modelled) /
                           (static_cast<double>(std::max<std::int64_t>(nonzeros, 1)) * k);
    plan.work_bytes = 0;
    if (tiles) {
        plan.matrix_bytes = tiles->bytes();
        return;
    }
    plan.tiles = schedule ? schedule->tiles() : 1;
    const Engine<Scalar>& chosen_engine = engine_for(chosen);
    plan.fill = chosen_engine.sliced() ? chosen_engine.sliced()->fill() : 1.0;
    plan.matrix_bytes = chosen.storage == Storage::csr ? plan.csr_bytes : chosen_engine.bytes();
    if (schedule) plan.matrix_bytes += schedule->bytes();
    if (!is_renumbered(chosen)) return;
    plan.matrix_bytes += 2 * numbering->order.size() * sizeof(std::int32_t);
    plan.work_bytes = renumbered_vectors(keep) * static_cast<std::size_t>(vectors) *
                      static_cast<std::size_t>(chosen_engine.rows()) * sizeof(Scalar);
}

template <class Scalar, class Column>
Prepared<Scalar> prepare(const CsrView<Scalar, Column>& matrix, const PlanOptions& options,
                         const asp::Context& context, const asp::Team* team) {
    return Planner<Scalar, Column>(matrix, options, context, team).run();
}

#define KRYLOV_INSTANTIATE(Scalar)                                                              \
    template struct Prepared<Scalar>;                                                           \
    template Prepared<Scalar> prepare(const CsrView<Scalar>&, const PlanOptions&,               \
                                      const asp::Context&, const asp::Team*);                   \
    template Prepared<Scalar> prepare(const CsrView<Scalar, std::int64_t>&, const PlanOptions&, \
                                      const asp::Context&, const asp::Team*);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::detail
