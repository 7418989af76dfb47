// What the program says, and what it refuses.

#include "asp/io/hdf5.hpp"
#include "gmm/model_file.hpp"
#include "gmm/program_testing.hpp"

using namespace gmm;
using namespace gmm::testing;
namespace fs = std::filesystem;

TEST_CASE("--help tells every command, the exit codes and an example") {
    const Outcome outcome = run_gmm({"--help"});
    CHECK(outcome.code == 0);
    for (const char* word :
         {"--help", "--version", "train", "score", "info", "tune", "bench", "130", "Example"}) {
        INFO(word);
        CHECK(outcome.says(word));
    }
    for (const char* command : {"train", "score", "info", "tune", "bench"}) {
        const Outcome help = run_gmm({command, "--help"});
        INFO(help.out);
        CHECK(help.code == 0);
        for (const char* option :
             {"--threads", "--specialize", "--backend", "--summary", "--quiet"})
            CHECK(help.says(option));
    }
}

TEST_CASE("--version tells the program's name and version") {
    const Outcome outcome = run_gmm({"--version"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("gmm 0."));
}

TEST_CASE("a command line that cannot be meant is bad input") {
    CHECK(complaint({}) ==
          "gmm: expected a command, as in 'gmm info model.h5'; --help tells more\n");
    CHECK(run_gmm({"train", "--no-such"}).code == 2);
    CHECK(run_gmm({"score", "--input", "x.npy"}).code == 2);
    CHECK(run_gmm({"train", "--precision", "half"}).code == 2);
}

TEST_CASE("tune times variants of each kernel of a covariance, and keeps the verdicts") {
    const Outcome outcome = run_gmm({"tune", "--dimension", "2", "--components", "3",
                                     "--covariance", "diag", "--precision", "single"});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("squares, frames in lanes, single precision, 2 dimensions, 3 components\n"));
    CHECK(outcome.says("centred, single precision, 2 dimensions, 3 components\n"));
    CHECK(outcome.says("best: tile = "));
    CHECK(outcome.says("kept in "));
}

TEST_CASE("what cannot be tuned is bad input") {
    CHECK(complaint({"tune", "--dimension", "0", "--components", "3"}) ==
          "--dimension: expected a number from 1 to 65536\n");
    CHECK(complaint({"tune", "--dimension", "2", "--components", "3", "--covariance", "round"}) ==
          "--covariance round: expected full, tied, diag or spherical\n");
}

TEST_CASE("train prints frames, iterations, likelihood, time and rate") {
    const Place place;
    const Outcome outcome = run_gmm(place.train());
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.says("model       " + place.file("model.h5") +
                       ": 3 diag components in 4 dimensions\n"));
    CHECK(outcome.says("\nframes      600, double precision, "));
    CHECK(outcome.says(", converged\n"));
    CHECK(outcome.says(" nats a frame\n"));
    CHECK(outcome.says(" an iteration, "));
    CHECK(outcome.says(" GFLOP/s\n"));
}

TEST_CASE("--quiet says nothing, and files are written all the same") {
    const Place place;
    const std::string summary = place.file("s.json");
    REQUIRE(run_gmm(place.train()).code == 0);
    for (const Arguments& arguments :
         {place.train(), Arguments{"info", place.file("model.h5")},
          Arguments{"score", "--model", place.file("model.h5"), "--input", place.x}}) {
        const Outcome outcome = run_gmm(with(arguments, {"--quiet", "--summary", summary}));
        CHECK(outcome.code == 0);
        CHECK(outcome.out.empty());
        CHECK(outcome.err.empty());
        CHECK(json_of(summary).at("command") == arguments[0]);
        fs::remove(summary);
    }
}

TEST_CASE("what goes into a pipe has no escape codes") {
    const Place place;
    for (const Arguments& arguments : {place.train(), Arguments{"info", place.file("model.h5")}}) {
        const Outcome outcome = run_gmm(arguments);
        CHECK(outcome.code == 0);
        CHECK((outcome.out + outcome.err).find('\033') == std::string::npos);
        CHECK((outcome.out + outcome.err).find('\r') == std::string::npos);
    }
}

TEST_CASE("the summary of train has what design.md says of summaries") {
    const Place place;
    const std::string file = place.file("s.json");
    REQUIRE(run_gmm(place.train({"--summary", file, "--cross-check", "eigen"})).code == 0);
    const Json summary = json_of(file);
    CHECK(summary.at("program") == "gmm");
    CHECK(summary.at("status") == "converged");
    CHECK(summary.at("inputs").at("input").at(0) == place.x);
    CHECK(summary.at("platform").at("harts").get<int>() >= 1);
    CHECK(summary.at("timings").at("iteration_s").get<double>() > 0.0);
    const Json& results = summary.at("results");
    CHECK(results.at("frames") == 600);
    CHECK(results.at("components") == 3);
    CHECK(results.at("trace_nat").size() == results.at("iterations"));
    CHECK(results.at("cross_check").at("is_rounding") == true);
    CHECK(results.at("cross_check").at("frames") == 600);
}

