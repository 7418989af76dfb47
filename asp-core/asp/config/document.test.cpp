#include "asp/config/document.hpp"

#include <clocale>

#include "asp/base/testing.hpp"
#include "asp/config/testing.hpp"

using asp::Diagnostics;
using asp::config::Document;
using asp::config::testing::TemporaryFile;
using Lines = std::vector<std::string>;

namespace {
/// The complaints about a file with this text, without its folder.
Lines complaints_about(const std::string& text) {
    const TemporaryFile file(text);
    Diagnostics diagnostics;
    Document::load(file.path(), diagnostics);
    return file.without_folder(diagnostics.lines());
}
}  // namespace

TEST_CASE("a document keeps its path and text as they were given") {
    const TemporaryFile file("a: 1  # one\n");
    Diagnostics diagnostics;
    const Document document = Document::load(file.path(), diagnostics);
    REQUIRE(document.path() == file.path());
    REQUIRE(document.text() == "a: 1  # one\n");
    REQUIRE(diagnostics.empty());
}

TEST_CASE("a file that cannot be read is one clear line") {
    Diagnostics diagnostics;
    const Document document = Document::load("no/such.yaml", diagnostics);
    REQUIRE(diagnostics.lines() ==
            Lines{"no/such.yaml: cannot be read: No such file or directory"});
    // and nothing is said about what it does not contain
    REQUIRE(document.root().positive("length_mm") > 0.0);
    document.root().reject_unknown_keys();
    REQUIRE(diagnostics.size() == 1);
}

TEST_CASE("a folder is not a config") {
    Diagnostics diagnostics;
    Document::load("/", diagnostics);
    REQUIRE(diagnostics.lines() == Lines{"/: is a folder; expected a YAML file"});
}

TEST_CASE("an empty file is one clear line") {
    REQUIRE(complaints_about("") == Lines{"x.yaml: is empty; expected keys and values"});
    REQUIRE(complaints_about("# only words\n") ==
            Lines{"x.yaml: is empty; expected keys and values"});
}

TEST_CASE("text that is not YAML is complained about at its line") {
    // What follows the column is yaml-cpp's own words, and changes with its versions.
    const Lines open_sequence = complaints_about("a: 1\nb: [1, 2\nc: 3\n");
    REQUIRE(open_sequence.size() == 1);
    REQUIRE(open_sequence[0].starts_with("x.yaml:3: not valid YAML, column 2: "));
    const Lines unknown_alias = complaints_about("a: *nowhere\n");
    REQUIRE(unknown_alias.size() == 1);
    REQUIRE(unknown_alias[0].starts_with("x.yaml:1: not valid YAML, column 4: "));
}

TEST_CASE("a second document in a file is an error") {
    REQUIRE(complaints_about("a: 1\n---\nb: 2\n") ==
            Lines{"x.yaml:3: a second YAML document begins; expected one"});
}

TEST_CASE("a key that is no word is an error") {
    REQUIRE(complaints_about("a: 1\n? [x]\n: 2\n") ==
            Lines{"x.yaml:2: expected a plain word as key"});
}

TEST_CASE("each key given twice is an error with both places") {
    REQUIRE(complaints_about("a: 1\nb:\n  - {}\n  - c: 1\n    c: 2\na: 2\n") ==
            Lines{"x.yaml:5: b[1].c: given twice, first in line 4",
                  "x.yaml:6: a: given twice, first in line 1"});
}

TEST_CASE("nesting and size have bounds") {
    REQUIRE(complaints_about(std::string(70, '[') + std::string(70, ']')) ==
            Lines{"x.yaml:1: nested deeper than 64 levels"});
    std::string doubling = "a0: &a0 [1, 1]\n";
    for (int i = 1; i < 22; ++i) {
        const std::string last = std::to_string(i - 1), name = "a" + std::to_string(i);
        doubling += name + ": &" + name + " [*a" + last + ", *a" + last + "]\n";
    }
    const Lines lines = complaints_about(doubling);
    REQUIRE(lines.size() == 1);
    REQUIRE(lines[0].ends_with(": more than 2000000 values"));
}

