#include "asp/stencil/stencil.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"
#include "asp/stencil/detail/passes.hpp"
#include "asp/stencil/encode.hpp"
#include "asp/stencil/specializer.hpp"

namespace asp::stencil {
namespace {

using detail::FieldPlace;
using detail::Function;
using detail::Grid;
using detail::Pass;
using detail::Passes;

const StencilSpecializer& specializer() {
    static const StencilSpecializer stencil;  // kernels refer to it
    return stencil;
}

Problem checked(const ir::GridFunction& function) {
    const Problem problem = encode(function);
    Diagnostics diagnostics;
    specializer().parse(problem.function, problem.constants, diagnostics);
    if (function.fields.size() > detail::most_fields)
        diagnostics.error(fmt::format("{}: {} fields: expected at most {}", function.name,
                                      function.fields.size(), detail::most_fields));
    diagnostics.throw_if_any();
    return detached(problem);
}

const jit::Platform& platform_of(const Context& context) {
    static const jit::Platform here = jit::measure_platform(std::nullopt);
    return context.platform ? *context.platform : here;
}

bool is_written(const ir::GridFunction& f, std::size_t field) {
    return f.fields[field].role == ir::Field::Role::written;
}

/// Arrays that are given back at the end of a call.
class Borrowed {
public:
    explicit Borrowed(Passes& passes) : passes_(passes) {}
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ~Borrowed() {
        for (Passes::Array& array : arrays_) passes_.give_back(std::move(array));
    }
    FieldPlace field(const Grid& grid) {
        arrays_.reserve(arrays_.size() + 1);
        arrays_.push_back(passes_.borrow(static_cast<std::size_t>(grid.points())));
        return grid.dense(arrays_.back().data());
    }

private:
    Passes& passes_;
    std::vector<Passes::Array> arrays_;
};

/// [fields] whose result each is in the next step.
std::vector<long> sources_of(const ir::GridFunction& f, std::span<const Feed> feeds) {
    std::vector<long> source;
    for (std::size_t i = 0; i < f.fields.size(); ++i) source.push_back(static_cast<long>(i));
    for (const Feed& feed : feeds) {
        const std::size_t most = f.fields.size();
        if (feed.written >= most || feed.read >= most)
            throw InputError(fmt::format("{}: a feed names field {} of {}", f.name,
                                         std::max(feed.written, feed.read), most));
        if (!is_written(f, feed.written) || f.fields[feed.read].role != ir::Field::Role::read)
            throw InputError(
                fmt::format("{}: '{}' cannot feed '{}': expected a written field and "
                            "one that is only read",
                            f.name, f.fields[feed.written].name, f.fields[feed.read].name));
        source[feed.read] = static_cast<long>(feed.written);
    }
    return source;
}

/// Steps in passes: fields go to and fro between the caller's arrays and borrowed ones, so that
/// the last pass ends in the caller's.
class Iteration {
public:
    Iteration(const Function& function, Passes& passes, const Grid& grid,
              std::span<const Feed> feeds)
        : function_(function),
          grid_(grid),
          borrowed_(passes),
          passes_(passes),
          source_(sources_of(function.f, feeds)) {
        std::copy_n(grid.field, function.parameters, now_);
        for (const Feed& feed : feeds) now_[feed.written] = grid.field[feed.read];
    }
    const std::vector<long>& source() const { return source_; }

    /// False where it was stopped.
    bool run(const Kernel& kernel, long steps, long depth, std::span<double> returned,
             const Team* team, const Stop& stop) {
        const long count = (steps + depth - 1) / depth;
        for (long left = count; left > 0; --left, steps -= depth) {
            if (left < count && stop && stop()) {
                hand_over(left);
                return false;
            }
            const long now = std::min(steps, depth);
            if (now != prepared_steps_) prepare(now);
            pass(kernel, now, left, left == 1 ? returned : std::span<double>{}, team);
        }
        return true;
    }

private:
    void prepare(long steps) {
        prepared_ = {detail::make_plan(function_.input.shape(), steps, source_), 0};
        is_copied_ = detail::must_not_be_overwritten(function_.input.shape(), prepared_.plan);
        prepared_steps_ = steps;
    }

