#include "revocation_lines.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "base/json.h"

namespace rollcall {
namespace {

constexpr std::string_view kFilePrefix = "revocations-";
constexpr std::string_view kFileSuffix = ".jsonl";
constexpr int64_t kDayMs = 86'400'000;

// Beside what happens to users and groups, which is looked into.
constexpr std::array<std::string_view, 23> kActions{"credential.revoke",
                                                    "credential.disable",
                                                    "credential.enable",
                                                    "credential.pause",
                                                    "credential.rotate",
                                                    "credential.networks",
                                                    "credential.quarantine",
                                                    "credential.confirm",
                                                    "service-key.revoke",
                                                    "key.revoke",
                                                    "issuer.add",
                                                    "issuer.remove",
                                                    "openid.set",
                                                    "openid.remove",
                                                    "openid.link",
                                                    "tenant.enable",
                                                    "tenant.disable",
                                                    "operator.password",
                                                    "operator.remove",
                                                    "member.password",
                                                    "member.invite",
                                                    "member.begin_email_verification",
                                                    "grants.set"};

std::string text_in(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// What the payload says of one value of the member: what it was and what it is.
struct Difference {
    const json::value* before = nullptr;
    const json::value* after = nullptr;
};
Difference difference_of(const json::object& payload, std::string_view attribute) {
    const auto* changes = payload.if_contains("changes");
    if (changes == nullptr || !changes->is_array()) return {};
    for (const auto& change : changes->get_array()) {
        if (!change.is_object() || text_in(change.get_object(), "attribute") != attribute) continue;
        return {change.get_object().if_contains("before"), change.get_object().if_contains("after")};
    }
    return {};
}

void read_role(const json::object& payload, JournalLine& line) {
    const auto role = difference_of(payload, "member.role");
    if (role.before == nullptr || role.after == nullptr) return;
    if (!role.before->is_string() || !role.after->is_string()) return;
    line.role_before = role.before->get_string();
    line.role = role.after->get_string();
}

// Of a user that is made again: by a creation that takes a member over, or when a mass change is undone.
bool is_active_again(const json::object& payload) {
    if (const auto active = difference_of(payload, "member.active"); active.after != nullptr)
        return active.after->is_bool() && active.after->get_bool();
    const auto* whole = payload.if_contains("after");
    if (whole == nullptr || !whole->is_object()) return true;
    const auto* active = whole->get_object().if_contains("active");
    return active == nullptr || !active->is_bool() || active->get_bool();
}

// Texts in payloads have their quotes escaped, so that these are found as names only.
bool says_role(const store::Event& event) {
    return event.payload.contains(R"("attribute":"member.role")");
}
bool is_new(const store::Event& event) {
    return event.payload.ends_with(R"("version":1})");
}

// False: the event is not about access.
bool read_user_event(const store::Event& event, JournalLine& line) {
    const std::string_view verb = std::string_view(event.action).substr(event.action.find('.') + 1);
    if (verb == "deactivate" || verb == "delete") {
        line.active = false;
    } else if (verb == "activate") {
        line.active = true;
    } else if (verb == "create" ? is_new(event) : verb != "update" || !says_role(event)) {
        return false;
    }
    if (verb != "create" && !says_role(event)) return true;
    const auto payload = parse_json(event.payload);
    const json::object nothing;
    const auto& said = payload && payload->is_object() ? payload->get_object() : nothing;
    if (verb == "create") line.active = is_active_again(said);
    read_role(said, line);
    return true;
}

bool is_about_access(const store::Event& event) {
    if (event.target_type == "Group") {
        return event.action == "group.disable" || event.action == "group.enable" ||
               event.action == "group.delete" || event.action == "grants.set" ||
               event.payload.contains(R"("removed_count":)");
    }
    return std::ranges::find(kActions, event.action) != kActions.end();
}

// The year and month in a name of a file, as months since the year 0.
std::optional<int> month_of(std::string_view name) {
    if (!name.starts_with(kFilePrefix) || !name.ends_with(kFileSuffix)) return std::nullopt;
    name.remove_prefix(kFilePrefix.size());
    name.remove_suffix(kFileSuffix.size());
    constexpr size_t kDigits = 7;  // 2026-11
    if (name.size() != kDigits || name[4] != '-') return std::nullopt;
    int year = 0, month = 0;
    const auto [year_end, bad_year] = std::from_chars(name.data(), name.data() + 4, year);
    const auto [month_end, bad_month] = std::from_chars(name.data() + 5, name.data() + kDigits, month);
    if (year_end != name.data() + 4 || month_end != name.data() + kDigits || month < 1 || month > 12)
        return std::nullopt;
    return year * 12 + month - 1;
}

bool read_code(std::string_view text, Sha256& code) {
    if (text.size() != code.size() * 2) return false;
    for (size_t i = 0; i < code.size(); ++i) {
        const char* begin = text.data() + i * 2;
        const auto [end, error] = std::from_chars(begin, begin + 2, code[i], 16);
        if (error != std::errc() || end != begin + 2) return false;
    }
    return true;
}

}  // namespace

std::optional<JournalLine> journal_line(std::string_view tenant, const store::Event& event) {
    JournalLine line{event.time,        std::string(tenant), event.seq, event.code, event.action,
                     event.target_type, event.target,        {},        {},         {}};
    const bool is_of_user = event.target_type == "User" && event.action.starts_with("user.");
    if (is_of_user ? !read_user_event(event, line) : !is_about_access(event)) return std::nullopt;
    return line;
}

JournalLine position_line(std::string_view tenant, const store::EventHead& head, Instant now) {
    JournalLine line;
    line.time = now;
    line.tenant = tenant;
    line.seq = head.seq;
    line.code = head.code;
    line.action = kPosition;
    return line;
}

std::string text_of(const JournalLine& line) {
    json::object shown{{"time", format_instant(line.time)},
                       {"tenant", line.tenant},
                       {"seq", line.seq},
                       {"code", hex(as_bytes(line.code))},
                       {"action", line.action}};
    if (!line.target_type.empty()) shown["type"] = line.target_type;
    if (!line.target.empty()) shown["target"] = line.target;
    if (line.active) shown["active"] = *line.active;
    if (!line.role.empty()) {
        shown["role_before"] = line.role_before;
        shown["role"] = line.role;
    }
    return to_json(json::value(std::move(shown))) + "\n";
}

std::optional<JournalLine> parse_journal_line(std::string_view text) {
    const auto value = parse_json(text);
    if (!value || !value->is_object()) return std::nullopt;
    const auto& object = value->get_object();
    const auto time = parse_date_time(text_in(object, "time"));
    const auto* seq = object.if_contains("seq");
    JournalLine line;
    if (!time || seq == nullptr || !seq->is_int64() || !read_code(text_in(object, "code"), line.code))
        return std::nullopt;
    line.time = *time;
    line.seq = seq->get_int64();
    line.tenant = text_in(object, "tenant");
    line.action = text_in(object, "action");
    if (line.tenant.empty() || line.action.empty()) return std::nullopt;
    line.target_type = text_in(object, "type");
    line.target = text_in(object, "target");
    if (const auto* active = object.if_contains("active"); active != nullptr && active->is_bool())
        line.active = active->get_bool();
    line.role_before = text_in(object, "role_before");
    line.role = text_in(object, "role");
    return line;
}

std::string journal_file_name(Instant now) {
    return std::string(kFilePrefix) + format_instant(now).substr(0, 7) + std::string(kFileSuffix);
}

bool is_out_of_date(std::string_view file_name, Instant now) {
    const auto month = month_of(file_name);
    const auto oldest = month_of(journal_file_name(Instant{now.ms - kJournalDays * kDayMs}));
    return month && oldest && *month < *oldest;
}

std::vector<std::string> journal_files(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (auto name = entry->path().filename().string(); month_of(name)) names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    for (auto& name : names) name = (std::filesystem::path(folder) / name).string();
    return names;
}

Result<int64_t> read_journal(const std::string& folder, const std::function<void(JournalLine&&)>& visit) {
    int64_t unreadable = 0;
    for (const auto& path : journal_files(folder)) {
        std::ifstream file(path, std::ios::binary);
        if (!file)
            return failure(ErrorKind::Unavailable, "The file " + path + " of the journal cannot be read.");
        for (std::string text; std::getline(file, text);) {
            if (text.empty()) continue;
            if (auto line = parse_journal_line(text)) {
                visit(*std::move(line));
            } else {
                ++unreadable;
            }
        }
        if (file.bad())
            return failure(ErrorKind::Unavailable, "The file " + path + " of the journal cannot be read.");
    }
    return unreadable;
}

Result<void> check_journal_folder(const std::string& folder) {
    std::error_code error;
    if (std::filesystem::is_directory(folder, error) && ::access(folder.c_str(), R_OK | W_OK | X_OK) == 0)
        return {};
    return failure(ErrorKind::InvalidValue,
                   "revocation_journal names a folder that is there and may be written to.");
}

}  // namespace rollcall