TEST_CASE("score gives likelihood, component and responsibilities of each frame") {
    const Place place;
    REQUIRE(run_gmm(place.train()).code == 0);
    const Outcome outcome = run_gmm({"score", "--model", place.file("model.h5"), "--input", place.x,
                                     "-o", place.file("scores.h5"), "--responsibilities"});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    const asp::io::H5Reader reader(place.file("scores.h5"));
    const auto likelihood = reader.read_doubles("/log_likelihood");
    const auto component = reader.read_ints("/component");
    const auto responsibilities = reader.read_doubles("/responsibilities");
    CHECK(reader.extents("/responsibilities") == std::vector<std::size_t>{600, 3});
    CHECK(reader.string_attribute("/log_likelihood", "units") == "nat");
    double sum = 0.0;
    for (std::size_t n = 0; n < 600; ++n) {
        sum += likelihood[n];
        const double* const row = responsibilities.data() + 3 * n;
        CHECK(row[0] + row[1] + row[2] == Approx(1.0));
        CHECK(std::max_element(row, row + 3) - row == component[n]);
    }
    CHECK(outcome.says(fmt::format("likelihood  {:.6f} nats a frame\n", sum / 600.0)));
}

TEST_CASE("info tells the mixture, where it comes from and its trace") {
    const Place place;
    REQUIRE(run_gmm(place.train({"--seed", "5"})).code == 0);
    const Outcome outcome = run_gmm({"info", place.file("model.h5")});
    CHECK(outcome.code == 0);
    CHECK(outcome.says(": 3 diag components in 4 dimensions, 26 free parameters\n"));
    CHECK(outcome.says("\nwritten by  gmm 0."));
    CHECK(outcome.says("trained on  " + place.x +
                       ", double precision, start kmeans, 1 start, seed 5"));
    CHECK(outcome.says("component  weight"));
}

TEST_CASE("features of a wrong shape or type, or that are not there, are refused") {
    const Place place;
    asp::io::H5Writer writer(place.folder / "bad.h5");
    writer.write("/list", std::vector<double>(5), {5});
    writer.write("/whole", std::vector<std::int32_t>(6), {3, 2});
    writer.close();
    const auto of = [&](const std::string& input) {
        return complaint(
            {"train", "--input", input, "--components", "2", "-o", place.file("m.h5")});
    };
    const std::string bad = place.file("bad.h5");
    CHECK(of(bad + ":/list") ==
          bad + ":/list: shape (5): expected two dimensions, (frames, features)\n");
    CHECK(of(bad + ":/whole") ==
          bad + ":/whole: holds whole numbers: expected float32 or float64\n");
    CHECK(of(bad + ":/none").starts_with(bad + ": /none: cannot open the dataset: "));
    CHECK(of("points.csv") == "points.csv: expected FILE.h5:/dataset or FILE.npy\n");
    CHECK_FALSE(fs::exists(place.file("m.h5")));
}

TEST_CASE("a value that is not finite, and weights that are none, end the first pass") {
    const Place place;
    auto points = place.points;
    points(417, 2) = std::nan("");
    const std::string bad = write_h5<float>(place.folder, "nan.h5", points);
    for (const char* memory : {"0", "100"})
        CHECK(complaint({"train", "--input", bad, "--components", "2", "-o", place.file("m.h5"),
                         "--memory", memory}) ==
              bad + ": row 417, column 2: is not a number (nan): expected a finite number\n");
    const std::string zero =
        write_npy<double>(place.folder, "w.npy", asp::Array<double, 2>({600, 1}));
    CHECK(complaint(place.train({"--weights", zero})) ==
          zero + ": all weights are 0: expected one that is more\n");
    const std::string negative =
        write_npy<double>(place.folder, "n.npy", asp::Array<double, 2>({600, 1}, -1.0));
    CHECK(complaint(place.train({"--weights", negative})) ==
          negative + ": row 0: -1: expected a weight that is not negative, and finite\n");
    REQUIRE(run_gmm(place.train()).code == 0);
    CHECK(complaint({"score", "--model", place.file("model.h5"), "--input", bad, "-o",
                     place.file("scores.h5")}) ==
          bad + ": row 417, column 2: is not a number (nan): expected a finite number\n");
    CHECK_FALSE(fs::exists(place.file("m.h5")));
    CHECK_FALSE(fs::exists(place.file("scores.h5")));
}