    void pass(const Kernel& kernel, long steps, long left, std::span<double> returned,
              const Team* team) {
        Pass pass{&prepared_, steps, {}, {}, source_.data()};
        for (std::size_t i = 0; i < function_.parameters; ++i) {
            if (is_written(function_.f, i)) {
                pass.after[i] = left % 2 == 1 ? grid_.field[i] : other(i);
                if (now_[i] == pass.after[i] && is_copied_[i]) {
                    detail::copy_field(grid_, now_[i], other(i));
                    now_[i] = other(i);
                }
            }
            pass.before[i] = now_[i];
        }
        passes_.run(kernel, grid_, pass, returned, team);
        for (std::size_t i = 0; i < function_.parameters; ++i) {
            const auto from = static_cast<std::size_t>(source_[i]);
            if (is_written(function_.f, from)) now_[i] = pass.after[from];
        }
    }

    /// Where the last pass did not write to the caller's arrays: now they have its results.
    void hand_over(long left) {
        if (left % 2 == 1)  // the next pass would have written there, this one did not
            for (std::size_t i = 0; i < function_.parameters; ++i)
                if (is_written(function_.f, i)) detail::copy_field(grid_, other(i), grid_.field[i]);
    }

    /// The borrowed array of a written field.
    const FieldPlace& other(std::size_t i) {
        if (other_[i].data == nullptr) other_[i] = borrowed_.field(grid_);
        return other_[i];
    }

    const Function& function_;
    const Grid& grid_;
    Borrowed borrowed_;
    Passes& passes_;
    const std::vector<long> source_;
    FieldPlace now_[detail::most_fields]{}, other_[detail::most_fields]{};
    detail::Prepared prepared_;
    long prepared_steps_ = 0;
    std::vector<bool> is_copied_;
};

/// Calls `run` with a team of the pool's harts where there is enough to do, else with none.
template <class Run>
void with_harts(const Call& call, std::size_t dimensions, HartPool& pool, Run&& run) {
    long points = 1;
    for (std::size_t d = 0; d < dimensions; ++d) points *= call.shape[d];
    if (points < Stencil::few_points) return run(nullptr);
    const Lease lease = pool.request();
    const Team team(lease);
    run(&team);
}

}  // namespace

Stencil::Stencil(const ir::GridFunction& function, const Context& context)
    : function_(std::make_shared<const Function>(decode(checked(function)), platform_of(context))),
      passes_(std::make_shared<Passes>(*function_)),
      kernel_(make_kernel(specializer(), encode(function_->f), context)) {}

void Stencil::run(const Call& call, std::span<double> returned, const Team* team) const {
    Grid grid;
    detail::check_call(*function_, call, returned, grid);
    Borrowed borrowed(*passes_);
    Pass pass;
    pass.prepared = &function_->once;
    pass.steps = 1;
    pass.source = nullptr;
    for (std::size_t i = 0; i < function_->parameters; ++i) {
        pass.before[i] = pass.after[i] = grid.field[i];
        if (!is_written(function_->f, i)) continue;
        if (!function_->is_copied[i]) continue;
        pass.before[i] = borrowed.field(grid);
        detail::copy_field(grid, grid.field[i], pass.before[i]);
    }
    passes_->run(kernel_, grid, pass, returned, team);
}

void Stencil::run(const Call& call, std::span<double> returned, HartPool& pool) const {
    with_harts(call, function_->f.dimensions, pool,
               [&](const Team* team) { run(call, returned, team); });
}

bool Stencil::iterate(long steps, std::span<const Feed> feeds, const Call& call,
                      std::span<double> returned, const Team* team, const Stop& stop) const {
    if (steps < 1)
        throw InputError(
            fmt::format("{}: {} steps: expected at least 1", function_->f.name, steps));
    Grid grid;
    detail::check_call(*function_, call, returned, grid);
    Iteration iteration(*function_, *passes_, grid, feeds);
    const long depth = depth_ > 0
                           ? std::min({depth_, steps, most_steps})
                           : detail::choose_depth(*function_, grid, steps, iteration.source());
    return iteration.run(kernel_, steps, depth, returned, team, stop);
}

bool Stencil::iterate(long steps, std::span<const Feed> feeds, const Call& call,
                      std::span<double> returned, HartPool& pool, const Stop& stop) const {
    bool is_done = false;
    with_harts(call, function_->f.dimensions, pool, [&](const Team* team) {
        is_done = iterate(steps, feeds, call, returned, team, stop);
    });
    return is_done;
}

}  // namespace asp::stencil
