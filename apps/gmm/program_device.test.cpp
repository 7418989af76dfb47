// The program's --backend cuda, with and without a device.

#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "asp/cuda/device.hpp"
#include "gmm/program_testing.hpp"

using namespace gmm::testing;
namespace fs = std::filesystem;

TEST_CASE("train and score compute on a device, or say in one line why they cannot") {
    const Place place;
    REQUIRE(run_gmm(place.train()).code == 0);
    const std::string target = place.file("on_device.h5");
    const Arguments train{"train", "--input", place.x,     "--components", "3",
                          "-o",    target,    "--backend", "cuda"};
    const Arguments score{"score",     "--model", place.file("model.h5"), "--input", place.x,
                          "--backend", "cuda"};
    try {
        const std::string name = asp::cuda::device_info().name;
        CHECK(run_gmm(train).says(name));
        CHECK(run_gmm(score).code == 0);
    } catch (const asp::BackendError& error) {
        const std::string expected =
            fmt::format("gmm: --backend cuda: {}; or use --backend cpu\n", error.what());
        CHECK(complaint(train, 1) == expected);
        CHECK(complaint(score, 1) == expected);
        CHECK_FALSE(fs::exists(target));
    }
}
