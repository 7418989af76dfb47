// Trainings that are interrupted, gone on with, bounded and chosen between.

#include <algorithm>

#include "gmm/model_file.hpp"
#include "gmm/program_testing.hpp"

using namespace gmm;
using namespace gmm::testing;
namespace fs = std::filesystem;

namespace {

std::vector<double> numbers_of(const std::string& model) {
    const FitState state = read_model(model).state;
    std::vector<double> all(state.trace);
    all.insert(all.end(), state.mixture.weights.begin(), state.mixture.weights.end());
    all.insert(all.end(), state.mixture.means.begin(), state.mixture.means.end());
    all.insert(all.end(), state.mixture.covariances.begin(), state.mixture.covariances.end());
    return all;
}

/// Starts anywhere and never converges.
Arguments endless(const Place& place, const std::string& model, const std::string& iterations) {
    return {"train",  "--input",          place.x,    "--components",    "3",
            "--init", "random_from_data", "-o",       place.file(model), "--tolerance",
            "0",      "--iterations",     iterations, "--save-every",    "0"};
}

}  // namespace

TEST_CASE("a training in two parts has the bits of one in one part, for every covariance") {
    const Place place;
    for (const char* covariance : {"full", "tied", "diag", "spherical"}) {
        const Arguments kind{"--covariance", covariance};
        CHECK(run_gmm(with(endless(place, "whole.h5", "6"), kind)).code == 3);
        CHECK(run_gmm(with(endless(place, "part.h5", "2"), kind)).code == 3);
        CHECK(read_model(place.file("part.h5")).state.iteration == 2);
        CHECK(run_gmm({"train", "--resume", place.file("part.h5"), "--iterations", "6"}).code == 3);
        CHECK(numbers_of(place.file("part.h5")) == numbers_of(place.file("whole.h5")));
    }
}

TEST_CASE("Ctrl-C leaves a model that goes on to the bits of a training without it") {
    const Place place;
    Child child(endless(place, "model.h5", "2000000000"));
    while (!fs::exists(place.file("model.h5")))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    child.signal(SIGINT);
    const Outcome outcome = child.finish();
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 130);
    CHECK(outcome.says(", interrupted\n"));
    CHECK(outcome.says("go on with  gmm train --resume " + place.file("model.h5") + "\n"));
    const int done = read_model(place.file("model.h5")).state.iteration;
    CHECK(done >= 1);
    const std::string goal = std::to_string(done + 3);
    CHECK(run_gmm({"train", "--resume", place.file("model.h5"), "--iterations", goal}).code == 3);
    CHECK(run_gmm(endless(place, "whole.h5", goal)).code == 3);
    CHECK(numbers_of(place.file("model.h5")) == numbers_of(place.file("whole.h5")));
}

TEST_CASE("a training goes on from another folder than it began in") {
    const Place place;
    REQUIRE(run_gmm(place.train({"--iterations", "2"})).code != 2);
    fs::create_directory(place.folder / "elsewhere");
    write_npy<double>(place.folder, "w.npy", asp::Array<double, 2>({600, 1}, 2.0));
    const auto run_in = [&](const std::string& home, const Arguments& arguments) {
        return Child(arguments, GMM_PROGRAM, place.file(home)).finish();
    };
    for (const Arguments& from : {Arguments{"--components", "3"}, {"--prior", "model.h5"}}) {
        const Arguments first{"train",   "--input",      "x.h5:/x", "--weights",   "w.npy", "-o",
                              "part.h5", "--iterations", "2",       "--tolerance", "0"};
        CHECK(run_in(".", with(first, from)).code == 3);
        const Outcome outcome =
            run_in("elsewhere", {"train", "--resume", "../part.h5", "--iterations", "3"});
        INFO(outcome.out << outcome.err);
        CHECK(outcome.code == 3);
        CHECK(read_model(place.file("part.h5")).state.iteration == 3);
    }
    const Training training = read_model(place.file("part.h5")).training;
    for (const std::string& file : {training.inputs.at(0), training.weights, training.prior})
        CHECK(fs::path(file).is_absolute());
}

TEST_CASE("files that a training has named are not written over where it goes on") {
    const Place place;
    REQUIRE(run_gmm(place.train({"--iterations", "1"})).code == 3);
    CHECK(complaint({"train", "--resume", place.file("model.h5"), "-o", place.file("x.h5")}) ==
          "-o " + place.file("x.h5") + ": expected another file than " + place.x +
              ", which would be lost\n");
}

