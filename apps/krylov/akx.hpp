#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/array.hpp"
#include "asp/db/database.hpp"
#include "asp/harts/team.hpp"
#include "asp/specialize/kernel.hpp"
#include "krylov/basis.hpp"
#include "krylov/csr.hpp"

namespace krylov {

enum class Method {
    plain,           ///< k products, one after the other
    implicit_tiles,  ///< each row of each level once, in an order that stays in the caches
    explicit_tiles,  ///< tiles with ghost rows of their own: redundant work, nothing shared
};
enum class Storage {
    csr,         ///< the user's own arrays
    slices,      ///< eight or sixteen rows side by side, columns in runs or gathered
    block_rows,  ///< the same over dense blocks of rows and columns
};
/// How implicit tiles are cut.
enum class TileShape {
    bands,    ///< as rows are numbered
    compact,  ///< halves of halves along breadth-first levels
};
/// How rows are numbered inside a plan: x goes in and results come out in the given numbering, and
/// each row is added up in the given order.
enum class Numbering {
    given,
    by_length,  ///< long rows first: slices of rows that are alike
    by_levels,  ///< reverse Cuthill-McKee: rows near what they read
};
/// What a call gives: all vectors of the basis, or one sum of them.
enum class Keep { basis, polynomial };

std::string_view name_of(Method method);        ///< "plain", "implicit", "explicit"
std::string_view name_of(Storage storage);      ///< "csr", "slices", "blocks"
std::string_view name_of(TileShape shape);      ///< "bands", "compact"
std::string_view name_of(Numbering numbering);  ///< "given", "length", "levels"
std::optional<Method> parse_method(std::string_view text);
std::optional<Storage> parse_storage(std::string_view text);
std::optional<TileShape> parse_tile_shape(std::string_view text);
std::optional<Numbering> parse_numbering(std::string_view text);

/// What is to be computed, and what of the plan is given. What is not, is chosen.
struct PlanOptions {
    int k = 8;
    Keep keep = Keep::basis;
    int vectors = 1;              ///< at once, 1 to 8
    bool has_recurrence = false;  ///< other than the monomial one
    std::size_t harts = 1;
    std::optional<Method> method = {};
    std::optional<Storage> storage = {};
    std::optional<int> block = {};      ///< rows and columns of a block, 1 to 6
    std::optional<int> depth = {};      ///< levels made in one sweep over the matrix, 1 to k
    std::optional<long> tile_kib = {};  ///< [KiB] of matrix and vectors in a tile
    std::optional<TileShape> tile_shape = {};
    /// Another one than the given is considered where there is a budget and nothing of all this is
    /// given, and has no explicit tiles and no CSR.
    std::optional<Numbering> numbering = {};
    /// [products] that planning and timing candidates may cost; 0: the model or the database
    /// decides.
    double budget = 30.0;
    bool forgets = false;  ///< verdicts in the database: time again
    /// Outlives the plan.
    asp::db::Database* database = nullptr;  ///< verdicts are found and kept here
};

/// One way to do it, with what the model says and what was measured.
struct Candidate {
    Method method = Method::plain;
    Storage storage = Storage::csr;
    int block = 1;
    int depth = 1;
    long tile_kib = 0;
    TileShape tile_shape = TileShape::bands;
    Numbering numbering = Numbering::given;
    double modelled = 0.0;                ///< [s] for k levels
    std::optional<double> measured = {};  ///< [s]
    /// "implicit, 3x3 blocks, depth 6, compact tiles of 1024 KiB"
    std::string describe() const;
};

/// What was decided and why.
struct Plan {
    Candidate chosen;
    std::vector<Candidate> considered;  ///< best first
    std::string reason;  ///< "timed here: 1.8 times the best plain product, pays after 14 calls"
    double nonzero_seconds = 0.0;  ///< [s] modelled, for each nonzero and level
    double redundancy = 1.0;       ///< products made over products needed
    std::int64_t tiles = 1;
    std::size_t matrix_bytes = 0;  ///< of what the plan keeps of the matrix
    std::size_t work_bytes = 0;    ///< of vectors of its own: those of another numbering
    std::size_t csr_bytes = 0;
    double fill = 1.0;              ///< stored over true nonzeros
    double planning_seconds = 0.0;  ///< packing, scheduling
    double tuning_seconds = 0.0;
    std::optional<double> speedup;     ///< over the best plain product here, where both were timed
    std::optional<double> break_even;  ///< [calls] after which planning and tuning are paid
    std::uint64_t structure = 0;       ///< hash of sizes and pattern
};

/// Accumulates inner products while the vectors are in cache.
template <class Scalar>
struct GramRequest {
    asp::View<Scalar, 2> gram;       ///< [k + 1, k + 1], V^H V
    const Scalar* vector = nullptr;  ///< [n] r, or null
    Scalar* projected = nullptr;     ///< [k + 1], V^H r
    bool is_doubled = false;         ///< twice the working precision inside
};

/// The matrix powers kernel: {x, A x, ..., A^k x}, or any basis by a three-term recurrence, or
/// p(A) x. Whatever the plan and however many harts: to the bit what k products in CSR give that
/// add up each row from its first column to its last with fused multiply-adds. (Where x is not
/// finite more rows may be so, and a sum that underflows to -0 may be +0: zeros fill slices.)
/// Source: Demmel, Hoemmen, Mohiyuddin and Yelick (2008).
template <class Scalar>
class Akx {
public:
    /// Plans and packs, on the harts of `team` where there is one. Where there is a budget and no
    /// verdict is known, the first call does its work as the model has it, then times candidates on
    /// its own vectors, and takes that much longer. The matrix must live until that call, and longer
    /// than this where the plan leaves it in CSR (plan().chosen.storage). Throws InputError for a matrix that is not square and for
    /// options out of range.
    template <class Column>
    Akx(const CsrView<Scalar, Column>& matrix, const PlanOptions& options,
        const asp::Context& context, const asp::Team* team = nullptr);
    Akx(Akx&&) noexcept;
    ~Akx();

    /// `basis` [k + 1, vectors, n]: [0] holds x and is read, the others are written.
    /// Throws InputError for sizes that do not fit and a recurrence of another k.
    void powers(asp::View<Scalar, 3> basis, const Recurrence& recurrence,
                const asp::Team* team = nullptr) const;
    /// The same, and the Gram matrix (one vector only).
    void powers(asp::View<Scalar, 3> basis, const Recurrence& recurrence,
                const GramRequest<Scalar>& gram, const asp::Team* team = nullptr) const;
    /// result [vectors, n] = sum over p of coefficient[p] x_p; x [vectors, n]. The order of the
    /// additions is p = 0 to k. Throws InputError for sizes that do not fit, and where they
    /// overlap.
    void polynomial(asp::View<const Scalar, 2> x, const Polynomial& polynomial,
                    asp::View<Scalar, 2> result, const asp::Team* team = nullptr) const;

    /// Settled by the first call: until then as the database or the model has it. Not to be asked
    /// while that call runs.
    const Plan& plan() const;
    /// "specialized", and how the kernel came to be.
    std::string explain_kernel() const;
    std::string kernel_source() const;
    std::int64_t rows() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace krylov
