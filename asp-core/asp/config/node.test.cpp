#include "asp/config/node.hpp"

#include <functional>

#include "asp/base/testing.hpp"
#include "asp/config/document.hpp"
#include "asp/config/testing.hpp"

using asp::Diagnostics;
using asp::config::Document;
using asp::config::Node;
using asp::config::testing::TemporaryFile;
using Lines = std::vector<std::string>;

namespace {

/// The complaints that reading a config with this text makes.
Lines complaints(const std::string& text, const std::function<void(const Node&)>& read) {
    const TemporaryFile file(text);
    Diagnostics diagnostics;
    read(Document::load(file.path(), diagnostics).root());
    return file.without_folder(diagnostics.lines());
}

const std::string vessels =
    "# a comment\n"
    "vessels:\n"
    "  - name: aorta\n"
    "    length_mm: 40\n"
    "  - {name: left, length_mm: -1.2}\n"
    "  - name: right\n";

}  // namespace

TEST_CASE("a node knows its path, its file and its line") {
    complaints(vessels, [](const Node& root) {
        const Node entry = root.child("vessels")[0].child("length_mm");
        REQUIRE(entry.path() == "vessels[0].length_mm");
        REQUIRE(entry.key() == "length_mm");
        REQUIRE(entry.where().ends_with("/x.yaml:4"));
        REQUIRE(root.child("vessels").where().ends_with("/x.yaml:2"));
        REQUIRE(root.path().empty());
        REQUIRE(root.child("vessels").size() == 3);
        REQUIRE(root.child("vessels").is_sequence());
        REQUIRE(entry.is_scalar());
        REQUIRE(root.is_map());
        REQUIRE(!root.child("nothing").exists());
    });
}

TEST_CASE("a wrong value is complained about with file, line, path, value and cure") {
    const auto lines = complaints(vessels, [](const Node& root) {
        for (const Node& vessel : root.sequence("vessels"))
            REQUIRE(vessel.positive("length_mm") > 0);
    });
    REQUIRE(lines == Lines{"x.yaml:5: vessels[1].length_mm = -1.2: expected a positive number",
                           "x.yaml:6: vessels[2].length_mm: missing; expected a positive number"});
}

TEST_CASE("numbers are read in every usual spelling") {
    const std::string text = "a: [1, -2.5, +3, 1e-3, .5, 5., 1E+2, -0]\n";
    REQUIRE(complaints(text, [](const Node& root) {
                REQUIRE(root.numbers("a") == std::vector<double>{1, -2.5, 3, 1e-3, 0.5, 5, 100, 0});
            }).empty());
}

TEST_CASE("what is no number is an error, whole or in part") {
    for (const std::string wrong : {"1.2x", "1,5", "0x10", "1 2", "++1", "+-1", "\"12\"", "one"}) {
        REQUIRE(complaints("a: " + wrong + "\n", [](const Node& root) { root.number("a"); }) ==
                Lines{"x.yaml:1: a = " + wrong + ": expected a number"});
    }
    REQUIRE(complaints("a: [1]\nb:\n", [](const Node& root) {
                root.number("a");
                root.number("b", 1.0);
            }) == Lines{"x.yaml:1: a: expected a number", "x.yaml:2: b: empty; expected a number"});
}

TEST_CASE("a number is finite and fits a double") {
    for (const std::string wrong : {"nan", "inf", "-inf", ".nan", ".inf", "-.inf", "Infinity"}) {
        REQUIRE(complaints("a: " + wrong + "\n", [](const Node& root) { root.positive("a"); }) ==
                Lines{"x.yaml:1: a = " + wrong + ": expected a finite number"});
    }
    REQUIRE(complaints("a: 1e400\n", [](const Node& root) { root.number("a"); }) ==
            Lines{"x.yaml:1: a = 1e400: expected a number of size 0 or 1e-307 to 1e308"});
}

