// Passwords, links and policies of one tenant.
#include "store/memory/tenant.h"

namespace rollcall::store::memory {

std::optional<std::string> MemoryTenant::password_of(ResourceId member) {
    const auto& passwords = data().passwords;
    const auto found = passwords.find(member);
    if (found == passwords.end()) return std::nullopt;
    return found->second;
}

void MemoryTenant::set_password(ResourceId member, std::string_view password, Instant) {
    if (password.empty())
        change().passwords.erase(member);
    else
        change().passwords[member] = password;
}

void MemoryTenant::end_administration_of(ResourceId member) {
    std::erase_if(change().mails, [&](const auto& entry) {
        return entry.first.first == member && entry.first.second != MemberToken::Purpose::AddressChanged;
    });
    std::erase_if(state_.admin_sessions, [&](const auto& entry) {
        return entry.second.tenant == id_ && entry.second.member == member;
    });
    std::erase_if(state_.member_tokens, [&](const auto& entry) {
        return entry.second.tenant == id_ && entry.second.member == member;
    });
}

void MemoryTenant::put_member_token(const MemberToken& token) {
    remove_member_token(token.member, token.purpose);
    auto& kept = state_.member_tokens[token.token_hash] = token;
    kept.tenant = id_;
}

void MemoryTenant::remove_member_token(ResourceId member, MemberToken::Purpose purpose) {
    change();
    std::erase_if(state_.member_tokens, [&](const auto& entry) {
        return entry.second.tenant == id_ && entry.second.member == member && entry.second.purpose == purpose;
    });
}

int64_t MemoryTenant::hold_links(std::optional<Instant> since) {
    change();
    int64_t changed = 0;
    for (auto& [hash, token] : state_.member_tokens) {
        if (token.tenant != id_ || token.held.has_value() == since.has_value()) continue;
        token.held = since;
        ++changed;
    }
    return changed;
}

int64_t MemoryTenant::append_policy(std::string_view actor, std::string_view policy, Instant now) {
    auto& policies = change().policies;
    const int64_t version = static_cast<int64_t>(policies.size()) + 1;
    policies.push_back({version, now, std::string(actor), std::string(policy)});
    return version;
}

std::vector<PolicyVersion> MemoryTenant::policies(int64_t most) {
    std::vector<PolicyVersion> found(data().policies.rbegin(), data().policies.rend());
    if (static_cast<int64_t>(found.size()) > most) found.resize(static_cast<size_t>(most));
    return found;
}

}  // namespace rollcall::store::memory
