// Emitted text compiled by g++, against the interpreter.
#include <dlfcn.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/ir/interpreter.hpp"
#include "asp/ir/random_expression.hpp"
#include "asp/specialize/emit.hpp"

extern char** environ;

using namespace asp;
using asp::ir::Function;
using asp::ir::testing::random_function;

namespace {

/// Runs a program without a shell; its exit status, or -1 where it cannot be started.
int run_program(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0)
        return -1;
    int status = 0;
    if (::waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

bool has_compiler() {
    if (run_program({"g++", "-E", "-x", "c++", "/dev/null", "-o", "/dev/null"}) == 0) return true;
    WARN("skipped: there is no g++");
    return false;
}

struct Sample {
    Function function;
    std::string real;
};

/// One loop over points for each function.
std::string source_of(const std::vector<Sample>& samples) {
    std::string text = "#include \"asp/kernel/prelude.hpp\"\n";
    for (std::size_t s = 0; s < samples.size(); ++s) {
        const auto& [function, real] = samples[s];
        const EmitOptions options{
            .real = real,
            .argument = [](std::size_t i) { return "x[" + std::to_string(i) + "][i]"; },
            .results = Results::assigned,
            .target = [](std::size_t r) { return "y[" + std::to_string(r) + "][i]"; }};
        std::string parameters = "const REAL* const* x, REAL* const* y, long i";
        for (auto at = parameters.find("REAL"); at != std::string::npos;
             at = parameters.find("REAL"))
            parameters.replace(at, 4, real);
        const std::string number = std::to_string(s);
        text += emit_function(function, {.name = "f" + number, .parameters = parameters}, options);
        text += "extern \"C\" void loop" + number + "(const " + real + "* const* x, " + real +
                "* const* y, long count) {\n    ASP_SIMD_FOR(i, 0, count) f" + number +
                "(x, y, i);\n}\n";
    }
    return text;
}

struct CloseLibrary {
    void operator()(void* handle) const { ::dlclose(handle); }
};
using Library = std::unique_ptr<void, CloseLibrary>;

Library compiled(const std::vector<Sample>& samples, std::vector<std::string> flags) {
    REQUIRE(std::filesystem::exists(
        "asp-core/asp/kernel/prelude.hpp"));  // run at the repository's root
    const testing::ScratchFolder folder;
    const std::string source = folder.write("samples.cpp", source_of(samples)).string();
    const std::string object = (folder / "samples.so").string();
    std::vector<std::string> command{"g++",
                                     "-std=c++20",
                                     "-O3",
                                     "-fopenmp-simd",
                                     "-fno-math-errno",
                                     "-fno-trapping-math",
                                     "-fno-tree-sink",
                                     "-shared",
                                     "-fPIC",
                                     "-Wall",
                                     "-Wextra",
                                     "-Wno-unused-parameter",
                                     "-Werror",
                                     "-Iasp-core",
                                     source,
                                     "-o",
                                     object};
    command.insert(command.end(), flags.begin(), flags.end());
    REQUIRE(run_program(command) == 0);
    Library library(::dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL));
    REQUIRE(library);
    return library;
}

/// Calls check(compiled value, interpreted value) at points of [-2, 2].
template <class Real, class Check>
void compare(const Library& library, std::size_t number, const Function& function, Check&& check) {
    constexpr std::size_t count = 77;  // vectors and a remainder
    using Loop = void (*)(const Real* const*, Real* const*, long);
    const auto loop =
        reinterpret_cast<Loop>(::dlsym(library.get(), ("loop" + std::to_string(number)).c_str()));
    REQUIRE(loop != nullptr);
    std::vector<std::vector<Real>> x(function.arguments.size(), std::vector<Real>(count));
    for (std::size_t i = 0; i < count; ++i) {
        const std::vector<double> point = ir::testing::random_point(function, number * count + i);
        for (std::size_t a = 0; a < x.size(); ++a) x[a][i] = static_cast<Real>(point[a]);
    }
    std::vector<std::vector<Real>> found(function.results.size(), std::vector<Real>(count));
    std::vector<std::vector<Real>> expected = found;
    std::vector<const Real*> arguments;
    std::vector<ir::Column<Real>> columns;
    std::vector<Real*> results, oracle;
    for (const auto& values : x)
        arguments.push_back(values.data()), columns.push_back({values.data()});
    for (auto& values : found) results.push_back(values.data());
    for (auto& values : expected) oracle.push_back(values.data());
    loop(arguments.data(), results.data(), static_cast<long>(count));
    ir::Program<Real>(function).run(columns, oracle, count);
    for (std::size_t r = 0; r < found.size(); ++r)
        for (std::size_t i = 0; i < count; ++i)
            if (!check(found[r][i], expected[r][i]))
                FAIL("function " << number << ", point " << i << ": compiled " << found[r][i]
                                 << ", interpreted " << expected[r][i] << "\n"
                                 << emit_body(function));
}

/// The same number, to the bit; all NaN are one.
constexpr auto same = [](auto a, auto b) {
    return a == b ? std::signbit(a) == std::signbit(b) : std::isnan(a) && std::isnan(b);
};

/// Whether it calls no function of the C library.
bool is_arithmetic(const Function& function) {
    const std::string text = emit_body(function);
    for (const char* word : {"exp(", "log(", "sin(", "cos(", "tan(", "sinh(", "cosh(", "tanh(",
                             "cbrt(", "pow(", "atan2("})
        if (text.find(word) != std::string::npos) return false;
    return true;
}

}  // namespace

