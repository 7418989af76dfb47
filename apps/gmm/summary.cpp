#include "gmm/summary.hpp"

#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "asp/base/version.hpp"
#include "asp/io/atomic_file.hpp"
#include "asp/jit/platform.hpp"

namespace gmm {

using Json = nlohmann::json;

Json summary_of(const std::string& command, const CommandLine& line, const std::string& status) {
    Json inputs = Json::object();
    if (!line.inputs.empty()) inputs["input"] = line.inputs;
    if (!line.weights.empty()) inputs["weights"] = line.weights;
    if (!line.rows.empty()) inputs["rows"] = line.rows;
    if (!line.model.empty()) inputs["model"] = line.model.string();
    if (!line.resume.empty()) inputs["resume"] = line.resume.string();
    if (!line.prior.empty()) inputs["prior"] = line.prior.string();
    return {{"program", "gmm"},
            {"command", command},
            {"version", asp::version},
            {"status", status},
            {"inputs", inputs},
            {"backend", line.backend == "cuda" ? "cuda" : "cpu"},
            {"platform", Json::parse(to_json(asp::jit::measure_platform()))},
            {"kernels", Json::array()},
            {"timings", Json::object()},
            {"results", Json::object()}};
}

Json kernels_of(const Engine& engine) {
    Json kernels = Json::array();
    for (const KernelUse& use : engine.kernels())
        kernels.push_back(
            {{"kernel", use.what}, {"rung", name_of(use.rung)}, {"explanation", use.explanation}});
    return kernels;
}

void require_writable(const std::filesystem::path& file) {
    std::error_code ignored;
    const auto kind = std::filesystem::status(file, ignored).type();
    const bool is_file = kind == std::filesystem::file_type::regular ||
                         kind == std::filesystem::file_type::not_found;
    if (!file.empty() && is_file)  // and not a pipe or /dev/stdout
        asp::io::require_writable_folder(std::filesystem::absolute(file).parent_path());
}

void require_other(const std::string& option, const std::filesystem::path& target,
                   const std::vector<std::string>& sources) {
    if (target.empty()) return;
    for (const std::string& source : sources) {
        std::error_code ignored;
        const std::filesystem::path file = source.substr(0, source.find(":/"));
        if (file == target || std::filesystem::equivalent(file, target, ignored))
            throw asp::InputError(
                fmt::format("{} {}: expected another file than {}, which would be lost", option,
                            target.string(), source));
    }
}

void write_summary(const CommandLine& line, const Json& summary) {
    if (line.summary.empty()) return;
    // A path need not be UTF-8; what is not is replaced, since a summary must not fail over it.
    constexpr auto lenient = Json::error_handler_t::replace;
    asp::io::write_text_atomically(line.summary, summary.dump(2, ' ', false, lenient) + "\n");
}

}  // namespace gmm