TEST_CASE("values whose squares leave the range of the arithmetic are told with their place") {
    const Place place;
    REQUIRE(run_gmm(place.train()).code == 0);
    const std::string model = place.file("model.h5");
    auto points = place.points;
    points(417, 2) = -1e308;
    const std::string huge = write_npy<double>(place.folder, "huge.npy", points);
    points(417, 2) = 1e30;
    const std::string large = write_npy<float>(place.folder, "large.npy", points);
    const auto told = [](const std::string& value, const std::string& precision) {
        return "values up to " + value +
               ", in row 417, column 2 (weights up to 1): their squares leave the range of " +
               precision + " precision; scale them\n";
    };
    const auto train = [&](const std::string& input, const Arguments& more) {
        return complaint(with({"train", "--input", input, "-o", place.file("m.h5")}, more));
    };
    for (const Arguments& how : {Arguments{"--components", "3"},
                                 {"--init", model},
                                 {"--prior", model},
                                 {"--select", "1..3"}}) {
        CHECK(train(huge, how) == told("1e+308", "double"));
        CHECK(train(large, how) == told("1e+30", "single"));
    }
    const auto score = [&](const std::string& input) {
        return complaint(
            {"score", "--model", model, "--input", input, "-o", place.file("scores.h5")});
    };
    CHECK(score(huge) == huge +
                             ": row 417, column 2: -1e+308 is so far from the mixture that the "
                             "square leaves the range of double precision\n");
    CHECK(score(large) == large +
                              ": row 417, column 2: 1e+30 is so far from the mixture that the "
                              "square leaves the range of single precision; expected --precision "
                              "double\n");
    CHECK_FALSE(fs::exists(place.file("m.h5")));
    CHECK_FALSE(fs::exists(place.file("scores.h5")));
}

TEST_CASE("options that cannot be meant are refused in one line, and nothing is written") {
    const Place place;
    const auto of = [&](const Arguments& more) {
        return complaint(with({"train", "--input", place.x, "-o", place.file("m.h5")}, more));
    };
    CHECK(of({"--components", "0"}) == "--components 0: expected a whole number of at least 1\n");
    CHECK(of({}) == "--components: expected a number of components\n");
    CHECK(of({"--components", "2", "--covariance", "round"}) ==
          "--covariance round: expected full, tied, diag or spherical\n");
    CHECK(of({"--components", "2", "--rows", "0:601"}) ==
          "--rows 0:601: expected rows of [0, 600)\n");
    CHECK(of({"--components", "2", "--cross-check", "numpy"}) ==
          "--cross-check numpy: expected eigen\n");
    CHECK(of({"--select", "1..3", "--by", "dic"}) == "--by dic: expected bic or aic\n");
    CHECK(of({"--components", "2", "--memory", "-1"}) ==
          "--memory -1: expected a number of MiB that is not negative\n");
    CHECK(complaint({"train", "--input", place.x, "--components", "2"}) ==
          "-o: expected a file for the model, as in -o model.h5, or --output DIR\n");
    CHECK(complaint({"train", "--components", "2", "-o", place.file("m.h5")}) ==
          "--input: expected FILE.h5:/dataset or FILE.npy\n");
    CHECK(complaint({"info", place.file("m.h5"), "--backend", "cuda"}) ==
          "--backend cuda: expected with train and score only\n");
    CHECK_FALSE(fs::exists(place.file("m.h5")));
}

TEST_CASE("a model of another version, cut off, or of another dimension is refused") {
    const Place place;
    REQUIRE(run_gmm(place.train()).code == 0);
    const std::string model = place.file("model.h5");
    asp::io::H5Writer later(place.folder / "later.h5");
    later.annotate("/", "format", "gmm model");
    later.annotate("/", "format_version", std::int64_t{2});
    later.annotate("/", "program_version", "7.0.0");
    later.close();
    CHECK(complaint({"info", place.file("later.h5")})
              .find("later.h5: format_version 2: expected 1, ") != std::string::npos);
    const std::string bytes = content_of(model);
    const auto cut = place.folder.write("cut.h5", bytes.substr(0, bytes.size() / 2));
    CHECK(complaint({"info", cut.string()}).find("cut.h5: cannot open the HDF5 file: ") !=
          std::string::npos);
    CHECK(complaint({"score", "--model", place.file("x.h5"), "--input", place.x}) ==
          place.file("x.h5") + ": expected a file of the format 'gmm model', as gmm writes it\n");
    const std::string narrow = write_npy<float>(place.folder, "narrow.npy", counting(5, 2));
    CHECK(complaint({"score", "--model", model, "--input", narrow}) ==
          model + ": is of 4 dimensions: expected 2, as the frames have\n");
    CHECK(complaint({"train", "--prior", model, "--input", narrow, "-o", place.file("m.h5")}) ==
          model + ": is of 4 dimensions: expected 2, as the frames have\n");
}

