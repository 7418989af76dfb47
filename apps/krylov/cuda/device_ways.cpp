#include "krylov/cuda/device_ways.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <complex>
#include <type_traits>

#include "asp/base/error.hpp"
#include "krylov/cuda/packing.hpp"
#include "krylov/detail/unit_size.hpp"
#include "krylov/sliced_matrix.hpp"

namespace krylov::cuda {
namespace {

// None of these has been measured on a device yet.
/// [bytes] that a level moves while a launch costs as much: 4 us at 2 TB/s.
constexpr double launch_bound = 8e6;
/// [bytes] of a level beside which launches are nothing.
constexpr double launches_are_free = 8.0 * launch_bound;
/// Rows made in a sweep over rows needed: tiles with the matrix in their memory, and without.
constexpr double bearable_resident = 1.5, bearable = 2.0;
/// More rows are cut along their numbering only: partitioning them takes many seconds.
constexpr std::int64_t most_partitioned = 1 << 20;

/// How a matrix lies on the device for one product after the other.
struct Form {
    int block = 1;
    long sort_window = 1;
    double bytes = 0.0;  ///< for each nonzero
};

/// Rows, and dense blocks where they take clearly fewer bytes: the best first.
template <class Scalar>
std::vector<Form> forms_of(const CsrView<Scalar>& m) {
    if (m.rows() == 0) return {Form{}};
    const auto fill = [&](int block) { return sample_slices(m, {block, block, warp}).fill; };
    const double rows_fill = fill(1);
    // Sorting helps rows that are not alike; how much is not known before it is done.
    const Form rows{1, rows_fill > 1.25 ? 1024 : 1, rows_fill * (sizeof(Scalar) + sizeof(int))};
    std::vector<Form> forms{rows};
    for (const int block : {2, 3, 4, 6}) {
        if (m.rows() % block != 0) continue;
        const double bytes =
            fill(block) * (sizeof(Scalar) + sizeof(int) / static_cast<double>(block * block));
        if (bytes < 0.95 * forms.front().bytes) forms.insert(forms.begin(), {block, 1, bytes});
    }
    forms.erase(forms.begin() + 1, forms.end() - (forms.size() > 1 ? 1 : 0));
    return forms;
}

/// Rows around `seed` by breadth, like those of a compact tile.
template <class Scalar>
std::vector<std::int32_t> ball(const CsrView<Scalar>& m, std::int32_t seed, std::size_t rows) {
    std::vector<bool> seen(static_cast<std::size_t>(m.rows()));
    std::vector<std::int32_t> found{seed};
    seen[static_cast<std::size_t>(seed)] = true;
    for (std::size_t next = 0; next < found.size() && found.size() < rows; ++next) {
        const auto row = static_cast<std::size_t>(found[next]);
        for (auto e = m.row_start[row]; e < m.row_start[row + 1]; ++e) {
            const std::int32_t column = m.column[static_cast<std::size_t>(e)];
            if (seen[static_cast<std::size_t>(column)] || found.size() == rows) continue;
            seen[static_cast<std::size_t>(column)] = true;
            found.push_back(column);
        }
    }
    return found;
}

/// Three tiles as they would be.
template <class Scalar>
TileRows sample_tiles(const CsrView<Scalar>& m, TileShape shape, long rows) {
    TileRows sample;
    for (const std::int64_t sixth : {1, 3, 5}) {
        const std::int64_t middle = m.rows() * sixth / 6;
        if (shape == TileShape::compact) {
            const auto part =
                ball(m, static_cast<std::int32_t>(middle), static_cast<std::size_t>(rows));
            sample.row.insert(sample.row.end(), part.begin(), part.end());
        } else {
            const std::int64_t begin =
                std::clamp<std::int64_t>(middle - rows / 2, 0, m.rows() - rows);
            for (std::int64_t row = begin; row < begin + rows; ++row)
                sample.row.push_back(static_cast<std::int32_t>(row));
        }
        sample.end.push_back(static_cast<std::int64_t>(sample.row.size()));
    }
    return sample;
}

/// Nothing where there are more ghosts than can be numbered.
template <class Scalar>
std::optional<PackedTiles<Scalar>> packed_sample(const CsrView<Scalar>& m, const DeviceOptions& o,
                                                 long rows) {
    try {
        return pack_tiles(m, sample_tiles(m, o.tile_shape, rows), o.depth);
    } catch (const asp::InputError&) {
        return std::nullopt;
    }
}

/// [rows] of a tile when every processor is to have one.
template <class Scalar>
std::int64_t share_of(const CsrView<Scalar>& m, const asp::cuda::DeviceInfo& device) {
    return m.rows() / device.processors + 1;
}

/// The largest tiles of a shape that fit a block's memory, where their ghosts are bearable.
template <class Scalar>
std::optional<DeviceOptions> fitting_tiles(const CsrView<Scalar>& m, DeviceOptions o,
                                           const asp::cuda::DeviceInfo& device) {
    const double row_length = static_cast<double>(m.nonzeros()) / static_cast<double>(m.rows());
    const double row_bytes =
        2.0 * sizeof(Scalar) +
        (o.is_resident ? row_length * (sizeof(Scalar) + sizeof(unsigned short)) : 0.0);
    // Parts are not all of one size.
    const auto room = static_cast<std::size_t>(0.9 * static_cast<double>(device.memory_of_block));
    long rows = std::clamp(static_cast<long>(static_cast<double>(room) / row_bytes), 1L,
                           std::min<long>(share_of(m, device), m.rows()));
    for (; rows >= warp; rows = rows * 3 / 4) {
        if (!detail::is_local(m, nullptr, rows)) return std::nullopt;
        const auto packed = packed_sample(m, o, rows);
        if (!packed || packed->redundancy() > (o.is_resident ? bearable_resident : bearable))
            return std::nullopt;
        o.tile_rows = rows;
        if (packed->memory(o.is_resident) <= room) return o;
    }
    return std::nullopt;
}

/// For sweeps of 4 and of 2 levels the tiles that promise most.
template <class Scalar>
void add_tiles(const CsrView<Scalar>& m, int k, const asp::cuda::DeviceInfo& device,
               std::vector<DeviceOptions>& ways) {
    for (const int depth : {4, 2}) {
        if (depth > k) continue;
        const auto found = [&]() -> std::optional<DeviceOptions> {
            for (const bool is_resident : {true, false})
                for (const TileShape shape : {TileShape::bands, TileShape::compact}) {
                    if (shape == TileShape::compact && m.rows() > most_partitioned) continue;
                    const DeviceOptions wanted{.k = k,
                                               .method = DeviceMethod::tiles,
                                               .tile_shape = shape,
                                               .depth = depth,
                                               .is_resident = is_resident};
                    if (auto fitting = fitting_tiles(m, wanted, device)) return fitting;
                }
            return std::nullopt;
        }();
        if (found) ways.push_back(*found);
    }
}

/// Levels, and one launch for all where that may pay: the better one first.
template <class Scalar>
std::vector<DeviceMethod> methods_of(const CsrView<Scalar>& m, const Form& form,
                                     const DeviceRequest& request,
                                     const asp::cuda::DeviceInfo& device) {
    const double level = form.bytes * static_cast<double>(m.nonzeros()) +
                         2.0 * sizeof(Scalar) * static_cast<double>(m.rows());
    const bool may_pay = request.k > 1 && level < launches_are_free;
    if (!device.launches_cooperatively || !(may_pay || request.method))
        return {DeviceMethod::levels};
    if (level < launch_bound) return {DeviceMethod::cooperative, DeviceMethod::levels};
    return {DeviceMethod::levels, DeviceMethod::cooperative};
}

template <class Scalar>
void require_possible(const CsrView<Scalar>& m, const DeviceRequest& request,
                      const asp::cuda::DeviceInfo& device) {
    if (m.rows() != m.columns)
        throw asp::InputError(
            fmt::format("the matrix is {} x {}: expected a square one", m.rows(), m.columns));
    if (request.method == DeviceMethod::cusparse && !request.is_monomial)
        throw asp::InputError("method = cusparse: expected the monomial basis");
    if (request.method == DeviceMethod::tiles && request.k < 2)
        throw asp::InputError("method = tiles: expected k = 2 or more");
    if (request.method == DeviceMethod::tiles && share_of(m, device) < warp)
        throw asp::InputError(fmt::format(
            "method = tiles: expected at least {} rows, {} for each of {} processors; found {}",
            std::int64_t{warp - 1} * device.processors, warp - 1, device.processors, m.rows()));
    if (request.method == DeviceMethod::cooperative && !device.launches_cooperatively)
        throw asp::InputError("method = cooperative: expected another: " + device.name +
                              " has no cooperative launches");
}

}  // namespace

template <class Scalar>
std::vector<DeviceOptions> device_ways(const CsrView<Scalar>& matrix, const DeviceRequest& request,
                                       const asp::cuda::DeviceInfo& device) {
    require_possible(matrix, request, device);
    const auto wants = [&](DeviceMethod method) {
        return request.method.value_or(method) == method;
    };
    std::vector<DeviceOptions> ways;
    for (const Form& form : forms_of(matrix))
        for (const DeviceMethod method : methods_of(matrix, form, request, device))
            if (wants(method))
                ways.push_back({.k = request.k,
                                .method = method,
                                .block = form.block,
                                .sort_window = form.sort_window});
    if (wants(DeviceMethod::tiles) && matrix.rows() > 0) add_tiles(matrix, request.k, device, ways);
    if (ways.empty() && request.method == DeviceMethod::tiles)
        throw asp::InputError(
            "method = tiles: expected another: those that fit a block's memory would have too many "
            "ghost rows");
    const bool has_products = std::is_same_v<Scalar, double> && matrix.nonzeros() > 0 &&
                              matrix.nonzeros() < (std::int64_t{1} << 31);
    if (has_products || request.method == DeviceMethod::cusparse)
        ways.push_back({.k = request.k, .method = DeviceMethod::cusparse});
    return ways;
}

#define KRYLOV_INSTANTIATE(Scalar)                                                                \
    template std::vector<DeviceOptions> device_ways(const CsrView<Scalar>&, const DeviceRequest&, \
                                                    const asp::cuda::DeviceInfo&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::cuda
