#include "directory/trail.h"

#include "audit/record.h"
#include "base/text.h"

namespace rollcall::directory {
namespace {

bool is_active(const Resource& resource) {
    if (resource.member) return resource.member->is_active();
    const auto* active = resource.attributes.if_contains("active");
    return active == nullptr || !active->is_bool() || active->get_bool();
}

std::string_view verb_of(std::string_view event, const Resource* before, const Resource* after) {
    // A creation may take a member over that is there already, and a removal may keep it.
    if (before == nullptr || event == "create") return "create";
    if (after == nullptr || event == "delete") return "delete";
    if (is_active(*before) == is_active(*after)) return "update";
    return is_active(*after) ? "activate" : "deactivate";
}

}  // namespace

void leave_trail(Context& context, std::string_view event, const store::ResourceRow& row,
                 const Resource* before, const Resource* after, const MembershipOutcome& members) {
    context.transaction.append_outbox({context.now, event, row.type, row.id, row.version});
    const std::string id = row.id.text();
    audit::record(context.transaction, {context.caller, context.request, context.now},
                  ascii_lower(row.type) + "." + std::string(verb_of(event, before, after)), {row.type, id},
                  audit::payload_of(before, after, {members.added, members.removed}, context.withheld));
}

void leave_event(Context& context, std::string_view action, std::string_view type, ResourceId id,
                 std::string payload) {
    const std::string text = id.text();
    audit::record(context.transaction, {context.caller, context.request, context.now}, action, {type, text},
                  std::move(payload));
}

void leave_members(Context& context, ResourceId group, const MembershipOutcome& members) {
    const auto row = context.transaction.find_any(group);
    if (!members.changed || !row) return;
    leave_event(context, ascii_lower(row->type) + ".update", row->type, group,
                audit::payload_of({members.added, members.removed}));
}

}  // namespace rollcall::directory
