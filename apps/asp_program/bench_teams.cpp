// Parallel regions: what one costs alone, and beside a process that wants the same core.

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/harts/team.hpp"
#include "asp_program/benchmark.hpp"

namespace asp_program {
namespace {

/// A process that keeps a core busy as long as this lives.
class BusyProcess {
public:
    BusyProcess() {
        pid_ = ::fork();
        if (pid_ < 0) throw asp::BackendError("asp bench: cannot start another process");
        if (pid_ > 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile unsigned long count = 0;;) count = count + 1;
    }
    BusyProcess(const BusyProcess&) = delete;
    BusyProcess& operator=(const BusyProcess&) = delete;
    ~BusyProcess() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

private:
    pid_t pid_;
};

double us_per_region(const std::function<void()>& region) {
    return 1e6 * seconds_per_call(region, seconds_now);
}

/// A small loop: some microseconds of arithmetic that stays in the first cache.
struct SmallLoop {
    std::vector<double> values = std::vector<double>(2048, 1.5);

    void operator()(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) values[i] = 1.0 + 0.5 / values[i];
    }
};

/// Next to no work: what remains is the region itself.
struct Touch {
    std::vector<char> places;

    void operator()(std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) places[k] = 1;
    }
};

void bench_regions(asp::HartPool& pool, Rows& rows) {
    Touch touch{std::vector<char>(pool.harts())};
    std::vector<double> us;
    {
        const asp::Lease held = pool.request();
        const asp::Team team(held);
        us = medians_in_turns(
            15, {[&] { return us_per_region([&] { team.run(touch, 0, pool.harts(), 1); }); }});
    }
    rows.push_back({"team region, lease held", pool.harts(), us[0], no_reference, "us", "",
                    Bar::most_ours, 1.0});
    us = medians_in_turns(15, {[&] {
                              return us_per_region([&] {
                                  const asp::Lease lease = pool.request();
                                  asp::Team(lease).run(touch, 0, pool.harts(), 1);
                              });
                          }});
    rows.push_back(
        {"team region with a lease of its own", pool.harts(), us[0], no_reference, "us"});
}

Row small_loop_row(asp::HartPool& pool, const std::string& name) {
    SmallLoop loop;
    const asp::Lease lease = pool.request();
    const asp::Team team(lease);
    const auto us = medians_in_turns(
        25, {[&] { return us_per_region([&] { team.run(loop, 0, loop.values.size()); }); },
             [&] { return us_per_region([&] { loop(0, loop.values.size()); }); }});
    return {name, lease.harts(), us[0], us[1], "us per loop", "sequential"};
}

}  // namespace

void bench_teams(Rows& rows) {
    asp::HartPool pool(std::max<std::size_t>(asp::HartPool::process().harts(), 2));
    bench_regions(pool, rows);
    rows.push_back(small_loop_row(pool, "team, small loops"));
    const BusyProcess busy;
    Row beside = small_loop_row(pool, "team, small loops beside a busy process");
    beside.kind = Bar::least_ratio;
    beside.bar = 1.0 / 1.2;
    rows.push_back(beside);
}

}  // namespace asp_program
