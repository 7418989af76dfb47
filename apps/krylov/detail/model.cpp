#include "krylov/detail/model.hpp"

#include <algorithm>
#include <cmath>

#include "krylov/detail/multiply_add.hpp"
#include "krylov/sliced_matrix.hpp"

namespace krylov::detail {
namespace {

/// Bytes that come from past L2 and past L3, as a hart goes from one thing to the next.
class Caches {
public:
    Caches(const Machine& machine, std::size_t things) : machine_(machine), last_(things, -1e300) {}

    /// The clock counts what came from past L2: about what has been pushed out since.
    void touch(std::size_t thing, double bytes, double extra = 0.0) {
        const double distance = clock_ - last_[thing];
        if (distance > machine_.l2_bytes) {
            clock_ += bytes;
            seconds += bytes * machine_.l3_seconds;
            if (distance > machine_.l3_bytes)
                seconds += (bytes + extra) * (machine_.memory_seconds - machine_.l3_seconds);
        }
        last_[thing] = clock_;
    }

    double seconds = 0.0;

private:
    const Machine& machine_;
    std::vector<double> last_;
    double clock_ = 0.0;
};

}  // namespace

Machine machine_of(const asp::jit::Platform& platform, std::size_t harts) {
    // Measured on two cores each of a Sapphire Rapids class Xeon and of a Zen 5 EPYC. What the
    // timing of candidates then finds does not hang on the last digit.
    const bool is_amd = platform.vendor == "AuthenticAMD";
    const double l2 = platform.l2_bytes > 0 ? static_cast<double>(platform.l2_bytes) : 1e6;
    const double l3 = platform.l3_bytes > 0 ? static_cast<double>(platform.l3_bytes) : 8.0 * l2;
    const auto shares = static_cast<double>(harts);
    Machine machine{};
    machine.l2_bytes = 0.6 * l2;
    // A last-level cache of hundreds of megabytes is shared with whoever else is on the socket.
    machine.l3_bytes = 0.5 * std::min(l3, 6.4e7) / shares;
    machine.l3_seconds = is_amd ? 1.0 / 95e9 : 1.0 / 31e9;
    machine.memory_seconds = is_amd ? shares / 38e9 : 1.0 / 15e9;
    machine.row_entry = is_amd ? 0.40e-9 : 0.46e-9;
    machine.gathered = is_amd ? 0.50e-9 : 0.23e-9;
    machine.in_run = 0.10e-9;
    return machine;
}

template <class Scalar, class Column>
std::vector<StorageEstimate> storages_of(const CsrView<Scalar, Column>& matrix, double value_bytes,
                                         const Machine& machine) {
    const double row_length = static_cast<double>(matrix.nonzeros()) /
                              static_cast<double>(std::max<std::int64_t>(matrix.rows(), 1));
    const auto scalar = static_cast<double>(sizeof(Scalar));
    std::vector<StorageEstimate> found{{Storage::csr, 1,
                                        scalar + sizeof(Column) + 8.0 / std::max(row_length, 1.0),
                                        machine.row_entry}};
    for (const int block : {1, 2, 3, 4, 6}) {
        if (matrix.rows() % block != 0) continue;
        const SliceSample sample =
            sample_slices(matrix, {block, block, 64 / static_cast<int>(sizeof(Real<Scalar>))});
        if (sample.fill > 1.5) continue;
        // A gathered column serves all rows of its block.
        const double gathered =
            machine.in_run + (machine.gathered - machine.in_run) / static_cast<double>(block);
        const double core =
            sample.fill * (sample.runs * machine.in_run + (1 - sample.runs) * gathered);
        found.push_back({block == 1 ? Storage::slices : Storage::block_rows, block,
                         sample.bytes + sample.fill * value_bytes, core});
    }
    const auto seconds = [&](const StorageEstimate& s) {
        return s.core_seconds + s.bytes * machine.memory_seconds;
    };
    std::ranges::sort(found, {}, seconds);
    return found;
}

double plain_seconds(double matrix_bytes, double vector_bytes, double core_seconds, int k,
                     Keep keep, std::size_t harts, const Machine& machine) {
    // x is read, y read for its lines' sake and written; a sum is read and written too.
    const double streamed = matrix_bytes + vector_bytes * (keep == Keep::basis ? 3.0 : 5.0);
    const double resident = matrix_bytes + vector_bytes * (keep == Keep::basis ? k + 1.0 : 4.0);
    const auto shares = static_cast<double>(harts);
    const double each = resident / shares < machine.l2_bytes   ? 0.0
                        : resident / shares < machine.l3_bytes ? machine.l3_seconds
                                                               : machine.memory_seconds;
    return k * (core_seconds + streamed * each) / shares;
}

double scattered_seconds(double reads, double bytes, std::size_t harts, const Machine& machine) {
    constexpr double line = 64.0;
    if (bytes < machine.l2_bytes) return 0.0;
    const double missed = reads * (1.0 - machine.l2_bytes / bytes);
    return missed * line * machine.l3_seconds / static_cast<double>(harts);
}

double tiled_seconds(const UnitGraph& graph, const Schedule& schedule, double core_seconds, int k,
                     std::int64_t row_bytes, Keep keep, const Machine& machine) {
    const auto units = static_cast<std::size_t>(graph.units());
    const auto places = static_cast<std::size_t>(keep == Keep::basis ? schedule.depth() + 1 : 3);
    double slowest = 0.0;
    for (std::size_t s = 0; s < schedule.strands(); ++s) {
        Caches caches(machine, units * (places + 1));
        for (std::int32_t tile = schedule.first_tile(s); tile < schedule.first_tile(s + 1); ++tile)
            for (int p = 1; p <= schedule.depth(); ++p)
                for (const Schedule::Range& range : schedule.ranges(tile, p))
                    for (auto u = static_cast<std::size_t>(range.first);
                         u < static_cast<std::size_t>(range.last); ++u) {
                        const auto vector = static_cast<double>(graph.items_per_unit *
                                                                graph.rows_per_item * row_bytes);
                        const auto level = static_cast<std::size_t>(p);
                        caches.touch(u, static_cast<double>(graph.bytes[u]));
                        if (keep == Keep::basis) {
                            caches.touch(units * level + u, vector);
                            caches.touch(units * (level + 1) + u, vector, vector);
                        } else {
                            caches.touch(units * (1 + (level + 1) % 2) + u, vector);
                            caches.touch(units * (1 + level % 2) + u, vector);
                            caches.touch(units * 3 + u, vector, vector);
                        }
                    }
        slowest = std::max(slowest, caches.seconds);
    }
    const double sweeps = static_cast<double>(k) / schedule.depth();
    return sweeps * slowest + k * core_seconds / static_cast<double>(schedule.strands());
}

#define KRYLOV_INSTANTIATE(Scalar)                                                          \
    template std::vector<StorageEstimate> storages_of(const CsrView<Scalar>&, double,       \
                                                      const Machine&);                      \
    template std::vector<StorageEstimate> storages_of(const CsrView<Scalar, std::int64_t>&, \
                                                      double, const Machine&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::detail
