// Answers: SCIM errors (RFC 7644 §3.12), media types, preferences.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace rollcall::scim {

inline constexpr std::string_view kScimJson = "application/scim+json";

// The media type of the answer by the Accept header: application/json when the client prefers it, else
// application/scim+json, also when the header excludes both (P-HTTP-02..06, AMB-15).
std::string_view media_type(const http::Head& head);

// An error document. `head` may be null when there was no readable request.
http::Response error_response(const Error& error, const http::Head* head);
http::Response error_response(int status, std::string_view scim_type, std::string_view detail,
                              const http::Head* head);

http::Response json_response(int status, std::string body, const http::Head& head);

// Errors: UnsupportedMediaType unless the body is JSON by its Content-Type or has none (P-HTTP-07..09).
Result<void> check_content_type(const http::Head& head);

// The opaque tags of If-Match or If-None-Match: `W/"3", "x", *` is 3, x and *.
std::vector<std::string> read_tags(std::string_view header);

// The value of a preference, in small letters, or "" where it has none: `Prefer: return=minimal, wait=5` (RFC
// 7240). Of several instances the first counts; parameters behind a semicolon are not looked at.
std::optional<std::string> preference(const http::Head& head, std::string_view name);

}  // namespace rollcall::scim
