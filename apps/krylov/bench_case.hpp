#pragma once
// One line of `krylov bench`.

#include <cmath>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "asp/harts/team.hpp"
#include "asp/specialize/kernel.hpp"
#include "krylov/csr.hpp"
#include "krylov/timing.hpp"

namespace krylov {

/// A matrix of the table, by the name that --case takes.
struct BenchCase {
    std::string name;    ///< "7-point-128"
    std::string matrix;  ///< for generate()
};

/// All of them, edges multiplied by `scale`.
std::vector<BenchCase> bench_cases(double scale);

/// Those named, in the order of the table; all where nothing is. Throws InputError for a name that
/// is none, with the nearest.
std::vector<BenchCase> chosen_cases(const std::vector<std::string>& names, double scale);

/// What was found for one matrix on so many harts. Times in ns for each nonzero and level.
struct BenchRow {
    std::string name, plan;
    std::size_t threads = 0;
    int k = 0;
    double csr_bytes = 0.0;
    double ours = 0.0, polynomial = 0.0, plain = 0.0, csr = 0.0;
    std::map<std::string, double> peers;  ///< other libraries, by key
    double planning_products = 0.0;       ///< planning and tuning, in plain products
    double memory_ratio = 0.0;            ///< to CSR, both with the vectors

    /// NaN where there is none.
    double peer(const std::string& key) const {
        const auto at = peers.find(key);
        return at == peers.end() ? std::nan("") : at->second;
    }
};

struct BenchOptions {
    int k = 8;
    double budget = 30.0;  ///< [products]
    Repetitions repetitions = {};
};

BenchRow measure_case(const std::string& name, const Csr<double>& matrix,
                      const BenchOptions& options, const asp::Team& team,
                      const asp::Context& context);

/// One JSON row for each thing that ours is compared with: case, threads, ours, reference, ratio,
/// unit.
nlohmann::json to_json(const BenchRow& row);

/// The head and the lines of the table, columns at fixed places so that each line can be printed
/// when it is there.
std::string bench_head(const std::vector<std::string>& peers);
std::string bench_line(const BenchRow& row, const std::vector<std::string>& peers);

}  // namespace krylov
