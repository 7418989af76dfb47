#include "krylov/cuda/device_akx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "asp/base/error.hpp"
#include "krylov/cuda/compiled_kernel.hpp"
#include "krylov/cuda/cusparse.hpp"
#include "krylov/cuda/views.hpp"

namespace krylov::cuda {
namespace {

using asp::cuda::Buffer;
using asp::cuda::device_info;
using asp::cuda::Function;
using asp::cuda::LaunchShape;
using asp::cuda::Stream;

constexpr int most_threads = 256;  // as the kernels' text says

/// Copies of arrays on the device, kept as long as this.
class Uploads {
public:
    template <class T>
    const T* operator()(const Stream& stream, const std::vector<T>& values) {
        const std::size_t bytes = values.size() * sizeof(T);
        const Buffer& buffer = buffers_.emplace_back(bytes);
        stream.copy_in(buffer.address(), values.data(), bytes);
        return buffer.as<const T>();
    }

private:
    std::vector<Buffer> buffers_;
};

/// As many threads as there are rows; all of them at once where they wait for each other. Few rows
/// are spread over all processors.
LaunchShape shape_of(const Function& function, long places, bool all_at_once) {
    const long each = (places / device_info().processors + warp - 1) / warp * warp;
    const auto threads = static_cast<int>(std::clamp<long>(each, warp, most_threads));
    long blocks = std::max(1L, (places + threads - 1) / threads);
    if (all_at_once) blocks = std::min<long>(blocks, function.blocks_at_once(threads, 0));
    return {static_cast<int>(blocks), threads};
}

template <class Scalar>
LaunchShape shape_of_tiles(const Function& function, const PackedTiles<Scalar>& tiles,
                           const DeviceOptions& options) {
    const std::size_t needed = tiles.memory(options.is_resident),
                      room = device_info().memory_of_block;
    if (needed > room)
        throw asp::InputError(
            fmt::format("tiles of {} rows, {} levels deep: they need {} bytes of a block's memory; "
                        "expected at most {}, by fewer rows or levels",
                        options.tile_rows, options.depth, needed, room));
    const long blocks =
        std::min<long>(tiles.tiles(), function.blocks_at_once(most_threads, needed));
    return {static_cast<int>(std::max(1L, blocks)), most_threads, needed};
}

template <class Scalar>
KernelSpecification specification_of(const DeviceOptions& options) {
    using Real = typename RealOf<Scalar>::type;
    const KernelKind kind = options.method == DeviceMethod::tiles         ? KernelKind::all_tiles
                            : options.method == DeviceMethod::cooperative ? KernelKind::all_levels
                                                                          : KernelKind::one_level;
    return {kind, std::is_same_v<Real, float>, RealOf<Scalar>::width == 2, options.block};
}

void require(bool holds, const char* name, long value, const char* wanted) {
    if (!holds) throw asp::InputError(fmt::format("{} = {}: expected {}", name, value, wanted));
}

/// The options, once they make sense and the device can do them.
template <class Scalar, class Column>
DeviceOptions checked(DeviceOptions o, const CsrView<Scalar, Column>& m) {
    const std::int64_t rows = m.rows(), columns = m.columns;
    const bool has_tiles = o.method == DeviceMethod::tiles;
    if (rows != columns)
        throw asp::InputError(
            fmt::format("the matrix is {} x {}: expected a square one", rows, columns));
    require(rows < (std::int64_t{1} << 31), "rows", rows, "less than 2^31");
    require(o.k >= 1, "k", o.k, "at least 1");
    require(o.block >= 1 && o.block <= (has_tiles ? 1 : 6), "block", o.block,
            has_tiles ? "1 for tiles" : "1 to 6");
    require(o.tile_rows >= 1, "tile_rows", o.tile_rows, "at least 1");
    require(o.depth >= 1, "depth", o.depth, "at least 1");
    o.depth = std::min(o.depth, o.k);
    if (o.method == DeviceMethod::cooperative && !device_info().launches_cooperatively)
        throw asp::BackendError(device_info().name + " has no cooperative launches");
    if (o.method == DeviceMethod::cusparse) {
        if (!std::is_same_v<Scalar, double>)
            throw asp::InputError("products of cuSPARSE: expected a real matrix in fp64");
        require(m.row_start.back() < (std::int64_t{1} << 31), "nonzeros", m.row_start.back(),
                "less than 2^31 for cuSPARSE");
    }
    return o;
}

/// A packed matrix on the device, and the kernel there is for it.
template <class Scalar>
struct DeviceKernel {
    using Real = typename RealOf<Scalar>::type;
    static constexpr int width = RealOf<Scalar>::width;
    using Rows = SlicedRows<Real, width>;  // blocks look the same to whoever passes them on
    using OfTiles = Tiles<Real, width>;

