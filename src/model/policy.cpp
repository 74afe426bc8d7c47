#include "model/policy.h"

#include <set>
#include <span>
#include <type_traits>
#include <variant>

#include "base/address.h"
#include "base/check.h"
#include "base/embedded.h"

namespace rollcall {
namespace {

// A text and what it must be like.
struct Text {
    std::string Policy::* place;
    bool (*fits)(std::string_view text);
    std::string_view rule;
};
struct TextList {
    std::vector<std::string> Policy::* place;
    bool (*fits)(const std::vector<std::string>& texts);
    std::string_view rule;
};
// An enumeration, whose words are in its order.
struct Choice {
    size_t (*get)(const Policy& policy);
    void (*set)(Policy& policy, size_t index);
    std::span<const std::string_view> words;
};
template <auto kPlace>
constexpr Choice choice(std::span<const std::string_view> words) {
    using Enumeration = std::remove_cvref_t<decltype(std::declval<Policy&>().*kPlace)>;
    return {[](const Policy& policy) { return static_cast<size_t>(policy.*kPlace); },
            [](Policy& policy, size_t index) { policy.*kPlace = static_cast<Enumeration>(index); }, words};
}

using Place = std::variant<bool Policy::*, int64_t Policy::*, Text, TextList, Choice>;

constexpr std::string_view kGroupCycles[] = {"refuse", "whole", "allow"};
constexpr std::string_view kGroupModes[] = {"off", "plain", "cohorts", "paths"};
constexpr std::string_view kGroupSync[] = {"all", "selected"};
constexpr std::string_view kUnknownGroups[] = {"create", "refuse"};
constexpr std::string_view kVisibility[] = {"all", "managed"};
constexpr std::string_view kLinking[] = {"never", "pre_linked", "verified"};
constexpr std::string_view kRoleOnReturn[] = {"previous", "default"};
constexpr std::string_view kDeleteMode[] = {"soft", "membership", "hard"};
constexpr std::string_view kKeysOnReturn[] = {"revive", "stay_dead"};
constexpr std::string_view kEmailVerification[] = {"never", "trusted"};
constexpr std::string_view kMassChangeMode[] = {"off", "stage", "hold"};

bool is_word(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// A prefix ends up in an Authorization header, in front of a token of letters and digits (RFC 6750 §2.1).
bool is_token_prefix(std::string_view text) {
    return text.size() >= 2 && text.size() <= 24 && text.ends_with('_') && is_word(text);
}

bool is_role(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}
bool is_role_or_none(std::string_view text) {
    return text.empty() || is_role(text);
}
bool are_roles(const std::vector<std::string>& roles) {
    const std::set<std::string_view> different(roles.begin(), roles.end());
    return !roles.empty() && roles.size() <= 16 && different.size() == roles.size() &&
           std::ranges::all_of(roles, is_role);
}

bool is_urn_or_none(std::string_view text) {
    return text.empty() || (text.size() <= 200 && text.starts_with("urn:") &&
                            text.find_first_of(" \"/?#[]\\") == std::string_view::npos);
}

bool are_networks(const std::vector<std::string>& texts) {
    return texts.size() <= 64 &&
           std::ranges::all_of(texts, [](const std::string& text) { return AddressRange::parse(text).has_value(); });
}

constexpr std::string_view kRoleRule = "one of the roles";
constexpr std::string_view kRoleOrNoneRule = "one of the roles, or \"\" for none";

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
    {"token_prefix",
     Text{&Policy::token_prefix, is_token_prefix,
          "2 to 24 small letters, digits or underscores, with an underscore at the end"},
     "Beginning of every token, so that a leaked one can be recognised."},
    {"strict", &Policy::strict,
     "Refuse what deviates from the standard, even where identity providers are known for it."},
    {"unique_group_names", &Policy::unique_group_names, "No two groups may have the same displayName.", 0, 0,
     true},
    {"unique_external_ids", &Policy::unique_external_ids, "An externalId may be used once only.", 0, 0, true},
    {"reject_unknown_members", &Policy::reject_unknown_members,
     "Refuse a group member that does not exist; otherwise it is skipped and noted in the audit row."},
    {"group_cycles", choice<&Policy::group_cycles>(kGroupCycles),
     "Groups that contain each other in a circle: refuse them, allow them, or only those made whole by one "
     "Bulk."},
    {"groups", choice<&Policy::groups>(kGroupModes),
     "What groups are: none at all, plain lists of members, cohorts with an owner, or paths that stand for "
     "scopes."},
    {"group_sync", choice<&Policy::group_sync>(kGroupSync),
     "Which groups of an identity provider take effect when they are made: all, or those that are selected "
     "later."},
    {"writable_user_groups", &Policy::writable_user_groups,
     "A PATCH of the groups of a user adds and removes memberships; otherwise groups are readOnly."},
    {"unknown_groups", choice<&Policy::unknown_groups>(kUnknownGroups),
     "A group that such a PATCH names and that is not there: make it, or refuse the request."},
    {"bulk", &Policy::bulk, "Offer POST /Bulk; otherwise it answers 501."},
    {"refuse_unlisted_roles", &Policy::refuse_unlisted_roles,
     "Refuse roles and entitlements that are not in the list of the tenant, where it has one."},
    {"rotation_reminder_days", &Policy::rotation_reminder_days,
     "Age in days at which a token is reported as due for rotation.", 1, 3650},
    {"basic_authentication", &Policy::basic_authentication,
     "Take tokens as the password of HTTP Basic; the user name is the credential's id or slug."},
    {"api_key_authentication", &Policy::api_key_authentication, "Take tokens in the header X-API-Key."},
    {"oauth_client_credentials", &Policy::oauth_client_credentials,
     "Give access tokens at POST /oauth/token (OAuth 2.0 client credentials)."},
    {"access_token_seconds", &Policy::access_token_seconds, "How long such an access token is good.", 60,
     86'400},
    {"allowed_networks",
     TextList{&Policy::allowed_networks, are_networks,
              "at most 64 addresses and blocks, such as 192.0.2.0/24 or 2001:db8::/32"},
     "Addresses that credentials may be used from; none: all. A credential may narrow it further."},
    {"credential_requests_per_second", &Policy::credential_requests_per_second,
     "Requests a second that one credential may make in the long run, 8 times as many at once; above, 429. "
     "0: any.",
     0, 1'000'000},
    {"tenant_requests_per_second", &Policy::tenant_requests_per_second,
     "The same for all credentials of the tenant together.", 0, 1'000'000},
    {"roles",
     TextList{&Policy::roles, are_roles, "1 to 16 different names of small letters, digits, \"-\" and \"_\""},
     "The roles of members, the lowest first."},
    {"default_role", Text{&Policy::default_role, is_role, kRoleRule}, "The role of a new member."},
    {"scim_ceiling_role", Text{&Policy::scim_ceiling_role, is_role, kRoleRule},
     "The highest role that SCIM may give; with visibility \"managed\" also the highest that it sees."},
    {"owner_role", Text{&Policy::owner_role, is_role_or_none, kRoleOrNoneRule},
     "The role of those who own the tenant."},
    {"admin_role", Text{&Policy::admin_role, is_role_or_none, kRoleOrNoneRule},
     "Members of this role and of higher ones administer the tenant."},
    {"inactive_role", Text{&Policy::inactive_role, is_role_or_none, kRoleOrNoneRule},
     "The role that a deactivated member has; none: it keeps the one it had.", 0, 0, true},
    {"role_on_return", choice<&Policy::role_on_return>(kRoleOnReturn),
     "The role of a member that is activated again: its previous one, or that of a new member."},
    {"role_schema", Text{&Policy::role_schema, is_urn_or_none, "a URN, or \"\" for none"},
     "The extension of User whose attribute \"role\" shows and sets the role of a member.", 0, 0, true},
    {"visibility", choice<&Policy::visibility>(kVisibility),
     "What SCIM sees: all members, or those it manages up to scim_ceiling_role; others answer 404."},
    {"linking", choice<&Policy::linking>(kLinking),
     "What a creation by SCIM may join: nothing, manual members that an administrator has linked, or also "
     "accounts "
     "with the same verified e-mail address."},
    {"delete", choice<&Policy::delete_mode>(kDeleteMode),
     "What deleting a user does: deactivate and hide it, end its membership, or end it and its content."},
    {"revive_deleted", &Policy::revive_deleted,
     "Creating a user with the userName and externalId of one that was deleted softly brings that one back, "
     "with "
     "default_role and without groups; otherwise somebody else is made."},
    {"keys_on_return", choice<&Policy::keys_on_return>(kKeysOnReturn),
     "API keys of a member that is activated again: they work again, or stay dead."},
    {"unique_emails", &Policy::unique_emails, "No two users may have the same e-mail address.", 0, 0, true},
    {"members_max", &Policy::members_max,
     "How many users there may be; creating more is refused with 403. 0: any number.", 0, 100'000'000},
    {"email_verification", choice<&Policy::email_verification>(kEmailVerification),
     "Whether an e-mail address that comes by SCIM counts as verified in this tenant."},
    {"last_owner_guard", &Policy::last_owner_guard,
     "Refuse to delete, deactivate or demote the last active member that has owner_role."},
    {"scim_changes_owners", &Policy::scim_changes_owners,
     "SCIM may deactivate, activate and delete members that have owner_role, and change their role, userName and "
     "e-mail addresses; otherwise that is refused with 409."},
    {"delete_follows_setting", &Policy::delete_follows_setting,
     "Where \"delete\" is \"soft\", the setting plur_hard_delete of the server makes it \"hard\"."},
    {"mass_change_guard", choice<&Policy::mass_change_guard>(kMassChangeMode),
     "When many members lose access in a short time: nothing; or deletions wait to be released or undone; or "
     "further deletions are refused as well. Deactivations are never refused."},
    {"mass_change_members", &Policy::mass_change_members,
     "How many members may lose access in that time before it is a mass change.", 1, 1'000'000},
    {"mass_change_percent", &Policy::mass_change_percent,
     "Which part of the active members that SCIM manages may lose access in that time; the higher of both counts.",
     0, 100},
    {"mass_change_minutes", &Policy::mass_change_minutes, "The time in which losses of access are counted together.",
     1, 1'440},
    {"mass_change_hours", &Policy::mass_change_hours,
     "After how long a mass change about which nobody has decided is released.", 1, 720},
    {"mass_change_second_approver", &Policy::mass_change_second_approver,
     "A mass change is released by two different people; undoing it takes one."},
    {"sign_in_needs_verified_email", &Policy::sign_in_needs_verified_email,
     "A member whose e-mail address is not verified may not sign in to the application."},
};

std::string_view type_name(const Place& place) {
    constexpr std::string_view kNames[] = {"boolean", "integer", "string", "list", "choice"};
    return kNames[place.index()];
}

std::unexpected<Error> refuse(const Row& row, std::string_view rule) {
    return failure(ErrorKind::InvalidValue,
                   "The policy value \"" + std::string(row.name) + "\" must be " + std::string(rule) + ".");
}

std::string listed(std::span<const std::string_view> words) {
    std::string text;
    for (size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += '"' + std::string(words[i]) + '"';
    }
    return text;
}

std::optional<std::vector<std::string>> texts_in(const json::value& value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<std::string> texts;
    for (const auto& element : value.as_array()) {
        if (!element.is_string()) return std::nullopt;
        texts.emplace_back(element.as_string());
    }
    return texts;
}

Result<void> set(Policy& policy, const Row& row, const json::value& value) {
    if (const auto* place = std::get_if<bool Policy::*>(&row.place)) {
        if (!value.is_bool()) return refuse(row, "true or false");
        policy.*(*place) = value.as_bool();
    } else if (const auto* number = std::get_if<int64_t Policy::*>(&row.place)) {
        if (!value.is_int64() || value.as_int64() < row.min || value.as_int64() > row.max) {
            return refuse(
                row, "a whole number from " + std::to_string(row.min) + " to " + std::to_string(row.max));
        }
        policy.*(*number) = value.as_int64();
    } else if (const auto* choices = std::get_if<Choice>(&row.place)) {
        const auto& words = choices->words;
        const auto word =
            value.is_string() ? std::ranges::find(words, std::string_view(value.as_string())) : words.end();
        if (word == words.end()) return refuse(row, listed(words));
        choices->set(policy, static_cast<size_t>(word - words.begin()));
    } else if (const auto* list = std::get_if<TextList>(&row.place)) {
        auto texts = texts_in(value);
        if (!texts || !list->fits(*texts)) return refuse(row, list->rule);
        policy.*(list->place) = std::move(*texts);
    } else {
        const auto& text = std::get<Text>(row.place);
        if (!value.is_string() || !text.fits(value.as_string())) return refuse(row, text.rule);
        policy.*(text.place) = std::string(value.as_string());
    }
    return {};
}

std::unexpected<Error> unknown(std::string_view name) {
    return failure(ErrorKind::InvalidValue, "There is no policy value named \"" + std::string(name) + "\".");
}

json::value shown(const Policy& policy, const Place& place) {
    if (const auto* boolean = std::get_if<bool Policy::*>(&place)) return policy.*(*boolean);
    if (const auto* number = std::get_if<int64_t Policy::*>(&place)) return policy.*(*number);
    if (const auto* text = std::get_if<Text>(&place)) return json::value(policy.*(text->place));
    if (const auto* choices = std::get_if<Choice>(&place))
        return json::value(choices->words[choices->get(policy)]);
    json::array texts;
    for (const auto& text : policy.*(std::get<TextList>(place).place)) texts.emplace_back(text);
    return texts;
}

std::unexpected<Error> contradiction(const std::string& sentence) {
    return failure(ErrorKind::InvalidValue, "The policy contradicts itself: " + sentence);
}

// Values that fit alone and not together.
Result<void> check_together(const Policy& policy) {
    const std::pair<std::string_view, const std::string*> roles[] = {
        {"default_role", &policy.default_role},
        {"scim_ceiling_role", &policy.scim_ceiling_role},
        {"owner_role", &policy.owner_role},
        {"admin_role", &policy.admin_role},
        {"inactive_role", &policy.inactive_role}};
    for (const auto& [name, role] : roles) {
        if (!role->empty() && rank_of(policy, *role) < 0) {
            return contradiction("\"" + std::string(name) + "\" is \"" + *role +
                                 "\", which is not one of \"roles\".");
        }
    }
    const auto rank = [&](const std::string& role) { return rank_of(policy, role); };
    if (rank(policy.default_role) > rank(policy.scim_ceiling_role)) {
        return contradiction(
            "\"default_role\" is above \"scim_ceiling_role\", so that SCIM could make nobody.");
    }
    if (rank(policy.inactive_role) >= rank(policy.default_role)) {
        return contradiction("\"inactive_role\" is not below \"default_role\".");
    }
    if (!policy.owner_role.empty() && rank(policy.admin_role) > rank(policy.owner_role)) {
        return contradiction("\"admin_role\" is above \"owner_role\", so that owners would not administer.");
    }
    if (policy.groups == GroupMode::Cohorts && policy.owner_role.empty()) {
        return contradiction("\"groups\" is \"cohorts\", but there is no \"owner_role\" to own them.");
    }
    if (policy.groups == GroupMode::Paths && !policy.unique_group_names) {
        return contradiction(
            "\"groups\" is \"paths\", whose names stand for scopes, but \"unique_group_names\" is off.");
    }
    if (policy.mass_change_second_approver && policy.mass_change_guard == MassChangeMode::Off) {
        return contradiction("\"mass_change_second_approver\" is on, but \"mass_change_guard\" is \"off\".");
    }
    if (policy.last_owner_guard && policy.owner_role.empty()) {
        return contradiction("\"last_owner_guard\" is on, but there is no \"owner_role\".");
    }
    return {};
}

// The name of group_cycles when it was true or false; policies that were stored then still say it.
constexpr std::string_view kRetired = "allow_group_cycles";

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

int rank_of(const Policy& policy, std::string_view role) {
    const auto place = std::ranges::find(policy.roles, role);
    return place == policy.roles.end() ? -1 : static_cast<int>(place - policy.roles.begin());
}

const std::vector<PolicyValue>& policy_values() {
    static const std::vector<PolicyValue> values = [] {
        std::vector<PolicyValue> out;
        for (const Row& row : kRows)
            out.push_back(
                {row.name, type_name(row.place), row.meaning, shown(Policy{}, row.place), row.chosen_once});
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
        if (row == std::end(kRows)) return unknown(member.key());
        TRY_VOID(set(policy, *row, member.value()));
    }
    TRY_VOID(check_together(policy));
    return policy;
}

Result<Policy> read_policy(std::string_view text) {
    const auto values = parse_json(text);
    if (!values || !values->is_object()) return failure(ErrorKind::InvalidValue, "It is no JSON object.");
    return policy_from_json(values->get_object());
}

json::object policy_to_json(const Policy& policy) {
    json::object out;
    for (const Row& row : kRows) out[row.name] = shown(policy, row.place);
    return out;
}

Result<void> assign_policy_value(std::string_view assignment, json::object& values) {
    const auto equals = assignment.find('=');
    if (equals == std::string_view::npos) {
        return failure(ErrorKind::InvalidValue,
                       "A policy value is written NAME=VALUE, for example strict=true.");
    }
    const auto name = assignment.substr(0, equals), text = assignment.substr(equals + 1);
    const auto row = std::ranges::find(kRows, name, &Row::name);
    if (row == std::end(kRows)) return unknown(name);
    json::value value(text);
    if (!std::holds_alternative<Text>(row->place)) {
        if (auto parsed = parse_json(text)) value = std::move(*parsed);
    }
    Policy alone;
    TRY_VOID(set(alone, *row, value));
    values[name] = std::move(value);
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
