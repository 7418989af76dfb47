#pragma once

#include <cmath>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "asp/specialize/kernel.hpp"
#include "gmm/bench/bench_case.hpp"
#include "gmm/bench/peer.hpp"

namespace gmm {

/// Another library beside ours, on as many threads.
struct Against {
    std::string name;
    double seconds;     ///< [s] of an iteration over all frames
    double ratio;       ///< to ours: the median of those of the rounds
    double difference;  ///< [nats a frame] of its likelihood from ours, both in double precision
};

/// One line of the table.
struct BenchRow {
    std::string name;
    std::size_t threads;
    Precision precision;
    double seconds;     ///< [s] of an iteration
    double flops;       ///< [flop/s], those of the formulas
    double peak;        ///< [flop/s] of these harts in this precision, measured in turns with it
    double fraction;    ///< of the peak: the median of those of the rounds
    double difference;  ///< [nats a frame] of the likelihood from that in double precision
    double memory;      ///< [bytes] beyond data and mixtures; NaN where the system does not tell
    std::vector<Against> peers = {};
};

struct MeasureOptions {
    std::vector<std::size_t> threads;
    int repetitions = 0;  ///< 0: 5 to 25, as some seconds allow
    bool has_peers = true;
    std::filesystem::path python;
    asp::Context context;
    /// Hears what is going on.
    std::function<void(const std::string&)> say = [](const std::string&) {};
    /// Hears of a peer that is not there.
    std::function<void(const std::string&)> complain = [](const std::string&) {};
};

/// All lines of a case. Ours, the peak and the peers' in turns. Throws Interrupted.
std::vector<BenchRow> measure_case(const BenchCase& bench_case, const MeasureOptions& options);

/// For --summary: rows with case, threads, ours, reference, ratio, unit.
nlohmann::json to_json(const BenchRow& row);
std::vector<std::string> bench_head();
std::vector<std::string> bench_line(const BenchRow& row);

}  // namespace gmm
