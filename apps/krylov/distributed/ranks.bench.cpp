// mpiexec -n 2 krylov_ranks_bench [--matrix stencil:7pt:128] [--k 8] [--rounds 9] [--block 1]
// k levels over MPI against k parallel products of PETSc, in its block format too where asked.
#include <fmt/format.h>
#include <petscmat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include "asp/base/error.hpp"
#include "krylov/distributed/ghosted_akx.hpp"
#include "krylov/matrix_file.hpp"

namespace {

using namespace krylov;

/// Rows of one rank with global columns.
struct Block {
    std::int64_t columns = 0;
    std::vector<std::int64_t> row_start{0}, column;
    std::vector<double> value;

    CsrView<double, std::int64_t> view() const { return {columns, row_start, column, value}; }
};

/// Rows [first, last) of a matrix that each rank makes or reads as a whole.
Block rows_of(const Csr<double>& matrix, std::int64_t first, std::int64_t last) {
    const auto begin = matrix.row_start[static_cast<std::size_t>(first)];
    const auto end = matrix.row_start[static_cast<std::size_t>(last)];
    Block block;
    block.columns = matrix.columns;
    block.column.assign(matrix.column.begin() + begin, matrix.column.begin() + end);
    block.value.assign(matrix.value.begin() + begin, matrix.value.begin() + end);
    for (std::int64_t i = first; i < last; ++i)
        block.row_start.push_back(matrix.row_start[static_cast<std::size_t>(i) + 1] - begin);
    return block;
}

/// Throws InputError for a matrix that is not real and double.
Csr<double> load(const std::string& text) {
    LoadedMatrix loaded = load_matrix(text);
    if (auto* const matrix = std::get_if<Csr<double>>(&loaded.matrix)) return std::move(*matrix);
    throw asp::InputError(fmt::format("{}: expected a real matrix in double precision", text));
}

/// PETSc's matrix in the same layout; lives to the end of the program, as PETSc does.
struct ParallelPetsc {
    Mat matrix = nullptr;
    Vec x = nullptr, y = nullptr;

