// What several requests are going to look up, asked in one round trip (decision 077): a row for each token,
// and for each tenant the users that are shown, with their groups and the names of their managers.
//
// Which tenant a token belongs to is known only when its row is there, and the users travel with the same
// question: Guesses says what the token belonged to the last time. A wrong guess shows nobody anything: what
// was found is kept with the tenant it was found in, and asked for by the tenant that the credential's row
// names.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/tenant.h"
#include "store/postgres/connection.h"

namespace rollcall::store::postgres {

// Users of one tenant, as SCIM callers see them, and what is shown with them.
class KnownTenant {
public:
    // What the constructor takes the answers of.
    static void ask(Connection& connection, TenantId tenant, const std::vector<ResourceId>& ids);
    static constexpr size_t kAnswers = 2;
    KnownTenant(const std::vector<ResourceId>& ids, Rows users, Rows groups);

    // False: not asked for. `row`: nothing when there is no such user; valid as long as this.
    bool look_at(ResourceId id, std::optional<RowView>& row);
    // Null: not asked for, or not all of them.
    const std::vector<GroupReference>* groups_of(ResourceId id) const;
    // Null: not found here, which says nothing.
    const std::string* manager(ResourceId id) const;

private:
    static constexpr int kNoRow = -1;
    struct User {
        int row = kNoRow;
        std::vector<GroupReference> groups;  // it is a member of
        bool has_more_groups = false;        // those are members of others
    };
    Rows users_;
    std::unordered_map<ResourceId, User> asked_;
    std::unordered_map<ResourceId, std::string> managers_;
};

// A question, without repetition.
struct ForeseenQuestion {
    std::vector<Sha256> tokens;
    std::map<TenantId, std::vector<ResourceId>> users;
    bool empty() const { return tokens.empty(); }
};

class Known {
public:
    using Found = std::pair<Credential, Tenant>;
    void take(const ForeseenQuestion& question, std::vector<Rows> answers);
    // Null: not asked for, or not the own token of a credential.
    const Found* credential(const Sha256& token_hash) const;
    KnownTenant* of(TenantId tenant);
    const std::map<Sha256, Found>& credentials() const { return credentials_; }

private:
    std::map<Sha256, Found> credentials_;
    std::map<TenantId, KnownTenant> tenants_;
};

class Guesses {
public:
    ForeseenQuestion sort(std::span<const Foreseen> all) const;
    void learn(const Known& known);

private:
    std::map<Sha256, TenantId> tenants_;
};

}  // namespace rollcall::store::postgres
