#pragma once

#include <functional>
#include <vector>

namespace gmm {

double seconds_of(const std::function<void()>& work);

/// The middle one; the upper of two. Precondition: not empty.
double median(std::vector<double> values);

}  // namespace gmm
