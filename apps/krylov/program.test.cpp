// What the program says of matrices and their powers.

#include <limits>

#include "asp/base/scratch_folder.hpp"
#include "asp/io/hdf5.hpp"
#include "krylov/program_testing.hpp"

using namespace krylov::testing;
using asp::io::H5Reader;
using asp::testing::ScratchFolder;
namespace fs = std::filesystem;

TEST_CASE("--help tells every command, every generated matrix, the exit codes and an example") {
    const Outcome outcome = run_krylov({"--help"});
    CHECK(outcome.code == 0);
    for (const char* word : {"--help", "--version", "powers", "info", "tune", "bench", "experiment",
                             "stencil:", "fem:", "130", "Example"}) {
        INFO(word);
        CHECK(outcome.says(word));
    }
    for (const char* command : {"powers", "info", "tune", "bench", "experiment"}) {
        const Outcome help = run_krylov({command, "--help"});
        INFO(help.out);
        CHECK(help.code == 0);
        for (const char* option :
             {"--threads", "--specialize", "--backend", "--summary", "--quiet"})
            CHECK(help.says(option));
        CHECK_FALSE(help.says("stencil:KIND"));
    }
}

TEST_CASE("--version tells the program's name and version") {
    const Outcome outcome = run_krylov({"--version"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("krylov 0."));
}

TEST_CASE("powers prints matrix, plan and time, and with --compare ratios and agreement") {
    const Outcome outcome = run_krylov(with(small, {"--compare"}));
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.says("matrix      stencil:5pt:12: 144 x 144, 672 nonzeros, generated\n"));
    CHECK(outcome.says("\nplan        "));
    CHECK(outcome.says("\ntime        "));
    CHECK(outcome.says("ns per nonzero and level (median of 2, "));
    CHECK(outcome.says("\ncompare     4 plain products, "));
    CHECK(outcome.says(" 4 CSR products, "));
    CHECK(outcome.says("\nbits        all 4 x 144 values have the bits of the reference\n"));
}

TEST_CASE("the bits agree whatever the method, the basis, what is kept and how many at once") {
    for (const Arguments& more : {Arguments{"--method", "implicit"},
                                  {"--method", "explicit"},
                                  {"--method", "explicit", "--block", "3"},
                                  {"--basis", "newton"},
                                  {"--basis", "chebyshev"},
                                  {"--keep", "polynomial"},
                                  {"--vectors", "3"},
                                  {"--scale", "0.5"},
                                  {"--threads", "1"},
                                  {"--specialize", "off"},
                                  {"--tune", "10"},
                                  {"--numbering", "levels"},
                                  {"--storage", "slices"}}) {
        const Outcome outcome = run_krylov(with(with(small, {"--compare"}), more));
        INFO(more[0] << ' ' << more[1] << '\n' << outcome.out << outcome.err);
        CHECK(outcome.code == 0);
        CHECK(outcome.says("values have the bits of the reference"));
    }
}

TEST_CASE("what goes into a pipe has no escape codes") {
    const ScratchFolder place;
    for (const Arguments& arguments :
         {with(small, {"--compare"}), Arguments{"info", "--matrix", "stencil:5pt:12"},
          Arguments{"tune", "--matrix", "stencil:5pt:12", "--k", "2"}}) {
        const Outcome outcome = run_krylov(arguments);
        CHECK(outcome.code == 0);
        CHECK((outcome.out + outcome.err).find('\033') == std::string::npos);
        CHECK((outcome.out + outcome.err).find('\r') == std::string::npos);
    }
}

TEST_CASE("--quiet says nothing, and the summary is written all the same") {
    const ScratchFolder place;
    const std::string summary = (place / "s.json").string();
    for (const Arguments& arguments :
         {small, Arguments{"info", "--matrix", "stencil:5pt:12"},
          Arguments{"tune", "--matrix", "stencil:5pt:12", "--k", "2"}}) {
        const Outcome outcome = run_krylov(with(arguments, {"--quiet", "--summary", summary}));
        CHECK(outcome.code == 0);
        CHECK(outcome.out.empty());
        CHECK(outcome.err.empty());
        CHECK(json_of(summary).at("command") == arguments[0]);
        fs::remove(summary);
    }
}

