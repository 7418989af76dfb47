// Records the tables of measured times that the tuner's tests replay. Each variant is timed once in
// every round, in another random order each time.
//   record_times stencil|product ROUNDS > times.csv
// stencil: a radius-2 star on a 64^3 grid; tile sizes tk, tj, ti, rows worked on together, and a
// switch that hardly matters. product: of two 128 x 128 matrices; tile sizes, and rows and terms
// worked on together.
// Columns: the parameters, the least time of all rounds [us], then the times of the first ten
// rounds; a star marks a run that another process disturbed (cpu/wall < 0.95 or an involuntary
// switch).

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using Values = std::vector<long>;

struct Kernel {
    std::string header;
    std::vector<Values> values;  ///< of each parameter
    std::function<bool(const Values&)> valid;
    std::function<void(const Values&)> run;
};

namespace stencil {

constexpr long n = 64, halo = 2, row = n + 2 * halo, plane = row * row;
using Field = std::vector<double>;

inline double star(const double* u) {
    return 0.25 * u[0] + 0.1 * (u[1] + u[-1] + u[row] + u[-row] + u[plane] + u[-plane]) +
           0.025 * (u[2] + u[-2] + u[2 * row] + u[-2 * row] + u[2 * plane] + u[-2 * plane]);
}

template <int rows, bool independent>
void strip(const double* u, double* out, long length) {
    if constexpr (independent) {
#pragma GCC ivdep
        for (long i = 0; i < length; ++i)
            for (int r = 0; r < rows; ++r) out[i + r * row] = star(u + i + r * row);
    } else {
        for (long i = 0; i < length; ++i)
            for (int r = 0; r < rows; ++r) out[i + r * row] = star(u + i + r * row);
    }
}

template <int rows, bool independent>
void sweep(const Field& u, Field& out, const Values& v) {
    const long tk = v[0], tj = v[1], ti = v[2];
    for (long k0 = 0; k0 < n; k0 += tk)
        for (long j0 = 0; j0 < n; j0 += tj)
            for (long i0 = 0; i0 < n; i0 += ti)
                for (long k = k0; k < std::min(k0 + tk, n); ++k)
                    for (long j = j0; j < std::min(j0 + tj, n); j += rows) {
                        const long at = (k + halo) * plane + (j + halo) * row + i0 + halo;
                        strip<rows, independent>(u.data() + at, out.data() + at,
                                                 std::min(ti, n - i0));
                    }
}

Kernel kernel() {
    static Field u(plane * row, 1.0), out(plane * row, 1.0);
    using Sweep = void (*)(const Field&, Field&, const Values&);
    static const std::array<std::array<Sweep, 2>, 3> sweeps{{{sweep<1, false>, sweep<1, true>},
                                                             {sweep<2, false>, sweep<2, true>},
                                                             {sweep<4, false>, sweep<4, true>}}};
    return {"tk,tj,ti,rows,independent",
            {{1, 2, 4, 8, 16, 32, 64}, {2, 4, 8, 16, 32, 64}, {8, 16, 32, 64}, {1, 2, 4}, {0, 1}},
            [](const Values& v) { return v[1] >= v[3]; },
            [](const Values& v) { sweeps[v[3] / 2][v[4]](u, out, v); }};
}

}  // namespace stencil