TEST_CASE("the sign of a number is checked") {
    const auto lines = complaints("a: 0\nb: -1\nc: 0\n", [](const Node& root) {
        root.positive("a");
        root.non_negative("b");
        root.non_negative("c");
        root.positive("d");
        root.non_negative("e");
    });
    REQUIRE(lines == Lines{"x.yaml:1: a = 0: expected a positive number",
                           "x.yaml:2: b = -1: expected a non-negative number",
                           "x.yaml:1: d: missing; expected a positive number",
                           "x.yaml:1: e: missing; expected a non-negative number"});
}

TEST_CASE("an integer is whole, fits 64 bits and respects its minimum") {
    const auto lines =
        complaints("a: 3\nb: 1.5\nc: 99999999999999999999\nd: 0\n", [](const Node& root) {
            REQUIRE(root.integer("a", {}, 3) == 3);
            root.integer("b");
            root.integer("c");
            REQUIRE(root.integer("d", 5, 1) == 1);
        });
    REQUIRE(lines ==
            Lines{"x.yaml:2: b = 1.5: expected an integer",
                  "x.yaml:3: c = 99999999999999999999: expected an integer of at most 64 bits",
                  "x.yaml:4: d = 0: expected an integer of at least 1"});
}

TEST_CASE("fallbacks hold only where an entry is missing") {
    REQUIRE(complaints("x: 1\n", [](const Node& root) {
                REQUIRE(root.number("a", 2.0) == 2.0);
                REQUIRE(root.positive("a", 2.0) == 2.0);
                REQUIRE(root.non_negative("a", 0.0) == 0.0);
                REQUIRE(root.integer("a", 7) == 7);
                REQUIRE(root.boolean("a", true));
                REQUIRE(root.text("a", "word") == "word");
                REQUIRE(root.choice("a", {"p", "q"}, "q") == "q");
                REQUIRE(root.optional_sequence("a").empty());
                REQUIRE(root.number("x", 2.0) == 1.0);
            }).empty());
}

TEST_CASE("a boolean is true or false, not yes, 1 or text") {
    for (const std::string wrong : {"yes", "on", "1", "\"true\""}) {
        REQUIRE(complaints("a: " + wrong, [](const Node& root) { root.boolean("a", false); }) ==
                Lines{"x.yaml:1: a = " + wrong + ": expected true or false"});
    }
    complaints("a: true\nb: False\n", [](const Node& root) {
        REQUIRE(root.boolean("a"));
        REQUIRE(!root.boolean("b"));
    });
}

TEST_CASE("text is any scalar as it was written") {
    REQUIRE(complaints("a: 007\nb: \"\"\nc: [x]\n", [](const Node& root) {
                REQUIRE(root.text("a") == "007");
                REQUIRE(root.text("b").empty());
                root.text("c");
                root.text("d");
            }) == Lines{"x.yaml:3: c: expected text", "x.yaml:1: d: missing; expected text"});
}

TEST_CASE("a wrong choice lists what is allowed and what was meant") {
    const auto read = [](const Node& root) {
        REQUIRE(root.choice("type", {"windkessel", "outflow"}, "outflow") == "windkessel");
    };
    REQUIRE(complaints("type: windkesel\n", read) ==
            Lines{"x.yaml:1: type = windkesel: expected one of 'windkessel', 'outflow'; did you "
                  "mean 'windkessel'?"});
    REQUIRE(complaints("type: colour\n", read) ==
            Lines{"x.yaml:1: type = colour: expected one of 'windkessel', 'outflow'"});
    REQUIRE(complaints("type:\n", read) ==
            Lines{"x.yaml:1: type: empty; expected one of 'windkessel', 'outflow'"});
}

TEST_CASE("a sequence of numbers has the expected count, and each element is checked") {
    const auto lines = complaints("a: [1, x, 3]\nb: [1, 2]\nc: 5\n", [](const Node& root) {
        REQUIRE(root.numbers("a", 3) == std::vector<double>{1, 0, 3});
        REQUIRE(root.numbers("b", 3).size() == 3);
        root.numbers("c");
        root.numbers("d", 1);
    });
    REQUIRE(lines == Lines{"x.yaml:1: a[1] = x: expected a number",
                           "x.yaml:2: b: has 2 values; expected a sequence of 3 numbers",
                           "x.yaml:3: c = 5: expected a sequence of numbers",
                           "x.yaml:1: d: missing; expected a sequence of 1 number"});
}

