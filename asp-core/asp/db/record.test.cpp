#include "asp/db/record.hpp"

#include <cmath>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/db/detail/record_json.hpp"
#include "asp/db/detail/test_records.hpp"

using namespace asp::db;
using namespace asp::db::testing;
using asp::InputError;
using asp::testing::message_of;

namespace {

std::string complaint(const char* key, const nlohmann::json& value) {
    nlohmann::json object = detail::to_json(chosen(stencil(), 8, 0.5));
    object[key] = value;
    return message_of<InputError>([&] { detail::record_from_json(object); });
}

}  // namespace

TEST_CASE("equal records have equal content ids, whichever way they came") {
    TuningRecord a = chosen(stencil(), 8, 0.5), b = a;
    b.provenance = Provenance::import;
    CHECK(content_id(a) == content_id(b));
    CHECK(content_id(a).size() == 64);
    b.variant["tile"] = 16;
    CHECK(content_id(a) != content_id(b));
}

TEST_CASE("every part of a record but its provenance is part of its content id") {
    const TuningRecord a = chosen(stencil(), 8, 0.5);
    std::vector<TuningRecord> others(10, a);
    others[0].problem.specializer = "newton";
    others[1].problem.version = 2;
    others[2].problem.platform = "there";
    others[3].problem.features["n"] = 65.0;
    others[4].ratio->high = 0.6;
    others[5].runs = 6;
    others[6].chosen = false;
    others[7].created = 1001;
    others[8].submitter = "someone";
    others[9].tool_version = "0.2.0";
    for (const TuningRecord& other : others) CHECK(content_id(other) != content_id(a));
}

TEST_CASE("a negative zero is the same feature as zero") {
    const std::map<std::string, double> negative{{"shift", -0.0}}, zero{{"shift", 0.0}};
    CHECK(detail::to_text(negative) == detail::to_text(zero));
}

TEST_CASE("a record survives its text to the last bit") {
    TuningRecord record = chosen(stencil(1.0 / 3.0), -8, 0.1 + 0.2);
    record.created = 1700000000;
    const TuningRecord again =
        detail::record_from_json(nlohmann::json::parse(detail::to_json(record).dump()));
    CHECK(content_id(again) == content_id(record));
    CHECK(again.problem == record.problem);
    CHECK(again.ratio->median == record.ratio->median);
    CHECK(again.created == 1700000000);
}

TEST_CASE("a time is written as a person reads it") {
    TuningRecord record = chosen(stencil(), 8, 0.5);
    record.created = 1700000000;
    CHECK(detail::to_json(record)["created"] == "2023-11-14T22:13:20Z");
}

TEST_CASE("each wrong part of a record is named, with what was expected") {
    CHECK(complaint("status", "fine") ==
          "status = \"fine\": expected ok, wrong, crash, timeout or compile_error");
    CHECK(complaint("version", 1.5) == "version = 1.5: expected a whole number");
    CHECK(complaint("variant", {{"tile", "x"}}) == "tile = \"x\": expected a whole number");
    CHECK(complaint("features", {{"n", true}}) == "features.n = true: expected a number");
    CHECK(complaint("ratio", {0.5, 0.4, 0.6}) ==
          "ratio: expected 0 < lower quartile <= median <= upper quartile");
    CHECK(complaint("ratio", 0.5) ==
          "ratio = 0.5: expected lower quartile, median and upper quartile");
    CHECK(complaint("created", "yesterday") ==
          "created = \"yesterday\": expected a time like 2024-01-31T23:59:59Z");
    CHECK(complaint("created", "2024-02-31T00:00:00Z") ==
          "created = \"2024-02-31T00:00:00Z\": expected a time like 2024-01-31T23:59:59Z");
    CHECK(complaint("specializer", "") == "specializer: expected a name");
    CHECK(complaint("statsu", "ok") == "statsu: unknown key; did you mean 'status'?");
    CHECK(complaint("runs", 3000000000) == "runs = 3000000000: expected 0 to 1000000000");
    CHECK(complaint("version", 18446744073709551615u) ==
          "version = 18446744073709551615: expected a whole number");
}

TEST_CASE("a missing part of a record is named") {
    nlohmann::json object = detail::to_json(chosen(stencil(), 8, 0.5));
    object.erase("platform");
    CHECK(message_of<InputError>([&] { detail::record_from_json(object); }) == "platform: missing");
}

TEST_CASE("a failed variant has no ratio and is no verdict") {
    TuningRecord record = failed(stencil(), 8, Status::crash);
    CHECK_NOTHROW(check(record));
    record.ratio = Ratio{1.0, 1.0, 1.0};
    CHECK_THROWS_AS(check(record), InputError);
    record.ratio.reset();
    record.chosen = true;
    CHECK_THROWS_AS(check(record), InputError);
}

TEST_CASE("a feature that is not a number is refused") {
    TuningRecord record = chosen(stencil(std::nan("")), 8, 0.5);
    CHECK(message_of<InputError>([&] { check(record); }) ==
          "features.n = nan: expected a finite number");
    record.problem = stencil(std::numeric_limits<double>::infinity());
    CHECK_THROWS_AS(check(record), InputError);
}