TEST_CASE("the bits do not depend on harts, on memory or on the kind of file") {
    const Place place;
    CHECK(run_gmm(endless(place, "a.h5", "4")).code == 3);
    const std::string npy = write_npy<double>(place.folder, "x.npy", place.points);
    for (const Arguments& more :
         {Arguments{"--threads", "1"}, {"--threads", "2"}, {"--memory", "0"}, {"--input", npy}}) {
        INFO(more[0] << ' ' << more[1]);
        Arguments arguments = endless(place, "b.h5", "4");
        if (more[0] == "--input") arguments.erase(arguments.begin() + 1, arguments.begin() + 3);
        CHECK(run_gmm(with(arguments, more)).code == 3);
        CHECK(numbers_of(place.file("b.h5")) == numbers_of(place.file("a.h5")));
    }
}

TEST_CASE("a file larger than the memory it may take is trained on in bounded memory") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    WARN("skipped: a sanitizer keeps memory of its own");
#else
    const Place place;
    constexpr std::size_t dimension = 64, many = std::size_t{1} << 19U;  // 128 MiB of float32
    Model model;
    model.state.mixture = mixture_near(clusters(8, dimension, 1, 1), 1, Covariance::diag, 1);
    write_model(place.file("start.h5"), model);
    const auto train = [&](std::size_t frames, const std::string& name) {
        const std::string header =
            npy_bytes(npy_header<float>(fmt::format("{}, {}", frames, dimension)), "");
        place.folder.write(name, header);
        fs::resize_file(place.file(name), header.size() + frames * dimension * sizeof(float));
        return run_gmm({"train", "--input", place.file(name), "--init", place.file("start.h5"),
                        "-o", place.file("m.h5"), "--iterations", "1", "--memory", "16"});
    };
    const Outcome small = train(100, "small.npy"), large = train(many, "large.npy");
    INFO(large.out << large.err);
    CHECK(large.code == 3);
    CHECK(large.says("frames      524288, "));
    // Two blocks of 8 MiB, the engine's own and what the allocator keeps.
    CHECK(large.peak_bytes - small.peak_bytes < 48e6);
#endif
}

TEST_CASE("a state is saved on the way, and what is written is there as a whole") {
    const Place place;
    CHECK(run_gmm(endless(place, "model.h5", "3")).code == 3);
    CHECK(place.folder.entries() == 2);  // no temporary is left
}

TEST_CASE("a training that ends at its last iteration says that it has not converged") {
    const Place place;
    const Outcome outcome = run_gmm(place.train({"--iterations", "1"}));
    CHECK(outcome.code == 3);
    CHECK(outcome.says("iterations  1, not converged to 0.001\n"));
}

TEST_CASE("--select takes the number of clusters that there are") {
    const Place place;
    for (const char* criterion : {"bic", "aic"}) {
        const Outcome outcome =
            run_gmm({"train", "--input", place.x, "--select", "1..4", "--by", criterion, "--starts",
                     "5", "-o", place.file("m.h5"), "--summary", place.file("s.json")});
        INFO(outcome.out << outcome.err);
        CHECK(outcome.code == 0);
        CHECK(outcome.says(std::string("2           ") + criterion));
        CHECK(json_of(place.file("s.json")).at("results").at("choice").size() == 4);
        if (criterion == std::string("bic"))
            CHECK(read_model(place.file("m.h5")).state.mixture.components() == 3);
    }
}

TEST_CASE("--prior adapts a model: with all relevance it stays, with none it follows the data") {
    const Place place;
    REQUIRE(run_gmm(place.train()).code == 0);
    const std::string other = write_npy<double>(place.folder, "other.npy", clusters(300, 4, 3, 9));
    const auto adapt = [&](const std::string& relevance) {
        const int code =
            run_gmm({"train", "--prior", place.file("model.h5"), "--input", other, "--relevance",
                     relevance, "-o", place.file("map.h5"), "--iterations", "1"})
                .code;
        CHECK(code == 3);
        return read_model(place.file("map.h5"));
    };
    const Model prior = read_model(place.file("model.h5"));
    const auto means = [](const Model& model) {
        const auto& array = model.state.mixture.means;
        return std::vector<double>(array.begin(), array.end());
    };
    const auto weights = [](const Model& model) {
        const auto& array = model.state.mixture.weights;
        return std::vector<double>(array.begin(), array.end());
    };
    const Model kept = adapt("1e300"), free = adapt("0");
    CHECK(means(kept) == means(prior));
    CHECK(means(free) != means(prior));
    CHECK(weights(free) == weights(prior));  // only means are adapted, unless --adapt says more
    CHECK(free.training.prior == place.file("model.h5"));
}

