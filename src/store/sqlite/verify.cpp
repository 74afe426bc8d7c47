#include "store/sqlite/verify.h"

#include <algorithm>
#include <map>

#include "base/graph.h"
#include "model/policy.h"
#include "store/sqlite/resource_rows.h"
#include "store/sqlite/verify_members.h"
#include "store/verify_resource.h"

namespace rollcall::store::sqlite {
namespace {

class Verifier {
public:
    Verifier(Connection& connection, const Catalogue& catalogue)
        : connection_(connection), catalogue_(catalogue) {}

    void run() {
        check_file();
        read_slugs();
        read_policies();
        read_schemas();
        check_resources();
        check_uniqueness();
        check_index_rows();
        check_counters();
        check_memberships();
        check_member_counts();
        check_group_circles();
        check_members(connection_, policies_,
                      [&](std::string_view invariant, int64_t tenant, std::string_view id) {
                          add(invariant, tenant, id);
                      });
        check_group_rows();
        check_audit();
    }
    void add_unreadable(std::string_view why) {
        violations_.push_back({"database.readable", std::string(why)});
    }
    std::vector<Violation> take() { return std::move(violations_); }

private:
    void add(std::string_view invariant, int64_t tenant, std::string_view id_bytes = {}) {
        const auto slug = slugs_.find(tenant);
        std::string where = slug == slugs_.end() ? "tenant " + std::to_string(tenant) : slug->second;
        if (id_bytes.size() == 16) where += " " + ResourceId::from_bytes(id_bytes.data()).text();
        violations_.push_back({std::string(invariant), std::move(where)});
    }

    // Statements that name what is wrong: columns tenant_id and id.
    void add_all(std::string_view invariant, Sql sql) {
        Rows rows = connection_.run(sql);
        while (rows.next()) add(invariant, rows.integer(0), rows.blob(1));
    }

    void check_file() {
        Rows rows = connection_.run("PRAGMA quick_check");
        while (rows.next()) {
            if (rows.text(0) != "ok")
                violations_.push_back({"database.quick_check", std::string(rows.text(0))});
        }
        Rows orphans = connection_.run("PRAGMA foreign_key_check");
        while (orphans.next()) violations_.push_back({"database.foreign_key", std::string(orphans.text(0))});
    }

    void read_slugs() {
        Rows rows = connection_.run("SELECT id, slug FROM tenant");
        while (rows.next()) slugs_[rows.integer(0)] = rows.text(1);
    }

    // One that cannot be read is a violation; what depends on it cannot be judged.
    void read_policies() {
        Rows rows = connection_.run("SELECT id, policy FROM tenant");
        while (rows.next()) {
            auto policy = read_policy(rows.text(1));
            if (policy)
                policies_.emplace(rows.integer(0), *std::move(policy));
            else
                add("tenant.policy_readable", rows.integer(0));
        }
    }
    const Policy* policy_of(int64_t tenant) const {
        const auto found = policies_.find(tenant);
        return found == policies_.end() ? nullptr : &found->second;
    }

    // The catalogue of each tenant that has schemas of its own.
    void read_schemas() {
        std::map<int64_t, std::vector<SchemaDocument>> documents;
        Rows rows = connection_.run("SELECT tenant_id, document FROM tenant_schema");
        while (rows.next()) {
            auto parsed = parse_json(rows.text(1));
            if (!parsed || !parsed->is_object()) {
                add("tenant_schema.well_formed", rows.integer(0));
                continue;
            }
            documents[rows.integer(0)].push_back({"", std::move(parsed->as_object())});
        }
        for (const auto& [tenant, own] : documents) {
            auto catalogue = catalogue_.extended(own);
            if (catalogue)
                catalogues_.emplace(tenant, std::move(*catalogue));
            else
                add("tenant_schema.consistent", tenant);
        }
    }

    const Catalogue& catalogue_of(int64_t tenant) const {
        const auto own = catalogues_.find(tenant);
        return own == catalogues_.end() ? catalogue_ : *own->second;
    }