TEST_CASE("the summary of powers has the plan, the times and the ratios") {
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    REQUIRE(run_krylov(with(small, {"--compare", "--summary", file.string()})).code == 0);
    const Json summary = json_of(file);
    CHECK(summary.at("program") == "krylov");
    CHECK(summary.at("status") == "converged");
    CHECK(summary.at("inputs").at("matrix") == "stencil:5pt:12");
    CHECK(summary.at("platform").at("harts").get<int>() >= 1);
    CHECK(summary.at("kernels").at(0).contains("description"));
    const double ours = summary.at("timings").at("powers_s"),
                 plain = summary.at("timings").at("plain_s");
    CHECK(ours > 0.0);
    const Json& results = summary.at("results");
    CHECK(results.at("ratio_to_plain").get<double>() == Approx(plain / ours));
    CHECK(results.at("ratio_to_csr").get<double>() > 0.0);
    CHECK(results.at("nonzeros") == 672);
    CHECK(results.at("bits_agree") == true);
    CHECK(results.at("plan").at("chosen").contains("description"));
    CHECK(results.at("plan").at("csr_bytes").get<double>() == (145 + 672) * 4 + 672 * 8);
}

TEST_CASE("--output keeps the basis, and --x starts from a file") {
    const ScratchFolder place;
    const std::string first = (place / "first").string(), second = (place / "second").string();
    REQUIRE(run_krylov(with(small, {"--output", first})).code == 0);
    const H5Reader file(place / "first" / "basis.h5");
    CHECK(file.extents("/basis") == std::vector<std::size_t>{5, 1, 144});
    CHECK(file.read_doubles("/recurrence/a") == std::vector<double>(4, 1.0));
    CHECK(file.string_attribute("/", "matrix") == "stencil:5pt:12");

    const auto basis = file.read_doubles("/basis");
    const std::vector<double> x(basis.begin() + 144, basis.begin() + 288);
    asp::io::H5Writer writer(place / "x.h5");
    writer.write("/x", x, {144});
    writer.close();
    REQUIRE(run_krylov(with(small, {"--output", second, "--x", (place / "x.h5").string() + ":/x"}))
                .code == 0);
    // A (A x) is A^2 x, to the bit.
    const auto later = H5Reader(place / "second" / "basis.h5").read_doubles("/basis");
    CHECK(std::equal(later.begin(), later.begin() + 4 * 144, basis.begin() + 144));
}

TEST_CASE("a polynomial is kept as one vector, with its coefficients") {
    const ScratchFolder place;
    const std::string out = (place / "out").string();
    REQUIRE(run_krylov(with(small, {"--keep", "polynomial", "--coefficients", "0,0,1,0,0",
                                    "--output", out}))
                .code == 0);
    REQUIRE(run_krylov(with(small, {"--output", (place / "basis").string()})).code == 0);
    const auto value = H5Reader(place / "out" / "basis.h5").read_doubles("/polynomial");
    const auto basis = H5Reader(place / "basis" / "basis.h5").read_doubles("/basis");
    REQUIRE(value.size() == 144);
    CHECK(std::equal(value.begin(), value.end(), basis.begin() + 2 * 144));
}

TEST_CASE("a basis that overflows exits with 1, and names the level and the cure") {
    const ScratchFolder place;
    const std::string matrix = place.write("huge.mtx", huge).string();
    const fs::path summary = place / "s.json";
    for (const Arguments& more : {Arguments{}, Arguments{"--compare"}}) {
        const Outcome outcome = run_krylov(
            with({"powers", "--matrix", matrix, "--k", "3", "--summary", summary.string()}, more));
        CHECK(outcome.code == 1);
        INFO(outcome.err);
        CHECK(outcome.err.find(": level 2 of the basis overflows at row ") != std::string::npos);
        CHECK(outcome.err.find("--scale 1e-200 (no eigenvalue is larger than 1e+200), or --basis "
                               "newton or chebyshev\n") != std::string::npos);
        CHECK(json_of(summary).at("status") == "failed");
        CHECK(json_of(summary).at("failure").get<std::string>().starts_with("level 2"));
    }
    CHECK(run_krylov({"powers", "--matrix", matrix, "--k", "3", "--scale", "1e-200", "--compare"})
              .code == 0);
}

