#include "asp/jit/instruction_set.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>

#include "asp/base/error.hpp"
#include "asp/jit/detail/processor.hpp"

namespace asp::jit {

namespace {

/// One feature as -m names it, and as /proc/cpuinfo does.
struct Feature {
    std::string_view flag;
    std::string_view cpuinfo;
};

/// The levels of the x86-64 psABI, each on top of those before it.
struct Level {
    std::string_view name;
    std::vector<Feature> features;
};

const std::vector<Level>& levels() {
    static const std::vector<Level> all{
        {"x86-64", {}},
        {"x86-64-v2",
         {{"cx16", "cx16"},
          {"sahf", "lahf_lm"},
          {"popcnt", "popcnt"},
          {"sse3", "pni"},
          {"sse4.1", "sse4_1"},
          {"sse4.2", "sse4_2"},
          {"ssse3", "ssse3"}}},
        {"x86-64-v3",
         {{"avx", "avx"},
          {"avx2", "avx2"},
          {"bmi", "bmi1"},
          {"bmi2", "bmi2"},
          {"f16c", "f16c"},
          {"fma", "fma"},
          {"lzcnt", "abm"},
          {"movbe", "movbe"},
          {"xsave", "xsave"}}},
        {"x86-64-v4",
         {{"avx512f", "avx512f"},
          {"avx512bw", "avx512bw"},
          {"avx512cd", "avx512cd"},
          {"avx512dq", "avx512dq"},
          {"avx512vl", "avx512vl"}}},
    };
    return all;
}

/// Flag names of all that a set contains, levels written out.
std::set<std::string> expanded(const InstructionSet& set) {
    std::set<std::string> features(set.features.begin(), set.features.end());
    if (set.level.empty()) return features;
    for (const Level& level : levels()) {
        for (const Feature& feature : level.features) features.emplace(feature.flag);
        if (level.name == set.level) break;
    }
    return features;
}

}  // namespace

InstructionSet instruction_set_from(const std::string& target, const std::string& cpuinfo_flags) {
    InstructionSet result{target, {}, {}};
    // Elsewhere the baseline: nothing but x86-64 has been tried.
    if (target != "x86_64") return result;
    std::istringstream words(cpuinfo_flags);
    const std::set<std::string, std::less<>> present{std::istream_iterator<std::string>(words), {}};
    bool complete = true;
    for (const Level& level : levels()) {
        std::vector<std::string> found;
        for (const Feature& feature : level.features)
            if (present.contains(feature.cpuinfo)) found.emplace_back(feature.flag);
        complete = complete && found.size() == level.features.size();
        if (complete)
            result.level = level.name;
        else
            result.features.insert(result.features.end(), found.begin(), found.end());
    }
    std::sort(result.features.begin(), result.features.end());
    return result;
}

const InstructionSet& host_instruction_set() {
    static const InstructionSet set = [] {
        utsname system{};
        ::uname(&system);
        return instruction_set_from(system.machine, detail::processor_line("flags"));
    }();
    return set;
}

InstructionSet instruction_set_of_level(const std::string& level) {
    for (const Level& known : levels())
        if (known.name == level) return {"x86_64", level, {}};
    throw InputError("instruction set '" + level +
                     "': expected x86-64, x86-64-v2, x86-64-v3 or x86-64-v4");
}

bool runs_on(const InstructionSet& needed, const InstructionSet& present) {
    if (needed.target != present.target) return false;
    const auto wanted = expanded(needed), there = expanded(present);
    return std::includes(there.begin(), there.end(), wanted.begin(), wanted.end());
}

int vector_width(const InstructionSet& instruction_set) {
    const auto features = expanded(instruction_set);
    if (features.contains("avx512f")) return 8;
    return features.contains("avx") ? 4 : 2;
}

std::string name_of(const InstructionSet& instruction_set) {
    std::string name =
        instruction_set.level.empty() ? instruction_set.target : instruction_set.level;
    for (const std::string& feature : instruction_set.features) name.append("+").append(feature);
    return name;
}

}  // namespace asp::jit
