// Several processes that train one mixture.
#include "gmm/model_file.hpp"
#include "gmm/program_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

/// Open MPI's ways of saying: as root too, more ranks than processors, and none of the copies
/// between processes that containers forbid.
Outcome run_ranks(int ranks, const Arguments& arguments) {
    for (const char* setting : {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                                "OMPI_MCA_rmaps_base_oversubscribe"})
        ::setenv(setting, "1", 1);
    ::setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 1);
    ::setenv("NO_COLOR", "1", 1);  // mpiexec shows a terminal to its processes
    return Child(with({"-n", std::to_string(ranks), GMM_PROGRAM}, arguments), GMM_MPIEXEC).finish();
}

}  // namespace

TEST_CASE("train on several ranks makes the model of one process, up to the order of sums") {
    const Place place;
    const Arguments exact{"--tolerance", "0", "--iterations", "5"};
    CHECK(run_gmm(place.train(exact)).code == 3);
    const FitState one = read_model(place.file("model.h5")).state;
    for (const int ranks : {2, 3}) {
        const Outcome outcome = run_ranks(ranks, place.train(exact));
        INFO(outcome.out << outcome.err);
        CHECK(outcome.code == 3);
        CHECK(outcome.says("frames      600, double precision, "));
        CHECK(outcome.says(fmt::format(" on each of {} ranks\n", ranks)));
        const FitState many = read_model(place.file("model.h5")).state;
        REQUIRE(many.trace.size() == 5);
        for (std::size_t i = 0; i < 5; ++i)
            CHECK(many.trace[i] == Approx(one.trace[i]).epsilon(1e-12));
        for (std::size_t i = 0; i < one.mixture.means.size(); ++i)
            CHECK(many.mixture.means.data()[i] ==
                  Approx(one.mixture.means.data()[i]).epsilon(1e-9));
    }
}

TEST_CASE("what is wrong is told once by several ranks") {
    const Place place;
    auto points = place.points;
    points(599, 0) = std::nan("");
    REQUIRE(run_gmm(place.train()).code == 0);
    const std::string bad = write_npy<double>(place.folder, "nan.npy", points);
    const auto of = [&](const Arguments& more) {
        const Outcome outcome = run_ranks(2, with({"train", "-o", place.file("m.h5")}, more));
        CHECK(outcome.code == 2);
        CHECK_FALSE(std::filesystem::exists(place.file("m.h5")));
        return outcome.err.substr(0, outcome.err.find('\n'));
    };
    CHECK(of({"--input", bad, "--init", place.file("model.h5")}) ==
          "rank 1: " + bad +
              ": row 599, column 0: is not a number (nan): expected a finite number");
    CHECK(of({"--input", place.x, "--components", "2", "--starts", "2"}) ==
          "rank 0: --starts: expected none where several ranks train one mixture");
}