    void check_resources() {
        Rows rows = connection_.run("SELECT " ROLLCALL_RESOURCE_COLUMNS
                                    ", r.active, r.indexed, r.tenant_id FROM resource r NOT INDEXED");
        while (rows.next()) {
            const auto row = read_resource(rows);
            const int64_t tenant = rows.integer(kResourceColumns + 2);
            ++(row.hidden ? hidden_ : counted_)[{tenant, row.type}];
            const StoredResource stored{row, rows.integer(kResourceColumns),
                                        unpack_indexed(rows.blob(kResourceColumns + 1))};
            for (const auto invariant : broken_invariants(stored, catalogue_of(tenant), policy_of(tenant))) {
                add(invariant, tenant, {reinterpret_cast<const char*>(row.id.bytes.data()), 16});
            }
            check_rows_of(tenant, stored);
        }
    }

    // Each value that the resource says it has in an index is there.
    void check_rows_of(int64_t tenant, const StoredResource& stored) {
        const auto& row = stored.row;
        for (const auto& value : stored.indexed) {
            ++(value.unique ? unique_rows_ : index_rows_)[tenant];
            const bool found = value.unique ? connection_
                                                  .run(
                                                      "SELECT 1 FROM unique_value WHERE tenant_id = ?1 AND "
                                                      "type = ?2 AND attribute = ?3 "
                                                      "AND key = ?4 AND resource_id = ?5",
                                                      tenant, row.type, value.attribute, value.key, row.id)
                                                  .next()
                                            : connection_
                                                  .run(
                                                      "SELECT 1 FROM value_index WHERE tenant_id = ?1 AND "
                                                      "attribute = ?2 AND key = ?3 "
                                                      "AND resource_id = ?4",
                                                      tenant, value.attribute, value.key, row.id)
                                                  .next();
            if (found) continue;
            add(value.unique ? "unique_value.row_exists" : "value_index.row_exists", tenant,
                {reinterpret_cast<const char*>(row.id.bytes.data()), 16});
        }
    }

    // The indexes promise it; a damaged one would not notice.
    void check_uniqueness() {
        add_all("resource.id_unique",
                "SELECT tenant_id, id FROM resource NOT INDEXED GROUP BY tenant_id, id HAVING count(*) > 1");
        add_all("credential.user_is_active",
                "SELECT c.tenant_id, c.id FROM credential c WHERE c.user_id IS NOT NULL AND c.revoked IS "
                "NULL AND "
                "NOT EXISTS (SELECT 1 FROM resource r WHERE r.tenant_id = c.tenant_id AND r.type = 'User' "
                "AND r.id = c.user_id AND r.active <> 0)");
        add_all("resource.user_name_unique",
                "SELECT tenant_id, max(id) FROM resource NOT INDEXED WHERE user_name_key IS NOT NULL "
                "GROUP BY tenant_id, user_name_key HAVING count(*) > 1");
        add_all("resource.user_name_index",
                "SELECT r.tenant_id, r.id FROM resource r NOT INDEXED WHERE r.user_name_key IS NOT NULL AND "
                "NOT EXISTS "
                "(SELECT 1 FROM resource x INDEXED BY resource_by_user_name WHERE x.tenant_id = r.tenant_id "
                "AND x.user_name_key = r.user_name_key AND x.seq = r.seq)");
        add_all("resource.id_index",
                "SELECT r.tenant_id, r.id FROM resource r NOT INDEXED WHERE NOT EXISTS "
                "(SELECT 1 FROM resource x INDEXED BY resource_by_id WHERE x.tenant_id = r.tenant_id "
                "AND x.type = r.type AND x.id = r.id AND x.seq = r.seq)");
    }

    // There are no more index rows than resources say they have.
    void check_index_rows() {
        compare_counts("value_index.no_others",
                       "SELECT tenant_id, count(*) FROM value_index GROUP BY tenant_id", index_rows_);
        compare_counts("unique_value.no_others",
                       "SELECT tenant_id, count(*) FROM unique_value GROUP BY tenant_id", unique_rows_);
    }

    void compare_counts(std::string_view invariant, Sql sql, const std::map<int64_t, int64_t>& expected) {
        Rows rows = connection_.run(sql);
        while (rows.next()) {
            const auto found = expected.find(rows.integer(0));
            if (rows.integer(1) != (found == expected.end() ? 0 : found->second))
                add(invariant, rows.integer(0));
        }
    }

