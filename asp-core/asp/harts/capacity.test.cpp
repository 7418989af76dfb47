#include "asp/harts/capacity.hpp"

#include <stdlib.h>

#include <fstream>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"

namespace fs = std::filesystem;

namespace {

constexpr std::size_t gibibyte = std::size_t{1} << 30U;

/// A machine of 8 processors and 16 GiB with the control groups that a test writes.
class Machine {
public:
    Machine() {
        std::string name = (fs::temp_directory_path() / "asp-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        root_ = name;
    }
    ~Machine() {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    Machine& with(const fs::path& file, const std::string& text) {
        fs::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file) << text << '\n';
        return *this;
    }
    asp::CapacitySources sources(std::optional<std::string> limit = {}) const {
        return {root_ / "proc", root_ / "cgroup", 8, std::move(limit), 16 * gibibyte};
    }
    std::size_t harts() const { return asp::measure_capacity(sources()).harts; }
    std::size_t memory() const { return asp::measure_memory(sources()); }

private:
    fs::path root_;
};

}  // namespace

TEST_CASE("without a quota or a limit every processor that may be used counts") {
    const Machine machine;
    const asp::Capacity capacity = asp::measure_capacity(machine.sources());
    REQUIRE(capacity.harts == 8);
    REQUIRE(!capacity.quota);
    REQUIRE(!capacity.user_limit);
    REQUIRE(asp::measure_capacity().harts >= 1);
}

TEST_CASE("a quota of cgroup version 2 is rounded up") {
    Machine machine;
    machine.with("proc/self/cgroup", "0::/a").with("cgroup/a/cpu.max", "150000 100000");
    REQUIRE(machine.harts() == 2);
    machine.with("cgroup/a/cpu.max", "10000 100000");
    REQUIRE(machine.harts() == 1);
    machine.with("cgroup/a/cpu.max", "max 100000");
    REQUIRE(machine.harts() == 8);
    machine.with("cgroup/a/cpu.max", "9000000 100000");
    REQUIRE(machine.harts() == 8);
}

TEST_CASE("the least quota on the way to the root of the groups holds") {
    Machine machine;
    machine.with("proc/self/cgroup", "0::/a/b/c")
        .with("cgroup/a/cpu.max", "300000 100000")
        .with("cgroup/a/b/c/cpu.max", "500000 100000");
    REQUIRE(machine.harts() == 3);
}

TEST_CASE("a group that is not mounted here leaves the quota of the mount") {
    Machine machine;
    machine.with("proc/self/cgroup", "0::/outer/name").with("cgroup/cpu.max", "400000 100000");
    REQUIRE(machine.harts() == 4);
    machine.with("proc/self/cgroup", "0::/../../name");
    REQUIRE(machine.harts() == 4);
}

TEST_CASE("a quota of cgroup version 1 is read from two files") {
    Machine machine;
    machine.with("proc/self/cgroup", "7:cpuset:/b\n4:cpu,cpuacct:/a")
        .with("cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "250000")
        .with("cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000");
    REQUIRE(machine.harts() == 3);
    machine.with("cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1");
    REQUIRE(machine.harts() == 8);
}

TEST_CASE("ASP_HARTS is an upper bound") {
    const Machine machine;
    REQUIRE(asp::measure_capacity(machine.sources("3")).harts == 3);
    REQUIRE(asp::measure_capacity(machine.sources("100")).harts == 8);
    REQUIRE(asp::measure_capacity(machine.sources("")).harts == 8);
}

TEST_CASE("ASP_HARTS is a positive integer") {
    const Machine machine;
    for (const std::string wrong : {"0", "-1", "two", "2x", "1.5"}) {
        REQUIRE(asp::testing::message_of<asp::InputError>([&] {
                    asp::measure_capacity(machine.sources(wrong));
                }) == "ASP_HARTS = " + wrong + ": expected a positive integer");
    }
}

TEST_CASE("without a limit the memory is that of the machine") {
    Machine machine;
    REQUIRE(machine.memory() == 16 * gibibyte);
    machine.with("proc/self/cgroup", "0::/a").with("cgroup/a/memory.max", "max");
    REQUIRE(machine.memory() == 16 * gibibyte);
    REQUIRE(asp::measure_memory() > 0);
}

TEST_CASE("the least memory on the way to the root of the groups of version 2 holds") {
    Machine machine;
    machine.with("proc/self/cgroup", "0::/a/b")
        .with("cgroup/a/memory.max", "2147483648")
        .with("cgroup/a/b/memory.max", "4294967296");
    REQUIRE(machine.memory() == 2 * gibibyte);
    machine.with("cgroup/a/memory.max", "max");
    REQUIRE(machine.memory() == 4 * gibibyte);
    machine.with("cgroup/a/b/memory.max", "68719476736");
    REQUIRE(machine.memory() == 16 * gibibyte);
}

TEST_CASE("memory of cgroup version 1 is that of its controller") {
    Machine machine;
    machine.with("proc/self/cgroup", "9:cpu,cpuacct:/b\n4:memory:/a")
        .with("cgroup/memory/a/memory.limit_in_bytes", "1073741824")
        .with("cgroup/cpu,cpuacct/b/memory.limit_in_bytes", "1");
    REQUIRE(machine.memory() == gibibyte);
    machine.with("cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712");  // none is set
    REQUIRE(machine.memory() == 16 * gibibyte);
}

TEST_CASE("a group that is not mounted here leaves the memory of the mount") {
    Machine machine;
    machine.with("proc/self/cgroup", "0::/outer/name").with("cgroup/memory.max", "1073741824");
    REQUIRE(machine.memory() == gibibyte);
}
