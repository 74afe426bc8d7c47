// store/credentials.h over the containers of state.h, and the rows of credentials themselves.
#include <algorithm>

#include "store/memory/tenant.h"

namespace rollcall::store::memory {
namespace {

std::unexpected<Error> slug_is_taken() {
    return failure(ErrorKind::Uniqueness,
                   "Another credential of this tenant has this slug; choose a different one.");
}

}  // namespace

bool MemoryTenant::slug_taken(const Credential& credential) const {
    return !credential.slug.empty() && std::ranges::any_of(data().credentials, [&](const auto& entry) {
        return entry.second.slug == credential.slug && entry.first != credential.id;
    });
}

Result<void> MemoryTenant::insert_credential(const Credential& credential) {
    if (slug_taken(credential)) return slug_is_taken();
    auto& added = change().credentials[credential.id];
    added = credential;
    added.tenant = id_;
    return {};
}

std::vector<Credential> MemoryTenant::credentials() {
    std::vector<Credential> found;
    for (const auto& [id, credential] : data().credentials) found.push_back(credential);
    return found;
}

Result<void> MemoryTenant::update_credential(const Credential& credential) {
    if (slug_taken(credential)) return slug_is_taken();
    auto& credentials = change().credentials;
    const auto found = credentials.find(credential.id);
    if (found == credentials.end()) return failure(ErrorKind::NotFound, "There is no such credential.");
    found->second = credential;
    found->second.tenant = id_;
    return {};
}

void MemoryTenant::revoke_credentials_of(ResourceId user, Instant now) {
    for (auto& [id, credential] : change().credentials) {
        if (credential.user == user && !credential.revoked) credential.revoked = now;
    }
}

std::optional<Credential> MemoryTenant::credential(CredentialId id) {
    const auto found = data().credentials.find(id);
    if (found == data().credentials.end()) return std::nullopt;
    return found->second;
}

void MemoryTenant::insert_token(const TokenRow& row) {
    change().tokens[row.token_hash] = row;
}

void MemoryTenant::end_tokens(CredentialId credential, Instant end, Instant now) {
    auto& tokens = change().tokens;
    for (auto& [hash, row] : tokens) {
        if (row.credential == credential && row.expires > end) row.expires = end;
    }
    std::erase_if(tokens, [&](const auto& entry) {
        return entry.second.credential == credential && entry.second.expires <= now;
    });
}

std::vector<TokenRow> MemoryTenant::tokens(CredentialId credential, Instant now) {
    std::vector<TokenRow> found;
    for (const auto& [hash, row] : data().tokens) {
        if (row.credential == credential && row.expires > now) found.push_back(row);
    }
    std::ranges::stable_sort(found, {}, &TokenRow::expires);
    return found;
}

void MemoryTenant::erase_token(const Sha256& token_hash) {
    change().tokens.erase(token_hash);
}

bool MemoryTenant::note_address(CredentialId credential, std::string_view address, Instant now,
                                int64_t most) {
    auto& addresses = change().addresses;
    const bool is_new = addresses.insert_or_assign({credential, std::string(address)}, now).second;
    if (!is_new) return false;
    std::vector<std::pair<Instant, std::string>> of_credential;
    for (const auto& [key, used] : addresses) {
        if (key.first == credential) of_credential.emplace_back(used, key.second);
    }
    std::ranges::sort(of_credential, [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    while (static_cast<int64_t>(of_credential.size()) > most) {
        addresses.erase({credential, of_credential.back().second});
        of_credential.pop_back();
    }
    return of_credential.size() > 1;
}

HourlyUse MemoryTenant::count_requests(CredentialId credential, int64_t hour, int64_t requests) {
    auto& hours = change().hours;
    hours[{credential, hour}] += requests;
    std::erase_if(hours, [&](const auto& entry) {
        return entry.first.first == credential && entry.first.second < hour - 168;
    });
    HourlyUse use{hours.at({credential, hour}), 0, hour};
    for (const auto& [key, count] : hours) {
        if (key.first != credential || key.second >= hour) continue;
        use.busiest = std::max(use.busiest, count);
        use.first_hour = std::min(use.first_hour, key.second);
    }
    return use;
}

void MemoryTenant::append_notice(const NoticeRow& row) {
    change().notices.push_back(row);
}

std::vector<NoticeRow> MemoryTenant::notices(int64_t most) {
    std::vector<NoticeRow> found(data().notices.rbegin(), data().notices.rend());
    if (static_cast<int64_t>(found.size()) > most) found.resize(static_cast<size_t>(most));
    return found;
}

std::vector<IssuerRow> MemoryTenant::issuers() {
    std::vector<IssuerRow> found;
    for (const auto& [url, row] : data().issuers) found.push_back(row);
    return found;
}

void MemoryTenant::put_issuer(const IssuerRow& row) {
    change().issuers[row.url] = row;
}

bool MemoryTenant::erase_issuer(std::string_view url) {
    auto& issuers = change().issuers;
    const auto found = issuers.find(url);
    if (found == issuers.end()) return false;
    issuers.erase(found);
    return true;
}

}  // namespace rollcall::store::memory