    ParallelPetsc(const Block& block, int block_size) {
        const std::vector<PetscInt> row_start(block.row_start.begin(), block.row_start.end());
        const std::vector<PetscInt> column(block.column.begin(), block.column.end());
        const auto rows = static_cast<PetscInt>(row_start.size() - 1);
        MatCreateMPIAIJWithArrays(PETSC_COMM_WORLD, rows, rows, PETSC_DETERMINE, PETSC_DETERMINE,
                                  row_start.data(), column.data(), block.value.data(), &matrix);
        if (block_size > 1) {
            MatSetBlockSize(matrix, block_size);
            MatConvert(matrix, MATMPIBAIJ, MAT_INPLACE_MATRIX, &matrix);
        }
        MatCreateVecs(matrix, &x, &y);
    }
    void powers(asp::View<double, 3> basis) {
        for (std::size_t p = 0; p + 1 < basis.extent(0); ++p) {
            VecPlaceArray(x, basis[p].data());
            VecPlaceArray(y, basis[p + 1].data());
            MatMult(matrix, x, y);
            VecResetArray(x);
            VecResetArray(y);
        }
    }
};

/// One way to make the basis, and what it took each round [s], the slowest rank's.
struct Variant {
    std::string name;
    std::function<void(asp::View<double, 3>)> powers;
    DistributedCost cost;
    std::vector<double> seconds = {};
};

double median(std::vector<double> values) {
    const auto middle = values.begin() + std::ssize(values) / 2;
    std::ranges::nth_element(values, middle);
    return *middle;
}

void run_round(std::vector<Variant>& variants, asp::View<double, 3> basis) {
    for (Variant& variant : variants) {
        MPI_Barrier(MPI_COMM_WORLD);
        const double start = MPI_Wtime();
        variant.powers(basis);
        const double taken = MPI_Wtime() - start;
        double slowest = 0.0;
        MPI_Allreduce(&taken, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
        variant.seconds.push_back(slowest);
    }
}

void print(const std::vector<Variant>& variants, std::int64_t nonzeros, int k) {
    const double petsc = median(variants.front().seconds);
    fmt::print("{:18} {:>12} {:>10} {:>9} {:>11}\n", "", "ns/nonzero", "best", "x PETSc",
               "redundant");
    for (const Variant& variant : variants) {
        const double products = static_cast<double>(nonzeros) * k;
        const double middle = median(variant.seconds);
        fmt::print(
            "{:18} {:12.3f} {:10.3f} {:9.2f} {:10.1f}%\n", variant.name, 1e9 * middle / products,
            1e9 * *std::ranges::min_element(variant.seconds) / products, petsc / middle,
            100.0 * static_cast<double>(variant.cost.redundant_products) /
                static_cast<double>(std::max<std::int64_t>(1, variant.cost.needed_products)));
    }
}

/// Works in a basis of its own, which has room for ghosts.
void add_ghosted(std::vector<Variant>& variants, const Communicator& ranks, const Block& block,
                 int k) {
    const auto akx = std::make_shared<GhostedAkx>(ranks, block.view(), PlanOptions{.k = k},
                                                  asp::process_context());
    const auto basis = std::make_shared<asp::Array<double, 3>>(
        asp::Extents<3>{static_cast<std::size_t>(k) + 1, 1,
                        static_cast<std::size_t>(akx->ghosted_rows())},
        1.0);
    variants.push_back(
        {"ghosted", [=](auto) { akx->powers(*basis, monomial_basis(static_cast<std::size_t>(k))); },
         akx->cost()});
    if (ranks.rank() == 0)
        fmt::print("rank 0's plan: {}: {}\n", akx->plan().chosen.describe(), akx->plan().reason);
}

void add_petsc(std::vector<Variant>& variants, const Block& block, int block_size, int k) {
    variants.push_back(
        {block_size == 1 ? "PETSc MPIAIJ" : fmt::format("PETSc MPIBAIJ {}", block_size),
         [petsc = ParallelPetsc(block, block_size)](auto basis) mutable { petsc.powers(basis); },
         {.needed_products = std::ssize(block.column) * k}});
}

/// Blocks of rows that `multiple` divides.
RowLayout layout_of(std::int64_t rows, int ranks, int multiple) {
    RowLayout layout = even_layout(rows / multiple, ranks);
    for (std::int64_t& start : layout.start) start *= multiple;
    layout.start.back() = rows;
    return layout;
}

struct Options {
    std::string matrix = "stencil:7pt:128";
    int k = 8, rounds = 9, block = 1;
};

void run(const Options& options) {
    const Communicator ranks = Communicator::world();
    PetscInitializeNoArguments();
    const int k = options.k;
    std::vector<Variant> variants;
    Block block;
    std::int64_t rows = 0, nonzeros = 0;
    {
        const Csr<double> matrix = load(options.matrix);
        rows = matrix.rows();
        nonzeros = matrix.nonzeros();
        const RowLayout layout = layout_of(rows, ranks.size(), options.block);
        const auto rank = static_cast<std::size_t>(ranks.rank());
        block = rows_of(matrix, layout.start[rank], layout.start[rank + 1]);
    }
    add_petsc(variants, block, 1, k);
    if (options.block > 1) add_petsc(variants, block, options.block, k);
    for (const auto method : {DistributedMethod::pa1, DistributedMethod::pa2}) {
        const auto akx = std::make_shared<DistributedAkx>(
            ranks, block.view(), DistributedOptions{.k = k, .method = method});
        variants.push_back({method == DistributedMethod::pa1 ? "PA1" : "PA2",
                            [akx, k](auto basis) {
                                akx->powers(basis, monomial_basis(static_cast<std::size_t>(k)));
                            },
                            akx->cost()});
    }
    add_ghosted(variants, ranks, block, k);
    asp::Array<double, 3> basis({static_cast<std::size_t>(k) + 1, 1, block.row_start.size() - 1},
                                1.0);
    for (int round = 0; round <= options.rounds; ++round) run_round(variants, basis);
    for (Variant& variant : variants) variant.seconds.erase(variant.seconds.begin());  // warming up
    if (ranks.rank() == 0) {
        fmt::print("{}, {} rows, k = {}, {} ranks, median of {} rounds\n", options.matrix, rows, k,
                   ranks.size(), options.rounds);
        print(variants, nonzeros, k);
    }
}

}  // namespace

int main(int count, char** arguments) {
    CLI::App program{"k levels over MPI against k parallel products of PETSc"};
    Options options;
    program.add_option("--matrix", options.matrix, "a file or what `krylov` generates");
    program.add_option("--k", options.k, "levels")->check(CLI::Range(1, 100));
    program.add_option("--rounds", options.rounds)->check(CLI::Range(1, 1000));
    program.add_option("--block", options.block, "of PETSc's block format beside the plain one")
        ->check(CLI::Range(1, 8));
    CLI11_PARSE(program, count, arguments);
    try {
        run(options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    PetscFinalize();
    return 0;
}
