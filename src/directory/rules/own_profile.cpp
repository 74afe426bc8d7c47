#include "base/text.h"
#include "directory/rules.h"

namespace rollcall::directory {
namespace {

// What describes a person and opens no door: no name to sign in with, no e-mail address, nothing that the
// identity provider matches by, no roles.
constexpr std::string_view kOwnAttributes[] = {
    "name",     "displayName", "nickName",     "profileUrl", "preferredLanguage", "locale",
    "timezone", "photos",      "phoneNumbers", "ims",        "addresses"};

bool is_own(std::string_view name) {
    return std::ranges::find(kOwnAttributes, name) != std::end(kOwnAttributes);
}

// The first attribute outside of the profile that differs; empty when there is none.
std::string changed_beyond_profile(const json::object& before, const json::object& after) {
    for (const auto& [one, other] : {std::pair(&before, &after), std::pair(&after, &before)}) {
        for (const auto& member : *one) {
            if (is_own(member.key())) continue;
            const auto* now = other->if_contains(member.key());
            if (now == nullptr || *now != member.value()) return std::string(member.key());
        }
    }
    return {};
}

}  // namespace

Result<void> own_profile(const Change& change, Context&) {
    const auto& caller = *change.caller;
    if (allows(caller.right, Right::Provision)) return {};
    const bool is_self =
        change.before != nullptr && !caller.user.is_nil() && change.before->id == caller.user;
    const Right wanted = change.after == nullptr ? Right::RemoveSelf : Right::ChangeSelf;
    if (!is_self || !allows(caller.right, wanted)) {
        return failure(ErrorKind::Forbidden, "The credential does not allow this change.");
    }
    // Admitted before, but the user was deactivated meanwhile.
    const auto* active = change.before->attributes.if_contains("active");
    if (active != nullptr && active->is_bool() && !active->get_bool()) {
        return failure(ErrorKind::Forbidden, "The user is not active.");
    }
    if (change.after == nullptr) return {};
    const auto beyond = changed_beyond_profile(change.before->attributes, change.after->attributes);
    if (beyond.empty()) return {};
    return failure(ErrorKind::Forbidden, "A user cannot change its own " + beyond + ".");
}

}  // namespace rollcall::directory
