// Tenants, their policies and features.
#include "access/authenticate.h"
#include "api/admin/endpoints.h"
#include "audit/record.h"
#include "directory/policies.h"

namespace rollcall::api::admin {
namespace {

constexpr std::string_view kFeature = "learn_scim";  // MOB-10: SCIM for the tenant
constexpr int64_t kVersionsShown = 100;

json::value policy_shown(const std::string& text) {
    return parse_json(text).value_or(json::value(json::object()));
}

json::object shown(const Tenant& tenant) {
    return json::object{{"slug", tenant.slug},
                        {"profile", tenant.profile},
                        {"created", format_instant(tenant.created)},
                        {"features", json::object{{kFeature, tenant.enabled}}},
                        {"policy", policy_shown(tenant.policy)}};
}

Result<json::object> optional_object(const json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    if (value == nullptr || value->is_null()) return json::object();
    if (value->is_object()) return value->as_object();
    return failure(ErrorKind::InvalidValue, '"' + std::string(name) + "\" is an object.");
}

// The row that the transaction has: what was read at admission may be another one by now.
Result<Tenant> current_tenant(const Call& call, store::Transaction& transaction) {
    if (auto tenant = transaction.find_tenant(call.caller.tenant_slug)) return *tenant;
    return failure(ErrorKind::NotFound, "There is no tenant with this slug.");
}

Result<http::Response> changed_policy(Call& call, store::Transaction& transaction) {
    const auto body = TRY(parse_json(call.body));
    if (!body.is_object())
        return failure(ErrorKind::InvalidSyntax, "The body is an object of policy values.");
    const auto tenant = TRY(current_tenant(call, transaction));
    const auto access = TRY(open_directory(call, transaction));
    const auto done = TRY(directory::change_policy(transaction, tenant, body.as_object(), call.caller,
                                                   *access.catalogue, call.service->limits, call.now()));
    call.target = tenant.slug;
    if (!done.changed.empty()) {
        leave_event(call, transaction, "tenant.set", "tenant", tenant.slug,
                    audit::payload_of(policy_shown(tenant.policy).as_object(),
                                      policy_shown(done.tenant.policy).as_object()));
    }
    for (const auto& name : done.changed) call.note += (call.note.empty() ? "" : " ") + name;
    return json_answer(200, json::value(json::object{{"version", done.version},
                                                     {"profile", tenant.profile},
                                                     {"changed", json::value_from(done.changed)},
                                                     {"values", policy_shown(done.tenant.policy)}}));
}

}  // namespace

http::Outcome list_tenants(const CallPointer& call) {
    return scan(call, [](store::Transaction& transaction) -> Result<http::Response> {
        json::array list;
        for (const auto& tenant : transaction.tenants()) list.push_back(shown(tenant));
        return json_answer(200, json::value(json::object{{"tenants", std::move(list)}}));
    });
}

http::Outcome create_tenant(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto body = TRY(read_object(*call, {"slug", "profile", "policy"}));
        const auto slug = TRY(required_text(body, "slug"));
        const auto profile = TRY(optional_text(body, "profile")).value_or("");
        const auto values = TRY(optional_object(body, "policy"));
        const auto tenant = TRY(directory::create_tenant(transaction, slug, profile, values, call->caller,
                                                         *call->service->catalogues->installation(),
                                                         call->service->limits, call->now()));
        call->target = tenant.slug;
        call->caller.tenant = tenant.id;
        leave_event(*call, transaction, "tenant.create", "tenant", tenant.slug,
                    audit::payload_of({}, json::object{{"profile", tenant.profile}}));
        return json_answer(201, json::value(shown(tenant)));
    });
}

http::Outcome list_profiles(const CallPointer&) {
    json::array list;
    for (const auto& name : profile_names()) {
        list.push_back(
            json::object{{"name", name}, {"values", profile_values(name).value_or(json::object())}});
    }
    return json_answer(200, json::value(json::object{{"profiles", std::move(list)}}));
}

http::Outcome list_policy_values(const CallPointer&) {
    json::array list;
    for (const auto& value : policy_values()) {
        list.push_back(json::object{{"name", value.name},
                                    {"type", value.type},
                                    {"default", value.standard},
                                    {"meaning", value.meaning},
                                    {"chosen_once", value.chosen_once}});
    }
    return json_answer(200, json::value(json::object{{"policy_values", std::move(list)}}));
}

http::Outcome get_policy(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        const auto tenant = TRY(current_tenant(*call, transaction));
        const auto in_force = TRY(access::policy_of(tenant));
        return json_answer(200, json::value(json::object{
                                    {"version", directory::policy_version(transaction.tenant(call->caller))},
                                    {"profile", tenant.profile},
                                    {"values", policy_shown(tenant.policy)},
                                    {"in_force", policy_to_json(*in_force)}}));
    });
}

http::Outcome change_policy(const CallPointer& call) {
    // Every member of the tenant may have to be looked at.
    return http::Write{[call](store::Transaction& transaction) {
                           auto answer = changed_policy(*call, transaction);
                           return answer ? std::move(*answer) : problem(answer.error());
                       },
                       false, true};
}

http::Outcome list_policy_versions(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        json::array list;
        for (const auto& row : transaction.tenant(call->caller).policies(kVersionsShown)) {
            list.push_back(json::object{{"version", row.version},
                                        {"changed", format_instant(row.changed)},
                                        {"actor", row.actor},
                                        {"values", policy_shown(row.policy)}});
        }
        return json_answer(200, json::value(json::object{{"versions", std::move(list)}}));
    });
}

http::Outcome list_features(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        const auto tenant = TRY(current_tenant(*call, transaction));
        json::array list;
        list.push_back(json::object{{"name", kFeature}, {"enabled", tenant.enabled}});
        return json_answer(200, json::value(json::object{{"features", std::move(list)}}));
    });
}

http::Outcome switch_feature(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        if (call->parameter("feature") != kFeature) {
            return failure(ErrorKind::NotFound, "There is no feature with this name.");
        }
        const auto body = TRY(read_object(*call, {"enabled"}));
        const auto enabled = TRY(optional_bool(body, "enabled"));
        if (!enabled) return failure(ErrorKind::InvalidValue, "\"enabled\" is true or false.");
        auto tenant = TRY(current_tenant(*call, transaction));
        const bool was_enabled = std::exchange(tenant.enabled, *enabled);
        if (was_enabled != *enabled) {
            TRY_VOID(transaction.update_tenant(tenant));
            leave_event(
                *call, transaction, *enabled ? "tenant.enable" : "tenant.disable", "tenant", tenant.slug,
                audit::payload_of(json::object{{kFeature, was_enabled}}, json::object{{kFeature, *enabled}}));
        }
        call->target = tenant.slug;
        call->note = *enabled ? "on" : "off";
        return json_answer(200, json::value(json::object{{"name", kFeature}, {"enabled", tenant.enabled}}));
    });
}

}  // namespace rollcall::api::admin