    DeviceOptions options;
    std::int64_t rows;
    Uploads uploads;
    std::variant<Rows, OfTiles> matrix;
    std::size_t bytes;
    Function function;
    LaunchShape shape;
    Buffer scalars, terms, counter;

    template <class Column>
    DeviceKernel(const Stream& stream, const CsrView<Scalar, Column>& m, const DeviceOptions& o)
        : options(o),
          rows(m.rows()),
          function(compiled_kernel(specification_of<Scalar>(options))),
          scalars(5 * static_cast<std::size_t>(options.k) * sizeof(double)),
          terms(static_cast<std::size_t>(options.k) * sizeof(int)),
          counter(sizeof(unsigned)) {
        const auto place = [&](const auto& values) { return uploads(stream, values); };
        if (options.method == DeviceMethod::tiles) {
            const TileRows tiles = options.tile_shape == TileShape::compact
                                       ? compact_tiles(m, options.tile_rows)
                                       : bands_of(rows, options.tile_rows);
            const auto packed = pack_tiles(m, tiles, options.depth);
            shape = shape_of_tiles(function, packed, options);
            matrix = tiles_view(packed, options.is_resident, place);
            bytes = packed.bytes();
        } else {
            const auto packed = pack_slices(m, options.block, options.sort_window);
            shape =
                shape_of(function, packed.places(), options.method == DeviceMethod::cooperative);
            matrix = rows_view(packed, place);
            bytes = packed.bytes();
        }
    }

    void load(const Stream& stream, const Recurrence& recurrence) const {
        const Steps steps = steps_of(recurrence);
        stream.copy_in(scalars.address(), steps.scalars.data(),
                       steps.scalars.size() * sizeof(double));
        stream.copy_in(terms.address(), steps.terms.data(), steps.terms.size() * sizeof(int));
    }

    /// Starts what makes all levels of the basis on the device.
    void start(const Stream& stream, CUdeviceptr basis) const {
        const int all = options.method == DeviceMethod::cooperative ? options.k
                        : options.method == DeviceMethod::tiles     ? options.depth
                                                                    : 1;
        for (int first = 0; first < options.k; first += all)
            start(stream, basis, first, std::min(options.k, first + all));
    }

private:
    void start(const Stream& stream, CUdeviceptr basis, int first, int last) const {
        Levels levels{scalars.as<const double>(), terms.as<const int>(), first, last, rows * width};
        CUdeviceptr count = counter.address();
        void* const own = std::visit(
            [](const auto& m) { return const_cast<void*>(static_cast<const void*>(&m)); }, matrix);
        void* arguments[] = {own, &levels, &basis, &count};
        if (options.method == DeviceMethod::cooperative) {
            stream.clear(count, sizeof(unsigned));
            function.launch_cooperatively(stream, shape, arguments);
        } else {
            function.launch(stream, shape, arguments);
        }
    }
};

}  // namespace

double copy_bandwidth(std::size_t bytes) {
    const Stream stream;
    const Buffer from(bytes), to(bytes);
    const auto copy = [&] { stream.copy(to.address(), from.address(), bytes); };
    copy();
    constexpr int repetitions = 20;
    const double seconds = asp::cuda::device_seconds(stream, [&] {
        for (int i = 0; i < repetitions; ++i) copy();
    });
    return 2.0 * static_cast<double>(bytes) * repetitions / seconds;
}

template <class Scalar>
struct DeviceAkx<Scalar>::State {
    DeviceOptions options;
    std::int64_t rows;
    std::size_t csr_bytes;
    Stream stream;
    Buffer basis;
    std::variant<DeviceKernel<Scalar>, CusparseProducts> way;

