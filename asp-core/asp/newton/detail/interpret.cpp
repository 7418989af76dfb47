#include "asp/newton/detail/interpret.hpp"

#include <memory>
#include <optional>

#include "asp/base/aligned.hpp"
#include "asp/ir/interpreter.hpp"
#include "asp/newton/kernels/newton.hpp"

namespace asp::newton::detail {
namespace {

constexpr int lanes = 128;
using Block = Chunk<lanes>;
using Program = ir::Program<double>;

/// What kernels/newton.hpp calls a system, for whole chunks.
class InterpretedSystem {
public:
    InterpretedSystem(const System& system, Pivoting pivoting)
        : unknowns(static_cast<long>(system.unknowns)),
          parameters(static_cast<long>(system.parameters)),
          shared(static_cast<long>(system.shared)),
          coefficients(static_cast<long>(system.computed())),
          straight(pivoting == Pivoting::none),
          ranges_(system.ranges),
          coefficients_(system.coefficients),
          prepare_(system.prepare),
          residual_(system.residual),
          matrix_(system.matrix) {
        if (straight) newton_.emplace(system.newton);
        for (const ir::Interval& range : ranges_) bounded = bounded || range != ir::Interval{};
    }

    long unknowns, parameters, shared, coefficients;
    bool straight, bounded = false;
    double low(long j) const { return ranges_[static_cast<std::size_t>(j)].low; }
    double high(long j) const { return ranges_[static_cast<std::size_t>(j)].high; }

    void prepare(Block& c) const {
        std::vector<ir::Column<double>> in;
        add(in, c.p, parameters);
        for (long k = 0; k < shared; ++k) in.push_back({c.shared + k, 0});
        run(prepare_, in, rows(c.k, coefficients));
    }
    void evaluate(Block& c) const { run(residual_, point(c), rows(c.f, unknowns)); }
    void evaluate_matrix(Block& c) const {
        std::vector<double*> out = rows(c.f, unknowns);
        for (double* const row : rows(c.matrix, unknowns * unknowns)) out.push_back(row);
        run(matrix_, point(c), out);
    }
    void newton(Block& c, double tolerance) const {
        std::vector<double*> out = rows(c.step, unknowns);
        out.insert(out.end(), {c.square, c.open, c.weak});
        run(*newton_, point(c, tolerance), out);
    }

private:
    using Row = Block::Rows;
    static constexpr double no_tolerance = 0.0;

    static void add(std::vector<ir::Column<double>>& columns, Row row, long count) {
        for (long i = 0; i < count; ++i) columns.push_back({row[i], 1});
    }
    /// `tolerance`: only the step asks for it. Stays where it is while the columns are in use.
    std::vector<ir::Column<double>> point(const Block& c,
                                          const double& tolerance = no_tolerance) const {
        std::vector<ir::Column<double>> columns;
        add(columns, c.x, unknowns);
        add(columns, c.size, unknowns);
        add(columns, c.weight, unknowns);
        columns.push_back({&tolerance, 0});
        using From = System::Coefficient::From;
        for (const System::Coefficient& coefficient : coefficients_) {
            const auto i = static_cast<long>(coefficient.number);
            if (coefficient.from == From::shared)
                columns.push_back({c.shared + i, 0});
            else
                columns.push_back({(coefficient.from == From::parameter ? c.p : c.k)[i], 1});
        }
        return columns;
    }
    static std::vector<double*> rows(Row row, long count) {
        std::vector<double*> pointers;
        for (long i = 0; i < count; ++i) pointers.push_back(row[i]);
        return pointers;
    }
    static void run(const Program& program, const std::vector<ir::Column<double>>& in,
                    const std::vector<double*>& out) {
        if (out.empty()) return;
        program.run(in, out, lanes);
    }

    std::vector<ir::Interval> ranges_;
    std::vector<System::Coefficient> coefficients_;
    Program prepare_, residual_, matrix_;
    std::optional<Program> newton_;
};

int solve_range(const InterpretedSystem& system, const Arguments& arguments, long lo, long hi) {
    const long n = system.unknowns, m = system.parameters, q = system.coefficients;
    const Batch batch = batch_of(arguments, n);
    AlignedVector<double> storage(static_cast<std::size_t>(Block::rows(n, m, q) * lanes));
    Block c(storage.data(), n, m, q, batch.shared);
    for (long first = lo; first < hi; first += lanes) {
        const long last = std::min(first + lanes, hi);
        load(batch, first, last, n, m, c);
        solve_chunk(system, batch, c);
        store(batch, first, last, n, c);
    }
    return 0;
}

}  // namespace

Interpreter interpreter_of(const Problem& problem, Pivoting pivoting) {
    const auto system =
        std::make_shared<const InterpretedSystem>(make_system(problem, pivoting), pivoting);
    return [system](const Arguments& arguments, long lo, long hi) {
        return solve_range(*system, arguments, lo, hi);
    };
}

}  // namespace asp::newton::detail
