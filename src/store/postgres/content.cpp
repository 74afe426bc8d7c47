// Who owns what an application keeps.
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

Content read_content(const Rows& rows) {
    return {std::string(rows.text(0)), std::string(rows.text(1)), rows.id<ResourceId>(2),
            Instant{rows.integer(3)}};
}

}  // namespace

void PostgresTenant::put_content(const Content& content) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO content (tenant_id, scope, reference, owner_id, registered) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (tenant_id, scope, reference) DO UPDATE SET owner_id = excluded.owner_id, "
        "registered = excluded.registered",
        id_, content.scope, content.reference, content.owner, content.registered);
}

std::optional<Content> PostgresTenant::find_content(std::string_view scope, std::string_view reference) {
    Rows rows = database().run(
        "SELECT scope, reference, owner_id, registered FROM content WHERE tenant_id = $1 AND scope = $2 "
        "AND reference = $3",
        id_, scope, reference);
    if (!rows.next()) return std::nullopt;
    return read_content(rows);
}

bool PostgresTenant::forget_content(std::string_view scope, std::string_view reference) {
    transaction_.begin_change();
    const int64_t changed = database().change(
        "DELETE FROM content WHERE tenant_id = $1 AND scope = $2 AND reference = $3", id_, scope, reference);
    return changed > 0;
}

std::vector<Content> PostgresTenant::content_of(ResourceId owner, std::string_view after_scope,
                                                std::string_view after_reference, int64_t most) {
    Rows rows = database().run(
        "SELECT scope, reference, owner_id, registered FROM content WHERE tenant_id = $1 AND owner_id = $2 "
        "AND (scope, reference) > ($3, $4) ORDER BY scope, reference LIMIT $5",
        id_, owner, after_scope, after_reference, most);
    std::vector<Content> found;
    while (rows.next()) found.push_back(read_content(rows));
    return found;
}

ContentRows::Released PostgresTenant::release_content_of(ResourceId owner) {
    transaction_.begin_change();
    Released released;
    released.removed = database().change(
        "DELETE FROM content WHERE tenant_id = $1 AND owner_id = $2 AND scope >= 'user:' AND scope < 'user;'",
        id_, owner);
    released.handed_on = hand_on_content_of(owner);
    return released;
}

int64_t PostgresTenant::hand_on_content_of(ResourceId owner) {
    transaction_.begin_change();
    return database().change("UPDATE content SET owner_id = $3 WHERE tenant_id = $1 AND owner_id = $2", id_,
                             owner, ResourceId{});
}

}  // namespace rollcall::store::postgres
