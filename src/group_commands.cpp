#include "commands.h"
#include "directory/groups.h"
#include "directory/scopes.h"
#include "operator_job.h"

namespace rollcall {
namespace {

Result<ResourceId> read_id(const std::string& text) {
    if (const auto id = ResourceId::parse(text)) return *id;
    return failure(ErrorKind::NotFound, "There is no member or group with this id.");
}

// By id, or by displayName as it is compared everywhere.
Result<ResourceId> group_named(directory::Context& context, const std::string& text) {
    const auto id = ResourceId::parse(text);
    if (id && context.transaction.find(directory::kGroupType, *id)) return *id;
    const auto& type = *context.catalogue.find_type(directory::kGroupType);
    std::string filter_text = "displayName eq ";
    write_json_string(text, filter_text);
    const auto filter = TRY(
        check_filter(type, TRY(parse_filter(filter_text, context.limits)), UnknownAttributes::Refuse, false));
    store::Query query;
    query.types.push_back({&type, &filter});
    const auto page = TRY(context.transaction.query(query));
    if (page.rows.size() == 1) return page.rows.front().id;
    return failure(ErrorKind::NotFound, "The tenant has no group with this id or displayName.");
}

json::object shown_group(directory::Context& context, const store::ResourceRow& row) {
    json::object shown{{"id", row.id.text()}, {"name", row.display}};
    const auto state = context.transaction.find_group_state(row.id);
    if (!state) return shown;
    shown["source"] = state->source;
    if (!row.external_id.empty()) shown["source_reference"] = row.external_id;
    if (!state->owner.is_nil()) shown["owner"] = state->owner.text();
    shown["enabled"] = state->enabled;
    shown["members"] = context.transaction.member_count(row.id);
    if (context.policy.groups == GroupMode::Paths) shown["scope"] = directory::scope_of_group(row.display);
    return shown;
}

json::array shown_grants(const std::vector<ScopeGrant>& grants) {
    json::array list;
    for (const auto& grant : grants) {
        list.push_back(
            json::object{{"scope", grant.scope}, {"access", directory::access_name(grant.access)}});
    }
    return list;
}

Result<ScopeGrant> read_grant(const std::string& text) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos) {
        return failure(ErrorKind::InvalidValue, "A grant is written SCOPE=read or SCOPE=write.");
    }
    return ScopeGrant{text.substr(0, equals), TRY(directory::access_named(text.substr(equals + 1)))};
}

}  // namespace

int list_groups(const Settings& settings, const std::string& tenant, Output output) {
    json::array list;
    const int code = run_in_directory(settings, tenant, [&](auto& context, auto&, auto&) -> Result<void> {
        list.clear();
        constexpr int64_t kAtOnce = 500;
        ResourceId after;
        for (;;) {
            const auto rows = context.transaction.resources_after(directory::kGroupType, after, kAtOnce);
            for (const auto& row : rows) list.push_back(shown_group(context, row));
            if (static_cast<int64_t>(rows.size()) < kAtOnce) return {};
            after = rows.back().id;
        }
    });
    if (code != 0) return code;
    if (output == Output::Text) {
        for (const auto& group : list) {
            const auto& shown = group.as_object();
            print_line(std::string(shown.at("id").as_string()) + "\t" +
                       (shown.at("enabled").as_bool() ? "enabled" : "not enabled") + "\t" +
                       std::string(shown.at("name").as_string()));
        }
    } else {
        print(json::value(json::object{{"groups", std::move(list)}}));
    }
    return 0;
}

int enable_group(const Settings& settings, const std::string& tenant_slug, const std::string& which,
                 bool enabled, Output output) {
    json::object shown;
    const int code = run_in_directory(
        settings, tenant_slug,
        [&](directory::Context& context, store::Transaction& transaction,
            const Tenant& tenant) -> Result<void> {
            const auto id = TRY(group_named(context, which));
            TRY_VOID(directory::enable_group(context, id, enabled));
            shown = shown_group(context, *context.transaction.find(directory::kGroupType, id));
            append_audit(transaction, tenant, enabled ? "group.enable" : "group.disable", id.text(),
                         id.text());
            return {};
        });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(std::move(shown)));
    } else {
        print_line(std::string("The group ") +
                   (enabled ? "takes effect, with the members it has." : "grants nothing."));
    }
    return 0;
}

int grant_scopes(const Settings& settings, const std::string& tenant_slug, const std::string& subject,
                 const std::vector<std::string>& grants, Output output) {
    json::array shown;
    const int code =
        run_in_directory(settings, tenant_slug,
                         [&](directory::Context& context, store::Transaction& transaction,
                             const Tenant& tenant) -> Result<void> {
                             const auto id = TRY(read_id(subject));
                             std::vector<ScopeGrant> wanted;
                             for (const auto& text : grants) wanted.push_back(TRY(read_grant(text)));
                             TRY_VOID(directory::set_grants(context, id, std::move(wanted)));
                             shown = shown_grants(context.transaction.grants_of(id));
                             append_audit(transaction, tenant, "scope.grant", id.text(), id.text());
                             return {};
                         });
    if (code != 0) return code;
    const auto count = shown.size();
    if (output == Output::Json) {
        print(json::value(json::object{{"subject", subject}, {"grants", std::move(shown)}}));
    } else {
        print_line("It has " + std::to_string(count) + " grants of its own now.");
    }
    return 0;
}

int show_scopes(const Settings& settings, const std::string& tenant, const std::string& member,
                const std::string& scope, const std::string& access, Output output) {
    json::object shown;
    const int code = run_in_directory(settings, tenant, [&](auto& context, auto&, auto&) -> Result<void> {
        const auto id = TRY(read_id(member));
        shown["member"] = member;
        if (!scope.empty()) {
            const auto asked = TRY(directory::read_scope(scope, directory::ScopeForm::Exact));
            const auto wanted = TRY(directory::access_named(access.empty() ? "read" : access));
            shown["allowed"] = directory::may_access(context.transaction, context.policy, id, asked, wanted);
            return {};
        }
        json::array groups;
        for (const auto& group : directory::effective_groups(context.transaction, id)) {
            groups.push_back(
                json::object{{"id", group.id.text()}, {"name", group.display}, {"direct", group.direct}});
        }
        shown["groups"] = std::move(groups);
        shown["scopes"] = shown_grants(directory::scopes_of(context.transaction, context.policy, id));
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(std::move(shown)));
    } else if (const auto* allowed = shown.if_contains("allowed")) {
        print_line(allowed->as_bool() ? "allowed" : "not allowed");
    } else {
        for (const auto& grant : shown["scopes"].as_array()) {
            print_line(std::string(grant.at("access").as_string()) + "\t" +
                       std::string(grant.at("scope").as_string()));
        }
    }
    return 0;
}

}  // namespace rollcall