    template <class Column>
    State(const CsrView<Scalar, Column>& m, const DeviceOptions& wanted)
        : options(checked(wanted, m)),
          rows(m.rows()),
          csr_bytes(m.bytes()),
          basis((static_cast<std::size_t>(options.k) + 1) * static_cast<std::size_t>(rows) *
                sizeof(Scalar)),
          way(make_way(m)) {}

    const DeviceKernel<Scalar>* kernel() const { return std::get_if<0>(&way); }

    void load(const Recurrence& recurrence) const {
        if (recurrence.k() != static_cast<std::size_t>(options.k))
            throw asp::InputError(
                fmt::format("the recurrence has k = {}: expected {}", recurrence.k(), options.k));
        if (kernel())
            kernel()->load(stream, recurrence);
        else if (!recurrence.is_monomial())
            throw asp::InputError("products of cuSPARSE: expected the monomial basis");
    }
    void start() const {
        if (kernel())
            kernel()->start(stream, basis.address());
        else
            std::get<CusparseProducts>(way).start();
    }

private:
    template <class Column>
    auto make_way(const CsrView<Scalar, Column>& m) const -> decltype(way) {
        if constexpr (std::is_same_v<Scalar, double>)
            if (options.method == DeviceMethod::cusparse) {
                const std::vector<std::int32_t> column(m.column.begin(), m.column.end());
                return CusparseProducts(stream, {m.columns, m.row_start, column, m.value},
                                        options.k, basis.address());
            }
        return DeviceKernel<Scalar>(stream, m, options);
    }
};

template <class Scalar>
template <class Column>
DeviceAkx<Scalar>::DeviceAkx(const CsrView<Scalar, Column>& matrix, const DeviceOptions& options)
    : state_(std::make_unique<State>(matrix, options)) {}
template <class Scalar>
DeviceAkx<Scalar>::DeviceAkx(DeviceAkx&&) noexcept = default;
template <class Scalar>
DeviceAkx<Scalar>::~DeviceAkx() = default;

template <class Scalar>
void DeviceAkx<Scalar>::powers(asp::View<Scalar, 3> basis, const Recurrence& recurrence) const {
    const auto n = static_cast<std::size_t>(state_->rows);
    const auto levels = static_cast<std::size_t>(state_->options.k) + 1;
    if (basis.extent(0) != levels || basis.extent(2) != n)
        throw asp::InputError(fmt::format("the basis is {} x {} x {}: expected {} levels of {}",
                                          basis.extent(0), basis.extent(1), basis.extent(2), levels,
                                          n));
    state_->load(recurrence);
    const Stream& stream = state_->stream;
    const std::size_t bytes = n * sizeof(Scalar);
    const CUdeviceptr at = state_->basis.address();
    for (std::size_t v = 0; v < basis.extent(1); ++v) {
        stream.copy_in(at, &basis(0, v, 0), bytes);
        state_->start();
        stream.synchronize();
        for (std::size_t p = 1; p < levels; ++p)
            stream.copy_out(&basis(p, v, 0), at + p * bytes, bytes);
    }
}

template <class Scalar>
double DeviceAkx<Scalar>::seconds(const Recurrence& recurrence, int repetitions) const {
    state_->load(recurrence);
    state_->start();
    const auto run = [&] {
        for (int i = 0; i < repetitions; ++i) state_->start();
    };
    return asp::cuda::device_seconds(state_->stream, run) / repetitions;
}

template <class Scalar>
std::size_t DeviceAkx<Scalar>::matrix_bytes() const {
    return state_->kernel() ? state_->kernel()->bytes : state_->csr_bytes;
}

template <class Scalar>
std::string DeviceAkx<Scalar>::describe() const {
    std::string text = state_->options.describe();
    if (const auto* kernel = state_->kernel())
        text += fmt::format(", {} x {} threads", kernel->shape.blocks, kernel->shape.threads);
    return text;
}

#define KRYLOV_INSTANTIATE(Scalar)                                                       \
    template class DeviceAkx<Scalar>;                                                    \
    template DeviceAkx<Scalar>::DeviceAkx(const CsrView<Scalar>&, const DeviceOptions&); \
    template DeviceAkx<Scalar>::DeviceAkx(const CsrView<Scalar, std::int64_t>&,          \
                                          const DeviceOptions&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::cuda
