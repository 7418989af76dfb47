#include "gmm/statistics.hpp"

#include <catch2/catch.hpp>

#include "gmm/engine.hpp"
#include "gmm/fit.hpp"
#include "gmm/reference.hpp"
#include "gmm/testing.hpp"

using Catch::Detail::Approx;
using namespace gmm;

TEST_CASE("statistics of parts add up to those of all frames") {
    const Covariance covariance =
        GENERATE(Covariance::full, Covariance::tied, Covariance::diag, Covariance::spherical);
    const asp::Array<double, 2> points = testing::clusters(300, 3, 4, 1);
    const Frames<double> frames{points};
    const Mixture mixture = testing::mixture_near(points, 4, covariance, 2);
    const Statistics all = reference_statistics(mixture, frames);
    Statistics sum = reference_statistics(mixture, frames.part(0, 120));
    sum += reference_statistics(mixture, frames.part(120, 300));
    for (std::size_t i = 0; i < all.second.size(); ++i)
        CHECK(sum.second.data()[i] == Approx(all.second.data()[i]).epsilon(1e-12));
    CHECK(sum.log_likelihood == Approx(all.log_likelihood).epsilon(1e-12));
}
