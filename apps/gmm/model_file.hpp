#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gmm/fit.hpp"

namespace gmm {

/// Where a model comes from: all that is needed to train it again.
struct Training {
    FitOptions options = {};
    std::vector<std::string> inputs = {};  ///< absolute, so that they are found from any folder
    std::string weights = {};              ///< the same; empty: none
    std::string rows = {};                 ///< "0:1000"; empty: all
    std::string precision = "double";      ///< of the arithmetic: single, double
    std::string prior = {};                ///< model that was adapted, the same; empty: none
    Relevance relevance = {};              ///< with `prior`
};

/// A model, from the first iteration to the last.
struct Model {
    FitState state;
    Training training;
    std::string program_version = {};  ///< that wrote it; filled in where it is written
};

/// Writes it in one step: until then an older file of that name stays. Throws BackendError.
void write_model(const std::filesystem::path& path, const Model& model);

/// Throws InputError, one line with file and dataset, for a file that is none, is not complete, is
/// of another version of the format, or holds what is no mixture.
Model read_model(const std::filesystem::path& path);

/// The same for statistics, which add: parts of data may be seen by different runs.
void write_statistics(const std::filesystem::path& path, const Statistics& statistics);
Statistics read_statistics(const std::filesystem::path& path);

}  // namespace gmm
