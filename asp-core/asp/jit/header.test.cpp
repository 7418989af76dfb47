#include "asp/jit/header.hpp"

#include "asp/jit/detail/testing.hpp"

TEST_CASE("an embedded header has the very bytes of its file") {
    const auto headers = asp::jit::kernel_headers();
    bool has_prelude = false;
    for (const auto& header : headers) {
        has_prelude = has_prelude || header.path == "asp/kernel/prelude.hpp";
        CHECK(header.text ==
              asp::jit::testing::content_of(std::filesystem::path("asp-core") / header.path));
    }
    CHECK(has_prelude);
}
