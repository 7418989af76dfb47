#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <optional>

#include "krylov/detail/generators.hpp"

namespace krylov::detail {
namespace {

using Extents = std::array<std::int64_t, 3>;

struct Neighbour {
    std::array<int, 3> step;
    std::int64_t distance;  ///< in the numbering of points
    double weight;          ///< of diffusion
    double inflow;          ///< of convection
};

struct Stencil {
    Extents extent;
    std::size_t axes;
    double convection;
    std::vector<Neighbour> before, after;  ///< the diagonal, in the numbering's order
};

std::size_t axes_of(const std::string& kind) {
    return kind == "3pt" ? 1 : kind == "5pt" || kind == "9pt" ? 2 : 3;
}

Extents extents_of(const Description& description) {
    const std::size_t axes = axes_of(description.kind), given = description.size.size();
    if (given != 1 && given != axes)
        description.refuse(fmt::format("{} extents: expected 1{} for {}", given,
                                       axes == 1 ? "" : fmt::format(" or {}", axes),
                                       description.kind));
    Extents extent{1, 1, 1};
    for (std::size_t a = 0; a < axes; ++a) extent[a] = description.size[given == 1 ? 0 : a];
    return extent;
}

Stencil stencil_of(const Description& description) {
    Stencil stencil{extents_of(description),
                    axes_of(description.kind),
                    description.number("convection", 0.0, 0.0, 1e6),
                    {},
                    {}};
    const double anisotropy = description.number("anisotropy", 1.0, 1e-6, 1e6);
    const bool has_corners = description.kind == "9pt" || description.kind == "27pt";
    const auto reach = [&](std::size_t axis) { return axis < stencil.axes ? 1 : 0; };
    const Extents& n = stencil.extent;
    for (int z = -reach(2); z <= reach(2); ++z)
        for (int y = -reach(1); y <= reach(1); ++y)
            for (int x = -1; x <= 1; ++x) {
                const std::array<int, 3> step{x, y, z};
                const int moves = std::abs(x) + std::abs(y) + std::abs(z);
                if (moves == 0 || (moves > 1 && !has_corners)) continue;
                const bool is_upstream = moves == 1 && x + y + z < 0;
                const Neighbour neighbour{step, x + n[0] * (y + n[1] * z),
                                          step[stencil.axes - 1] != 0 ? anisotropy : 1.0,
                                          is_upstream ? stencil.convection : 0.0};
                // By steps, not by distance: thin grids number several neighbours alike.
                const bool is_before = z < 0 || (z == 0 && (y < 0 || (y == 0 && x < 0)));
                (is_before ? stencil.before : stencil.after).push_back(neighbour);
            }
    return stencil;
}

/// A smooth positive field on the points: exp of a few waves of random length and phase.
std::vector<double> random_field(const Extents& n, std::uint64_t seed) {
    constexpr std::size_t waves = 4;
    Random random(seed);
    std::array<std::vector<std::array<double, waves>>, 3> table;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        table[axis].resize(static_cast<std::size_t>(n[axis]));
        for (std::size_t w = 0; w < waves; ++w) {
            const double turns = random.between(1.0, 6.0), phase = random.uniform();
            for (std::size_t i = 0; i < table[axis].size(); ++i) {
                const double place = static_cast<double>(i) / static_cast<double>(n[axis]);
                table[axis][i][w] = std::cos(2.0 * std::numbers::pi * (turns * place + phase));
            }
        }
    }
    std::vector<double> field;
    field.reserve(static_cast<std::size_t>(n[0] * n[1] * n[2]));
    for (const auto& c : table[2])
        for (const auto& b : table[1])
            for (const auto& a : table[0]) {
                double sum = 0.0;
                for (std::size_t w = 0; w < waves; ++w) sum += a[w] * b[w] * c[w];
                field.push_back(std::exp(0.5 * sum));
            }
    return field;
}

/// Coefficients of one row. Points outside are zero: their weight stays in the diagonal.
class RowValues {
public:
    RowValues(const Stencil& stencil, std::optional<std::vector<double>> field)
        : field_(std::move(field)), stencil_(stencil) {
        constant_diagonal_ = diagonal_at(0, [](const Neighbour&) { return false; });
    }

