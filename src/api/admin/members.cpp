// Members of a tenant: who they are, who manages them (MOB-18), who deactivated them (MOD-10), their roles
// and state. All changes go through the directory, so that its rules hold here too.
#include "api/admin/members.h"

#include "api/admin/endpoints.h"
#include "base/text.h"

namespace rollcall::api::admin {
namespace {

constexpr int64_t kPageDefault = 100;
constexpr int64_t kPageMax = 200;
constexpr size_t kCharactersMax = 1'024;
constexpr const char* kUserName = "userName";

// A text that a member may have, or null, which takes it away.
struct TextChange {
    const char* name;       // in the request
    const char* attribute;  // of the User
};
constexpr TextChange kTexts[] = {
    {"user_name", kUserName}, {"display_name", "displayName"}, {"external_id", "externalId"}};

std::string text_in(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::string email_in(const json::object& document) {
    std::string first;
    const auto* emails = document.if_contains("emails");
    if (emails == nullptr || !emails->is_array()) return first;
    for (const auto& element : emails->as_array()) {
        if (!element.is_object()) continue;
        const auto value = text_in(element.as_object(), "value");
        const auto* primary = element.as_object().if_contains("primary");
        if (primary != nullptr && primary->is_bool() && primary->as_bool()) return value;
        if (first.empty()) first = value;
    }
    return first;
}

Result<void> check_text(std::string_view name, const std::string& text) {
    if (!trim(text).empty() && code_point_count(text) <= kCharactersMax && !has_invisible_characters(text))
        return {};
    return failure(ErrorKind::InvalidValue, '"' + std::string(name) + "\" has 1 to 1024 visible characters.");
}

void set_email(json::object& attributes, const std::string& email) {
    auto& emails = attributes["emails"];
    if (!emails.is_array()) emails.emplace_array();
    json::object* chosen = nullptr;
    for (auto& element : emails.as_array()) {
        if (!element.is_object()) continue;
        const auto* primary = element.as_object().if_contains("primary");
        if (chosen == nullptr || (primary != nullptr && primary->is_bool() && primary->as_bool())) {
            chosen = &element.as_object();
        }
    }
    if (chosen == nullptr) {
        emails.as_array().push_back(json::object{{"primary", true}});
        chosen = &emails.as_array().back().as_object();
    }
    (*chosen)["value"] = email;
}

// What the body says of attributes.
Result<void> take_attributes(const json::object& body, json::object& attributes) {
    for (const auto& [name, attribute] : kTexts) {
        const auto* given = body.if_contains(name);
        if (given == nullptr) continue;
        if (given->is_null() && attribute != kUserName) {
            erase_member(attributes, attribute);
            continue;
        }
        const auto text = TRY(required_text(body, name));
        TRY_VOID(check_text(name, text));
        attributes[attribute] = text;
    }
    if (const auto email = TRY(optional_text(body, "email"))) {
        TRY_VOID(check_text("email", *email));
        if (email->find('@') == std::string::npos) {
            return failure(ErrorKind::InvalidValue, "\"email\" is an e-mail address.");
        }
        set_email(attributes, *email);
    }
    if (const auto active = TRY(optional_bool(body, "active"))) attributes["active"] = *active;
    return {};
}

// What the body says of the member itself.
Result<void> take_member(const Call& call, const json::object& body, Member& member) {
    if (const auto role = TRY(optional_text(body, "role"))) {
        if (rank_of(*call.policy, *role) < 0) {
            std::string names;
            for (const auto& known : call.policy->roles) names += (names.empty() ? "" : ", ") + known;
            return failure(ErrorKind::InvalidValue, "There is no such role. There are: " + names + ".");
        }
        TRY_VOID(check_rank(call, *role));
        member.role = *role;
    }
    if (const auto managed = TRY(optional_text(body, "managed"))) {
        if (*managed != "scim" && *managed != "manual") {
            return failure(ErrorKind::InvalidValue, "\"managed\" is scim or manual.");
        }
        member.managed = *managed == "scim" ? Managed::Scim : Managed::Manual;
    }
    if (const auto linked = TRY(optional_bool(body, "pre_linked"))) member.pre_linked = *linked;
    return {};
}

Result<int64_t> page_size(const Call& call) {
    const auto text = TRY(form_value(call.head->query, "limit"));
    if (!text) return kPageDefault;
    int64_t size = 0;
    for (const char c : *text)
        size = c < '0' || c > '9' || size > kPageMax ? kPageMax + 1 : size * 10 + (c - '0');
    if (text->empty() || size < 1 || size > kPageMax) {
        return failure(ErrorKind::InvalidValue, "\"limit\" is a number from 1 to 200.");
    }
    return size;
}

}  // namespace

json::object shown(const store::ResourceRow& user, const Member& member, const Policy& policy) {
    const auto parsed = parse_json(user.document).value_or(json::object());
    const auto& document = parsed.as_object();
    json::object answer{{"id", user.id.text()}, {"user_name", text_in(document, kUserName)}};
    const auto add = [&](const char* name, const std::string& text) {
        if (!text.empty()) answer[name] = text;
    };
    const auto add_time = [&](const char* name, const std::optional<Instant>& time) {
        if (time) answer[name] = format_instant(*time);
    };
    add("display_name", text_in(document, "displayName"));
    add("email", email_in(document));
    add("external_id", text_in(document, "externalId"));
    answer["role"] = member.role;
    answer["managed"] = member.managed == Managed::Scim ? "scim" : "manual";
    answer["active"] = member.is_active();
    answer["break_glass"] = member.managed == Managed::Manual && !policy.owner_role.empty() &&
                            member.role == policy.owner_role;
    answer["pre_linked"] = member.pre_linked;
    add_time("deactivated_at", member.deactivated_at);
    add("deactivated_by", member.deactivated_by);
    add_time("removed_at", member.removed_at);
    add_time("email_verified_at", member.email_verified_at);
    answer["created"] = format_instant(user.created);
    answer["last_modified"] = format_instant(user.last_modified);
    return answer;
}

Result<FoundMember> find_member(const Call& call, store::TenantTransaction& door) {
    const auto id = TRY(call.id<ResourceId>("member"));
    auto user = door.find_user(id);
    auto member = door.find_member(id);
    if (!user || !member) return failure(ErrorKind::NotFound, "There is nothing with this id.");
    return FoundMember{*std::move(user), *std::move(member)};
}

Result<void> check_rank(const Call& call, std::string_view role) {
    const auto& who = *call.administrator;
    if (who.is_operator() || rank_of(*call.policy, role) <= rank_of(*call.policy, who.role)) return {};
    return failure(ErrorKind::Forbidden, "Your own role is lower than this.");
}

Result<FoundMember> change_member_row(const Call& call, store::Transaction& transaction, ResourceId id,
                                      const std::function<void(Member&)>& edit) {
    auto access = TRY(open_directory(call, transaction));
    TRY_VOID(directory::change_resource(access.context, access.type("User"), id, {}, "patch",
                                        [&](const Resource& before) -> Result<Edited> {
                                            Edited wanted;
                                            wanted.attributes = before.attributes;
                                            wanted.member = before.member;
                                            edit(*wanted.member);
                                            return wanted;
                                        }));
    auto& door = access.context.transaction;
    return FoundMember{*door.find_user(id), *door.find_member(id)};
}

http::Outcome list_members(const CallPointer& call) {
    const auto read = [&]() -> Result<std::pair<int64_t, std::optional<std::string>>> {
        TRY_VOID(check_form(call->head->query, {"tenant", "limit", "after", "filter"}));
        return std::pair(TRY(page_size(*call)), TRY(form_value(call->head->query, "after")));
    };
    const auto wanted = read();
    if (!wanted) return problem(wanted.error());
    return scan(call, [call, wanted = *wanted](store::Transaction& transaction) -> Result<http::Response> {
        const auto access = TRY(open_directory(*call, transaction));
        const auto& type = access.type("User");
        auto& door = access.context.transaction;
        std::optional<CheckedFilter> filter;
        if (const auto text = TRY(form_value(call->head->query, "filter"))) {
            filter = TRY(check_filter(type, TRY(parse_filter(*text, call->service->limits)),
                                      UnknownAttributes::Refuse, false));
        }
        store::Query query;
        query.types.push_back({&type, filter ? &*filter : nullptr});
        query.limit = wanted.first;
        query.start = store::Query::Start::After;
        query.wants_total = false;
        query.base_url = call->origin + "/scim/v2";
        query.catalogue = access.catalogue.get();
        if (wanted.second) {
            const auto after = ResourceId::parse(*wanted.second);
            if (!after) return failure(ErrorKind::InvalidCursor, "\"after\" is the id of a member.");
            query.position = store::Position{"User", {}, *after};
        }
        const auto page = TRY(door.query(query));
        json::array list;
        for (const auto& row : page.rows) {
            const auto user = door.find_user(row.id);
            const auto member = door.find_member(row.id);
            if (user && member) list.push_back(shown(*user, *member, *call->policy));
        }
        json::object answer{{"members", std::move(list)}};
        if (page.more && !page.rows.empty()) answer["next"] = page.rows.back().id.text();
        return json_answer(200, json::value(std::move(answer)));
    });
}

http::Outcome create_member(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto body = TRY(
            read_object(*call, {"user_name", "display_name", "external_id", "email", "role", "pre_linked"}));
        TRY(required_text(body, "user_name"));
        auto access = TRY(open_directory(*call, transaction));
        Edited wanted;
        TRY_VOID(take_attributes(body, wanted.attributes));
        Member member;
        member.managed = Managed::Manual;
        member.role = call->policy->default_role;
        TRY_VOID(take_member(*call, body, member));
        wanted.member = std::move(member);
        const auto made = TRY(directory::create_resource(access.context, access.type("User"),
                                                         ResourceId::create(), std::move(wanted)));
        call->target = made.row.id.text();
        return json_answer(
            201, json::value(shown(made.row, *access.context.transaction.find_member(made.row.id), *call->policy)));
    });
}