TEST_CASE("wrong usage exits with 2 and names what is wrong") {
    const auto contains = [](const std::string& text, const std::string& words) {
        INFO(text);
        return text.find(words) != std::string::npos;
    };
    CHECK(complaint({}) ==
          "krylov: expected a command, as in 'krylov info --matrix stencil:7pt:64'; --help tells "
          "more\n");
    CHECK(contains(complaint({"--nonsense"}), "--nonsense"));
    CHECK(contains(complaint({"powers"}), "--matrix is required"));
    CHECK(contains(complaint(with(small, {"--threads", "0"})), "not in range"));
    CHECK(contains(complaint(with(small, {"--backend", "gpu"})), "{auto,cpu,cuda}"));
    CHECK(contains(complaint(with(small, {"--vectors", "9"})), "not in range"));
    CHECK(complaint(with(small, {"--method", "implict"})) ==
          "--method implict: expected auto, plain, implicit or explicit; did you mean "
          "'implicit'?\n");
    CHECK(complaint(with(small, {"--storage", "ellpack"})) ==
          "--storage ellpack: expected auto, csr, slices or blocks\n");
    CHECK(complaint(with(small, {"--numbering", "rcm"})) ==
          "--numbering rcm: expected auto, given, length or levels\n");
    CHECK(complaint(with(small, {"--numbering", "levels", "--storage", "csr"})) ==
          "numbering = levels: expected given, where the storage is csr\n");
    CHECK(complaint(with(small, {"--keep", "all"})) ==
          "--keep all: expected basis or polynomial\n");
    CHECK(complaint(with(small, {"--basis", "newtn"})) ==
          "--basis newtn: expected monomial, newton or chebyshev; did you mean 'newton'?\n");
    CHECK(complaint(with(small, {"--scale", "0"})) ==
          "--scale 0: expected a finite number other than 0\n");
    CHECK(complaint(with(small, {"--scale", "2", "--basis", "newton"})) ==
          "--scale 2: expected the monomial basis; the newton basis has scales of its own\n");
    CHECK(complaint(with(small, {"--keep", "polynomial", "--coefficients", "1,2"})) ==
          "--coefficients: 2 numbers: expected 5, one for each of x, A x, ..., A^k x\n");
    CHECK(complaint(with(small, {"--cross-check", "mkl"})) ==
          "--cross-check mkl: expected petsc or eigen, or both as petsc,eigen\n");
}

TEST_CASE("k out of range is refused before a matrix is read") {
    for (const char* k : {"0", "-1", "1001", "eight", "2..4"})
        CHECK(complaint({"powers", "--matrix", "nowhere.mtx", "--k", k}) ==
              std::string("--k ") + k + ": expected a whole number from 1 to 1000\n");
    CHECK(complaint({"tune", "--matrix", "stencil:5pt:8", "--k", "4..2"}) ==
          "--k 4..2: expected the smaller number first\n");
}

TEST_CASE("a matrix that is none exits with 2 and says what was expected") {
    for (const char* command : {"powers", "info", "tune"}) {
        const std::string unknown = complaint({command, "--matrix", "stencil:8pt:12"});
        INFO(unknown);
        CHECK(unknown.starts_with("stencil:8pt:12: "));
        CHECK(unknown.find("8pt") != std::string::npos);
        const std::string missing = complaint({command, "--matrix", "nowhere.mtx"});
        INFO(missing);
        CHECK(missing.starts_with("nowhere.mtx: "));
    }
}