TEST_CASE("a mixture that no memory holds is refused before it is begun") {
    const Place place;
    const std::string wide = write_npy<float>(place.folder, "wide.npy", counting(2, 60));
    const auto of = [&](const Arguments& more) {
        return complaint(with(
            {"train", "--input", wide, "--covariance", "full", "-o", place.file("m.h5")}, more));
    };
    // 2 (1 + 60 + 3600) + 2 (1 + 60 + 1830) + 60 numbers a component: 11164 of 8 bytes.
    CHECK(of({"--components", "2000000000"})
              .starts_with("--components 2000000000: 2000000000 full components in 60 dimensions "
                           "take at least 166356.6 GiB of memory: expected at most the "));
    CHECK(of({"--components", "2000000000"}).ends_with(" GiB there are\n"));
    CHECK(of({"--select", "1..2000000000"})
              .starts_with("--select 1..2000000000: 2000000000 full components in 60 dimensions "));
    CHECK_FALSE(fs::exists(place.file("m.h5")));
}

TEST_CASE("memory that is not there ends a training in one line") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    WARN("skipped: a sanitizer takes more address space than is left here");
#else
    const Place place;
    // 1.5 GB of addresses for a mixture that takes 2 at the least.
    const std::string limited = "ulimit -v 1500000; exec \"$0\" \"$@\"";
    const std::string narrow = write_npy<float>(place.folder, "narrow.npy", counting(2, 1));
    const Outcome outcome =
        Child({"-c", limited, GMM_PROGRAM, "train", "--input", narrow, "--components", "20000000",
               "--init", "random", "--threads", "1", "-o", place.file("m.h5")},
              "/bin/sh")
            .finish();
    CHECK(outcome.code == 1);
    CHECK(outcome.err ==
          "gmm: out of memory: expected fewer --components or dimensions, or less --memory for "
          "frames\n");
    CHECK_FALSE(fs::exists(place.file("m.h5")));
#endif
}

TEST_CASE("a place that takes no files is told before the training") {
    const Place place;
    const std::string none = place.file("none") + "/sub/m.h5";
    place.folder.write("none", "a file, no folder");
    const std::string text =
        complaint({"train", "--input", place.x, "--components", "2", "-o", none}, 1);
    CHECK(text.starts_with("gmm: "));
    CHECK(text.find("none") != std::string::npos);
}

TEST_CASE("bench prints the peak and a line for each precision, and JSON rows of them") {
    const Place place;
    const std::string file = place.file("s.json");
    const Outcome outcome =
        run_gmm({"bench", "--cases", "diag-100k-19-80", "--scale", "0.003", "--repetitions", "1",
                 "--no-peers", "--threads", "1", "--specialize", "off", "--summary", file});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says(" peak  % peak  "));
    CHECK(outcome.says("\ndiag-100k-19-80        1     single"));
    CHECK(outcome.says("\ndiag-100k-19-80        1     double"));
    const Json rows = json_of(file).at("results").at("rows");
    REQUIRE(rows.size() >= 2);
    for (const char* key : {"case", "threads", "ours", "reference", "ratio", "unit"})
        CHECK(rows[0].contains(key));
    CHECK(complaint({"bench", "--cases", "diag"})
              .starts_with("--cases diag: expected diag-100k-19-80, "));
}

TEST_CASE("what is read is never written over") {
    const Place place;
    const std::string file = place.file("x.h5"), model = place.file("model.h5");
    const std::string before = content_of(file);
    REQUIRE(run_gmm(place.train()).code == 0);
    CHECK(complaint({"train", "--input", place.x, "--components", "2", "-o", file}) ==
          "-o " + file + ": expected another file than " + place.x + ", which would be lost\n");
    CHECK(complaint({"score", "--model", model, "--input", place.x, "-o", model}) ==
          "-o " + model + ": expected another file than " + model + ", which would be lost\n");
    CHECK(complaint({"score", "--model", model, "--input", place.x, "--summary", file}) ==
          "--summary " + file + ": expected another file than " + place.x +
              ", which would be lost\n");
    CHECK(content_of(file) == before);
}

TEST_CASE("options that nothing would heed are refused") {
    const Place place;
    CHECK(complaint(place.train({"--by", "aic"})) == "--by: expected --select beside it\n");
    CHECK(complaint(place.train({"--adapt", "means"})) == "--adapt: expected --prior beside it\n");
    REQUIRE(run_gmm(place.train()).code == 0);
    CHECK(complaint({"train", "--resume", place.file("model.h5"), "--rows", "0:10"}) ==
          "--rows: expected --input beside it\n");
}
