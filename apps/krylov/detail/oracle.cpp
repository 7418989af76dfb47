#include "krylov/detail/oracle.hpp"

#include "krylov/detail/multiply_add.hpp"
#include "krylov/kernels/slices.hpp"

namespace krylov::detail {
namespace {

/// The vectors of a call, and what becomes of a row's product.
template <class Scalar>
class Ending {
public:
    Ending(const KernelConfig& config, const asp::Arguments& arguments)
        : config_(config), s_(arguments.scalars), stride_(arguments.sizes[1]) {
        void* const* const given = arguments.arrays + matrix_arrays;
        x_ = static_cast<const Scalar*>(given[Operands::x]);
        previous_ = static_cast<const Scalar*>(given[Operands::previous]);
        y_ = static_cast<Scalar*>(given[Operands::y]);
        sum_ = static_cast<Scalar*>(given[Operands::sum]);
    }

    Scalar x(int vector, long column) const { return x_[vector * stride_ + column]; }

    void finish(int vector, long row, Scalar product) const {
        const long at = vector * stride_ + row;
        const auto s = [&](int i) { return static_cast<Real<Scalar>>(s_[i]); };
        Scalar value = product;
        if (config_.terms >= two_terms) value = multiply_add(s(1), x_[at], s(0) * product);
        if (config_.terms == three_terms) value = multiply_add(s(2), previous_[at], value);
        if (config_.adds_up)
            sum_[at] = multiply_add(s(3), value, s(4) != 0 ? s(4) * x_[at] : sum_[at]);
        y_[at] = value;
    }

private:
    const KernelConfig& config_;
    const double* s_;
    long stride_;
    const Scalar *x_, *previous_;
    Scalar *y_, *sum_;
};

template <class Scalar, class Column>
int walk_rows(const KernelConfig& config, const asp::Arguments& arguments, long lo, long hi) {
    const Ending<Scalar> ending(config, arguments);
    const auto* const start = static_cast<const long*>(arguments.arrays[0]);
    const auto* const column = static_cast<const Column*>(arguments.arrays[1]);
    const auto* const value = static_cast<const Scalar*>(arguments.arrays[2]);
    for (int v = 0; v < config.vectors; ++v)
        for (long i = lo; i < hi; ++i) {
            Scalar product{};
            for (long e = start[i]; e < start[i + 1]; ++e)
                product =
                    multiply_add(value[e], ending.x(v, static_cast<long>(column[e])), product);
            ending.finish(v, i, product);
        }
    return 0;
}

/// What stands for number `number` of lane `lane`: a code, or a number in single precision.
double meaning(ValueForm form, const void* values, const double* table, long place) {
    if (form == ValueForm::coded) return table[static_cast<const std::uint8_t*>(values)[place]];
    return static_cast<double>(static_cast<const float*>(values)[place]);
}

/// Number `number` of lane `lane`, where `lanes` lie side by side.
template <class Scalar>
Scalar value_at(const Scalar* values, long number, long lane, long lanes) {
    return values[number * lanes + lane];
}
template <class R>
std::complex<R> value_at(const std::complex<R>* values, long number, long lane, long lanes) {
    const auto* const parts = reinterpret_cast<const R*>(values) + number * lanes * 2;
    return {parts[lane], parts[lanes + lane]};
}

template <class Scalar, class Index>
int walk_slices(const KernelConfig& config, const asp::Arguments& arguments, long lo, long hi) {
    const Ending<Scalar> ending(config, arguments);
    const auto* const heads = static_cast<const SliceHead*>(arguments.arrays[0]);
    const auto* const indices = static_cast<const Index*>(arguments.arrays[1]);
    const auto* const values = static_cast<const Scalar*>(arguments.arrays[2]);
    const long lanes = config.shape.lanes, block = config.shape.rows * config.shape.columns;
    for (long i = lo; i < hi; ++i) {
        const SliceHead& head = heads[i];
        const long first = head.first, count = static_cast<long>(heads[i + 1].first) - first;
        const bool is_run = static_cast<long>(heads[i + 1].first_index - head.first_index) == count;
        for (int v = 0; v < config.vectors; ++v)
            for (long j = 0; j < lanes * config.shape.rows; ++j) {
                const long row = head.row + j, lane = j / config.shape.rows;
                if (row >= arguments.sizes[0]) break;
                Scalar product{};
                for (long e = 0; e < count; ++e)
                    for (long c = 0; c < config.shape.columns; ++c) {
                        const long index = is_run ? indices[head.first_index + e]
                                                  : indices[head.first_index + e * lanes + lane];
                        const long column =
                            head.base + index + c + (is_run ? lane * config.shape.columns : 0);
                        const long number =
                            (first + e) * block + c * config.shape.rows + j % config.shape.rows;
                        Scalar value;
                        if (config.values == ValueForm::full)
                            value = value_at(values, number, lane, lanes);
                        else
                            value = static_cast<Real<Scalar>>(
                                meaning(config.values, values,
                                        static_cast<const double*>(arguments.arrays[3]),
                                        number * lanes + lane));
                        product = multiply_add(value, ending.x(v, column), product);
                    }
                ending.finish(v, row, product);
            }
    }
    return 0;
}

template <class Scalar>
int walk(const KernelConfig& config, const asp::Arguments& arguments, long lo, long hi) {
    if (!config.is_sliced)
        return config.index_bytes == 8 ? walk_rows<Scalar, std::int64_t>(config, arguments, lo, hi)
                                       : walk_rows<Scalar, std::int32_t>(config, arguments, lo, hi);
    return config.index_bytes == 2 ? walk_slices<Scalar, std::uint16_t>(config, arguments, lo, hi)
                                   : walk_slices<Scalar, std::int32_t>(config, arguments, lo, hi);
}

}  // namespace

asp::Interpreter oracle(const KernelConfig& config) {
    return [config](const asp::Arguments& arguments, long lo, long hi) {
        switch (config.scalar) {
            case ScalarKind::real64:
                return walk<double>(config, arguments, lo, hi);
            case ScalarKind::real32:
                return walk<float>(config, arguments, lo, hi);
            case ScalarKind::complex64:
                return walk<std::complex<double>>(config, arguments, lo, hi);
            case ScalarKind::complex32:
                break;
        }
        return walk<std::complex<float>>(config, arguments, lo, hi);
    };
}

}  // namespace krylov::detail
