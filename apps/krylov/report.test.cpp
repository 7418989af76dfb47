#include "krylov/report.hpp"

#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/plan_report.hpp"
#include "krylov/session.hpp"

using namespace krylov;
using asp::testing::message_of;

namespace {

Candidate candidate(Method method) {
    Candidate candidate;
    candidate.method = method;
    candidate.depth = 6;
    return candidate;
}

}  // namespace

TEST_CASE("a table's columns are as wide as what stands in them, numbers from the right") {
    const Table table{{"case", "ns"}, {{"a", "12.5"}, {"longer", "1"}}};
    CHECK(table.text(Style{}) == "case      ns\na       12.5\nlonger     1\n");
}

TEST_CASE("only a screen that shows colours gets them") {
    const Table table{{"case"}, {}};
    CHECK(table.text(Style{true}) == "\033[2mcase\033[0m\n");
    CHECK(Style{}.bold("x") == "x");
}

TEST_CASE("a comma-separated table quotes what holds a comma or a quote") {
    const Table table{{"plan", "ns"}, {{"plain, csr", "1"}, {"say \"so\"", "2"}}};
    CHECK(table.csv() == "plan,ns\n\"plain, csr\",1\n\"say \"\"so\"\"\",2\n");
}

TEST_CASE("amounts are told in the unit that suits them") {
    CHECK(bytes_text(999.0) == "999 B");
    CHECK(bytes_text(1.5e9) == "1.5 GB");
    CHECK(seconds_text(2.5e-7) == "250 ns");
    CHECK(seconds_text(0.0125) == "12.5 ms");
    CHECK(seconds_text(12.5) == "12.5 s");
    CHECK(counted(1, "tile") == "1 tile");
    CHECK(counted(2, "entry") == "2 entries");
    CHECK(number_or_blank(std::numeric_limits<double>::quiet_NaN()).empty());
}

TEST_CASE("levels are one number, several, or a range") {
    CHECK(parse_levels("8") == std::vector{8});
    CHECK(parse_levels("2,4,8") == std::vector{2, 4, 8});
    CHECK(parse_levels("3..5") == std::vector{3, 4, 5});
}

TEST_CASE("levels that are none are refused with what was expected") {
    const auto complaint = [](const std::string& text) {
        return message_of<asp::InputError>([&] { parse_levels(text); });
    };
    CHECK(complaint("0") == "--k 0: expected a whole number from 1 to 1000");
    CHECK(complaint("-3") == "--k -3: expected a whole number from 1 to 1000");
    CHECK(complaint("1001") == "--k 1001: expected a whole number from 1 to 1000");
    CHECK(complaint("4,x") == "--k x: expected a whole number from 1 to 1000");
    CHECK(complaint("4,") == "--k : expected a whole number from 1 to 1000");
    CHECK(complaint("5..3") == "--k 5..3: expected the smaller number first");
}

TEST_CASE("a name that is none is refused with those that are, and the nearest") {
    CHECK(message_of<asp::InputError>([] { method_named("implict", "--method"); }) ==
          "--method implict: expected auto, plain, implicit or explicit; did you mean "
          "'implicit'?");
    CHECK(message_of<asp::InputError>([] { storage_named("ellpack", "--storage"); }) ==
          "--storage ellpack: expected auto, csr, slices or blocks");
    CHECK(message_of<asp::InputError>([] { numbering_named("level", "--numbering"); }) ==
          "--numbering level: expected auto, given, length or levels; did you mean 'levels'?");
    CHECK(message_of<asp::InputError>([] { keep_named("basys", "--keep"); }) ==
          "--keep basys: expected basis or polynomial; did you mean 'basis'?");
    CHECK_FALSE(method_named("auto", "--method"));
    CHECK(storage_named("blocks", "--storage") == Storage::block_rows);
}

TEST_CASE("the verdict on a plan is one line, and says so where plain products are best") {
    Plan plan;
    plan.chosen = candidate(Method::implicit_tiles);
    plan.speedup = 1.84;
    plan.break_even = 13.2;
    CHECK(verdict(plan, 6) ==
          plan.chosen.describe() + ", k=6: 1.8x the best plain product, pays after 14 calls");
    plan.chosen.method = Method::plain;
    CHECK(verdict(plan, 6) == "k=6: plain products are best here: " + plan.chosen.describe());
    plan.chosen.numbering = Numbering::by_length;
    CHECK(verdict(plan, 6) ==
          plan.chosen.describe() + ", k=6: 1.8x the best plain product, pays after 14 calls");
}

TEST_CASE("memory is compared with the vectors on both sides") {
    Plan plan;
    plan.matrix_bytes = 150;
    plan.csr_bytes = 100;
    CHECK(memory_ratio(plan, 0) == 1.5);
    CHECK(memory_ratio(plan, 400) == 1.1);
    plan.work_bytes = 100;
    CHECK(memory_ratio(plan, 400) == 1.3);
}
