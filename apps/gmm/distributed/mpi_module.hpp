#pragma once

#include "gmm/distributed/ranks.hpp"

extern "C" {
/// Makes them in a library of its own.
gmm::Ranks* gmm_make_ranks();
}
