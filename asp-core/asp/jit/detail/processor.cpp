#include "asp/jit/detail/processor.hpp"

#include <fstream>

namespace asp::jit::detail {

const std::map<std::string, std::string>& first_processor() {
    static const std::map<std::string, std::string> lines = [] {
        std::map<std::string, std::string> values;
        std::ifstream file("/proc/cpuinfo");
        for (std::string line; std::getline(file, line) && !line.empty();) {
            const std::size_t colon = line.find(':');
            if (colon == line.npos) continue;
            const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
            values[line.substr(0, line.find_last_not_of(" \t:", colon) + 1)] =
                begin == line.npos ? "" : line.substr(begin);
        }
        return values;
    }();
    return lines;
}

std::string processor_line(const std::string& key) {
    const auto found = first_processor().find(key);
    return found == first_processor().end() ? "" : found->second;
}

}  // namespace asp::jit::detail
