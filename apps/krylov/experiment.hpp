#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace krylov {

/// What is measured: every matrix with every method, storage, basis, ... that is named.
struct Experiment {
    std::filesystem::path path;
    std::string text;  ///< of the file
    std::vector<std::string> overrides;
    std::string name;
    std::vector<std::string> matrices;           ///< for load_matrix; folders are opened up
    std::vector<std::string> methods, storages;  ///< "auto", "plain", ...
    std::vector<std::string> keeps, bases;
    std::vector<int> levels;  ///< k
    std::vector<int> vectors;
    std::vector<std::size_t> threads;  ///< 0: all
    int repetitions = 0;               ///< 0: as many as a second or two allows
    double tune_products = 30.0;       ///< [products] that timing plans may cost
    bool checks_bits = true;
    bool has_roofline = true;
};

/// Throws InputError with every complaint: file, line, key, value, what was expected.
Experiment read_experiment(const std::filesystem::path& path,
                           const std::vector<std::string>& overrides);

/// One combination.
struct Cell {
    std::string matrix, method, storage, keep, basis;
    int k = 0, vectors = 0;
    std::size_t threads = 0;
    /// All that its times depend on, but for the machine: two cells of the same key need to be
    /// measured once. Of a file its size and date.
    std::string key;
};

/// Matrix by matrix, harts by harts. `harts` is what "all" means.
std::vector<Cell> cells_of(const Experiment& experiment, std::size_t harts);

/// What was found for a cell. Times are for all k levels and all vectors.
struct CellResult {
    Cell cell;
    std::string plan;
    std::int64_t rows = 0, nonzeros = 0;
    double seconds = 0.0, plain_seconds = 0.0, csr_seconds = 0.0;
    double planning_seconds = 0.0;
    double memory_ratio = 0.0;  ///< to CSR, both with the vectors
    double redundancy = 1.0;
    double csr_bytes = 0.0, matrix_bytes = 0.0;
    std::string failure = {};  ///< not empty: why there are no times

    double products() const { return static_cast<double>(cell.k) * cell.vectors; }
    double ns_per_nonzero(double time) const {
        return 1e9 * time / products() / static_cast<double>(nonzeros);
    }
};

}  // namespace krylov
