// What belongs to credentials beside their own rows: further tokens, how they are used, notices about them,
// and the issuers whose signed tokens stand for a credential.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/tenant.h"

namespace rollcall::store {

// A token of a credential beside its own: the one before a rotation (TokenKind::Previous), or an access token
// that a client got for its own (TokenKind::Access). It dies with the credential, or earlier.
struct TokenRow {
    Sha256 token_hash;
    CredentialId credential;
    TokenKind kind = TokenKind::Access;
    Instant expires;
};

// An issuer of JWTs for one tenant (STD-04). What it signs is a request of `credential`, which revokes,
// audits and counts like any other.
struct IssuerRow {
    std::string url;           // the claim iss, compared as it is; one row for each in a tenant
    std::string audience;      // must be among the values of the claim aud
    std::string tenant_claim;  // name of the claim that names the tenant
    std::string tenant_value;  // what it must say
    std::string keys;          // JSON: [{"kid", "algorithm", "key"}], key being SubjectPublicKeyInfo, PEM
    CredentialId credential;
    Instant created;
    std::string keys_url;                 // where its keys are fetched (RFC 7517 §5); empty: they were brought
    std::optional<Instant> keys_fetched;  // when that was done last with success
    friend bool operator==(const IssuerRow&, const IssuerRow&) = default;
};

struct FoundIssuer {
    IssuerRow issuer;
    Credential credential;
    Tenant tenant;
};

// Unusual use of a credential (STD-11, T32).
struct NoticeRow {
    Instant time;
    CredentialId credential;
    std::string kind;      // "new_address", "volume"
    std::string address;   // the new one; empty for "volume"
    int64_t requests = 0;  // of the hour, for "volume"
    int64_t usual = 0;     // the busiest hour of the seven days before, for "volume"
    friend bool operator==(const NoticeRow&, const NoticeRow&) = default;
};

// Requests of a credential by hour.
struct HourlyUse {
    int64_t this_hour = 0;
    int64_t busiest = 0;     // of the 168 hours before this one
    int64_t first_hour = 0;  // with any request at all, among these and this one; hours since 1970
};

// A part of TenantTransaction.
class CredentialRows {
public:
    virtual std::optional<Credential> credential(CredentialId id) = 0;

    virtual void insert_token(const TokenRow& row) = 0;
    // No further token of the credential is good after `end`; those that are not good after `now` are
    // forgotten.
    virtual void end_tokens(CredentialId credential, Instant end, Instant now) = 0;
    // Those that are good after `now`, the first to end first.
    virtual std::vector<TokenRow> tokens(CredentialId credential, Instant now) = 0;
    virtual void erase_token(const Sha256& token_hash) = 0;

    // Remembers that the credential was used from there; at most `most` addresses are kept, those used last.
    // True when it was not known, and another one was.
    virtual bool note_address(CredentialId credential, std::string_view address, Instant now,
                              int64_t most) = 0;
    // Adds requests to an hour (since 1970) and tells what the hour and the week before it have; older hours
    // are forgotten.
    virtual HourlyUse count_requests(CredentialId credential, int64_t hour, int64_t requests) = 0;
    virtual void append_notice(const NoticeRow& row) = 0;
    // The latest first.
    virtual std::vector<NoticeRow> notices(int64_t most) = 0;

    // In order of url.
    virtual std::vector<IssuerRow> issuers() = 0;
    // In the place of one with the same url.
    virtual void put_issuer(const IssuerRow& row) = 0;
    virtual bool erase_issuer(std::string_view url) = 0;

protected:
    ~CredentialRows() = default;
};

// A part of Transaction: before the tenant is known.
class IssuerLookup {
public:
    // Of all tenants that trust an issuer of this name; at most 100.
    virtual std::vector<FoundIssuer> find_issuers(std::string_view url) = 0;

protected:
    ~IssuerLookup() = default;
};

}  // namespace rollcall::store
