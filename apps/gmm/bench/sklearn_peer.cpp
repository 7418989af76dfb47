#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "asp/base/error.hpp"
#include "asp/base/unique_handle.hpp"
#include "gmm/bench/peer.hpp"

namespace gmm {
namespace {

using Json = nlohmann::json;
using Descriptor = asp::UniqueHandle<int, ::close, -1>;

/// Answers a line of JSON for each line "PRECISION ITERATIONS": what the loop of fit() takes for
/// so many iterations from the start, and the likelihood of what comes out.
constexpr const char* script = R"(
import json, sys, time
try:
    import numpy as np, sklearn
    from sklearn.mixture import GaussianMixture
except ImportError as error:
    print(json.dumps({'error': str(error)}), flush=True)
    sys.exit()
folder, kind = sys.argv[1:]
load = lambda name: np.load(folder + '/' + name + '.npy')
start = {}
for name, dtype in (('single', np.float32), ('double', np.float64)):
    start[name] = [load(part).astype(dtype) for part in ('rows', 'weights', 'means', 'factors')]
def step(model, rows):
    likelihood, responsibilities = model._e_step(rows)
    model._m_step(rows, responsibilities)
def run(precision, iterations):
    rows, weights, means, factors = start[precision]
    components = len(weights)
    model = GaussianMixture(components, covariance_type=kind, reg_covar=0.0)
    model.weights_, model.means_, model.precisions_cholesky_ = weights, means, factors
    begin = time.perf_counter()
    for _ in range(iterations):
        step(model, rows)
    return time.perf_counter() - begin, model, rows
print(json.dumps({'version': sklearn.__version__}), flush=True)
for line in sys.stdin:
    what, precision, iterations = line.split()
    try:
        seconds, model, rows = run(precision, int(iterations))
        answer = {'seconds': seconds}
        if what == 'score':
            answer['log_likelihood'] = float(model._e_step(rows)[0])
    except ValueError as error:
        answer = {'error': str(error)}
    print(json.dumps(answer), flush=True)
)";

/// A folder for what the child reads, gone with this.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "gmm-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw asp::BackendError(name + ": cannot create a folder for scikit-learn's data");
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

    template <class Real>
    void write(const char* name, std::span<const Real> values,
               const std::vector<std::size_t>& shape) const {
        std::string header =
            fmt::format("{{'descr': '<f{}', 'fortran_order': False, 'shape': ({},), }}",
                        sizeof(Real), fmt::join(shape, ", "));
        header.append(63 - (10 + header.size()) % 64, ' ').append("\n");
        std::ofstream file(path_ / (std::string(name) + ".npy"), std::ios::binary);
        file << std::string("\x93NUMPY\x01\0", 8) << static_cast<char>(header.size() & 0xFFU)
             << static_cast<char>(header.size() >> 8U) << header;
        file.write(reinterpret_cast<const char*>(values.data()),
                   static_cast<std::streamsize>(values.size_bytes()));
        if (!file.flush())
            throw asp::BackendError(path_.string() + ": cannot write scikit-learn's data");
    }

private:
    std::filesystem::path path_;
};

/// A Python that runs the script.
class Child {
public:
    Child(const std::filesystem::path& python, const std::filesystem::path& folder,
          const std::string& kind, std::size_t threads)
        : python_(python) {
        std::array<int, 2> to{}, from{};
        if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0)
            throw asp::BackendError("cannot open a pipe to Python");
        write_ = to[1];
        read_ = from[0];
        // All of it before the fork: after it, a process of several threads may only call what is
        // safe in a signal's handler.
        std::vector<std::string> words{python.string(), "-c", script, folder.string(), kind};
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        std::vector<std::string> variables = environment_of(threads);
        std::vector<char*> environment;
        for (std::string& variable : variables) environment.push_back(variable.data());
        environment.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(to[0], STDIN_FILENO);
            ::dup2(from[1], STDOUT_FILENO);
            ::execvpe(argv[0], argv.data(), environment.data());
            ::_exit(127);
        }
        ::close(to[0]);
        ::close(from[1]);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        ::close(write_);  // the script ends with its input
        ::close(read_);
        if (pid_ > 0) {
            ::kill(pid_, SIGTERM);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    /// What it answers under `key`.
    double ask(const std::string& line, const char* key) {
        const auto written = ::write(write_, line.data(), line.size());
        if (written != static_cast<ssize_t>(line.size())) fail();
        return answer().at(key).get<double>();
    }
    /// Throws BackendError with its own words where it could not do what it should.
    Json answer() {
        std::string line;
        for (char letter = 0; letter != '\n';) {
            const ssize_t count = ::read(read_, &letter, 1);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) fail();
            line += letter;
        }
        Json json = Json::parse(line);
        if (json.contains("error"))
            throw asp::BackendError(fmt::format("scikit-learn: {}: {}", python_.string(),
                                                json.at("error").get<std::string>()));
        return json;
    }