    void check_counters() {
        Rows rows = connection_.run(
            "SELECT tenant_id, substr(name, 6), value FROM counter "
            "WHERE name >= 'type:' AND name < 'type;'");
        while (rows.next()) {
            const auto found = counted_.find({rows.integer(0), std::string(rows.text(1))});
            const int64_t there = found == counted_.end() ? 0 : found->second;
            if (there != rows.integer(2)) add("counter.resources", rows.integer(0));
            if (found != counted_.end()) counted_.erase(found);
        }
        for (const auto& [key, there] : counted_) add("counter.exists", key.first);
        Rows hidden = connection_.run(
            "SELECT tenant_id, substr(name, 8), value FROM counter WHERE name >= 'hidden:' AND name < "
            "'hidden;'");
        while (hidden.next()) {
            const auto found = hidden_.find({hidden.integer(0), std::string(hidden.text(1))});
            if ((found == hidden_.end() ? 0 : found->second) != hidden.integer(2))
                add("counter.hidden", hidden.integer(0));
            if (found != hidden_.end()) hidden_.erase(found);
        }
        for (const auto& [key, there] : hidden_) add("counter.exists", key.first);
        add_all("counter.out_of_order",
                "SELECT tenant_id, id FROM (SELECT tenant_id, type, id, lag(id) OVER (PARTITION BY "
                "tenant_id, type "
                "ORDER BY seq) AS before FROM resource) r WHERE before > id AND NOT EXISTS (SELECT 1 FROM "
                "counter c "
                "WHERE c.tenant_id = r.tenant_id AND c.name = 'out_of_order:' || r.type) GROUP BY tenant_id, "
                "type");
        add_all("counter.outbox",
                "SELECT o.tenant_id, NULL FROM outbox o GROUP BY o.tenant_id HAVING max(o.seq) > coalesce("
                "(SELECT value FROM counter c WHERE c.tenant_id = o.tenant_id AND c.name = 'outbox'), 0)");
    }

    void check_memberships() {
        add_all(
            "membership.group_exists",
            "SELECT m.tenant_id, m.group_id FROM membership m WHERE NOT EXISTS (SELECT 1 FROM resource r "
            "WHERE r.tenant_id = m.tenant_id AND r.id = m.group_id AND r.type IN "
            "(SELECT substr(c.name, 6) FROM counter c WHERE c.tenant_id = m.tenant_id AND c.name >= 'type:' "
            "AND c.name < 'type;')) GROUP BY m.tenant_id, m.group_id");
        Rows rows = connection_.run(
            "SELECT m.tenant_id, m.member_id, r.seq, r.display = m.display, r.hidden = m.hidden FROM "
            "membership m LEFT JOIN "
            "resource r "
            "ON r.tenant_id = m.tenant_id AND r.type = m.member_type AND r.id = m.member_id");
        while (rows.next()) {
            if (rows.is_null(2))
                add("membership.member_exists", rows.integer(0), rows.blob(1));
            else if (rows.integer(3) == 0)
                add("membership.display", rows.integer(0), rows.blob(1));
            else if (rows.integer(4) == 0)
                add("membership.hidden", rows.integer(0), rows.blob(1));
        }
        add_all(
            "membership.by_member",
            "SELECT m.tenant_id, m.group_id FROM membership m NOT INDEXED WHERE NOT EXISTS (SELECT 1 FROM "
            "membership x "
            "INDEXED BY membership_by_member WHERE x.tenant_id = m.tenant_id AND x.member_id = m.member_id "
            "AND x.group_id = m.group_id)");
    }

    void check_member_counts() {
        add_all(
            "resource.member_count",
            "SELECT r.tenant_id, r.id FROM resource r NOT INDEXED WHERE r.member_count <> (SELECT count(*) "
            "FROM membership m WHERE m.tenant_id = r.tenant_id AND m.group_id = r.id AND m.hidden = 0)");
    }

