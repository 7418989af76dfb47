#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "asp/base/testing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::string> seeds() {
    std::vector<std::string> texts;
    for (const auto& entry : std::filesystem::directory_iterator("asp-core/asp/ir/parse_seeds")) {
        std::ifstream file(entry.path());
        texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    std::sort(texts.begin(), texts.end());
    return texts;
}

/// Cuts, repeats, swaps and overwrites pieces of texts.
std::string mutated(std::string text, const std::vector<std::string>& others,
                    std::mt19937_64& random) {
    static constexpr std::string_view characters = "()[]+-*/%<>=!.,:;#\"' \n\t\\0123456789eAxtpif";
    const auto below = [&](std::size_t n) { return random() % (n == 0 ? 1 : n); };
    for (std::size_t changes = 1 + below(6); changes > 0; --changes) {
        const std::size_t at = below(text.size()), length = below(12);
        const std::string& other = others[below(others.size())];
        switch (below(5)) {
            case 0:
                text.erase(at, length);
                break;
            case 1:
                text.insert(at, 1, characters[below(characters.size())]);
                break;
            case 2:
                text.insert(at, text.substr(below(text.size()), length));
                break;
            case 3:
                text.insert(at, other.substr(below(other.size()), below(40)));
                break;
            default:
                if (!text.empty()) text[at] = static_cast<char>(random());
        }
    }
    return text.substr(0, 4000);
}

}  // namespace

TEST_CASE("any text is parsed or refused with a reason") {
    const std::vector<std::string> texts = seeds();
    REQUIRE(texts.size() > 3);
    std::mt19937_64 random(1);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    std::size_t runs = 0;
    for (; std::chrono::steady_clock::now() < end; ++runs) {
        const std::string text = mutated(texts[random() % texts.size()], texts, random);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }
    REQUIRE(runs > 100);
}