TEST_CASE("an adaptation in two parts has the bits of one in one part") {
    const Place place;
    REQUIRE(run_gmm(place.train()).code == 0);
    const std::string other = write_npy<double>(place.folder, "other.npy", clusters(300, 4, 3, 9));
    const auto adapt = [&](const std::string& name, const std::string& iterations) {
        const Outcome outcome =
            run_gmm({"train", "--prior", place.file("model.h5"), "--input", other, "--adapt",
                     "means,variances,weights", "-o", place.file(name), "--iterations", iterations,
                     "--tolerance", "0"});
        CHECK(outcome.code == 3);
    };
    adapt("whole.h5", "5");
    adapt("part.h5", "2");
    CHECK(run_gmm({"train", "--resume", place.file("part.h5"), "--iterations", "5"}).code == 3);
    CHECK(numbers_of(place.file("part.h5")) == numbers_of(place.file("whole.h5")));
}

TEST_CASE("--init takes a model's file to start from") {
    const Place place;
    REQUIRE(run_gmm(place.train()).code == 0);
    const Outcome outcome = run_gmm({"train", "--input", place.x, "--init", place.file("model.h5"),
                                     "-o", place.file("again.h5"), "--iterations", "5"});
    CHECK(outcome.code == 0);
    const double before = read_model(place.file("model.h5")).state.trace.back();
    // What is added to the variances (1e-6) may take a little.
    CHECK(read_model(place.file("again.h5")).state.trace.front() >= before - 1e-5);
}

TEST_CASE("arithmetic in single precision on doubles is nearly that in double precision") {
    const Place place;
    for (const char* precision : {"single", "double"})
        CHECK(run_gmm(with(endless(place, std::string(precision) + ".h5", "3"),
                           {"--precision", precision}))
                  .code == 3);
    const double single = read_model(place.file("single.h5")).state.trace.back();
    const double wide = read_model(place.file("double.h5")).state.trace.back();
    CHECK(single == Approx(wide).margin(1e-5));  // the promise for diag
    CHECK(read_model(place.file("single.h5")).training.precision == "single");
}

TEST_CASE("--output has the model and a picture of the training") {
    const Place place;
    const Outcome outcome =
        run_gmm({"train", "--input", place.x, "--components", "2", "--output", place.file("out")});
    CHECK(outcome.code == 0);
    CHECK(read_model(place.file("out/model.h5")).state.mixture.components() == 2);
    CHECK(content_of(place.folder / "out/report.svg").starts_with("<svg "));
}

TEST_CASE("several files are trained on as one") {
    const Place place;
    asp::Array<double, 2> first({200, 4}), rest({400, 4});
    std::copy_n(place.points.begin(), first.size(), first.begin());
    std::copy_n(place.points.begin() + first.size(), rest.size(), rest.begin());
    const std::string a = write_npy<double>(place.folder, "a.npy", first);
    const std::string b = write_npy<double>(place.folder, "b.npy", rest);
    CHECK(run_gmm(endless(place, "one.h5", "3")).code == 3);
    Arguments arguments = endless(place, "two.h5", "3");
    arguments[2] = a;
    arguments.insert(arguments.begin() + 3, b);
    CHECK(run_gmm(arguments).code == 3);
    CHECK(numbers_of(place.file("two.h5")) == numbers_of(place.file("one.h5")));
}

TEST_CASE("frames of weight two count as two frames") {
    const Place place;
    asp::Array<double, 2> twice({1200, 4});
    std::copy_n(place.points.begin(), place.points.size(), twice.begin());
    std::copy_n(place.points.begin(), place.points.size(), twice.begin() + place.points.size());
    const std::string doubled = write_npy<double>(place.folder, "twice.npy", twice);
    const std::string weights =
        write_npy<double>(place.folder, "w.npy", asp::Array<double, 2>({600, 1}, 2.0));
    REQUIRE(run_gmm(place.train({"--iterations", "2"})).code != 2);
    const Arguments from{"--init", place.file("model.h5"), "--iterations", "3", "--tolerance", "0"};
    CHECK(run_gmm(with({"train", "--input", doubled, "-o", place.file("a.h5")}, from)).code == 3);
    CHECK(
        run_gmm(with({"train", "--input", place.x, "--weights", weights, "-o", place.file("b.h5")},
                     from))
            .code == 3);
    const auto a = numbers_of(place.file("a.h5")), b = numbers_of(place.file("b.h5"));
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-9));
}
