// The endpoints of the application API, below /api/v1. Rows with fixed segments stand before those with
// {names}.
#include "api/application/endpoints.h"
#include "api/route.h"

namespace rollcall::api {

using http::Method;
using Body = Route::Body;

const std::vector<Route>& application_routes() {
    static const std::vector<Route> rows = {
        {Method::Get, "/openapi.json", application::get_openapi, ""},
        {Method::Post, "/introspect", application::introspect, "introspect", Body::Form, 4'096},
        {Method::Get, "/members", application::list_members, "members:read"},
        {Method::Post, "/members", application::create_member, "members:write", Body::Json},
        {Method::Get, "/members/{member}", application::get_member, "members:read"},
        {Method::Patch, "/members/{member}", application::change_member, "members:write", Body::Json},
        {Method::Post, "/members/{member}/email-verification", application::begin_email_verification,
         "members:write"},
        {Method::Get, "/members/{member}/sign-in", application::get_sign_in, "members:read"},
        {Method::Get, "/members/{member}/groups", application::list_groups_of_member, "groups:read"},
        {Method::Get, "/members/{member}/scopes", application::list_scopes, "scopes:read"},
        {Method::Get, "/members/{member}/access", application::check_access, "scopes:read"},
        {Method::Post, "/members/{member}/sessions", application::open_session, "sessions:write", Body::Json},
        {Method::Get, "/members/{member}/sessions", application::list_sessions, "sessions:write"},
        {Method::Delete, "/members/{member}/sessions", application::end_sessions, "sessions:write"},
        {Method::Delete, "/members/{member}/sessions/{session}", application::end_session, "sessions:write"},
        {Method::Post, "/members/{member}/keys", application::make_key, "keys:write", Body::Json},
        {Method::Get, "/members/{member}/keys", application::list_keys, "keys:write"},
        {Method::Delete, "/members/{member}/keys/{key}", application::revoke_key, "keys:write"},
        {Method::Get, "/members/{member}/content", application::list_content_of_member, "content:read"},
        {Method::Put, "/content", application::put_content, "content:write", Body::Json},
        {Method::Get, "/content", application::get_content, "content:read"},
        {Method::Delete, "/content", application::forget_content, "content:write"},
        {Method::Get, "/groups", application::list_groups, "groups:read"},
        {Method::Get, "/groups/{group}", application::get_group, "groups:read"},
        {Method::Get, "/groups/{group}/members", application::list_members_of_group, "groups:read"},
        {Method::Get, "/audit", application::list_changes, "audit:read"},
    };
    return rows;
}

}  // namespace rollcall::api
