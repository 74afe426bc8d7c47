#include "access/credential.h"

#include <algorithm>
#include <charconv>

#include "access/authenticate.h"
#include "base/address.h"
#include "base/text.h"

namespace rollcall::access {

Result<void> check_slug(std::string_view slug) {
    const bool ok = !slug.empty() && slug.size() <= 63 && slug.front() != '-' && slug.back() != '-' &&
                    slug.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
    if (ok) return {};
    return failure(
        ErrorKind::InvalidValue,
        "A slug has 1 to 63 of the characters a-z, 0-9 and '-', and does not begin or end with '-'.");
}

Result<Instant> parse_expiry(std::string_view text) {
    if (auto instant = parse_date_time(text)) return *instant;
    if (text.size() == 10) {
        if (auto day = parse_date_time(std::string(text) + "T23:59:59Z")) return *day;
    }
    return failure(ErrorKind::InvalidValue,
                   "A date of expiry is written 2027-01-31 or 2027-01-31T12:00:00Z.");
}

Result<Right> parse_right(std::string_view name) {
    const auto right = right_named(name);
    if (right && (is_of_member(*right) || *right == Right::Read || *right == Right::Provision)) return *right;
    return failure(ErrorKind::InvalidValue,
                   "A right is provision or read; with a user it is read-self, change-self or remove-self.");
}

namespace {

// A member that could provision would be a way around every rule for members (decision 021).
Result<Right> right_for(store::TenantTransaction& transaction, const NewCredential& wanted) {
    if (wanted.user.is_nil()) {
        const Right right = wanted.right.value_or(Right::Provision);
        if (!is_of_member(right)) return right;
        return failure(ErrorKind::InvalidValue, "The right " + std::string(right_name(right)) +
                                                    " is that of a member: name the user.");
    }
    const Right right = wanted.right.value_or(Right::ReadSelf);
    if (!is_of_member(right)) {
        return failure(ErrorKind::InvalidValue,
                       "The credential of a user has the right read-self, change-self or remove-self.");
    }
    const auto row = transaction.find("User", wanted.user);
    if (!row) return failure(ErrorKind::InvalidValue, "The tenant has no such user.");
    const auto member = transaction.find_member(wanted.user);
    if (row->active == false || (member && !member->is_active()))
        return failure(ErrorKind::InvalidValue, "The user is not active.");
    return right;
}

}  // namespace

Result<Issued> issue(store::TenantTransaction& transaction, const NewCredential& wanted, const Policy& policy,
                     Instant now, TenantId tenant) {
    if (trim(wanted.name).empty() || code_point_count(wanted.name) > 100 ||
        has_invisible_characters(wanted.name)) {
        return failure(ErrorKind::InvalidValue, "A credential needs a name of 1 to 100 visible characters.");
    }
    if (!wanted.slug.empty()) TRY_VOID(check_slug(wanted.slug));
    if (wanted.expires && *wanted.expires <= now) {
        return failure(ErrorKind::InvalidValue, "The date of expiry lies in the past.");
    }
    const Right right = TRY(right_for(transaction, wanted));
    Secret token = make_token(policy.token_prefix);
    Credential credential;
    credential.id = CredentialId::create();
    credential.tenant = tenant;
    credential.name = wanted.name;
    credential.slug = wanted.slug;
    credential.token_hash = sha256(token.reveal());
    credential.created = now;
    credential.token_issued = now;
    credential.expires = wanted.expires;
    credential.user = wanted.user;
    credential.right = right;
    TRY_VOID(transaction.insert_credential(credential));
    return Issued{std::move(credential), std::move(token)};
}

namespace {

constexpr int64_t kDayMs = 24 * 3'600'000;
constexpr int64_t kOverlapMsMax = 30 * kDayMs;

Result<Credential> credential_named(store::TenantTransaction& transaction, std::string_view which) {
    for (auto& credential : transaction.credentials()) {
        if ((!credential.slug.empty() && credential.slug == which) || credential.id.text() == which)
            return std::move(credential);
    }
    return failure(ErrorKind::NotFound, "The tenant has no credential with this id or slug.");
}

}  // namespace

Result<Issued> rotate(store::TenantTransaction& transaction, std::string_view which, int64_t overlap_ms,
                      std::optional<Instant> expires, const Policy& policy, Instant now) {
    auto credential = TRY(credential_named(transaction, which));
    if (credential.revoked) {
        return failure(ErrorKind::Conflict, "The credential is revoked, which is final. Issue a new one.");
    }
    for (const auto& issuer : transaction.issuers()) {
        if (issuer.credential != credential.id) continue;
        return failure(ErrorKind::Conflict,
                       "The tokens of this credential are signed by an issuer. Change its keys.");
    }
    if (overlap_ms < 0 || overlap_ms > kOverlapMsMax) {
        return failure(ErrorKind::InvalidValue, "The overlap is at most 30 days.");
    }
    if (expires) credential.expires = expires;
    if (credential.expires && *credential.expires <= now) {
        return failure(ErrorKind::InvalidValue, "The date of expiry lies in the past. Name a later one.");
    }
    const Instant end{now.ms + overlap_ms};
    transaction.end_tokens(credential.id, end, now);
    if (overlap_ms > 0)
        transaction.insert_token({credential.token_hash, credential.id, TokenKind::Previous, end});
    Secret token = make_token(policy.token_prefix);
    credential.token_hash = sha256(token.reveal());
    credential.token_issued = now;
    TRY_VOID(transaction.update_credential(credential));
    return Issued{std::move(credential), std::move(token)};
}

Result<int64_t> parse_duration(std::string_view text) {
    constexpr std::pair<char, int64_t> kUnits[] = {
        {'s', 1'000}, {'m', 60'000}, {'h', 3'600'000}, {'d', kDayMs}};
    if (text == "0") return 0;
    int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && number >= 0 && number <= 1'000'000 && end + 1 == text.data() + text.size()) {
        for (const auto& [unit, factor] : kUnits) {
            if (*end == unit) return number * factor;
        }
    }
    return failure(ErrorKind::InvalidValue, "A duration is written 24h, 90m, 30s, 7d or 0.");
}

