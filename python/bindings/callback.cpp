// Functions that call back into Python: native parts and callbacks by turns, in chunks of points.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "asp/harts/callback_queue.hpp"
#include "asp/harts/hart_pool.hpp"
#include "asp/harts/team.hpp"
#include "asp/pointwise/evaluator.hpp"
#include "bindings/attention.hpp"
#include "bindings/bindings.hpp"
#include "bindings/dispatcher.hpp"

namespace py = pybind11;

namespace asp::python {
namespace {

using pointwise::Evaluator;

constexpr std::size_t chunk = 4096;  ///< points of one request: columns stay in the cache

/// A native part and the callback that its results are given to.
struct Step {
    Evaluator evaluator;
    std::size_t results;  ///< of the native part
    py::object callback;  ///< of columns of points; null after the last part
};

/// The points [begin, begin + count) of a call.
struct Points {
    std::span<const Operand> read;
    std::span<double* const> written;
    std::size_t begin, count;
};

using Columns = std::vector<std::vector<double>>;

/// One Python call for the points of all requests. With the GIL.
void serve(const py::object& callback, std::span<const CallbackQueue::Request* const> requests) {
    std::size_t points = 0;
    for (const auto* r : requests) points += r->points;
    const std::size_t columns = requests[0]->arguments.size();
    py::tuple arguments(columns);
    for (std::size_t j = 0; j < columns; ++j) {
        // Arrays of its own: the callback may keep them.
        py::array_t<double> column(static_cast<py::ssize_t>(points));
        double* to = column.mutable_data();
        for (const auto* r : requests) to = std::copy_n(r->arguments[j], r->points, to);
        arguments[j] = std::move(column);
    }
    const auto result = callback(*arguments).cast<py::array_t<double>>();
    const double* from = result.data();
    for (const auto* r : requests) {
        std::copy_n(from, r->points, r->result);
        from += r->points;
    }
}

class CallbackLaunch final : public Launch {
public:
    CallbackLaunch(std::vector<Step> steps, std::size_t parameters)
        : steps_(std::move(steps)), parameters_(parameters) {}

    PyObject* operator()(std::span<const Operand> operands) const override {
        const auto is_array = [](const Operand& o) { return o.kind == Operand::Kind::array; };
        const auto read = operands.first(parameters_), given = operands.subspan(parameters_);
        const auto first = std::ranges::find_if(read, is_array);
        if (first == read.end()) return at_one_point(read);
        for (const Operand& o : operands)
            if (is_array(o) && !same_shape(o, *first)) return nullptr;
        for (std::size_t k = 0; k < given.size(); ++k) {
            for (const Operand& other : read)
                if (is_array(other) && !same_memory(other, given[k]) && overlap(other, given[k]))
                    return nullptr;
            for (const Operand& other : given.first(k))
                if (overlap(other, given[k])) return nullptr;
        }
        std::vector<py::object> made;
        std::vector<double*> written;
        for (std::size_t k = 0; k < steps_.back().results; ++k) {
            made.push_back(given.empty() ? py::reinterpret_steal<py::object>(new_array_like(*first))
                                         : py::reinterpret_borrow<py::object>(given[k].object));
            if (!made.back()) return nullptr;
            written.push_back(array_data(made.back().ptr()));
        }
        if (!compute({read, written, 0, size_of(*first)})) return nullptr;
        return given_back(made);
    }

    int traverse(visitproc visit, void* arg) const override {
        for (const Step& step : steps_) Py_VISIT(step.callback.ptr());
        return 0;
    }

private:
    PyObject* at_one_point(std::span<const Operand> read) const {
        std::vector<double> values(steps_.back().results);
        std::vector<double*> written;
        for (double& value : values) written.push_back(&value);
        if (!compute({read, written, 0, 1})) return nullptr;
        std::vector<py::object> made;
        for (const double value : values) made.push_back(py::float_(value));
        return given_back(made);
    }
    static PyObject* given_back(std::vector<py::object>& made) {
        if (made.size() == 1) return made[0].release().ptr();
        py::tuple tuple(made.size());
        for (std::size_t k = 0; k < made.size(); ++k) tuple[k] = made[k];
        return tuple.release().ptr();
    }

    /// False with a Python exception.
    bool compute(const Points& all) const {
        Attention attention;
        try {
            if (is_worth_sharing(all.count))
                together(all, attention);
            else
                alone(all, attention);
        } catch (py::error_already_set& error) {
            error.restore();
            return false;
        } catch (const Stopped&) {
            attention.raise();
            return false;
        }
        return true;
    }

