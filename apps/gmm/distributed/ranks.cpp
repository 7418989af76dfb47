#include "gmm/distributed/ranks.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace gmm {
namespace {

/// A number that mpiexec left in the environment of its processes: Open MPI's and MPICH's names.
int number_in_environment(std::initializer_list<const char*> names, int otherwise) {
    for (const char* name : names)
        if (const char* text = std::getenv(name)) {
            int value = otherwise;
            std::from_chars(text, text + std::strlen(text), value);
            return value;
        }
    return otherwise;
}

}  // namespace

std::unique_ptr<Ranks> ranks_of_this_run() {
    return size_of_this_run() > 1 ? make_ranks() : nullptr;
}

int size_of_this_run() {
    return number_in_environment({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, 1);
}

int ranks_on_this_machine() {
    return std::max(1, number_in_environment({"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"}, 1));
}

int rank_of_this_process() {
    return number_in_environment({"OMPI_COMM_WORLD_RANK", "PMI_RANK"}, 0);
}

}  // namespace gmm