TEST_CASE("an x that does not fit is refused with file, dataset and what was expected") {
    const ScratchFolder place;
    asp::io::H5Writer writer(place / "x.h5");
    writer.write("/short", std::vector<double>(3), {3});
    std::vector<double> bad(144);
    bad[5] = std::numeric_limits<double>::infinity();
    writer.write("/bad", bad, {144});
    writer.close();
    const std::string file = (place / "x.h5").string();
    CHECK(complaint(with(small, {"--x", "x.h5"})) ==
          "--x x.h5: expected a file and a dataset in it, as in x.h5:/x\n");
    CHECK(complaint(with(small, {"--x", file + ":/short"})) ==
          file + ": /short: 3 numbers: expected 144 (1 x 144 rows)\n");
    CHECK(complaint(with(small, {"--x", file + ":/bad"})) ==
          file + ": /bad: entry 5 = inf: expected a finite number\n");
    CHECK(complaint(with(small, {"--x", file + ":/none"})).starts_with(file));
}

TEST_CASE("--show-kernel prints the C++ made for a matrix, and nothing else") {
    const Outcome outcome = run_krylov({"powers", "--matrix", "stencil:5pt:40", "--k", "4",
                                        "--storage", "slices", "--show-kernel"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("// specialization: akx "));
    CHECK(outcome.says("#include \"krylov/kernels/slices.hpp\""));
}

TEST_CASE("other libraries are timed beside ours, and their values compared") {
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    const Outcome outcome =
        run_krylov(with(small, {"--cross-check", "eigen", "--summary", file.string()}));
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("4 products by Eigen "));
    CHECK(outcome.says("cross-check Eigen 3."));
    const Json results = json_of(file).at("results");
    CHECK(results.at("cross_check").at("eigen").at("is_rounding") == true);
    CHECK(results.at("ratio_to_eigen").get<double>() > 0.0);
    CHECK(complaint(with(small, {"--cross-check", "eigen", "--vectors", "2"})) ==
          "--cross-check: expected the monomial basis without --scale, all of it kept, of one "
          "vector\n");
}

TEST_CASE("a complex matrix has powers, but other bases and libraries only take real ones") {
    const ScratchFolder place;
    const std::string matrix =
        place
            .write("c.mtx",
                   "%%MatrixMarket matrix coordinate complex general\n2 2 3\n1 1 0 1\n1 2 0.5 "
                   "0\n2 1 0.25 -0.5\n")
            .string();
    const Arguments powers{"powers", "--matrix", matrix, "--k", "3", "--repetitions", "1"};
    const Outcome outcome = run_krylov(with(powers, {"--compare"}));
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("all 3 x 2 values have the bits of the reference"));
    CHECK(complaint(with(powers, {"--basis", "newton"})) ==
          "--basis newton: expected a real matrix; a complex one has the monomial basis (and "
          "--scale)\n");
    CHECK(complaint(with(powers, {"--cross-check", "eigen"})) ==
          "--cross-check: expected a real matrix in fp64\n");
}

TEST_CASE("info tells rows, symmetry, blocks, values and memory") {
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    const Outcome outcome = run_krylov({"info", "--matrix", "fem:4", "--summary", file.string()});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("size        192 rows, 192 columns, "));
    CHECK(outcome.says("symmetry    symmetric\n"));
    CHECK(outcome.says("blocks      3 x 3, 1.00 places for each nonzero\n"));
    CHECK(outcome.says("diagonal    192 of 192 stored\n"));
    CHECK(outcome.says("times CSR with vectors (promised: at most 1.3)\n"));
    const Json results = json_of(file).at("results");
    CHECK(results.at("rows") == 192);
    CHECK(results.at("is_symmetric") == true);
    CHECK(results.at("block").at("size") == 3);
    CHECK(results.at("empty_rows") == 0);
    CHECK(results.at("memory").at("ratio").get<double>() > 0.0);
}

TEST_CASE("info describes a matrix that is not square, which powers refuses") {
    const ScratchFolder place;
    const std::string matrix =
        place
            .write("wide.mtx",
                   "%%MatrixMarket matrix coordinate real general\n2 3 2\n1 3 1.5\n2 1 2\n")
            .string();
    const Outcome outcome = run_krylov({"info", "--matrix", matrix});
    CHECK(outcome.code == 0);
    CHECK(outcome.says("plan        none: only square matrices have powers\n"));
    const std::string refused = complaint({"powers", "--matrix", matrix});
    INFO(refused);
    CHECK(refused.find("2 x 3: expected as many rows as columns\n") != std::string::npos);
}