namespace product {

constexpr long n = 128;
using Matrix = std::vector<double>;

template <int rows, int terms>
void tile(const double* a, const double* b, double* c, long length) {
    for (long j = 0; j < length; ++j)
        for (int r = 0; r < rows; ++r) {
            double sum = c[r * n + j];
            for (int t = 0; t < terms; ++t) sum += a[r * n + t] * b[t * n + j];
            c[r * n + j] = sum;
        }
}

template <int rows, int terms>
void multiply(const Matrix& a, const Matrix& b, Matrix& c, const Values& v) {
    const long ti = v[0], tk = v[1], tj = v[2];
    for (long i0 = 0; i0 < n; i0 += ti)
        for (long k0 = 0; k0 < n; k0 += tk)
            for (long j0 = 0; j0 < n; j0 += tj)
                for (long i = i0; i < i0 + ti; i += rows)
                    for (long k = k0; k < k0 + tk; k += terms)
                        tile<rows, terms>(a.data() + i * n + k, b.data() + k * n + j0,
                                          c.data() + i * n + j0, tj);
}

Kernel kernel() {
    static Matrix a(n * n, 1e-9), b(n * n, 1.0), c(n * n, 0.0);
    using Multiply = void (*)(const Matrix&, const Matrix&, Matrix&, const Values&);
    static const std::array<std::array<Multiply, 4>, 4> products{
        {{multiply<1, 1>, multiply<1, 2>, multiply<1, 4>, multiply<1, 8>},
         {multiply<2, 1>, multiply<2, 2>, multiply<2, 4>, multiply<2, 8>},
         {multiply<4, 1>, multiply<4, 2>, multiply<4, 4>, multiply<4, 8>},
         {multiply<8, 1>, multiply<8, 2>, multiply<8, 4>, multiply<8, 8>}}};
    const auto power = [](long value) {
        return value == 1 ? 0 : value == 2 ? 1 : value == 4 ? 2 : 3;
    };
    return {"ti,tk,tj,rows,terms",
            {{4, 8, 16, 32, 64, 128},
             {4, 16, 64, 128},
             {8, 16, 32, 64, 128},
             {1, 2, 4, 8},
             {1, 2, 4, 8}},
            [](const Values& v) { return v[0] >= v[3] && v[1] >= v[4]; },
            [power](const Values& v) { products[power(v[3])][power(v[4])](a, b, c, v); }};
}

}  // namespace product

double cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

long involuntary_switches() {
    rusage use{};
    getrusage(RUSAGE_THREAD, &use);
    return use.ru_nivcsw;
}

struct Time {
    double us;
    bool disturbed;
};

Time timed(const Kernel& kernel, const Values& variant) {
    const long switches = involuntary_switches();
    const double cpu = cpu_seconds();
    const auto begin = std::chrono::steady_clock::now();
    kernel.run(variant);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    return {1e6 * wall.count(),
            (cpu_seconds() - cpu) / wall.count() < 0.95 || involuntary_switches() != switches};
}

std::vector<Values> all_variants(const Kernel& kernel) {
    std::vector<Values> all{{}};
    for (const Values& values : kernel.values) {
        std::vector<Values> longer;
        for (const Values& start : all)
            for (const long value : values) {
                longer.push_back(start);
                longer.back().push_back(value);
            }
        all = std::move(longer);
    }
    std::erase_if(all, [&](const Values& v) { return !kernel.valid(v); });
    return all;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("record_times stencil|product ROUNDS\n", stderr), 2;
    const Kernel kernel = std::string(argv[1]) == "stencil" ? stencil::kernel() : product::kernel();
    const int rounds = std::atoi(argv[2]);
    const std::vector<Values> all = all_variants(kernel);
    std::vector<std::string> samples(all.size());
    std::vector<double> least(all.size(), 1e30);
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random(1);
    for (int round = 0; round < rounds; ++round) {
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t i : order) {
            timed(kernel,
                  all[i]);  // warm-up: the variant before has left its own data in the cache
            const Time time = timed(kernel, all[i]);
            least[i] = std::min(least[i], time.us);
            if (round < 10)
                samples[i] +=
                    "," + std::to_string(std::lround(time.us)) + (time.disturbed ? "*" : "");
        }
    }
    std::printf("%s,least_us,times_us\n", kernel.header.c_str());
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const long value : all[i]) std::printf("%ld,", value);
        std::printf("%ld%s\n", std::lround(least[i]), samples[i].c_str());
    }
}