TEST_CASE(
    "compiled with the C library's scalar functions, the text agrees with the interpreter to the "
    "bit") {
    if (!has_compiler()) return;
    std::vector<Sample> samples;
    for (std::uint64_t seed = 0; seed < 48; ++seed)
        samples.push_back({random_function(seed, {.arguments = 3,
                                                  .size = 5 + seed / 2,
                                                  .results = 1 + seed % 3,
                                                  .wild = seed % 2 == 0}),
                           "double"});
    for (std::uint64_t seed = 0; samples.size() < 72;
         ++seed) {  // of floats, where the library is not asked
        Function f =
            random_function(seed, {.arguments = 3, .size = 5 + seed % 5, .wild = seed % 2 == 0});
        if (is_arithmetic(f)) samples.push_back({std::move(f), "float"});
    }
    const Library library =
        compiled(samples, {"-DASP_SCALAR_MATH", "-ffp-contract=off", "-march=native"});
    for (std::size_t s = 0; s < samples.size(); ++s)
        if (samples[s].real == "double")
            compare<double>(library, s, samples[s].function, same);
        else
            compare<float>(library, s, samples[s].function, same);
}

TEST_CASE("compiled for speed, the text agrees with the interpreter to rounding") {
    if (!has_compiler()) return;
    std::vector<Sample> samples;
    for (std::uint64_t seed = 100; seed < 124; ++seed)
        for (const char* real : {"double", "float"})
            samples.push_back(
                {random_function(seed, {.arguments = 3, .size = 12, .smooth = true}), real});
    const Library library = compiled(samples, {"-ffp-contract=fast", "-march=native"});
    // A vector function is up to 4 ulp off, and the operations after it amplify that
    // (16 ulp are too few, 64 enough).
    const auto near = [](auto a, auto b) {
        const double ulp = std::numeric_limits<decltype(a)>::epsilon();
        return std::abs(double{a} - double{b}) <= 256.0 * ulp * std::max(1.0, std::abs(double{b}));
    };
    for (std::size_t s = 0; s < samples.size(); ++s)
        if (samples[s].real == "double")
            compare<double>(library, s, samples[s].function, near);
        else
            compare<float>(library, s, samples[s].function, near);
}
