#include "gmm/cuda/plan.hpp"

#include <limits>
#include <vector>

#include "asp/base/testing.hpp"
#include "gmm/frames.hpp"

using namespace gmm;
using namespace gmm::cuda;

namespace {

constexpr std::size_t kib = 1024;

Extents extents(long D, long M) {
    return {D, M, in_fours(M), false};
}

}  // namespace

TEST_CASE("slabs of a device divide those of the processor, whatever the frames") {
    for (const std::size_t frames : {0, 1, 65535, 65536, 262143, 262144, 100000000}) {
        CHECK(slab_frames % static_cast<std::size_t>(slab_for(frames)) == 0);
        CHECK(slab_for(frames) <= longest_slab);
        CHECK(slab_for(frames) % 64 == 0);
    }
}

TEST_CASE("all that a block works on is in its memory where two blocks then have room") {
    for (const bool is_single : {true, false}) {
        const Extents e = extents(19, 20);
        const Shape shape = shape_for(Form::squares, is_single, e, 227 * kib);
        CHECK((shape.keeps_frames && shape.keeps_scores && shape.keeps_sums));
        CHECK(shape.tile == 64);
        CHECK(2 * memory_of(shape, e) <= 227 * kib);
    }
}

TEST_CASE("what has no room in a block's memory lies outside") {
    const Extents many = extents(39, 4096);
    const Shape shape = shape_for(Form::squares, true, many, 99 * kib);
    CHECK(memory_of(shape, many) <= 99 * kib);
    CHECK_FALSE(shape.keeps_scores);
    CHECK_FALSE(shape.keeps_sums);
    const Extents long_ones = extents(2000, 4);
    const Shape other = shape_for(Form::squares, true, long_ones, 99 * kib);
    CHECK(memory_of(other, long_ones) <= 99 * kib);
    CHECK_FALSE(other.keeps_frames);
}

TEST_CASE("every mixture has a shape that fits a block's memory") {
    for (const Form form :
         {Form::squares, Form::norm, Form::products, Form::whitened, Form::centred})
        for (const bool is_single : {true, false})
            for (const long D : {1, 39, 1000})
                for (const long M : {1, 64, 20000}) {
                    const Extents e = extents(D, M);
                    const Shape shape = shape_for(form, is_single, e, 48 * kib);
                    CHECK(memory_of(shape, e) <= 48 * kib);
                }
}

TEST_CASE("tensor cores are for features in single precision alone") {
    const Extents e = extents(19, 20);
    CHECK(shape_for(Form::squares, true, e, 227 * kib, true).by_cores);
    CHECK_FALSE(shape_for(Form::squares, false, e, 227 * kib, true).by_cores);
    CHECK_FALSE(shape_for(Form::whitened, true, e, 227 * kib, true).by_cores);
}

TEST_CASE("a sample tells whether log-likelihoods are as good as single precision") {
    const std::vector<double> exact(100, -60.0);
    std::vector<double> found(100, -60.00002);
    CHECK(agree(exact, found));
    found[3] = -60.0055;  // one frame of them all
    CHECK(agree(exact, found));
    found[3] = -60.006;
    CHECK_FALSE(agree(exact, found));
    found[3] = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(agree(exact, found));
    CHECK_FALSE(agree(exact, std::vector<double>(100, -60.0002)));  // all of them
}
