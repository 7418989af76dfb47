#include "asp/db/record.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/db/detail/record_json.hpp"

namespace asp::db {

namespace {

using nlohmann::json;

constexpr std::array status_names{"ok", "wrong", "crash", "timeout", "compile_error"};
constexpr std::array provenance_names{"online", "offline", "import"};

std::string sha256(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw BackendError("OpenSSL has no SHA-256");
    std::string hex;
    for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

std::string utc_text(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

std::optional<std::int64_t> utc_seconds(const std::string& text) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    const std::int64_t seconds = ::timegm(&parts);
    if (utc_text(seconds) != text) return std::nullopt;  // the 31st of February
    return seconds;
}

[[noreturn]] void refuse(std::string_view key, const json& value, std::string_view expected) {
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    throw InputError(fmt::format("{} = {}: expected {}", key, text, expected));
}

const json& member(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) throw InputError(fmt::format("{}: missing", key));
    return *found;
}

std::string word(const json& object, const char* key) {
    const json& value = member(object, key);
    if (!value.is_string() || value.get_ref<const std::string&>().size() > 256)
        refuse(key, value, "a text of at most 256 bytes");
    return value;
}

long whole_number(const json& object, const char* key) {
    const json& value = member(object, key);
    const bool too_large = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
    if (!value.is_number_integer() || too_large) refuse(key, value, "a whole number");
    return value;
}

double number(const json& value, const char* key) {
    if (!value.is_number()) refuse(key, value, "a number");
    return value;
}

void require_known_keys(const json& object, const std::vector<std::string>& known) {
    if (!object.is_object()) refuse("line", object, "a JSON object");
    for (const auto& item : object.items()) {
        if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
        const auto near = nearest_name(item.key(), known);
        throw InputError(item.key() + ": unknown key" +
                         (near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
}

std::map<std::string, double> features_of(const json& object) {
    if (!object.is_object()) refuse("features", object, "an object of numbers");
    std::map<std::string, double> features;
    for (const auto& item : object.items())
        features[item.key()] = number(item.value(), ("features." + item.key()).c_str());
    return features;
}

std::map<std::string, long> variant_of(const json& object) {
    if (!object.is_object()) refuse("variant", object, "an object of whole numbers");
    std::map<std::string, long> variant;
    for (const auto& item : object.items())
        variant[item.key()] = whole_number(object, item.key().c_str());
    return variant;
}

template <class Kind, std::size_t n>
std::optional<Kind> kind_of(std::string_view name, const std::array<const char*, n>& names) {
    for (std::size_t i = 0; i < n; ++i)
        if (name == names[i]) return static_cast<Kind>(i);
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Status status) {
    return status_names[static_cast<std::size_t>(status)];
}

std::string_view name_of(Provenance provenance) {
    return provenance_names[static_cast<std::size_t>(provenance)];
}

std::int64_t seconds_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string content_id(const TuningRecord& record) {
    json content = detail::to_json(record);
    content.erase("provenance");
    return sha256(content.dump());
}

void check(const TuningRecord& record) {
    const auto require = [](bool holds, const char* line) {
        if (!holds) throw InputError(line);
    };
    require(!record.problem.specializer.empty(), "specializer: expected a name");
    require(!record.problem.platform.empty(), "platform: expected a fingerprint");
    for (const auto& [name, value] : record.problem.features)
        if (!std::isfinite(value))
            throw InputError(
                fmt::format("features.{} = {}: expected a finite number", name, value));
    require(record.ratio.has_value() == (record.status == Status::ok),
            "ratio: expected with status ok, and only there");
    if (record.ratio) {
        const Ratio& r = *record.ratio;
        require(r.low > 0.0 && r.low <= r.median && r.median <= r.high && std::isfinite(r.high),
                "ratio: expected 0 < lower quartile <= median <= upper quartile");
    }
    require(!record.chosen || record.status == Status::ok,
            "chosen: expected false for a variant that failed");
    require(record.runs >= 0, "runs: expected zero or more");
    require(record.created >= 0, "created: expected a time after 1970");
}

namespace detail {

std::optional<Status> status_of(std::string_view name) {
    return kind_of<Status>(name, status_names);
}

std::optional<Provenance> provenance_of(std::string_view name) {
    return kind_of<Provenance>(name, provenance_names);
}

std::string to_text(const std::map<std::string, double>& features) {
    json object = json::object();
    for (const auto& [name, value] : features) object[name] = value + 0.0;  // -0 becomes 0
    return object.dump();
}

std::string to_text(const std::map<std::string, long>& variant) {
    json object = json::object();
    for (const auto& [name, value] : variant) object[name] = value;
    return object.dump();
}

std::map<std::string, double> features_from_text(const std::string& text) {
    return features_of(json::parse(text));
}

std::map<std::string, long> variant_from_text(const std::string& text) {
    return variant_of(json::parse(text));
}

json to_json(const TuningRecord& record) {
    json object;
    object["specializer"] = record.problem.specializer;
    object["version"] = record.problem.version;
    object["platform"] = record.problem.platform;
    object["features"] = json::parse(to_text(record.problem.features));
    object["variant"] = json::parse(to_text(record.variant));
    object["status"] = name_of(record.status);
    if (record.ratio)
        object["ratio"] = {record.ratio->low, record.ratio->median, record.ratio->high};
    object["runs"] = record.runs;
    object["chosen"] = record.chosen;
    object["provenance"] = name_of(record.provenance);
    object["created"] = utc_text(record.created);
    object["submitter"] = record.submitter;
    object["tool_version"] = record.tool_version;
    return object;
}

json to_json(const Platform& platform) {
    return {{"platform", platform.id}, {"describes", json::parse(platform.json)}};
}

TuningRecord record_from_json(const json& object) {
    require_known_keys(
        object, {"specializer", "version", "platform", "features", "variant", "status", "ratio",
                 "runs", "chosen", "provenance", "created", "submitter", "tool_version"});
    TuningRecord record;
    record.problem = {word(object, "specializer"), whole_number(object, "version"),
                      word(object, "platform"), features_of(member(object, "features"))};
    record.variant = variant_of(member(object, "variant"));
    const auto status = status_of(word(object, "status"));
    if (!status) refuse("status", object["status"], "ok, wrong, crash, timeout or compile_error");
    record.status = *status;
    if (const auto ratio = object.find("ratio"); ratio != object.end()) {
        if (!ratio->is_array() || ratio->size() != 3)
            refuse("ratio", *ratio, "lower quartile, median and upper quartile");
        record.ratio = Ratio{.median = number((*ratio)[1], "ratio[1]"),
                             .low = number((*ratio)[0], "ratio[0]"),
                             .high = number((*ratio)[2], "ratio[2]")};
    }
    const long runs = whole_number(object, "runs");
    if (runs < 0 || runs > 1000000000) refuse("runs", object["runs"], "0 to 1000000000");
    record.runs = static_cast<int>(runs);
    const json& chosen = member(object, "chosen");
    if (!chosen.is_boolean()) refuse("chosen", chosen, "true or false");
    record.chosen = chosen;
    const auto provenance = provenance_of(word(object, "provenance"));
    if (!provenance) refuse("provenance", object["provenance"], "online, offline or import");
    record.provenance = *provenance;
    const auto created = utc_seconds(word(object, "created"));
    if (!created) refuse("created", object["created"], "a time like 2024-01-31T23:59:59Z");
    record.created = *created;
    record.submitter = word(object, "submitter");
    record.tool_version = word(object, "tool_version");
    check(record);
    return record;
}

Platform platform_from_json(const json& object) {
    require_known_keys(object, {"platform", "describes"});
    const json& describes = member(object, "describes");
    if (!describes.is_object()) refuse("describes", describes, "an object");
    const std::string id = word(object, "platform");
    if (id.empty()) refuse("platform", object["platform"], "a fingerprint");
    return {id, describes.dump()};
}

}  // namespace detail

}  // namespace asp::db