    double beside(std::int64_t point, const Neighbour& to) const {
        return -to.weight * between(point, point + to.distance) - to.inflow;
    }
    /// `is_inside(neighbour)` tells which neighbours are there.
    template <class IsInside>
    double diagonal(std::int64_t point, IsInside&& is_inside) const {
        return field_ ? diagonal_at(point, is_inside) : constant_diagonal_;
    }

private:
    double between(std::int64_t i, std::int64_t j) const {
        if (!field_) return 1.0;
        return 0.5 *
               ((*field_)[static_cast<std::size_t>(i)] + (*field_)[static_cast<std::size_t>(j)]);
    }
    template <class IsInside>
    double diagonal_at(std::int64_t point, IsInside&& is_inside) const {
        double sum = 0.0;
        for (const auto* side : {&stencil_.before, &stencil_.after})
            for (const Neighbour& to : *side)
                sum += to.weight * between(point, is_inside(to) ? point + to.distance : point) +
                       to.inflow;
        return sum;
    }

    std::optional<std::vector<double>> field_;
    const Stencil& stencil_;
    double constant_diagonal_ = 0.0;
};

double count_nonzeros(const Stencil& stencil) {
    const Extents& n = stencil.extent;
    double count =
        static_cast<double>(n[0]) * static_cast<double>(n[1]) * static_cast<double>(n[2]);
    for (const auto* side : {&stencil.before, &stencil.after})
        for (const Neighbour& to : *side) {
            double pairs = 1.0;
            for (std::size_t a = 0; a < 3; ++a)
                pairs *= static_cast<double>(n[a] - std::abs(to.step[a]));
            count += pairs;
        }
    return count;
}

void fill(const Stencil& stencil, const RowValues& values, Csr<double>& matrix) {
    const Extents& n = stencil.extent;
    std::int64_t kept = 0, point = 0;
    const auto put = [&](std::int64_t column, double value) {
        matrix.column[static_cast<std::size_t>(kept)] = static_cast<std::int32_t>(column);
        matrix.value[static_cast<std::size_t>(kept++)] = value;
    };
    for (std::int64_t z = 0; z < n[2]; ++z)
        for (std::int64_t y = 0; y < n[1]; ++y)
            for (std::int64_t x = 0; x < n[0]; ++x, ++point) {
                const auto is_inside = [&](const Neighbour& to) {
                    const std::int64_t i = x + to.step[0], j = y + to.step[1], k = z + to.step[2];
                    return i >= 0 && i < n[0] && j >= 0 && j < n[1] && k >= 0 && k < n[2];
                };
                for (const Neighbour& to : stencil.before)
                    if (is_inside(to)) put(point + to.distance, values.beside(point, to));
                put(point, values.diagonal(point, is_inside));
                for (const Neighbour& to : stencil.after)
                    if (is_inside(to)) put(point + to.distance, values.beside(point, to));
                matrix.row_start[static_cast<std::size_t>(point) + 1] = kept;
            }
}

}  // namespace

Csr<double> make_stencil(const Description& description) {
    const Stencil stencil = stencil_of(description);
    const Extents& n = stencil.extent;
    const bool is_variable = description.choice("coefficients", {"constant", "variable"}) == 1;
    const std::uint64_t seed = description.seed();
    const double nonzeros = count_nonzeros(stencil);
    require_room(description,
                 static_cast<double>(n[0]) * static_cast<double>(n[1]) * static_cast<double>(n[2]),
                 nonzeros);
    Csr<double> matrix;
    matrix.columns = n[0] * n[1] * n[2];
    matrix.row_start.resize(static_cast<std::size_t>(matrix.columns) + 1);
    matrix.column.resize(static_cast<std::size_t>(nonzeros));
    matrix.value.resize(static_cast<std::size_t>(nonzeros));
    std::optional<std::vector<double>> field;
    if (is_variable) field = random_field(n, seed);
    fill(stencil, RowValues(stencil, std::move(field)), matrix);
    scale_alike(matrix);
    return matrix;
}

}  // namespace krylov::detail
