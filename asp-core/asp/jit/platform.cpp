#include "asp/jit/platform.hpp"

#include <gnu/libc-version.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "asp/jit/detail/processor.hpp"
#include "asp/jit/detail/sha256.hpp"

namespace asp::jit {

namespace {

int number(const char* key) {
    return std::atoi(detail::processor_line(key).c_str());
}

std::size_t system_number(int name) {
    return static_cast<std::size_t>(std::max(0L, ::sysconf(name)));
}

std::size_t affinity() {
    std::vector<cpu_set_t> mask(64);
    const std::size_t bytes = mask.size() * sizeof(cpu_set_t);
    if (::sched_getaffinity(0, bytes, mask.data()) == 0)
        return static_cast<std::size_t>(CPU_COUNT_S(bytes, mask.data()));
    return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Platform measure_platform(const std::optional<Toolchain>& toolchain) {
    Platform platform{.processor = detail::processor_line("model name"),
                      .vendor = detail::processor_line("vendor_id"),
                      .family = number("cpu family"),
                      .model = number("model"),
                      .stepping = number("stepping"),
                      .instruction_set = host_instruction_set(),
                      .l1_bytes = system_number(_SC_LEVEL1_DCACHE_SIZE),
                      .l2_bytes = system_number(_SC_LEVEL2_CACHE_SIZE),
                      .l3_bytes = system_number(_SC_LEVEL3_CACHE_SIZE),
                      .line_bytes = system_number(_SC_LEVEL1_DCACHE_LINESIZE),
                      .page_bytes = system_number(_SC_PAGESIZE),
                      .harts = affinity(),
                      .compiler = {},
                      .compiler_identity = {},
                      .libc = std::string("glibc ") + ::gnu_get_libc_version()};
    if (toolchain) {
        platform.compiler = toolchain->version;
        platform.compiler_identity = toolchain->identity;
    }
    return platform;
}

std::string to_json(const Platform& platform) {
    const nlohmann::json value{{"processor", platform.processor},
                               {"vendor", platform.vendor},
                               {"family", platform.family},
                               {"model", platform.model},
                               {"stepping", platform.stepping},
                               {"target", platform.instruction_set.target},
                               {"level", platform.instruction_set.level},
                               {"features", platform.instruction_set.features},
                               {"l1_bytes", platform.l1_bytes},
                               {"l2_bytes", platform.l2_bytes},
                               {"l3_bytes", platform.l3_bytes},
                               {"line_bytes", platform.line_bytes},
                               {"page_bytes", platform.page_bytes},
                               {"harts", platform.harts},
                               {"compiler", platform.compiler},
                               {"compiler_identity", platform.compiler_identity},
                               {"libc", platform.libc}};
    // Names come from the machine: any bytes.
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Platform::id() const {
    return detail::sha256(to_json(*this));
}

}  // namespace asp::jit