private:
    [[noreturn]] void fail() const {
        throw asp::BackendError(
            fmt::format("scikit-learn: {} ended before it answered", python_.string()));
    }
    static std::vector<std::string> environment_of(std::size_t threads) {
        std::vector<std::string> variables;
        for (char** variable = environ; *variable != nullptr; ++variable) {
            const std::string text = *variable;
            if (!text.starts_with("OMP_NUM_THREADS=") && !text.starts_with("OPENBLAS_NUM_THREADS="))
                variables.push_back(text);
        }
        variables.push_back(fmt::format("OMP_NUM_THREADS={}", threads));
        variables.push_back(fmt::format("OPENBLAS_NUM_THREADS={}", threads));
        return variables;
    }

    std::filesystem::path python_;
    int write_ = -1, read_ = -1;
    pid_t pid_ = -1;
};

const char* name_of(Precision precision) {
    return precision == Precision::single ? "single" : "double";
}

class SklearnPeer final : public Peer {
public:
    SklearnPeer(std::string its_name, std::unique_ptr<Folder> folder, std::unique_ptr<Child> child)
        : Peer(std::move(its_name)), folder_(std::move(folder)), child_(std::move(child)) {}

    double iteration_seconds(Precision precision) override {
        return child_->ask(fmt::format("time {} 1\n", name_of(precision)), "seconds");
    }
    double log_likelihood(Precision precision, int iterations) override {
        return child_->ask(fmt::format("score {} {}\n", name_of(precision), iterations),
                           "log_likelihood");
    }

private:
    std::unique_ptr<Folder> folder_;
    std::unique_ptr<Child> child_;
};

/// scikit-learn's precisions_cholesky_: diag as ours; full the transpose.
asp::Array<double, 2> precision_factors(const Mixture& mixture) {
    asp::Array<double, 2> factors = whitening(mixture).factors;
    const std::size_t D = mixture.dimension();
    if (mixture.covariance == Covariance::full)
        for (std::size_t m = 0; m < mixture.components(); ++m)
            for (std::size_t i = 0; i < D; ++i)
                for (std::size_t j = 0; j < i; ++j)
                    std::swap(factors(m, i * D + j), factors(m, j * D + i));
    return factors;
}

}  // namespace

std::filesystem::path usual_python() {
    std::error_code ignored;
    if (const char* active = std::getenv("VIRTUAL_ENV"))
        return std::filesystem::path(active) / "bin" / "python";
    const std::filesystem::path here = std::filesystem::path(".venv") / "bin" / "python";
    return std::filesystem::exists(here, ignored) ? here : "python3";
}

std::unique_ptr<Peer> sklearn_peer(const PeerTask& task, const std::filesystem::path& python) {
    // A child that is not there must not end this process.
    static const auto pipes_are_safe = std::signal(SIGPIPE, SIG_IGN);
    static_cast<void>(pipes_are_safe);
    auto folder = std::make_unique<Folder>();
    const Mixture& start = task.start;
    const std::size_t M = start.components(), D = start.dimension();
    folder->write<float>("rows", {task.rows.data(), task.rows.size()}, {task.rows.extent(0), D});
    folder->write<double>("weights", {start.weights.data(), M}, {M});
    folder->write<double>("means", {start.means.data(), M * D}, {M, D});
    const auto factors = precision_factors(start);
    const bool is_full = start.covariance == Covariance::full;
    folder->write<double>("factors", {factors.data(), factors.size()},
                          is_full ? std::vector{M, D, D} : std::vector{M, D});
    auto child = std::make_unique<Child>(python, folder->path(),
                                         std::string(name_of(start.covariance)), task.threads);
    const Json hello = child->answer();
    return std::make_unique<SklearnPeer>("scikit-learn " + hello.at("version").get<std::string>(),
                                         std::move(folder), std::move(child));
}

}  // namespace gmm