http::Outcome get_member(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        const auto found = TRY(find_member(*call, transaction.tenant(call->caller)));
        return json_answer(200, json::value(shown(found.user, found.member, *call->policy)));
    });
}

http::Outcome change_member(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto body = TRY(read_object(*call, {"user_name", "display_name", "external_id", "email", "role",
                                                  "active", "managed", "pre_linked"}));
        auto access = TRY(open_directory(*call, transaction));
        auto& door = access.context.transaction;
        const auto found = TRY(find_member(*call, door));
        TRY_VOID(check_rank(*call, found.member.role));
        if (!found.member.previous_role.empty()) TRY_VOID(check_rank(*call, found.member.previous_role));
        const auto changed =
            TRY(directory::change_resource(access.context, access.type("User"), found.user.id, {}, "patch",
                                           [&](const Resource& before) -> Result<Edited> {
                                               Edited wanted;
                                               wanted.attributes = before.attributes;
                                               TRY_VOID(take_attributes(body, wanted.attributes));
                                               wanted.member = before.member;
                                               TRY_VOID(take_member(*call, body, *wanted.member));
                                               return wanted;
                                           }));
        call->target = changed.row.id.text();
        return json_answer(200, json::value(shown(changed.row, *door.find_member(changed.row.id), *call->policy)));
    });
}

http::Outcome remove_member(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto access = TRY(open_directory(*call, transaction));
        const auto found = TRY(find_member(*call, access.context.transaction));
        TRY_VOID(check_rank(*call, found.member.role));
        TRY_VOID(directory::remove_resource(access.context, access.type("User"), found.user.id, {}));
        call->target = found.user.id.text();
        return no_content();
    });
}

}  // namespace rollcall::api::admin