bool is_due_for_rotation(const Credential& credential, const Policy& policy, Instant now) {
    if (reason_to_refuse(credential, now) != nullptr) return false;
    return credential.token_issued.value_or(credential.created).ms + policy.rotation_reminder_days * kDayMs <=
           now.ms;
}

Result<ChangedCredential> change_credential(store::TenantTransaction& transaction, std::string_view which,
                                            CredentialChange change, Instant now) {
    const auto before = TRY(credential_named(transaction, which));
    auto credential = before;
    if (change == CredentialChange::Enable && credential.revoked) {
        return failure(ErrorKind::Conflict, "The credential is revoked, which is final. Issue a new one.");
    }
    if (change == CredentialChange::Revoke && !credential.revoked) credential.revoked = now;
    if (change == CredentialChange::Enable) {
        credential.enabled = true;
        credential.paused.reset();
    }
    if (change == CredentialChange::Disable) credential.enabled = false;
    if (change == CredentialChange::Quarantine && !credential.quarantined) credential.quarantined = now;
    if (change == CredentialChange::Confirm) credential.quarantined.reset();
    if (credential == before) return ChangedCredential{std::move(credential), false};
    TRY_VOID(transaction.update_credential(credential));
    return ChangedCredential{std::move(credential)};
}

namespace {

// What was staged when the older database was saved may have been undone since: nothing is released before
// somebody had the time to look.
void hold_mass_changes(store::TenantTransaction& transaction, bool begins, Instant now) {
    constexpr int64_t kLooked = 100;
    for (auto& change : transaction.mass_changes(kLooked)) {
        const bool is_open = change.decision.empty();
        if (!change.alert_due && !(is_open && begins)) continue;
        if (is_open && begins)
            change.due = {now.ms + std::max<int64_t>(change.due.ms - change.noticed.ms, 0)};
        if (change.alert_due) change.alert_due = begins ? std::max(change.due, now) : now;
        transaction.put_mass_change(change);
    }
}

}  // namespace

Quarantined change_quarantine(store::TenantTransaction& transaction, bool begins, Instant now) {
    Quarantined changed;
    const auto since = begins ? std::optional(now) : std::nullopt;
    for (auto& credential : transaction.credentials()) {
        if (credential.revoked || credential.quarantined.has_value() == begins) continue;
        credential.quarantined = since;
        if (transaction.update_credential(credential)) ++changed.credentials;
    }
    for (auto& key : transaction.service_keys()) {
        if (key.revoked || key.quarantined.has_value() == begins) continue;
        key.quarantined = since;
        if (transaction.update_service_key(key)) ++changed.service_keys;
    }
    changed.links = transaction.hold_links(since);
    changed.mails = transaction.hold_mails(since);
    hold_mass_changes(transaction, begins, now);
    if (begins) changed.sessions = transaction.end_all_sessions();
    changed.member_keys = begins ? transaction.suspend_all_keys(now) : transaction.resume_all_keys();
    return changed;
}

Result<ChangedCredential> set_networks(store::TenantTransaction& transaction, std::string_view which,
                                       std::vector<std::string> networks) {
    constexpr size_t kNetworksMax = 64;
    auto credential = TRY(credential_named(transaction, which));
    const bool ok =
        networks.size() <= kNetworksMax && std::ranges::all_of(networks, [](const std::string& text) {
            return AddressRange::parse(text).has_value();
        });
    if (!ok) {
        return failure(
            ErrorKind::InvalidValue,
            "Networks are at most 64 addresses and blocks, such as 192.0.2.0/24 or 2001:db8::/32.");
    }
    if (credential.networks == networks) return ChangedCredential{std::move(credential), false};
    credential.networks = std::move(networks);
    TRY_VOID(transaction.update_credential(credential));
    return ChangedCredential{std::move(credential)};
}

}  // namespace rollcall::access