    struct Stopped {};

    /// Whether other harts save more than the hand-overs of requests cost: where the native parts
    /// of a chunk take 40 us. `many` points of each take 10.
    bool is_worth_sharing(std::size_t count) const {
        double parts = 0.0;
        for (const Step& step : steps_) parts += 1.0 / static_cast<double>(step.evaluator.many());
        return count >= 4 * chunk && 10.0 * chunk * parts > 40.0;
    }

    /// In this thread, which has the GIL.
    void alone(const Points& all, Attention& attention) const {
        Columns kept;
        for (std::size_t begin = 0; begin < all.count; begin += chunk) {
            if (all.count > chunk && attention.wanted_end()) throw Stopped();
            run_chunk({all.read, all.written, begin, std::min(chunk, all.count - begin)}, kept,
                      [&](std::size_t step, const CallbackQueue::Request& request) {
                          const CallbackQueue::Request* const one[]{&request};
                          serve(steps_[step].callback, one);
                      });
        }
    }

    /// Chunks on the lease's harts; this thread answers, and has the GIL only then.
    void together(const Points& all, Attention& attention) const {
        const WithoutGil others;
        const Lease lease = HartPool::process().request((all.count + chunk - 1) / chunk);
        CallbackQueue queue;
        const Team team(lease);
        const auto work = [&](std::size_t begin, std::size_t end) {
            Columns kept;
            for (; begin < end; begin += chunk)
                run_chunk({all.read, all.written, begin, std::min(chunk, end - begin)}, kept,
                          [&](std::size_t, const CallbackQueue::Request& r) { queue.ask(r); });
        };
        queue.run(
            [&] { team.run(work, 0, all.count, chunk); },
            [&](std::span<const CallbackQueue::Request* const> requests) {
                attention.give([&] { serve(steps_[requests[0]->function].callback, requests); });
                if (attention.wanted_end()) throw Stopped();
            },
            [&] {
                if (attention.wanted_end()) throw Stopped();
            });
    }

    /// All steps for at most `chunk` points. `kept`: what stays from chunk to chunk.
    template <class Ask>
    void run_chunk(const Points& points, Columns& kept, Ask ask) const {
        std::size_t used = 0;
        const auto column = [&] {
            if (used == kept.size()) kept.emplace_back(chunk);
            return kept[used++].data();
        };
        std::vector<void*> arrays;  // those read, what callbacks gave, those written
        std::vector<double> numbers;
        const bool one = std::ranges::none_of(
            points.read, [](const Operand& o) { return o.kind == Operand::Kind::array; });
        for (const Operand& o : points.read) {
            if (o.kind == Operand::Kind::array)
                arrays.push_back(o.data + points.begin);
            else if (one)  // a kernel for arrays at one point
                arrays.push_back(const_cast<double*>(&o.number));
            else
                numbers.push_back(o.number);
        }
        const std::size_t read = arrays.size();
        std::vector<void*> answers;
        for (std::size_t k = 0; k < steps_.size(); ++k) {
            const Step& step = steps_[k];
            arrays.resize(read);
            arrays.insert(arrays.end(), answers.begin(), answers.end());
            std::vector<const double*> asked;
            for (std::size_t r = 0; r < step.results; ++r) {
                double* const to = step.callback ? column() : points.written[r] + points.begin;
                arrays.push_back(to);
                asked.push_back(to);
            }
            step.evaluator.run({arrays.data(), numbers.data()}, static_cast<long>(points.count));
            if (!step.callback) return;
            double* const answer = column();
            ask(k, {k, asked, answer, points.count});
            answers.push_back(answer);
        }
    }

    std::vector<Step> steps_;
    std::size_t parameters_;
};

}  // namespace

void bind_callback(py::module_& module) {
    module.def(
        "callback_launch",
        [](const std::vector<std::tuple<Evaluator, std::size_t, py::object>>& steps,
           std::size_t parameters) -> std::shared_ptr<Launch> {
            std::vector<Step> all;
            for (const auto& [evaluator, results, callback] : steps)
                all.push_back({evaluator, results, callback.is_none() ? py::object() : callback});
            return std::make_shared<CallbackLaunch>(std::move(all), parameters);
        },
        py::arg("steps"), py::arg("parameters"));
}

}  // namespace asp::python
