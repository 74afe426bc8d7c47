#include "model/policy.h"

#include "base/check.h"
#include "base/embedded.h"

namespace rollcall {
namespace {

using Place = std::variant<bool Policy::*, int64_t Policy::*, std::string Policy::*, GroupCycles Policy::*>;

constexpr std::string_view kGroupCycles[] = {"refuse", "whole", "allow"};  // in the order of the enumeration


// One row per value; numbers have bounds. The order is that of the console and of policy_to_json().
struct Row {
    std::string_view name;
    Place place;
    std::string_view meaning;
    int64_t min = 0;
    int64_t max = 0;
    bool chosen_once = false;
};

const Row kRows[] = {
    {"token_prefix", &Policy::token_prefix, "Beginning of every token, so that a leaked one can be recognised."},
    {"strict", &Policy::strict,
     "Refuse what deviates from the standard, even where identity providers are known for it."},
    {"unique_group_names", &Policy::unique_group_names, "No two groups may have the same displayName.", 0, 0, true},
    {"unique_external_ids", &Policy::unique_external_ids, "An externalId may be used once only.", 0, 0, true},
    {"reject_unknown_members", &Policy::reject_unknown_members,
     "Refuse a group member that does not exist; otherwise it is skipped and noted in the audit row."},
    {"group_cycles", &Policy::group_cycles,
     "Groups that contain each other in a circle: refuse them, allow them, or only those made whole by one Bulk."},
    {"bulk", &Policy::bulk, "Offer POST /Bulk; otherwise it answers 501."},
    {"refuse_unlisted_roles", &Policy::refuse_unlisted_roles,
     "Refuse roles and entitlements that are not in the list of the tenant, where it has one."},
    {"rotation_reminder_days", &Policy::rotation_reminder_days,
     "Age in days at which a token is reported as due for rotation.", 1, 3650},
};

std::string_view type_name(const Place& place) {
    constexpr std::string_view kNames[] = {"boolean", "integer", "string", "choice"};
    return kNames[place.index()];
}

std::unexpected<Error> refuse(const Row& row, const std::string& rule) {
    return failure(ErrorKind::InvalidValue, "The policy value \"" + std::string(row.name) + "\" must be " + rule + ".");
}

// A prefix ends up in an Authorization header, in front of a token of letters and digits (RFC 6750 §2.1).
bool is_token_prefix(std::string_view text) {
    return text.size() >= 2 && text.size() <= 24 && text.ends_with('_') && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

Result<void> set(Policy& policy, const Row& row, const json::value& value) {
    if (const auto* place = std::get_if<bool Policy::*>(&row.place)) {
        if (!value.is_bool()) return refuse(row, "true or false");
        policy.*(*place) = value.as_bool();
    } else if (const auto* number = std::get_if<int64_t Policy::*>(&row.place)) {
        if (!value.is_int64() || value.as_int64() < row.min || value.as_int64() > row.max) {
            return refuse(row, "a whole number from " + std::to_string(row.min) + " to " + std::to_string(row.max));
        }
        policy.*(*number) = value.as_int64();
    } else if (const auto* choice = std::get_if<GroupCycles Policy::*>(&row.place)) {
        const auto word = value.is_string()
                              ? std::ranges::find(kGroupCycles, std::string_view(value.as_string()))
                              : std::end(kGroupCycles);
        if (word == std::end(kGroupCycles)) return refuse(row, "\"refuse\", \"whole\" or \"allow\"");
        policy.*(*choice) = static_cast<GroupCycles>(word - std::begin(kGroupCycles));
    } else {
        if (!value.is_string() || !is_token_prefix(value.as_string())) {
            return refuse(row, "2 to 24 small letters, digits or underscores, with an underscore at the end");
        }
        policy.*std::get<std::string Policy::*>(row.place) = std::string(value.as_string());
    }
    return {};
}

// The name of group_cycles when it was true or false; policies that were stored then still say it.
constexpr std::string_view kRetired = "allow_group_cycles";

json::value shown(GroupCycles cycles) {
    return json::value(kGroupCycles[static_cast<size_t>(cycles)]);
}
json::value shown(const auto& value) {
    return json::value(value);
}

constexpr std::string_view kFolder = "profiles/";
constexpr std::string_view kExtension = ".json";

std::string_view profile_name(const EmbeddedFile& file) {
    std::string_view name = file.name;
    if (!name.starts_with(kFolder) || !name.ends_with(kExtension)) return {};
    name.remove_prefix(kFolder.size());
    name.remove_suffix(kExtension.size());
    return name;
}

}  // namespace

const std::vector<PolicyValue>& policy_values() {
    static const std::vector<PolicyValue> values = [] {
        std::vector<PolicyValue> out;
        for (const Row& row : kRows) out.push_back({row.name, type_name(row.place), row.meaning, row.chosen_once});
        return out;
    }();
    return values;
}

Result<Policy> policy_from_json(const json::object& values) {
    Policy policy;
    for (const auto& member : values) {
        if (member.key() == kRetired && member.value().is_bool()) {
            if (member.value().as_bool()) policy.group_cycles = GroupCycles::Allow;
            continue;
        }
        const auto row = std::ranges::find(kRows, std::string_view(member.key()), &Row::name);
        if (row == std::end(kRows)) {
            return failure(ErrorKind::InvalidValue,
                           "There is no policy value named \"" + std::string(member.key()) + "\".");
        }
        TRY_VOID(set(policy, *row, member.value()));
    }
    return policy;
}

json::object policy_to_json(const Policy& policy) {
    json::object out;
    for (const Row& row : kRows) {
        std::visit([&](auto place) { out[row.name] = shown(policy.*place); }, row.place);
    }
    return out;
}

Result<void> assign_policy_value(std::string_view assignment, json::object& values) {
    const auto equals = assignment.find('=');
    if (equals == std::string_view::npos) {
        return failure(ErrorKind::InvalidValue, "A policy value is written NAME=VALUE, for example strict=true.");
    }
    const auto name = assignment.substr(0, equals), text = assignment.substr(equals + 1);
    const auto row = std::ranges::find(kRows, name, &Row::name);
    const bool is_text = row != std::end(kRows) && std::holds_alternative<std::string Policy::*>(row->place);
    json::value value(text);
    if (!is_text) {
        if (auto parsed = parse_json(text)) value = std::move(*parsed);
    }
    values[name] = std::move(value);
    TRY_VOID(policy_from_json(values));
    return {};
}

std::vector<std::string> profile_names() {
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files()) {
        if (const std::string_view name = profile_name(file); !name.empty()) names.emplace_back(name);
    }
    return names;
}

// The description of a profile is for its readers and no policy value.
Result<json::object> profile_values(std::string_view name) {
    for (const EmbeddedFile& file : embedded_files()) {
        if (name.empty() || profile_name(file) != name) continue;
        const Result<json::value> parsed = parse_json(file.content);
        CHECK(parsed && parsed->is_object());
        json::object values = parsed->as_object();
        erase_member(values, "description");
        return values;
    }
    return failure(ErrorKind::InvalidValue, "There is no profile of that name.");
}

}  // namespace rollcall
