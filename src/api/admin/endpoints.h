// The endpoints of the admin API.
#pragma once

#include "access/administrator.h"
#include "api/call.h"

namespace rollcall::api::admin {

http::Outcome get_openapi(const CallPointer& call);

// ---- session.cpp
http::Outcome sign_in(const CallPointer& call);
http::Outcome sign_out(const CallPointer& call);
http::Outcome get_session(const CallPointer& call);
http::Outcome prove_session(const CallPointer& call);
http::Outcome change_own_password(const CallPointer& call);

// Events of sessions (session.cpp): `done` in the transaction that makes one, admin.refuse beside it. They are in the
// trail of the member's tenant; those of operators are in the installation's, which is that of the tenant 0.
access::SignInNotes notes_of(const CallPointer& call, std::string_view done);

// What signing in with a cookie ends in, however the person proved who it is.
http::Response session_by_cookie(const access::SignedIn& done);

// ---- openid.cpp
http::Outcome begin_openid_sign_in(const CallPointer& call);
http::Outcome finish_openid_sign_in(const CallPointer& call);
http::Outcome get_openid_provider(const CallPointer& call);
http::Outcome set_openid_provider(const CallPointer& call);
http::Outcome remove_openid_provider(const CallPointer& call);
http::Outcome link_openid_subject(const CallPointer& call);

// ---- issuers.cpp
http::Outcome list_issuers(const CallPointer& call);
http::Outcome put_issuer(const CallPointer& call);
http::Outcome remove_issuer(const CallPointer& call);

// ---- members.cpp
http::Outcome list_members(const CallPointer& call);
http::Outcome create_member(const CallPointer& call);
http::Outcome get_member(const CallPointer& call);
http::Outcome change_member(const CallPointer& call);
http::Outcome remove_member(const CallPointer& call);

// ---- links.cpp: what is sent to members
http::Outcome invite_member(const CallPointer& call);
http::Outcome accept_invitation(const CallPointer& call);
http::Outcome begin_email_verification(const CallPointer& call);
http::Outcome verify_email(const CallPointer& call);

// ---- groups.cpp
http::Outcome list_groups(const CallPointer& call);
http::Outcome enable_group(const CallPointer& call);

// ---- credentials.cpp
http::Outcome list_credentials(const CallPointer& call);
http::Outcome issue_credential(const CallPointer& call);
http::Outcome get_credential(const CallPointer& call);
http::Outcome rotate_credential(const CallPointer& call);
http::Outcome enable_credential(const CallPointer& call);
http::Outcome disable_credential(const CallPointer& call);
http::Outcome quarantine_credential(const CallPointer& call);
http::Outcome confirm_credential(const CallPointer& call);
http::Outcome set_credential_networks(const CallPointer& call);
http::Outcome revoke_credential(const CallPointer& call);

// ---- requests.cpp: how a credential is used
http::Outcome list_requests(const CallPointer& call);
http::Outcome count_answers(const CallPointer& call);
http::Outcome list_notices(const CallPointer& call);

// ---- status.cpp
http::Outcome get_status(const CallPointer& call);

// ---- grants.cpp
http::Outcome list_scopes(const CallPointer& call);
http::Outcome list_grants_of_member(const CallPointer& call);
http::Outcome grant_to_member(const CallPointer& call);
http::Outcome list_grants_of_group(const CallPointer& call);
http::Outcome grant_to_group(const CallPointer& call);

// ---- audit.cpp
http::Outcome list_changes(const CallPointer& call);
http::Outcome export_changes(const CallPointer& call);
http::Outcome list_installation_changes(const CallPointer& call);

// ---- mass_changes.cpp
http::Outcome list_mass_changes(const CallPointer& call);
http::Outcome get_mass_change(const CallPointer& call);
http::Outcome undo_mass_change(const CallPointer& call);
http::Outcome release_mass_change(const CallPointer& call);
http::Outcome announce_losses(const CallPointer& call);

// ---- service_keys.cpp
http::Outcome list_service_keys(const CallPointer& call);
http::Outcome issue_service_key(const CallPointer& call);
http::Outcome revoke_service_key(const CallPointer& call);

// ---- tenants.cpp
http::Outcome list_tenants(const CallPointer& call);
http::Outcome create_tenant(const CallPointer& call);
http::Outcome list_profiles(const CallPointer& call);
http::Outcome list_policy_values(const CallPointer& call);
http::Outcome get_policy(const CallPointer& call);
http::Outcome change_policy(const CallPointer& call);
http::Outcome list_policy_versions(const CallPointer& call);
http::Outcome list_features(const CallPointer& call);
http::Outcome switch_feature(const CallPointer& call);

// ---- schemas.cpp
http::Outcome list_schemas(const CallPointer& call);
http::Outcome load_schemas(const CallPointer& call);
http::Outcome remove_schema(const CallPointer& call);

}  // namespace rollcall::api::admin
