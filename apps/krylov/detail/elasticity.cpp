#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "krylov/detail/generators.hpp"
#include "krylov/detail/node_order.hpp"

namespace krylov::detail {
namespace {

using Vector = std::array<double, 3>;
using Place = std::array<std::int64_t, 3>;

Vector minus(const Vector& a, const Vector& b) {
    return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
Vector cross(const Vector& a, const Vector& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double dot(const Vector& a, const Vector& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// Nodes of a box of unit cells, clamped below: the layer z = 0 has no unknowns.
struct Box {
    Place nodes;                 ///< free ones along each axis; below lies one clamped layer more
    std::vector<Vector> points;  ///< clamped layer first

    std::int64_t point(const Place& p) const { return p[0] + nodes[0] * (p[1] + nodes[1] * p[2]); }
    std::int64_t layer() const { return nodes[0] * nodes[1]; }
};

Box jittered_box(const Place& nodes, Random& random) {
    // An edge of a tetrahedron changes by at most twice this along each axis, and three of them in
    // a path along the axes keep a diagonally dominant matrix (1 - 0.3 > 0.3 + 0.3): none inverts.
    constexpr double jitter = 0.15;
    Box box{nodes, {}};
    box.points.reserve(static_cast<std::size_t>(box.layer() * (nodes[2] + 1)));
    const auto moved = [&](std::int64_t i) {
        return static_cast<double>(i) + random.between(-jitter, jitter);
    };
    for (std::int64_t z = 0; z <= nodes[2]; ++z)
        for (std::int64_t y = 0; y < nodes[1]; ++y)
            for (std::int64_t x = 0; x < nodes[0]; ++x) {
                const double px = moved(x), py = moved(y), pz = moved(z);
                box.points.push_back({px, py, pz});
            }
    return box;
}

/// The number of a step of -1, 0 or 1 along each axis: steps to later nodes have greater ones.
int code_of(const Place& step) {
    return static_cast<int>(13 + step[0] + 3 * step[1] + 9 * step[2]);
}

/// Where the dense blocks of each node's neighbours stand in CSR. Cells are cut into six tetrahedra
/// around the diagonal (1, 1, 1), so neighbours are one step of one sign away: up to 14.
class NodeBlocks {
public:
    explicit NodeBlocks(const Box& box) {
        const Place& n = box.nodes;
        std::int64_t blocks = 0;
        for (std::int64_t z = 0; z < n[2]; ++z)
            for (std::int64_t y = 0; y < n[1]; ++y)
                for (std::int64_t x = 0; x < n[0]; ++x) {
                    present_.push_back(present_at(n, {x, y, z}));
                    first_.push_back(blocks);
                    blocks += std::popcount(present_.back());
                }
        first_.push_back(blocks);
    }
    std::int64_t nonzeros() const { return 9 * first_.back(); }
    std::int64_t row_length(std::int64_t node) const {
        return std::int64_t{3} * std::popcount(present_[static_cast<std::size_t>(node)]);
    }
    /// Place of the first value of `row` (0 to 2) of the node's block that lies a step away.
    std::int64_t place(std::int64_t node, int row, int step_code) const {
        const std::uint32_t present = present_[static_cast<std::size_t>(node)];
        const std::int64_t before = std::popcount(present & ((std::uint32_t{1} << step_code) - 1));
        return 9 * first_[static_cast<std::size_t>(node)] + row * row_length(node) + 3 * before;
    }

private:
    static std::uint32_t present_at(const Place& n, const Place& at) {
        std::uint32_t present = 0;
        for (const std::int64_t sign : {-1, 1})
            for (std::int64_t corner = 0; corner < 8; ++corner) {
                const Place step{sign * (corner & 1), sign * (corner >> 1 & 1),
                                 sign * (corner >> 2)};
                bool is_inside = true;
                for (std::size_t a = 0; a < 3; ++a)
                    is_inside = is_inside && at[a] + step[a] >= 0 && at[a] + step[a] < n[a];
                if (is_inside) present |= std::uint32_t{1} << code_of(step);
            }
        return present;
    }

    std::vector<std::uint32_t> present_;
    std::vector<std::int64_t> first_;
};

Csr<double> empty_matrix(const Box& box, const NodeBlocks& blocks) {
    Csr<double> matrix;
    const std::int64_t nodes = box.layer() * box.nodes[2];
    matrix.columns = 3 * nodes;
    matrix.column.resize(static_cast<std::size_t>(blocks.nonzeros()));
    matrix.value.resize(static_cast<std::size_t>(blocks.nonzeros()));
    std::size_t kept = 0;
    std::vector<std::int64_t> beside;
    for (std::int64_t node = 0; node < nodes; ++node) {
        beside.clear();
        for (std::int64_t z = -1; z <= 1; ++z)
            for (std::int64_t y = -1; y <= 1; ++y)
                for (std::int64_t x = -1; x <= 1; ++x) {
                    const int code = code_of({x, y, z});
                    // A block that is there begins before the one of the next number.
                    if (blocks.place(node, 0, code) < blocks.place(node, 0, code + 1))
                        beside.push_back(node + box.point({x, y, z}));
                }
        for (int row = 0; row < 3; ++row) {
            for (const std::int64_t other : beside)
                for (std::int64_t c = 0; c < 3; ++c)
                    matrix.column[kept++] = static_cast<std::int32_t>(3 * other + c);
            matrix.row_start.push_back(static_cast<std::int64_t>(kept));
        }
    }
    return matrix;
}

struct Tetrahedron {
    std::array<Place, 4> corner;
    std::array<Vector, 4> gradient;  ///< of the linear shape functions
    double volume;
};

Tetrahedron tetrahedron(const Box& box, const std::array<Place, 4>& corner) {
    std::array<Vector, 4> p;
    for (std::size_t a = 0; a < 4; ++a)
        p[a] = box.points[static_cast<std::size_t>(box.point(corner[a]))];
    const Vector u = minus(p[1], p[0]), v = minus(p[2], p[0]), w = minus(p[3], p[0]);
    const double six_volumes = dot(u, cross(v, w));
    Tetrahedron result{corner, {}, std::abs(six_volumes) / 6.0};
    const std::array<Vector, 3> normal{cross(v, w), cross(w, u), cross(u, v)};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t a = 0; a < 3; ++a) result.gradient[a + 1][i] = normal[a][i] / six_volumes;
        result.gradient[0][i] =
            -(result.gradient[1][i] + result.gradient[2][i] + result.gradient[3][i]);
    }
    return result;
}

/// Adds integral of lambda div u div v + 2 mu eps(u) : eps(v), with E = 1 and nu = 0.3.
void add_stiffness(const Tetrahedron& t, const Box& box, const NodeBlocks& blocks,
                   std::vector<double>& value) {
    constexpr double lambda = 0.3 / (1.3 * 0.4), mu = 1.0 / 2.6;
    for (std::size_t a = 0; a < 4; ++a) {
        if (t.corner[a][2] == 0) continue;  // clamped
        const std::int64_t node = box.point(t.corner[a]) - box.layer();
        for (std::size_t b = 0; b < 4; ++b) {
            if (t.corner[b][2] == 0) continue;
            Place step;
            for (std::size_t i = 0; i < 3; ++i) step[i] = t.corner[b][i] - t.corner[a][i];
            const Vector &g = t.gradient[a], &h = t.gradient[b];
            const double shear = mu * dot(g, h);
            for (std::size_t i = 0; i < 3; ++i) {
                const auto place = static_cast<std::size_t>(
                    blocks.place(node, static_cast<int>(i), code_of(step)));
                for (std::size_t j = 0; j < 3; ++j)
                    value[place + j] += t.volume * (lambda * (g[i] * h[j]) + mu * (g[j] * h[i]) +
                                                    (i == j ? shear : 0.0));
            }
        }
    }
}

/// The six tetrahedra of a cell: one for each order in which the axes lead to the far corner.
void add_cell(const Box& box, const Place& cell, const NodeBlocks& blocks,
              std::vector<double>& value) {
    std::array<std::size_t, 3> axes{0, 1, 2};
    do {
        std::array<Place, 4> corner;
        corner[0] = cell;
        for (std::size_t a = 0; a < 3; ++a) {
            corner[a + 1] = corner[a];
            ++corner[a + 1][axes[a]];
        }
        add_stiffness(tetrahedron(box, corner), box, blocks, value);
    } while (std::ranges::next_permutation(axes).found);
}

}  // namespace

Csr<double> make_elasticity(const Description& description) {
    const auto& size = description.size;
    if (size.size() == 2) description.refuse("2 extents: expected 1 or 3 for fem");
    Place nodes{size[0], size[0], size[0]};
    if (size.size() == 3) std::ranges::copy(size, nodes.begin());
    if (std::ranges::min(nodes) < 2) description.refuse("expected 2 nodes or more along each axis");
    const NodeOrder order = node_order_asked(description, NodeOrder::natural);
    const double count = static_cast<double>(nodes[0]) * static_cast<double>(nodes[1]) *
                         static_cast<double>(nodes[2]);
    require_room(description, 3.0 * count, 135.0 * count);
    Random random(description.seed());
    const Box box = jittered_box(nodes, random);
    const NodeBlocks blocks(box);
    Csr<double> matrix = empty_matrix(box, blocks);
    for (std::int64_t z = 0; z < nodes[2]; ++z)
        for (std::int64_t y = 0; y + 1 < nodes[1]; ++y)
            for (std::int64_t x = 0; x + 1 < nodes[0]; ++x)
                add_cell(box, {x, y, z}, blocks, matrix.value);
    matrix = renumbered(std::move(matrix), order, 3, random);
    scale_alike(matrix);
    return matrix;
}

}  // namespace krylov::detail
