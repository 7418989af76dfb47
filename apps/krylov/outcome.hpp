#pragma once
// What `krylov powers` says of what it computed, wherever that was.

#include <optional>
#include <string>

#include "krylov/matrix_file.hpp"
#include "krylov/report.hpp"
#include "krylov/summary.hpp"
#include "krylov/workload.hpp"

namespace krylov {

/// A run that went wrong as bad luck or a mistake of ours would have it, in one line.
struct Failure {
    std::string line;
};

/// The first value that is not finite, with the scale that would help.
template <class Scalar>
std::optional<Failure> overflow_in(const Workload<Scalar>& work,
                                   asp::View<const Scalar, 3> results);

/// The first bit that is not the reference's.
template <class Scalar>
std::optional<Failure> difference_in_bits(const Workload<Scalar>& work);

/// "all 8 x 4096 values have the bits of the reference"
template <class Scalar>
std::string agreement(const Workload<Scalar>& work);

void print_matrix(const Style& style, const LoadedMatrix& loaded);

/// Writes the summary, and says what went wrong.
asp::ExitCode end_run(const CommandLine& line, const std::string& matrix,
                      const std::optional<Failure>& failure, nlohmann::json summary);

}  // namespace krylov
