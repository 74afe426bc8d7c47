#include "revocation_apply.h"

#include <algorithm>

#include "access/issuer.h"
#include "access/password.h"
#include "access/service_key.h"
#include "audit/record.h"
#include "directory/groups.h"
#include "operator_job.h"

namespace rollcall {
namespace {

using States = RevocationStates;

std::string user_name_of(const json::object& attributes) {
    const auto* name = attributes.if_contains("userName");
    return name != nullptr && name->is_string() ? std::string(name->get_string()) : std::string();
}

// The role that a member has, or will have when it returns.
const std::string& lasting_role(const Member& member) {
    return member.previous_role.empty() ? member.role : member.previous_role;
}

}  // namespace

void Applying::change(std::string_view action, const std::string& name, const std::string& id) {
    append_change(transaction_, tenant_, action, name, id, "revocation journal");
}

Result<bool> Applying::change_credential(const Credential& credential, access::CredentialChange wanted,
                                         std::string_view action) {
    const auto done = TRY(access::change_credential(door_, credential.id.text(), wanted, context_.now));
    if (done.changed) change(action, credential.name, credential.id.text());
    return done.changed;
}

// The token that the backup has was replaced since; nobody but the journal knows of the new one. So the
// credential gets one that nobody knows, and stays what it is.
Result<bool> Applying::end_tokens(const Credential& credential, Instant rotated) {
    const bool is_dead = credential.revoked || (credential.expires && *credential.expires <= context_.now);
    if (is_dead || credential.token_issued.value_or(credential.created) >= rotated) return false;
    TRY_VOID(access::rotate(door_, credential.id.text(), 0, std::nullopt, context_.policy, context_.now));
    change("credential.rotate", credential.name, credential.id.text());
    return true;
}

void Applying::pause(Credential credential) {
    if (credential.paused || credential.revoked) return;
    credential.paused = context_.now;
    if (door_.update_credential(credential))
        change("credential.pause", credential.name, credential.id.text());
}

Result<void> Applying::credential(const std::string& id, const States::Credential& state) {
    const auto parsed = CredentialId::parse(id);
    const auto found = parsed ? door_.credential(*parsed) : std::nullopt;
    if (!found) return {};
    std::string what;
    if (state.revoked) {
        TRY_VOID(change_credential(*found, access::CredentialChange::Revoke, "credential.revoke"));
        what = "revoked";
    } else {
        if (state.rotated) {
            TRY_VOID(end_tokens(*found, *state.rotated));
            what = "rotated: its token in the backup is ended, rotate it again";
        }
        if (state.disabled || state.held) {
            TRY_VOID(change_credential(*found, access::CredentialChange::Disable, "credential.disable"));
            what += (what.empty() ? "" : "; ") + std::string(state.disabled ? "disabled" : "held: disabled");
        }
        if (state.paused) {
            pause(*door_.credential(*parsed));
            what += (what.empty() ? "" : "; ") + std::string("paused");
        }
    }
    if (!what.empty()) report_.revoked.push_back(row("credential", id, found->name, what, state.time));
    if (state.networks && !state.revoked) {
        report_.not_applied.push_back(
            row("credential", id, found->name,
                "The networks it may be used from were set after the backup. Set them again.", state.time));
    }
    return {};
}

Result<void> Applying::service_key(const std::string& id, Instant time) {
    const auto keys = door_.service_keys();
    const auto found = std::ranges::find_if(keys, [&](const ServiceKey& key) { return key.id.text() == id; });
    if (found == keys.end()) return {};
    const auto done = TRY(access::revoke_service_key(door_, id, context_.now));
    if (done.changed) change("service-key.revoke", found->name, id);
    report_.revoked.push_back(row("service-key", id, found->name, "revoked", time));
    return {};
}

Result<void> Applying::member_key(const std::string& id, Instant time) {
    const auto parsed = MemberKeyId::parse(id);
    const auto found = parsed ? door_.find_key(*parsed) : std::nullopt;
    if (!found) return {};
    if (door_.revoke_key(*parsed, context_.now)) change("key.revoke", found->name, id);
    report_.revoked.push_back(row("key", id, found->name, "revoked", time));
    return {};
}

Result<void> Applying::issuer(const std::string& url, const States::Issuer& state) {
    const auto issuers = door_.issuers();
    const auto found = std::ranges::find(issuers, url, &store::IssuerRow::url);
    if (state.removed) {
        if (found != issuers.end()) {
            TRY_VOID(access::remove_issuer(door_, url, context_.now));
            change("issuer.remove", url, url);
        }
        report_.revoked.push_back(row("issuer", url, "", "removed", state.time));
        return {};
    }
    const auto credential = found != issuers.end() ? door_.credential(found->credential) : std::nullopt;
    if (!credential) return {};
    TRY_VOID(change_credential(*credential, access::CredentialChange::Disable, "credential.disable"));
    report_.revoked.push_back(
        row("issuer", url, credential->name,
            "its keys were set after the backup: its credential is disabled. Add the issuer "
            "again, then enable the credential",
            state.time));
    return {};
}

Result<void> Applying::openid(const States::Issuer& state) {
    if (const auto provider = door_.identity_provider()) {
        door_.remove_identity_provider();
        change("openid.remove", provider->issuer, provider->issuer);
    }
    report_.revoked.push_back(row("openid", "", "",
                                  state.removed ? "removed" : "set after the backup: removed. Set it again",
                                  state.time));
    return {};
}

Result<void> Applying::person(const std::string& id, const States::Person& state) {
    using Purpose = MemberToken::Purpose;
    const auto parsed = ResourceId::parse(id);
    const auto user = parsed ? door_.find_user(*parsed) : std::nullopt;
    if (!user) return {};
    std::string what;
    if (state.password) {
        const bool has_one = door_.password_of(*parsed).has_value();
        door_.end_administration_of(*parsed);
        door_.set_password(*parsed, "", context_.now);
        if (has_one) change("member.password", id, id);
        what = "password changed: the old one and its links are ended";
    }
    if (state.invited) door_.remove_member_token(*parsed, Purpose::Invitation);
    if (state.verification) door_.remove_member_token(*parsed, Purpose::EmailVerification);
    if (state.subject && !door_.subjects_of(*parsed).empty()) {
        door_.remove_subjects_of(*parsed);
        change("openid.link", id, id);
    }
    if (state.subject)
        what += (what.empty() ? "" : "; ") + std::string("link to the OpenID provider changed: ended");
    if (what.empty()) return {};
    report_.revoked.push_back(
        row("User", id, user_name_of(attributes_of_document(user->document)), what, state.time));
    return {};
}

Result<void> Applying::group(const std::string& id, const States::Group& state) {
    const auto parsed = ResourceId::parse(id);
    const auto found = parsed ? door_.find(directory::kGroupType, *parsed) : std::nullopt;
    if (!found) return {};
    if (state.disabled && door_.find_group_state(*parsed)) {
        TRY_VOID(directory::enable_group(context_, *parsed, false));
        report_.revoked.push_back(row("Group", id, found->display, "disabled", state.time));
    }
    if (!state.removed && !state.left) return {};
    report_.not_applied.push_back(row(directory::kGroupType, id, found->display,
                                      state.removed
                                          ? "The group was deleted after the backup. Delete it again."
                                          : "Members left the group after the backup. Synchronise it again.",
                                      state.time));
    return {};
}

Result<void> Applying::grants(const std::string& id, Instant time) {
    const auto parsed = ResourceId::parse(id);
    const auto found = parsed ? door_.find_any(*parsed) : std::nullopt;
    if (!found) return {};
    report_.not_applied.push_back(row(found->type, id, found->display,
                                      "What it is granted was set after the backup. Set it again.", time));
    return {};
}

Result<void> Applying::disable_tenant(Instant time) {
    auto tenant = transaction_.find_tenant(tenant_.slug);
    if (!tenant) return {};
    if (std::exchange(tenant->enabled, false)) {
        TRY_VOID(transaction_.update_tenant(*tenant));
        change("tenant.disable", tenant_.slug, tenant_.slug);
    }
    report_.revoked.push_back(row("tenant", tenant_.slug, "", "SCIM switched off", time));
    return {};
}

Result<void> Applying::operator_password(const std::string& id, Instant time) {
    const auto parsed = OperatorId::parse(id);
    auto one = parsed ? transaction_.find_operator(*parsed) : std::nullopt;
    if (!one) return {};
    one->password = access::password_of_nobody();
    TRY_VOID(transaction_.put_operator(*one));
    transaction_.end_sessions_of_operator(*parsed);
    change("operator.password", one->name, id);
    report_.revoked.push_back(row("operator", id, one->name, "password changed: the old one is ended", time));
    return {};
}

Result<void> Applying::remove_operator(const std::string& id, Instant time) {
    const auto parsed = OperatorId::parse(id);
    const auto one = parsed ? transaction_.find_operator(*parsed) : std::nullopt;
    if (!one) return {};
    transaction_.remove_operator(*parsed);
    change("operator.remove", one->name, id);
    report_.revoked.push_back(row("operator", id, one->name, "removed", time));
    return {};
}

Result<void> Applying::change_user(ResourceId id, const ResourceType& type, const States::User& state,
                                   bool is_lower) {
    const auto edit = [&](const Resource& before) -> Result<Edited> {
        Edited wanted;
        wanted.attributes = before.attributes;
        wanted.member = before.member;
        if (is_lower) wanted.member->role = state.role;
        if (state.active == false) wanted.attributes["active"] = false;
        return wanted;
    };
    const auto done = TRY(directory::change_resource(context_, type, id, {}, "member.set", edit));
    if (done.changed)
        append_audit(transaction_, tenant_, "member.set", id.text(), id.text(), "revocation journal");
    return {};
}

// Who was away and has returned since has lost what ended with its leaving.
void Applying::end_access_since(ResourceId id, const States::User& state) {
    if (!state.left) return;
    door_.revoke_credentials_of(id, context_.now);
    const bool stays_dead = context_.policy.keys_on_return == KeysOnReturn::StayDead;
    if (!state.was_deleted && !stays_dead) return;
    if (door_.revoke_keys_of(id, context_.now) == 0) return;
    audit::record(door_, {context_.caller, RequestId::create(), context_.now}, "key.revoke",
                  {"User", id.text()}, "{}");
}

Result<void> Applying::user(const std::string& id, const States::User& state) {
    const auto& type = *context_.catalogue.find_type("User");
    const auto parsed = ResourceId::parse(id);
    const auto found = parsed ? door_.find_user(*parsed) : std::nullopt;
    if (!found) return {};
    Resource user = directory::resource_of(*found, type);
    user.member = door_.find_member(*parsed);
    if (!user.member) user.member = Member{*parsed, {}, context_.policy.default_role};
    const Member& member = *user.member;
    const int rank = rank_of(context_.policy, state.role);
    const bool is_lower = rank >= 0 && rank < rank_of(context_.policy, lasting_role(member));
    const bool was_lowered =
        rank >= 0 && lasting_role(member) == state.role && rank < rank_of(context_.policy, state.role_before);
    const bool leaves = state.active == false;
    const std::string name = user_name_of(user.attributes);
    if (member.is_active() && (leaves || is_lower)) TRY_VOID(change_user(*parsed, type, state, is_lower));
    end_access_since(*parsed, state);
    std::string what;
    if (leaves) what = state.deleted ? "deleted: deactivated" : "deactivated";
    if (is_lower || was_lowered)
        what += (what.empty() ? "" : "; ") + std::string("role lowered to ") + state.role;
    if (!what.empty())
        report_.members.push_back(row("User", id, name, what, state.left.value_or(state.time)));
    if (member.is_active()) return {};
    if (is_lower) {
        report_.not_applied.push_back(
            row("User", id, name,
                "It was inactive in the backup and returns with the role it had. Set its "
                "role again.",
                state.time));
    }
    if (state.active == true) {
        report_.not_applied.push_back(
            row("User", id, name, "It was activated after the backup. Activate it if that is still right.",
                state.time));
    }
    return {};
}

}  // namespace rollcall
