// The program's --backend cuda, with and without a device.

#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "asp/cuda/testing.hpp"
#include "asp/io/hdf5.hpp"
#include "krylov/program_testing.hpp"

using namespace krylov::testing;
using asp::io::H5Reader;
using asp::testing::has_device;
using asp::testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

// A small budget: a device made of threads is slow.
const Arguments on_device = with(small, {"--backend", "cuda", "--tune", "20"});
const Arguments tune{"tune",      "--matrix", "stencil:5pt:12", "--k", "2,4",
                     "--backend", "cuda",     "--budget",       "60"};

std::vector<double> basis_of(const Arguments& arguments, const fs::path& folder) {
    REQUIRE(run_krylov(with(arguments, {"--output", folder.string()})).code == 0);
    return H5Reader(folder / "basis.h5").read_doubles("/basis");
}

}  // namespace

TEST_CASE("powers and tune compute on a device, or say in one line why they cannot") {
    try {
        const std::string name = asp::cuda::device_info().name;
        CHECK(run_krylov(on_device).says("device      " + name));
        CHECK(run_krylov(tune).code == 0);
    } catch (const asp::BackendError& error) {
        const std::string expected =
            fmt::format("krylov: --backend cuda: {}; or use --backend cpu\n", error.what());
        CHECK(complaint(on_device, 1) == expected);
        CHECK(complaint(tune, 1) == expected);
    }
}

TEST_CASE("what a device does not have is refused by name") {
    const auto refused = [](const Arguments& more) { return complaint(with(on_device, more)); };
    CHECK(refused({"--keep", "polynomial"}) ==
          "--keep polynomial: expected basis with --backend cuda\n");
    CHECK(refused({"--coefficients", "1,2,3,4,5"}) ==
          "--coefficients: expected none with --backend cuda\n");
    CHECK(refused({"--storage", "slices"}) ==
          "--storage slices: expected auto with --backend cuda\n");
    CHECK(refused({"--numbering", "levels"}) ==
          "--numbering levels: expected auto with --backend cuda\n");
    CHECK(refused({"--block", "3"}) == "--block: expected none with --backend cuda\n");
    CHECK(refused({"--depth", "2"}) == "--depth: expected none with --backend cuda\n");
    CHECK(refused({"--tile-kib", "64"}) == "--tile-kib: expected none with --backend cuda\n");
    CHECK(refused({"--cross-check", "eigen"}) ==
          "--cross-check: expected none with --backend cuda\n");
    CHECK(refused({"--show-kernel"}) == "--show-kernel: expected none with --backend cuda\n");
    CHECK(refused({"--method", "implicit"}) ==
          "--method implicit: expected auto, levels, cooperative, tiles or cusparse with --backend "
          "cuda\n");
    CHECK(refused({"--method", "cooperativ"}) ==
          "--method cooperativ: expected auto, levels, cooperative, tiles or cusparse with "
          "--backend cuda; did you mean 'cooperative'?\n");
    for (const Arguments& command : {Arguments{"info", "--matrix", "stencil:5pt:12"},
                                     {"bench"},
                                     {"experiment", "none.yaml", "--output", "."}})
        CHECK(complaint(with(command, {"--backend", "cuda"})) ==
              "--backend cuda: expected with powers and tune only\n");
}

TEST_CASE("auto is the processor, with and without a device") {
    CHECK_FALSE(run_krylov(small).says("\ndevice "));
}

TEST_CASE("vectors from a device have the processor's bits, whatever the method") {
    if (!has_device()) return;
    const ScratchFolder place;
    for (const char* basis : {"monomial", "chebyshev"}) {
        const Arguments common{"--basis", basis, "--vectors", "2"};
        const auto expected = basis_of(with(small, common), place / "here");
        for (const char* method : {"levels", "cooperative", "tiles"}) {
            INFO(basis << ' ' << method);
            CHECK(basis_of(with(with(on_device, common), {"--method", method}), place / method) ==
                  expected);
        }
    }
}

TEST_CASE("powers on a device tells its plan, its times, and that the bits agree") {
    if (!has_device()) return;
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    const Outcome outcome = run_krylov(
        with(on_device, {"--compare", "--method", "levels", "--summary", file.string()}));
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.says("\nplan        levels slices of 32, "));
    CHECK(outcome.says("            timed here: "));
    CHECK(outcome.says(" times 4 products of cuSPARSE\n"));
    CHECK(outcome.says(" of CSR, planned and tuned in "));
    CHECK(outcome.says(" ns per nonzero and level (mean of 2, one vector, on the device); "));
    CHECK(outcome.says("\ncompare     4 products of cuSPARSE: "));
    CHECK(outcome.says("\nbits        all 4 x 144 values have the bits of the reference\n"));
    const Json summary = json_of(file);
    const Json& results = summary.at("results");
    CHECK(results.at("bits_agree") == true);
    CHECK(results.at("device") == asp::cuda::device_info().name);
    CHECK(results.at("plan").at("chosen").at("method") == "levels");
    CHECK(results.at("plan").at("considered").size() == 2);
    const double ours = summary.at("timings").at("powers_s"),
                 theirs = summary.at("timings").at("cusparse_s");
    CHECK(results.at("ratio_to_cusparse").get<double>() == Approx(theirs / ours));
}

TEST_CASE("products of cuSPARSE agree but for rounding, which is said") {
    if (!has_device()) return;
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    const Outcome outcome = run_krylov(with(on_device, {"--compare", "--vectors", "2", "--method",
                                                        "cusparse", "--summary", file.string()}));
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("plan        products of cuSPARSE, CSR\n            as asked for\n"));
    CHECK(
        outcome.says("\nbits        cuSPARSE adds up in an order of its own: differs from the "
                     "reference by "));
    CHECK(outcome.says(" of a level's largest value at most, no more than rounding explains\n"));
    CHECK(json_of(file).at("results").at("bits_agree") == false);
    CHECK(complaint(with(on_device, {"--method", "cusparse", "--basis", "newton"})) ==
          "method = cusparse: expected the monomial basis\n");
}

TEST_CASE("tune on a device prints what was timed, and keeps the verdict for each k") {
    if (!has_device()) return;
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    const Outcome outcome = run_krylov(with(tune, {"--summary", file.string()}));
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    for (const char* words :
         {"candidate", "to cuSPARSE", "\nproducts of cuSPARSE, CSR ", "\nlevels slices of 32 ",
          "\ncooperative slices of 32 ", "\nk=2: ", "\nk=4: "}) {
        INFO(words);
        CHECK(outcome.says(words));
    }
    const Json plans = json_of(file).at("results").at("plans");
    REQUIRE(plans.size() == 2);
    CHECK(plans[1].at("k") == 4);
    for (const Json& candidate : plans[1].at("considered"))
        CHECK(candidate.at("measured_s").get<double>() > 0.0);
    const Outcome rule =
        run_krylov({"tune", "--matrix", "stencil:5pt:12", "--backend", "cuda", "--budget", "0"});
    CHECK(rule.says(": by sizes: nothing was timed\n"));
}

TEST_CASE("a basis that overflows on a device exits with 1, and names the level and the cure") {
    if (!has_device()) return;
    const ScratchFolder place;
    const std::string matrix = place.write("huge.mtx", huge).string();
    const Outcome outcome =
        run_krylov({"powers", "--matrix", matrix, "--k", "3", "--backend", "cuda"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find(": level 2 of the basis overflows at row ") != std::string::npos);
}