    // What the policy of the tenant says about circles (decision 012).
    void check_group_circles() {
        struct Groups {
            std::vector<std::string> ids;
            std::map<std::string, size_t> index;
            Graph graph;
            size_t index_of(std::string_view id) {
                const auto [place, is_new] = index.emplace(std::string(id), ids.size());
                if (is_new) {
                    ids.emplace_back(id);
                    graph.emplace_back();
                }
                return place->second;
            }
        };
        std::map<int64_t, Groups> tenants;
        Rows rows = connection_.run(
            "SELECT tenant_id, group_id, member_id FROM membership WHERE member_type = 'Group'");
        while (rows.next()) {
            auto& groups = tenants[rows.integer(0)];
            const auto from = groups.index_of(rows.blob(1));
            const auto to = groups.index_of(rows.blob(2));
            groups.graph[from].push_back(to);
        }
        for (const auto& [tenant, groups] : tenants) {
            const Policy* policy = policy_of(tenant);
            const auto cycles = policy != nullptr ? policy->group_cycles : GroupCycles::Allow;
            for (const auto& circle : strongly_connected(groups.graph)) {
                if (cycles == GroupCycles::Allow || !is_circle(groups.graph, circle)) continue;
                const auto& first = groups.ids[circle.front()];
                const bool whole = std::ranges::all_of(circle, [&](size_t group) {
                    return created(tenant, groups.ids[group]) == created(tenant, first);
                });
                if (cycles == GroupCycles::Refuse || !whole) add("membership.circle", tenant, first);
            }
        }
    }

    // Every group has a state, and nothing else has one; grants and owners are of resources that are there.
    void check_group_rows() {
        add_all("group_state.exists",
                "SELECT r.tenant_id, r.id FROM resource r WHERE r.type = 'Group' AND NOT EXISTS "
                "(SELECT 1 FROM group_state s WHERE s.tenant_id = r.tenant_id AND s.id = r.id)");
        add_all("group_state.group_exists",
                "SELECT s.tenant_id, s.id FROM group_state s WHERE NOT EXISTS (SELECT 1 FROM resource r "
                "WHERE r.tenant_id = s.tenant_id AND r.type = 'Group' AND r.id = s.id)");
        add_all("group_state.owner_exists",
                "SELECT s.tenant_id, s.id FROM group_state s WHERE s.owner_id IS NOT NULL AND NOT EXISTS "
                "(SELECT 1 FROM resource r WHERE r.tenant_id = s.tenant_id AND r.type = 'User' AND r.id = "
                "s.owner_id)");
        add_all("group_state.source",
                "SELECT tenant_id, id FROM group_state WHERE source NOT IN ('api', 'manual') OR enabled NOT "
                "IN (0, 1)");
        add_all(
            "scope_grant.subject_exists",
            "SELECT g.tenant_id, g.subject_id FROM scope_grant g WHERE NOT EXISTS (SELECT 1 FROM resource r "
            "WHERE r.tenant_id = g.tenant_id AND r.type IN ('User', 'Group') AND r.id = g.subject_id)");
        add_all("scope_grant.well_formed",
                "SELECT tenant_id, subject_id FROM scope_grant WHERE access NOT IN ('read', 'write') OR NOT "
                "(scope = 'global' OR scope LIKE 'user:_%' OR scope LIKE 'group:_%' OR scope LIKE 'org:_%')");
    }

    int64_t created(int64_t tenant, std::string_view id) {
        if (id.size() != 16) return 0;
        const auto group = ResourceId::from_bytes(id.data());  // bound, not copied
        Rows rows = connection_.run(
            "SELECT created FROM resource WHERE tenant_id = ?1 AND type = 'Group' AND id = ?2", tenant,
            group);
        return rows.next() ? rows.integer(0) : 0;
    }

    void check_audit() {
        add_all("audit.sequence",
                "SELECT tenant_id, NULL FROM audit GROUP BY tenant_id HAVING max(seq) <> count(*) OR "
                "min(seq) <> 1");
    }

    Connection& connection_;
    const Catalogue& catalogue_;  // of the installation
    std::map<int64_t, std::shared_ptr<const Catalogue>> catalogues_;
    std::vector<Violation> violations_;
    std::map<int64_t, std::string> slugs_;
    std::map<int64_t, Policy> policies_;  // those that can be read
    std::map<std::pair<int64_t, std::string>, int64_t> counted_;
    std::map<std::pair<int64_t, std::string>, int64_t> hidden_;
    std::map<int64_t, int64_t> index_rows_;
    std::map<int64_t, int64_t> unique_rows_;
};

}  // namespace

std::vector<Violation> verify_database(Connection& connection, const Catalogue& catalogue) {
    Verifier verifier(connection, catalogue);
    try {
        verifier.run();
    } catch (const StoreFailure& failure) {
        // As far as it can be read, it has been.
        if (failure.cause != StoreFailure::Cause::Damaged) throw;
        verifier.add_unreadable(failure.what());
    }
    return verifier.take();
}

}  // namespace rollcall::store::sqlite
