// The endpoints of the application API. Each is a row of application_routes.cpp; docs/application-api.md
// describes them.
#pragma once

#include "api/call.h"

namespace rollcall::api::application {

http::Outcome get_openapi(const CallPointer& call);

// ---- introspection.cpp (RFC 7662)
http::Outcome introspect(const CallPointer& call);

// ---- members.cpp
http::Outcome list_members(const CallPointer& call);
http::Outcome create_member(const CallPointer& call);
http::Outcome get_member(const CallPointer& call);
http::Outcome change_member(const CallPointer& call);
http::Outcome begin_email_verification(const CallPointer& call);
http::Outcome get_sign_in(const CallPointer& call);  // sign_in.cpp

// ---- groups.cpp
http::Outcome list_groups(const CallPointer& call);
http::Outcome get_group(const CallPointer& call);
http::Outcome list_members_of_group(const CallPointer& call);
http::Outcome list_groups_of_member(const CallPointer& call);

// ---- access.cpp: what a member may read and write (PLU-04)
http::Outcome list_scopes(const CallPointer& call);
http::Outcome check_access(const CallPointer& call);

// ---- sessions.cpp
http::Outcome open_session(const CallPointer& call);
http::Outcome list_sessions(const CallPointer& call);
http::Outcome end_sessions(const CallPointer& call);
http::Outcome end_session(const CallPointer& call);

// ---- keys.cpp
http::Outcome make_key(const CallPointer& call);
http::Outcome list_keys(const CallPointer& call);
http::Outcome revoke_key(const CallPointer& call);

// ---- content.cpp (PLU-08)
http::Outcome put_content(const CallPointer& call);
http::Outcome get_content(const CallPointer& call);
http::Outcome forget_content(const CallPointer& call);
http::Outcome list_content_of_member(const CallPointer& call);

// ---- audit.cpp: the trail of changes (PLU-09)
http::Outcome list_changes(const CallPointer& call);

// Tokens that sessions and keys of members begin with; introspection tells them apart by it.
inline constexpr std::string_view kSessionPrefix = "rc_ses_";
inline constexpr std::string_view kKeyPrefix = "rc_key_";

}  // namespace rollcall::api::application