TEST_CASE("an override replaces a value of the file") {
    const TemporaryFile file("a: {b: [{c: 1}, {c: 2}]}\n");
    Diagnostics diagnostics;
    Document document = Document::load(file.path(), diagnostics);
    document.override_value("a.b[1].c", "7", diagnostics);
    document.override_value("a.b[0]", "{c: 5}", diagnostics);
    const auto b = document.root().child("a").child("b");
    REQUIRE(b[0].number("c") == 5.0);
    REQUIRE(b[1].number("c") == 7.0);
    REQUIRE(diagnostics.empty());
    REQUIRE(document.overrides() == Lines{"a.b[1].c=7", "a.b[0]={c: 5}"});
}

TEST_CASE("an override makes the maps that are missing on its way") {
    const TemporaryFile file("a: 1\nempty:\n");
    Diagnostics diagnostics;
    Document document = Document::load(file.path(), diagnostics);
    document.override_value("solver.limits.steps", "10", diagnostics);
    document.override_value("empty.x", "3", diagnostics);
    REQUIRE(document.root().child("solver").child("limits").integer("steps") == 10);
    REQUIRE(document.root().child("empty").integer("x") == 3);
    REQUIRE(diagnostics.empty());
}

TEST_CASE("complaints about an overridden value name the override") {
    const TemporaryFile file("a: {b: 1}\n");
    Diagnostics diagnostics;
    Document document = Document::load(file.path(), diagnostics);
    document.override_value("a.b", "-1", diagnostics);
    document.override_value("a.lenght_mm", "3", diagnostics);
    document.root().child("a").positive("b");
    document.root().child("a").number("length_mm", 1.0);
    document.root().reject_unknown_keys();
    REQUIRE(diagnostics.lines() ==
            Lines{"--set a.b: a.b = -1: expected a positive number",
                  "--set a.lenght_mm: a.lenght_mm: unknown key; did you mean 'length_mm'?"});
}

TEST_CASE("an override that has no place is an error") {
    const TemporaryFile file("a: 1\nb: [1, 2]\n");
    Diagnostics diagnostics;
    Document document = Document::load(file.path(), diagnostics);
    for (const std::string key : {"", "a..b", "b[x]", "b[1", "b[1]x", "[0]", ".a"})
        document.override_value(key, "1", diagnostics);
    for (const std::string& line : diagnostics.lines())
        REQUIRE(line.ends_with(": expected a key like vessels[0].length_mm"));
    REQUIRE(diagnostics.size() == 7);

    Diagnostics others;
    document.override_value("a.b", "1", others);
    document.override_value("b[2]", "1", others);
    document.override_value("a[0]", "1", others);
    REQUIRE(others.lines() == Lines{"--set a.b: a is not a map", "--set b[2]: b has 2 elements",
                                    "--set a[0]: a is not a sequence"});
    REQUIRE(document.overrides().empty());
}

TEST_CASE("an override that is not YAML is an error") {
    const TemporaryFile file("a: 1\n");
    Diagnostics diagnostics;
    Document document = Document::load(file.path(), diagnostics);
    document.override_value("a", "[1", diagnostics);
    REQUIRE(diagnostics.size() == 1);
    REQUIRE(diagnostics.lines()[0].starts_with("--set a: not valid YAML, column"));
    document.root().number("a");
    REQUIRE(diagnostics.size() == 1);
}

TEST_CASE("numbers do not depend on the locale") {
    const char* const before = std::setlocale(LC_ALL, nullptr);
    const std::string saved = before;
    if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) std::setlocale(LC_ALL, "");
    const TemporaryFile file("a: 1.5\n");
    Diagnostics diagnostics;
    REQUIRE(Document::load(file.path(), diagnostics).root().number("a") == 1.5);
    std::setlocale(LC_ALL, saved.c_str());
}
