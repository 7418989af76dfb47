#include "krylov/distributed/row_layout.hpp"

#include "asp/base/testing.hpp"

using namespace krylov;

TEST_CASE("an even layout gives the first ranks the rows left over") {
    CHECK(even_layout(11, 3).start == std::vector<std::int64_t>{0, 4, 8, 11});
    CHECK(even_layout(2, 3).start == std::vector<std::int64_t>{0, 1, 2, 2});
    CHECK(even_layout(0, 2).start == std::vector<std::int64_t>{0, 0, 0});
}

TEST_CASE("a row's owner is never a rank without rows") {
    const RowLayout layout{{0, 0, 3, 3, 5}};
    CHECK(layout.owner(0) == 1);
    CHECK(layout.owner(2) == 1);
    CHECK(layout.owner(3) == 3);
    CHECK(layout.owner(4) == 3);
}
