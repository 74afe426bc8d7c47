// Administering the issuers whose signed tokens a tenant takes. Used by the command line and by the admin API.
#pragma once

#include <string>

#include "base/json.h"
#include "model/policy.h"
#include "outside/fetch.h"
#include "store/store.h"

namespace rollcall::access {

struct NewIssuer {
    std::string url;           // the claim iss
    std::string audience;      // the claim aud
    std::string tenant_claim;  // empty: "tenant"
    std::string tenant_value;  // empty: the slug of the tenant
    std::string key_file;      // content: PEM or JWK Set
    std::string keys_url;      // in its place: where a JWK Set is fetched ...
    std::string fetched_keys;  // ... and what was found there (FetchedKeys::keys)
    std::string algorithm;     // for PEM; empty: that of the key
    std::string kid;           // for PEM; empty: the key has no name
    std::string name;          // of the credential; empty: "Signed tokens"
    std::string slug;          // of the credential; may be empty
};

// Adds the issuer, or puts new keys and claims in the place of those of one with the same url. A new one gets
// a credential of its own, which has no token that anybody knows; one that is there keeps its credential
// unless that was revoked. Errors: InvalidValue, Uniqueness (slug).
Result<store::IssuerRow> put_issuer(store::TenantTransaction& transaction, const Tenant& tenant,
                                    const NewIssuer& wanted, Instant now);

// Removes the issuer and revokes its credential. Error: NotFound.
Result<void> remove_issuer(store::TenantTransaction& transaction, std::string_view url, Instant now);

// The keys that are published there, for NewIssuer::fetched_keys. Error: InvalidValue, with the reason as its note.
Result<std::string> keys_at(const outside::Fetcher& fetcher, const std::string& url);

// For those who administer: of the keys their names and algorithms.
json::object shown_issuer(const store::IssuerRow& row);

}  // namespace rollcall::access
