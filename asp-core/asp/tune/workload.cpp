#include "asp/tune/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "asp/specialize/check.hpp"

namespace asp::tune {

namespace {

std::size_t bytes_of(const ExampleArray& array) {
    return array.reals.size() * sizeof(double) + array.integers.size() * sizeof(long);
}

const void* data_of(const ExampleArray& array) {
    return array.reals.empty() ? static_cast<const void*>(array.integers.data())
                               : static_cast<const void*>(array.reals.data());
}

void* data_of(ExampleArray& array) {
    return array.reals.empty() ? static_cast<void*>(array.integers.data())
                               : static_cast<void*>(array.reals.data());
}

void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
}

}  // namespace

Workload::Workload(const Specializer& specializer, const Problem& problem, std::uint64_t seed,
                   long extent)
    : input_(specializer.example(problem, seed, extent)),
      expected_(interpret_example(input_, specializer.interpreter(problem))),
      tolerances_(specializer.tolerances(problem)),
      scratch_(input_) {
    for (ExampleArray& array : scratch_.arrays) places_.push_back(data_of(array));
}

FirstRun Workload::first_run(Entry entry, std::span<const long> parameters,
                             const QuarantineLimits& limits) const {
    std::vector<SharedBlock> blocks;
    std::vector<void*> places;
    for (const ExampleArray& array : input_.arrays) {
        blocks.emplace_back(bytes_of(array));
        copy(blocks.back().data(), data_of(array), bytes_of(array));
        places.push_back(blocks.back().data());
    }
    const Arguments arguments{places.data(), input_.scalars.data(), input_.sizes.data(),
                              parameters.data()};
    const QuarantineOutcome outcome =
        run_in_quarantine([&] { return entry(arguments, 0, input_.extent); }, limits);
    if (outcome.status != db::Status::ok) return {outcome.status, outcome.what};
    Example found = input_;
    for (std::size_t k = 0; k < blocks.size(); ++k)
        copy(data_of(found.arrays[k]), blocks[k].data(), blocks[k].size());
    if (const auto difference = disagreement(found, expected_, tolerances_))
        return {db::Status::wrong, *difference};
    return {};
}

TimedWork Workload::work(Entry entry, const std::vector<long>& parameters) {
    const auto run = [this, entry, parameters] {
        const Arguments arguments{places_.data(), scratch_.scalars.data(), scratch_.sizes.data(),
                                  parameters.data()};
        entry(arguments, 0, scratch_.extent);
    };
    const auto restore = [this] {
        for (std::size_t k = 0; k < scratch_.arrays.size(); ++k)
            if (input_.arrays[k].is_result)
                copy(places_[k], data_of(input_.arrays[k]), bytes_of(input_.arrays[k]));
    };
    return {run, restore};
}

}  // namespace asp::tune
