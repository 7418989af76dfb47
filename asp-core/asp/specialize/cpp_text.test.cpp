#include "asp/specialize/cpp_text.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "asp/base/testing.hpp"

using namespace asp;

TEST_CASE("a number is written as the shortest text that gives it back") {
    REQUIRE(emit_number(0.1) == "0.1");
    REQUIRE(emit_number(2.0) == "2.0");
    REQUIRE(emit_number(-0.0) == "-0.0");
    REQUIRE(emit_number(1e22) == "1e+22");
    REQUIRE(emit_number(1.0 / 3.0) == "0.3333333333333333");
    REQUIRE(emit_number(5e-324) == "5e-324");
    REQUIRE(emit_number(0.1, "float") == "0.1f");
    REQUIRE(emit_number(3.0, "float") == "3.0f");
    REQUIRE(emit_number(1e-5, "float") == "1e-05f");
    std::mt19937_64 random(3);
    for (int i = 0; i < 10000; ++i) {
        const double x =
            std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 2000) - 1040);
        REQUIRE(std::strtod(emit_number(x).c_str(), nullptr) == x);
    }
}

TEST_CASE("infinity and NaN are the prelude's, also where float overflows") {
    const double infinity = std::numeric_limits<double>::infinity();
    REQUIRE(emit_number(infinity) == "asp::infinity<double>");
    REQUIRE(emit_number(-infinity) == "-asp::infinity<double>");
    REQUIRE(emit_number(std::nan("")) == "asp::not_a_number<double>");
    REQUIRE(emit_number(-1e300, "float") == "-asp::infinity<float>");
}

TEST_CASE("no text gets out of a comment") {
    REQUIRE(emit_comment("sqrt(A) - 1") == "// sqrt(A) - 1\n");
    REQUIRE(emit_comment("a\n  b\n", 4) == "    // a\n    //   b\n");
    REQUIRE(emit_comment("x \\") == "// x /\n");
    REQUIRE(emit_comment("x ?"
                         "?/") == "// x ? ?/\n");
    REQUIRE(emit_comment("x\xc3\xb6\xe2\x80\xa8int y;") == "// x? ?int y;\n");
    REQUIRE(emit_comment("*/ int x; /*") == "// * / int x; / *\n");
    REQUIRE(emit_comment("a\rint x;") == "// a\n// int x;\n");
    REQUIRE(emit_comment("") == "//\n");
    std::mt19937_64 random(4);
    for (int i = 0; i < 2000; ++i) {
        std::string text;
        for (int k = 0; k < 40; ++k) text += "?/\\*\n\r\t\v\x80 ax\0"[random() % 13];
        const std::string comment = emit_comment(text);
        bool at_start = true;
        for (std::size_t k = 0; k < comment.size(); ++k) {
            if (at_start) REQUIRE(comment.substr(k, 2) == "//");
            at_start = comment[k] == '\n';
            REQUIRE((at_start || (comment[k] >= ' ' && comment[k] <= '~')));
        }
        REQUIRE(at_start);
        for (const char* bad : {"\\", "??", "*/", "/*"})
            REQUIRE(comment.find(bad) == std::string::npos);
    }
}

TEST_CASE("a long text is cut in a comment") {
    const std::string lines = emit_comment(std::string(1000, '\n') + "x");
    REQUIRE(lines.size() < 200);
    REQUIRE(lines.ends_with("// ...\n"));
    const std::string line = emit_comment(std::string(100000, 'x'));
    REQUIRE(line.size() < 500);
    REQUIRE(line.ends_with("x ...\n"));
}

TEST_CASE("an identifier is no keyword and nothing reserved") {
    for (const char* good : {"A", "A0", "beta_1", "t", "Double", "x_"})
        REQUIRE(is_identifier(good));
    for (const char* bad : {"", "0a", "_x", "a__b", "double", "asp", "ASP_FN", "x[0]", "a b",
                            "linux", "\xc3\xb6", "x\n"})
        REQUIRE_FALSE(is_identifier(bad));
}
