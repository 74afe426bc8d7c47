#include "base/result.h"

namespace rollcall {

ErrorTraits error_traits(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::InvalidFilter:
            return {400, "invalidFilter"};
        case ErrorKind::TooMany:
            return {400, "tooMany"};
        case ErrorKind::Uniqueness:
            return {409, "uniqueness"};
        case ErrorKind::Mutability:
            return {400, "mutability"};
        case ErrorKind::InvalidSyntax:
            return {400, "invalidSyntax"};
        case ErrorKind::InvalidPath:
            return {400, "invalidPath"};
        case ErrorKind::NoTarget:
            return {400, "noTarget"};
        case ErrorKind::InvalidValue:
            return {400, "invalidValue"};
        case ErrorKind::InvalidVersion:
            return {400, "invalidVers"};
        case ErrorKind::Sensitive:
            return {403, "sensitive"};
        case ErrorKind::InvalidCursor:
            return {400, "invalidCursor"};
        case ErrorKind::ExpiredCursor:
            return {400, "expiredCursor"};
        case ErrorKind::InvalidCount:
            return {400, "invalidCount"};
        case ErrorKind::BadRequest:
            return {400, ""};
        case ErrorKind::Unauthorized:
            return {401, ""};
        case ErrorKind::Forbidden:
            return {403, ""};
        case ErrorKind::NotFound:
            return {404, ""};
        case ErrorKind::MethodNotAllowed:
            return {405, ""};
        case ErrorKind::RequestTimeout:
            return {408, ""};
        case ErrorKind::Conflict:
            return {409, ""};
        case ErrorKind::LastOwner:
            return {409, "mutability"};
        case ErrorKind::PreconditionFailed:
            return {412, ""};
        case ErrorKind::PayloadTooLarge:
            return {413, ""};
        case ErrorKind::UriTooLong:
            return {414, ""};
        case ErrorKind::UnsupportedMediaType:
            return {415, ""};
        case ErrorKind::ExpectationFailed:
            return {417, ""};
        case ErrorKind::TooManyRequests:
            return {429, ""};
        case ErrorKind::HeaderTooLarge:
            return {431, ""};
        case ErrorKind::Internal:
            return {500, ""};
        case ErrorKind::NotImplemented:
            return {501, ""};
        case ErrorKind::Unavailable:
            return {503, ""};
        case ErrorKind::HttpVersion:
            return {505, ""};
    }
    return {500, ""};
}

}  // namespace rollcall
