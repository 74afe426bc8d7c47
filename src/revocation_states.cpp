#include "revocation_states.h"

namespace rollcall {

void RevocationStates::add_credential(const JournalLine& line) {
    if (line.target == "*") {
        if (line.action != "credential.confirm") return;
        for (auto& [id, credential] : credentials) credential.held = false;
        return;
    }
    auto& credential = credentials[line.target];
    credential.time = line.time;
    if (line.action == "credential.revoke") credential.revoked = true;
    if (line.action == "credential.disable") credential.disabled = true;
    if (line.action == "credential.enable") credential.disabled = credential.paused = false;
    if (line.action == "credential.pause") credential.paused = true;
    if (line.action == "credential.quarantine") credential.held = true;
    if (line.action == "credential.confirm") credential.held = false;
    if (line.action == "credential.networks") credential.networks = true;
    if (line.action == "credential.rotate") credential.rotated = line.time;
}

void RevocationStates::add_user(const JournalLine& line) {
    auto& user = users[line.target];
    user.time = line.time;
    if (line.active) {
        user.active = line.active;
        if (!*line.active) user.left = line.time;
        user.deleted = line.action == "user.delete" || (user.deleted && !*line.active);
        user.was_deleted |= user.deleted;
    }
    if (line.role.empty()) return;
    if (user.role_before.empty() && line.role_before != inactive_role) user.role_before = line.role_before;
    if (line.role != inactive_role) user.role = line.role;
}

void RevocationStates::add_group(const JournalLine& line) {
    auto& group = groups[line.target];
    group.time = line.time;
    if (line.action == "group.disable" || line.action == "group.enable") {
        group.disabled = line.action == "group.disable";
    } else if (line.action == "group.delete") {
        group.removed = true;
    } else {
        group.left = true;
    }
}

void RevocationStates::add(const JournalLine& line) {
    const auto& action = line.action;
    const auto person = [&]() -> Person& {
        auto& one = people[line.target];
        one.time = line.time;
        return one;
    };
    if (action.starts_with("credential.")) return add_credential(line);
    if (action.starts_with("user.")) return add_user(line);
    if (action.starts_with("group.")) return add_group(line);
    if (action == "grants.set") grants[line.target] = line.time;
    if (action == "service-key.revoke") service_keys[line.target] = line.time;
    if (action == "key.revoke") member_keys[line.target] = line.time;
    if (action.starts_with("issuer.")) {
        auto& issuer = issuers[line.target];
        issuer = {line.time, issuer.removed || action == "issuer.remove"};
    }
    if (action == "openid.link") person().subject = true;
    if (action == "openid.set" || action == "openid.remove")
        openid = Issuer{line.time, action == "openid.remove"};
    if (action == "member.password") person().password = true;
    if (action == "member.invite") person().invited = true;
    if (action == "member.begin_email_verification") person().verification = true;
    if (action.starts_with("tenant.")) enabled = std::pair(line.time, action == "tenant.enable");
    if (action == "operator.password") operators_changed[line.target] = line.time;
    if (action == "operator.remove") operators_removed[line.target] = line.time;
}

}  // namespace rollcall
