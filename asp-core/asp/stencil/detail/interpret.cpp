#include "asp/stencil/detail/interpret.hpp"

#include <algorithm>

#include "asp/ir/grid_interpreter.hpp"
#include "asp/stencil/detail/layout.hpp"
#include "asp/stencil/encode.hpp"

namespace asp::stencil::detail {
namespace {

/// What an interpreted call needs of the function.
struct Interpreted {
    explicit Interpreted(const Problem& problem)
        : f(decode(problem)), layout(layout_of(f)), program(f) {
        for (const ir::Field& field : f.fields)
            if (field.role != ir::Field::Role::temporary) ++parameters;
    }
    ir::GridFunction f;
    Layout layout;
    ir::GridProgram program;
    std::size_t parameters = 0;
};

/// One call on a range: by the program, which works in the memory of the results.
class Call {
public:
    Call(const Interpreted& what, const Arguments& arguments)
        : what_(what), f_(what.f), a_(arguments) {
        for (std::size_t d = 0; d < f_.dimensions; ++d)
            call_.shape[d] = a_.sizes[size_shape + static_cast<long>(axis_of(f_.dimensions, d))];
        for (std::size_t i = 0; i < what.parameters; ++i) {
            const auto source = static_cast<std::size_t>(sizes_of(i)[4]);
            if (source != i) feeds_.push_back({source, i});
        }
        for (std::size_t i = 0; i < what.parameters; ++i) add_field(i);
        call_.fields = fields_;
        call_.strides = strides_;
        call_.scalars = {a_.scalars, f_.scalars.size()};
        call_.steps = a_.sizes[size_steps];
        call_.feeds = feeds_;
    }

    void run(long lo, long hi) {
        long begin = lo, end = hi, block = 1;
        if (f_.dimensions == 1) {
            block = a_.sizes[size_block];
            begin = lo * block;
            end = std::min(hi * block, call_.shape[0]);
        }
        // Index by index where the program's blocks are not ours.
        const bool is_whole = f_.dimensions > 1 || block == ir::GridProgram::cells_per_block;
        const long stride = is_whole || what_.layout.sums == 0 ? std::max(1L, end - begin) : block;
        for (long x = begin; x < end; x += stride) {
            const long until = std::min(x + stride, end);
            keep_sums(what_.program.run(call_, x, until), f_.dimensions == 1 ? x / block : x);
            for (std::size_t i = 0; i < what_.parameters; ++i)
                if (!copies_[i].empty()) copy_result(i, x, until);
        }
    }

private:
    const long* sizes_of(std::size_t field) const {
        return a_.sizes + size_fields + static_cast<long>(field) * sizes_per_field;
    }
    std::array<long, 3> strides_of(const long* size) const {
        if (f_.dimensions == 1) return {1, 0, 0};
        if (f_.dimensions == 2) return {size[0], 1, 0};
        return {size[0], size[1], 1};
    }

    void add_field(std::size_t i) {
        auto* const before = static_cast<double*>(a_.arrays[i]);
        auto* const after = static_cast<double*>(a_.arrays[f_.fields.size() + i]);
        const long* const size = sizes_of(i);
        copies_.emplace_back();
        fields_.push_back(before);
        strides_.push_back(strides_of(size));
        if (f_.fields[i].role != ir::Field::Role::written) return;
        if (before == after) return;
        const auto* const fed = feed_of(i);
        if (fed != nullptr && before == a_.arrays[fed->read]) {
            fields_.back() = after;  // begins as what it feeds in any case
            strides_.back() = strides_of(size + 2);
            return;
        }
        copy_before(i);
    }
    const ir::Feed* feed_of(std::size_t written) const {
        for (const ir::Feed& feed : feeds_)
            if (feed.written == written) return &feed;
        return nullptr;
    }

    /// The program writes where it reads: on a copy, where results go elsewhere.
    void copy_before(std::size_t i) {
        const long* const n = a_.sizes + size_shape;
        const long* const size = sizes_of(i);
        std::vector<double>& copy = copies_[i];
        copy.resize(static_cast<std::size_t>(n[0] * n[1] * n[2]));
        const auto* const from = static_cast<const double*>(a_.arrays[i]);
        for (long z = 0; z < n[0]; ++z)
            for (long y = 0; y < n[1]; ++y)
                std::copy_n(from + z * size[0] + y * size[1], n[2],
                            copy.data() + (z * n[1] + y) * n[2]);
        fields_.back() = copy.data();
        const long dense[]{n[1] * n[2], n[2]};
        strides_.back() = strides_of(dense);
    }

    void copy_result(std::size_t i, long lo, long hi) const {
        const long* const n = a_.sizes + size_shape;
        const long* const size = sizes_of(i);
        auto* const to = static_cast<double*>(a_.arrays[f_.fields.size() + i]);
        const double* const from = copies_[i].data();
        if (f_.dimensions == 1) {
            std::copy(from + lo, from + hi, to + lo);
            return;
        }
        for (long z = lo; z < hi; ++z)
            for (long y = 0; y < n[1]; ++y)
                std::copy_n(from + (z * n[1] + y) * n[2], n[2], to + z * size[2] + y * size[3]);
    }

    /// Of what is returned; other reductions nobody asks for.
    void keep_sums(const std::vector<double>& partial, long first) const {
        if (f_.returned.empty()) return;
        auto* const to = static_cast<double*>(a_.arrays[2 * f_.fields.size()]);
        for (std::size_t k = 0; k < partial.size(); ++k) {
            const auto [l, r] = f_.returned[k % f_.returned.size()];
            const long sum = what_.layout.loops[l].first_sum + static_cast<long>(r);
            const long index = first + static_cast<long>(k / f_.returned.size());
            to[sum * a_.sizes[size_extent] + index] = partial[k];
        }
    }

    const Interpreted& what_;
    const ir::GridFunction& f_;
    const Arguments& a_;
    ir::GridCall call_;
    std::vector<ir::Feed> feeds_;
    std::vector<double*> fields_;
    std::vector<std::array<long, 3>> strides_;
    std::vector<std::vector<double>> copies_;  ///< [fields] empty where none is needed
};

}  // namespace

Interpreter interpreter_of(const Problem& problem) {
    // Kept by a pointer: the interpreter is copied.
    const auto what = std::make_shared<const Interpreted>(detached(problem));
    return [what](const Arguments& arguments, long lo, long hi) {
        if (lo < hi) Call(*what, arguments).run(lo, hi);
        return 0;
    };
}

}  // namespace asp::stencil::detail
