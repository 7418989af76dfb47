#include "asp/specialize/detail/verdict.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "asp/base/error.hpp"
#include "asp/specialize/check.hpp"

namespace asp::detail {
namespace {

const std::string passed = "check 1 passed";  // of objection() as it is now
const std::string refused = "check 1 refused: ";

/// Complete or not there. The folder is the cache's own, private to the user; where nothing can be
/// written the next process checks again.
void remember(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::path unfinished = file;
    unfinished += "." + std::to_string(::getpid());
    std::error_code ignored;
    if (!(std::ofstream(unfinished) << text << std::flush))
        std::filesystem::remove(unfinished, ignored);
    else
        std::filesystem::rename(unfinished, file, ignored);
}

}  // namespace

std::optional<std::string> verdict(const Specializer& specializer, const Problem& problem,
                                   Entry entry, std::span<const long> parameters,
                                   const jit::Module& module) {
    const std::filesystem::path& folder = module.provenance().folder;
    const std::filesystem::path file = folder / "verdict";
    if (!folder.empty()) {
        std::ifstream in(file);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        if (text == passed) return {};
        if (text.starts_with(refused)) return text.substr(refused.size());
    }
    std::optional<std::string> found;
    try {
        found = objection(specializer, problem, entry, parameters, Isolation::child);
    } catch (const BackendError& error) {  // says nothing about the kernel: not remembered
        return std::string("cannot be checked (") + error.what() + ")";
    }
    const bool in_pack = module.provenance().origin == jit::Provenance::Origin::pack;
    if (!folder.empty() && !in_pack) remember(file, found ? refused + *found : passed);
    return found;
}

}  // namespace asp::detail
