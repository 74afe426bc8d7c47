// Members of the tenant: every one of them, whoever looks after it and whether or not SCIM shows it. They
// change through directory/, like those of identity providers, so that the same rules hold.
#include "api/application/endpoints.h"
#include "api/application/page.h"
#include "api/member_links.h"
#include "base/text.h"
#include "directory/verification.h"

namespace rollcall::api::application {
namespace {

// How many rows are read for one page when its parameters leave most of them out.
constexpr int kPagesRead = 10;

json::value text_or_null(const std::optional<Instant>& instant) {
    return instant ? json::value(format_instant(*instant)) : json::value(nullptr);
}

json::object shown(const ResourceType& type, const Member& member, const store::RowView& row) {
    json::object shown{{"id", row.id.text()},
                       {"active", member.is_active()},
                       {"role", member.role},
                       {"managed", member.managed == Managed::Scim ? "scim" : "manual"},
                       {"email_verified_at", text_or_null(member.email_verified_at)}};
    if (member.deactivated_at) {
        shown["deactivated_at"] = format_instant(*member.deactivated_at);
        shown["deactivated_by"] = member.deactivated_by;
    }
    if (member.pre_linked) shown["pre_linked"] = true;
    if (member.removed_at) shown["removed_at"] = format_instant(*member.removed_at);
    shown["created"] = format_instant(row.created);
    shown["last_modified"] = format_instant(row.last_modified);
    shown["version"] = row.version;
    shown["user"] = shown_attributes(type, row.document);
    return shown;
}

Result<json::object> load(store::TenantTransaction& tenant, const ResourceType& type, ResourceId id) {
    const auto row = tenant.find("User", id);
    const auto member = tenant.find_member(id);
    if (!row || !member) return failure(ErrorKind::NotFound, "There is nothing with this id.");
    return shown(type, *member, store::view_of(*row));
}

// What of a member a list asks for besides the filter of SCIM.
struct Wanted {
    std::optional<std::string> role, managed, active;

    bool all() const { return !role && !managed && !active; }
    bool has(const Member& member) const {
        if (role && member.role != *role) return false;
        if (managed && (member.managed == Managed::Scim) != (*managed == "scim")) return false;
        return !active || member.is_active() == (*active == "true");
    }
    std::string text() const {
        return role.value_or("") + '\n' + managed.value_or("") + '\n' + active.value_or("");
    }
};

Result<Wanted> read_wanted(const Call& call) {
    const auto query = call.head->query;
    TRY_VOID(check_form(query, {"filter", "count", "cursor", "role", "managed", "active"}));
    Wanted wanted{TRY(form_value(query, "role")), TRY(form_value(query, "managed")),
                  TRY(form_value(query, "active"))};
    if (wanted.managed && *wanted.managed != "scim" && *wanted.managed != "manual") {
        return failure(ErrorKind::InvalidValue, "\"managed\" must be scim or manual.");
    }
    if (wanted.active && *wanted.active != "true" && *wanted.active != "false") {
        return failure(ErrorKind::InvalidValue, "\"active\" must be true or false.");
    }
    return wanted;
}

Result<http::Response> answer_list(const Call& call, store::Transaction& transaction, const Wanted& wanted,
                                   PageRequest request) {
    const auto access = TRY(open_directory(call, transaction));
    const auto& type = access.type("User");
    json::array list;
    std::optional<std::string> next;
    for (int pages = 0; pages < kPagesRead; ++pages) {
        const auto found = TRY(query_page(call, transaction, "User", request));
        next = found.next_cursor;
        for (const auto& row : found.page.rows) {
            const auto member = access.context.transaction.find_member(row.id);
            if (!member || !wanted.has(*member)) continue;
            list.push_back(shown(type, *member, row));
            if (static_cast<int64_t>(list.size()) < request.count || row.id == found.page.rows.back().id)
                continue;
            next = write_cursor(call, request, row.id);
            break;
        }
        if (!next || wanted.all() || static_cast<int64_t>(list.size()) >= request.count) break;
        request.after = found.page.rows.back().id;
    }
    json::object answer{{"members", std::move(list)}};
    if (next) answer["next_cursor"] = *next;
    return json_answer(200, json::value(std::move(answer)));
}

Result<void> check_role(const Policy& policy, const std::string& role) {
    if (rank_of(policy, role) >= 0) return {};
    std::string names;
    for (const auto& name : policy.roles) names += (names.empty() ? "" : ", ") + name;
    return failure(ErrorKind::InvalidValue, "There is no such role. The tenant has: " + names + ".");
}

// Attributes of a new member by the names of this API.
struct WantedMember {
    Edited edited;
    bool email_verified = false;
};
Result<WantedMember> wanted_member(const Call& call) {
    const auto body = TRY(read_object(call, {"user_name", "email", "display_name", "given_name",
                                             "family_name", "role", "email_verified", "pre_linked"}));
    Edited wanted;
    wanted.attributes["userName"] = TRY(required_text(body, "user_name"));
    json::object name;
    if (auto text = TRY(optional_text(body, "given_name"))) name["givenName"] = *text;
    if (auto text = TRY(optional_text(body, "family_name"))) name["familyName"] = *text;
    if (!name.empty()) wanted.attributes["name"] = std::move(name);
    if (auto text = TRY(optional_text(body, "display_name"))) wanted.attributes["displayName"] = *text;
    if (auto text = TRY(optional_text(body, "email"))) {
        wanted.attributes["emails"] =
            json::array{json::object{{"value", *text}, {"type", "work"}, {"primary", true}}};
    }
    wanted.attributes["active"] = true;
    Member member;
    member.managed = Managed::Manual;
    member.role = TRY(optional_text(body, "role")).value_or(call.policy->default_role);
    TRY_VOID(check_role(*call.policy, member.role));
    member.pre_linked = TRY(optional_bool(body, "pre_linked")).value_or(false);
    const bool is_verified = TRY(optional_bool(body, "email_verified")).value_or(false);
    wanted.member = std::move(member);
    for (const auto& attribute : wanted.attributes) {
        const auto* text = attribute.value().if_string();
        if (text != nullptr && (text->size() > 500 || trim(*text).empty())) {
            return failure(ErrorKind::InvalidValue, "A name must have 1 to 500 bytes.");
        }
    }
    return WantedMember{std::move(wanted), is_verified};
}

struct MemberChange {
    std::optional<bool> active, email_verified, pre_linked;
    std::optional<std::string> role;
};

}  // namespace

http::Outcome list_members(const CallPointer& call) {
    auto wanted = read_wanted(*call);
    if (!wanted) return problem(wanted.error());
    auto request = read_page(*call, "members\n" + wanted->text());
    if (!request) return problem(request.error());
    return scan(call, [call, wanted = *wanted, request = *request](store::Transaction& transaction) {
        return answer_list(*call, transaction, wanted, request);
    });
}

http::Outcome get_member(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto access = TRY(open_directory(*call, transaction));
        const auto id = TRY(call->id<ResourceId>("member"));
        return json_answer(200, json::value(TRY(load(access.context.transaction, access.type("User"), id))));
    });
}

