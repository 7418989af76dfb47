#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "asp/base/expected.hpp"
#include "asp/jit/toolchain.hpp"

namespace asp::jit::detail {

/// What earlier processes found out about compilers, by the file's stamp: toolchains.json in the
/// cache folder. Anything odd about the file means that nothing is remembered.
class RememberedToolchains {
public:
    using Finding = Expected<Toolchain, std::string>;

    /// `folder` empty: that of KernelCache::process(). Not to be read: only added to.
    RememberedToolchains(const std::filesystem::path& folder, bool read);

    std::optional<Finding> find(const std::filesystem::path& compiler) const;
    /// Failures are remembered for an hour and only where they took long: what was mended is to be
    /// seen at once.
    void add(const std::filesystem::path& compiler, const Finding& finding);

private:
    std::filesystem::path folder_;
    nlohmann::json known_;
};

}  // namespace asp::jit::detail