TEST_CASE("below a wrong or missing map nothing more is said") {
    const auto lines = complaints("a: 1\nb:\n", [](const Node& root) {
        for (const char* key : {"a", "b", "c"}) {
            const Node map = root.required_map(key);
            REQUIRE(map.positive("x") > 0.0);
            map.required_map("deep").text("y");
            map.reject_unknown_keys();
        }
        REQUIRE(root.sequence("d").empty());
    });
    REQUIRE(lines == Lines{"x.yaml:1: a = 1: expected a map", "x.yaml:2: b: empty; expected a map",
                           "x.yaml:1: c: missing; expected a map",
                           "x.yaml:1: d: missing; expected a sequence"});
}

TEST_CASE("an optional map may be missing or empty, but is no scalar") {
    const auto lines = complaints("a:\nb: 3\n", [](const Node& root) {
        REQUIRE(root.optional_map("a").number("x", 4.0) == 4.0);
        REQUIRE(root.optional_map("none").number("x", 4.0) == 4.0);
        REQUIRE(!root.optional_map("none").exists());
        root.optional_map("b").number("x");
    });
    REQUIRE(lines == Lines{"x.yaml:2: b = 3: expected a map"});
}

TEST_CASE("a scalar where a map was expected is complained about once") {
    REQUIRE(complaints("vessels: [1]\n", [](const Node& root) {
                const Node vessel = root.sequence("vessels").front();
                vessel.text("name");
                vessel.positive("length_mm");
            }) == Lines{"x.yaml:1: vessels[0] = 1: expected a map"});
}

TEST_CASE("keys nobody asked for are errors that offer the nearest known one") {
    const auto lines =
        complaints("solver: {cfl: 0.9}\nvessels:\n  - name: a\n    lenght_mm: 3\ncolour: red\n",
                   [](const Node& root) {
                       root.required_map("solver").number("cfl");
                       for (const Node& vessel : root.sequence("vessels")) {
                           vessel.text("name");
                           vessel.number("length_mm", 1.0);
                       }
                       root.reject_unknown_keys();
                       root.reject_unknown_keys();
                   });
    REQUIRE(lines == Lines{"x.yaml:4: vessels[0].lenght_mm: unknown key; did you mean 'length_mm'?",
                           "x.yaml:5: colour: unknown key"});
}

TEST_CASE("the entries of a map can be walked in the order of the file") {
    REQUIRE(complaints("outlets: {z: 1, a: 2}\n", [](const Node& root) {
                std::string order;
                for (const Node& outlet : root.required_map("outlets").children())
                    order += outlet.key() + outlet.as_text();
                REQUIRE(order == "z1a2");
                root.reject_unknown_keys();
            }).empty());
}

TEST_CASE("after a wrong choice no key beside it is called unknown") {
    REQUIRE(complaints("type: colour\nresistance: 1\n", [](const Node& root) {
                root.choice("type", {"windkessel", "outflow"});
                root.reject_unknown_keys();
            }).size() == 1);
}

TEST_CASE("the program's own complaints have the same form") {
    const auto lines = complaints("a: 5\nb: {c: 1}\n", [](const Node& root) {
        root.error("a", "expected less than b");
        root.error("b", "expected two entries");
        root.child("b").error("d", "expected with c");
        root.error("expected more");
    });
    REQUIRE(lines == Lines{"x.yaml:1: a = 5: expected less than b",
                           "x.yaml:2: b: expected two entries",
                           "x.yaml:2: b.d: missing; expected with c", "x.yaml:1: expected more"});
}

TEST_CASE("a long or unprintable value is shown on one short line") {
    const std::string text = "a: \"" + std::string(80, 'y') + "\"\nb: \"p\\nq\\e\"\n";
    const auto lines = complaints(text, [](const Node& root) {
        root.number("a");
        root.number("b");
    });
    REQUIRE(lines == Lines{"x.yaml:1: a = \"" + std::string(60, 'y') + "...\": expected a number",
                           "x.yaml:2: b = \"p q \": expected a number"});
}
