#pragma once

#include <functional>
#include <vector>

namespace gmm {

double seconds_of(const std::function<void()>& work);

/// Most memory that `work` has this process take, beyond what it had [bytes]; NaN where the system
/// does not tell.
double growth_during(const std::function<void()>& work);

/// The middle one; the upper of two. Precondition: not empty.
double median(std::vector<double> values);

}  // namespace gmm
