// The endpoints of the admin API, below /api/admin/v1. Rows with fixed segments stand before those with
// {names}. What the third column means is written in admin/admission.h.
#include "api/admin/endpoints.h"
#include "api/route.h"

namespace rollcall::api {

using http::Method;
using Body = Route::Body;

namespace {
constexpr size_t kSchemaBytesMax = 1'048'576;
}  // namespace

const std::vector<Route>& admin_routes() {
    static const std::vector<Route> rows = {
        {Method::Get, "/openapi.json", admin::get_openapi, ""},

        {Method::Post, "/sign-in", admin::sign_in, "", Body::Json, 4'096},
        {Method::Get, "/sign-in/openid", admin::begin_openid_sign_in, ""},
        {Method::Get, "/sign-in/openid/callback", admin::finish_openid_sign_in, ""},
        {Method::Post, "/sign-out", admin::sign_out, "session"},
        {Method::Get, "/session", admin::get_session, "session"},
        {Method::Post, "/session/proof", admin::prove_session, "session", Body::Json, 4'096},
        {Method::Post, "/session/password", admin::change_own_password, "session recently", Body::Json,
         4'096},

        {Method::Get, "/tenants", admin::list_tenants, "operator"},
        {Method::Post, "/tenants", admin::create_tenant, "operator recently", Body::Json},
        {Method::Get, "/profiles", admin::list_profiles, "session"},
        {Method::Get, "/policy-values", admin::list_policy_values, "session"},

        {Method::Get, "/policy", admin::get_policy, "administer"},
        {Method::Patch, "/policy", admin::change_policy, "administer recently", Body::Json},
        {Method::Get, "/policy/versions", admin::list_policy_versions, "administer"},
        {Method::Get, "/features", admin::list_features, "administer"},
        {Method::Put, "/features/{feature}", admin::switch_feature, "administer", Body::Json, 4'096},

        {Method::Get, "/openid-provider", admin::get_openid_provider, "administer"},
        {Method::Put, "/openid-provider", admin::set_openid_provider, "administer recently", Body::Json, 4'096},
        {Method::Delete, "/openid-provider", admin::remove_openid_provider, "administer recently"},

        {Method::Get, "/issuers", admin::list_issuers, "administer"},
        {Method::Put, "/issuers", admin::put_issuer, "administer recently", Body::Json, 262'144},
        {Method::Delete, "/issuers/{issuer}", admin::remove_issuer, "administer recently"},

        {Method::Get, "/members", admin::list_members, "administer"},
        {Method::Post, "/members", admin::create_member, "administer", Body::Json},
        {Method::Get, "/members/{member}", admin::get_member, "administer"},
        {Method::Patch, "/members/{member}", admin::change_member, "administer", Body::Json},
        {Method::Delete, "/members/{member}", admin::remove_member, "administer recently"},
        {Method::Post, "/members/{member}/invitation", admin::invite_member, "administer"},
        {Method::Put, "/members/{member}/openid-subject", admin::link_openid_subject, "administer recently",
         Body::Json, 4'096},
        {Method::Post, "/members/{member}/email-verification", admin::begin_email_verification, "administer"},
        {Method::Post, "/invitations/accept", admin::accept_invitation, "", Body::Json, 4'096},
        {Method::Post, "/email-verifications", admin::verify_email, "", Body::Json, 4'096},

        {Method::Get, "/members/{member}/scopes", admin::list_scopes, "administer"},
        {Method::Get, "/members/{member}/grants", admin::list_grants_of_member, "administer"},
        {Method::Put, "/members/{member}/grants", admin::grant_to_member, "administer", Body::Json},

        {Method::Get, "/groups", admin::list_groups, "administer"},
        {Method::Get, "/groups/{group}/grants", admin::list_grants_of_group, "administer"},
        {Method::Put, "/groups/{group}/grants", admin::grant_to_group, "administer", Body::Json},
        {Method::Put, "/groups/{group}/sync", admin::enable_group, "administer", Body::Json, 4'096},

        {Method::Get, "/credentials", admin::list_credentials, "administer"},
        {Method::Post, "/credentials", admin::issue_credential, "administer recently", Body::Json, 4'096},
        {Method::Get, "/credentials/{credential}", admin::get_credential, "administer"},
        {Method::Get, "/credentials/{credential}/requests", admin::list_requests, "administer"},
        {Method::Get, "/credentials/{credential}/answers", admin::count_answers, "administer"},
        {Method::Post, "/credentials/{credential}/rotate", admin::rotate_credential, "administer recently", Body::Json,
         4'096},
        {Method::Post, "/credentials/{credential}/enable", admin::enable_credential, "administer recently"},
        {Method::Post, "/credentials/{credential}/disable", admin::disable_credential, "administer"},
        {Method::Post, "/credentials/{credential}/quarantine", admin::quarantine_credential, "administer"},
        {Method::Post, "/credentials/{credential}/confirm", admin::confirm_credential, "administer recently"},
        {Method::Put, "/credentials/{credential}/networks", admin::set_credential_networks,
         "administer recently", Body::Json, 8'192},
        {Method::Post, "/credentials/{credential}/revoke", admin::revoke_credential, "administer"},

        {Method::Get, "/status", admin::get_status, "administer"},
        {Method::Get, "/notices", admin::list_notices, "administer"},

        {Method::Get, "/audit", admin::list_changes, "administer"},
        {Method::Get, "/audit/export", admin::export_changes, "administer"},

        {Method::Get, "/installation/audit", admin::list_installation_changes, "operator"},

        {Method::Get, "/mass-changes", admin::list_mass_changes, "administer"},
        {Method::Put, "/mass-changes/announcement", admin::announce_losses, "administer recently", Body::Json, 4'096},
        {Method::Get, "/mass-changes/{mass_change}", admin::get_mass_change, "administer"},
        {Method::Post, "/mass-changes/{mass_change}/undo", admin::undo_mass_change, "administer recently"},
        {Method::Post, "/mass-changes/{mass_change}/release", admin::release_mass_change, "administer recently"},

        {Method::Get, "/service-keys", admin::list_service_keys, "administer"},
        {Method::Post, "/service-keys", admin::issue_service_key, "administer recently", Body::Json, 4'096},
        {Method::Post, "/service-keys/{service_key}/revoke", admin::revoke_service_key, "administer"},

        {Method::Get, "/schemas", admin::list_schemas, "administer"},
        {Method::Post, "/schemas", admin::load_schemas, "administer recently", Body::Json, kSchemaBytesMax},
        {Method::Delete, "/schemas/{schema}", admin::remove_schema, "administer recently"},
    };
    return rows;
}

}  // namespace rollcall::api
