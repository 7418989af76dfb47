#pragma once
// For `asp bench`: what vectors bring to batches of small systems.

#include <string>
#include <vector>

#include "asp/newton/solver.hpp"

namespace asp::newton {

/// One line of a benchmark: times of one run, interleaved, the least of several rounds.
struct BenchmarkRow {
    std::string name;          ///< "junctions"
    double ours_seconds;       ///< by the kernel, on one hart
    double reference_seconds;  ///< by a loop of scalar C++ over the systems
    double ratio() const { return reference_seconds / ours_seconds; }
    double largest_difference;  ///< of an unknown, relative
    double steps;               ///< mean number of Newton steps, the same for both
};

/// Junctions of three vessels (four unknowns), `systems` of them, solved from where their
/// characteristics start. References: "textbook", Newton's method with derivatives by hand and
/// elimination with pivoting; "arrow", the same with the elimination by hand too, for the arrow
/// that this Jacobian is. CPU time of the calling thread, so that a busy machine disturbs little.
std::vector<BenchmarkRow> benchmark_junctions(const Context& context, std::size_t systems,
                                              int rounds = 5);

/// Seconds from a text to the first answer, by the interpreter.
double seconds_to_first_answer();

}  // namespace asp::newton
