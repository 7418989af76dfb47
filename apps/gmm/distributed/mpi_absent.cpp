#include "asp/base/error.hpp"
#include "gmm/distributed/ranks.hpp"

namespace gmm {

std::unique_ptr<Ranks> make_ranks() {
    throw asp::BackendError("built without MPI: install libopenmpi-dev and configure again");
}

}  // namespace gmm
