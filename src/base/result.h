// The vocabulary of outcomes. Every function whose failure is an expected outcome returns Result<T>; the kind
// of the error decides HTTP status and scimType in one table (error_traits). Exceptions are kept for a broken
// invariant or a lost database and are caught once per request.
//
// Details are read by the administrator of an identity provider: they say what to change, and never carry the
// input, SQL, a secret or anything of another tenant.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall {

// What went wrong, in the words of RFC 7644 Table 8 and Table 9. One row per kind in error_traits().
enum class ErrorKind {
    InvalidFilter,         // 400 invalidFilter
    TooMany,               // 400 tooMany
    Uniqueness,            // 409 uniqueness
    Mutability,            // 400 mutability
    InvalidSyntax,         // 400 invalidSyntax
    InvalidPath,           // 400 invalidPath
    NoTarget,              // 400 noTarget
    InvalidValue,          // 400 invalidValue
    InvalidVersion,        // 400 invalidVers
    Sensitive,             // 403 sensitive
    InvalidCursor,         // 400 invalidCursor
    ExpiredCursor,         // 400 expiredCursor
    InvalidCount,          // 400 invalidCount
    BadRequest,            // 400, malformed HTTP; no scimType
    Unauthorized,          // 401
    Forbidden,             // 403
    NotFound,              // 404
    MethodNotAllowed,      // 405
    RequestTimeout,        // 408
    Conflict,              // 409 without scimType
    LastOwner,             // 409 mutability (MOD-08)
    PreconditionFailed,    // 412
    PayloadTooLarge,       // 413
    UriTooLong,            // 414
    UnsupportedMediaType,  // 415
    ExpectationFailed,     // 417
    TooManyRequests,       // 429
    HeaderTooLarge,        // 431
    Internal,              // 500
    NotImplemented,        // 501
    Unavailable,           // 503
    HttpVersion,           // 505
};

struct ErrorTraits {
    int status;                  // HTTP status code
    std::string_view scim_type;  // empty when RFC 7644 Table 9 has no keyword for it
};

ErrorTraits error_traits(ErrorKind kind);

struct Error {
    ErrorKind kind;
    std::string detail;     // for the client; a full sentence
    std::string note = {};  // for the log only; never secrets or attribute values
};

// std::expected whose neglect is a warning: an outcome that nobody looks at is an error that nobody sees.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using std::expected<T, Error>::expected;
};

// Shorthand for `return failure(ErrorKind::NotFound, "...")` in a function that returns any Result<T>.
[[nodiscard]] inline std::unexpected<Error> failure(ErrorKind kind, std::string detail,
                                                    std::string note = {}) {
    return std::unexpected<Error>(Error{kind, std::move(detail), std::move(note)});
}

}  // namespace rollcall

#define ROLLCALL_JOIN_(a, b) a##b
#define ROLLCALL_JOIN(a, b) ROLLCALL_JOIN_(a, b)
#define ROLLCALL_TRY_(name, expression)                             \
    ({                                                              \
        auto&& name = (expression);                                 \
        if (!name) return std::unexpected(std::move(name).error()); \
        *std::move(name);                                           \
    })
#define ROLLCALL_TRY_VOID_(name, expression)                        \
    do {                                                            \
        auto&& name = (expression);                                 \
        if (!name) return std::unexpected(std::move(name).error()); \
    } while (false)

// Unwraps a Result or returns its error from the enclosing plain function. Never in a coroutine (g++ 12
// dies).
#define TRY(expression) ROLLCALL_TRY_(ROLLCALL_JOIN(try_result_, __COUNTER__), expression)

// The same for Result<void>.
#define TRY_VOID(expression) ROLLCALL_TRY_VOID_(ROLLCALL_JOIN(try_result_, __COUNTER__), expression)