http::Outcome create_member(const CallPointer& call) {
    auto wanted = wanted_member(*call);
    if (!wanted) return problem(wanted.error());
    return write(call, [call, wanted = *wanted](store::Transaction& transaction) -> Result<http::Response> {
        auto access = TRY(open_directory(*call, transaction));
        const auto& type = access.type("User");
        const auto made =
            TRY(directory::create_resource(access.context, type, ResourceId::create(), wanted.edited));
        if (wanted.email_verified) TRY_VOID(directory::verify_email(access.context, type, made.row.id));
        call->target = made.row.id.text();
        return json_answer(201, json::value(TRY(load(access.context.transaction, type, made.row.id))))
            .with("Location", call->origin + "/api/v1/members/" + call->target);
    });
}

http::Outcome change_member(const CallPointer& call) {
    const auto read_change = [&]() -> Result<MemberChange> {
        const auto body = TRY(read_object(*call, {"active", "role", "email_verified", "pre_linked"}));
        MemberChange change{TRY(optional_bool(body, "active")), TRY(optional_bool(body, "email_verified")),
                            TRY(optional_bool(body, "pre_linked")), TRY(optional_text(body, "role"))};
        if (change.role) TRY_VOID(check_role(*call->policy, *change.role));
        return change;
    };
    const auto change = read_change();
    if (!change) return problem(change.error());
    return write(call, [call, change = *change](store::Transaction& transaction) -> Result<http::Response> {
        auto access = TRY(open_directory(*call, transaction));
        const auto& type = access.type("User");
        const auto id = TRY(call->id<ResourceId>("member"));
        call->target = id.text();
        TRY(directory::change_resource(access.context, type, id, {}, "patch",
                                       [&](const Resource& before) -> Result<Edited> {
                                           Edited wanted{before.attributes, {}};
                                           if (change.active) wanted.attributes["active"] = *change.active;
                                           wanted.member = before.member;
                                           if (!wanted.member) return wanted;
                                           if (change.role) wanted.member->role = *change.role;
                                           if (change.pre_linked)
                                               wanted.member->pre_linked = *change.pre_linked;
                                           if (change.email_verified == false)
                                               wanted.member->email_verified_at.reset();
                                           return wanted;
                                       }));
        if (change.email_verified == true) TRY_VOID(directory::verify_email(access.context, type, id));
        return json_answer(200, json::value(TRY(load(access.context.transaction, type, id))));
    });
}

http::Outcome begin_email_verification(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto id = TRY(call->id<ResourceId>("member"));
        const auto user = tenant.find("User", id);
        const auto member = tenant.find_member(id);
        if (!user || !member) return failure(ErrorKind::NotFound, "There is nothing with this id.");
        return make_link(*call, transaction, *user, *member, MemberToken::Purpose::EmailVerification);
    });
}

}  // namespace rollcall::api::application
