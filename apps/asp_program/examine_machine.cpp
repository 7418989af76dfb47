#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <tbb/version.h>

#include <filesystem>
#include <fstream>

#include "asp/base/error.hpp"
#include "asp/base/version.hpp"
#include "asp/harts/capacity.hpp"
#include "asp/jit/nvrtc.hpp"
#include "asp/jit/platform.hpp"
#include "asp_program/findings.hpp"
#include "asp_program/report.hpp"

namespace asp_program {
namespace {

namespace fs = std::filesystem;

void examine_program(Findings& findings) {
    findings.push_back({State::good, "program",
                        fmt::format("asp {}, built by {} {}", asp::version,
#ifdef __clang__
                                    "clang",
#else
                                    "g++",
#endif
                                    __VERSION__)});
    findings.push_back(
        {State::good, "libraries",
         fmt::format("SQLite {}, {}, oneTBB {}, fmt {}.{}.{}", ::sqlite3_libversion(),
                     ::OpenSSL_version(OPENSSL_VERSION), ::TBB_runtime_version(),
                     FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100),
         "records, checksums, teams, text"});
}

std::string size_or_unknown(std::size_t bytes) {
    if (bytes == 0) return "?";
    constexpr std::size_t mega = std::size_t{1} << 20U;
    return bytes % mega == 0 ? fmt::format("{} MiB", bytes / mega)
                             : fmt::format("{} KiB", bytes / 1024);
}

void examine_processor(Findings& findings) {
    const asp::jit::Platform p = asp::jit::measure_platform(std::nullopt);
    Finding f{State::good, "processor",
              fmt::format("{}, {}, caches {} / {} / {}", p.processor, name_of(p.instruction_set),
                          size_or_unknown(p.l1_bytes), size_or_unknown(p.l2_bytes),
                          size_or_unknown(p.l3_bytes)),
              fmt::format("kernels work on {} numbers (float64) at once",
                          vector_width(p.instruction_set))};
    if (p.instruction_set.level == "x86-64") {
        f.state = State::broken;
        f.means = "the built-in kernels need x86-64-v2";
        f.cure = "a processor made since 2009, or a virtual machine that shows its features";
    }
    findings.push_back(f);
}

void examine_load(std::size_t harts, Findings& findings) {
    double load = 0.0;
    if (!(std::ifstream("/proc/loadavg") >> load)) return;
    if (load <= 0.5 * static_cast<double>(harts)) return;
    findings.push_back({State::note, "harts",
                        fmt::format("load average {:.2f}: others compute here too", load),
                        "runs take longer, and timings (tune, bench) are less certain"});
}

void examine_harts(Findings& findings) {
    asp::Capacity capacity;
    try {
        capacity = asp::measure_capacity();
    } catch (const asp::InputError& error) {
        findings.push_back({State::broken, "harts", error.what(), "no program of the suite starts",
                            "unset ASP_HARTS, or set it to a positive whole number"});
        return;
    }
    std::string why = fmt::format("{} by affinity", capacity.affinity);
    if (capacity.quota) why += fmt::format(", quota of the control group {:.3g}", *capacity.quota);
    if (capacity.user_limit) why += fmt::format(", ASP_HARTS {}", *capacity.user_limit);
    findings.push_back({State::good, "harts", fmt::format("{} ({})", capacity.harts, why),
                        capacity.harts == 1 ? "everything runs on one hardware thread"
                                            : fmt::format("parallel regions use up to {} hardware "
                                                          "threads",
                                                          capacity.harts)});
    examine_load(capacity.harts, findings);
}

/// As the driver names them.
std::vector<std::string> gpus() {
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& folder : fs::directory_iterator("/proc/driver/nvidia/gpus", failed)) {
        std::ifstream file(folder.path() / "information");
        for (std::string line; std::getline(file, line);)
            if (line.starts_with("Model:"))
                names.push_back(line.substr(line.find_first_not_of(" \t", 6)));
    }
    if (names.empty() && fs::exists("/dev/nvidia0", failed)) names.emplace_back("an NVIDIA GPU");
    return names;
}

void examine_gpu(Findings& findings) {
    const std::vector<std::string> found = gpus();
    const auto nvrtc = asp::jit::find_nvrtc();
    findings.push_back({State::note, "gpu", found.empty() ? "none found" : joined(found, ", "),
                        found.empty() ? "kernels run on the processor" : ""});
    if (nvrtc)
        findings.push_back(
            {State::good, "gpu", nvrtc->version, "kernels can be compiled for CUDA devices"});
    else
        findings.push_back({found.empty() ? State::note : State::warning, "gpu",
                            nvrtc.error().message, "kernels are not compiled for CUDA devices",
                            found.empty() ? ""
                                          : "install the CUDA toolkit and build with the "
                                            "preset cuda"});
}

}  // namespace

void examine_machine(Findings& findings) {
    examine_program(findings);
    examine_processor(findings);
    examine_harts(findings);
    examine_gpu(findings);
}

}  // namespace asp_program
