// Query strings and SearchRequest bodies: numbers end within their bounds whatever was sent; a refusal has a kind that
// lists answer; what a query string says and the same said in a .search body are the same request; a projection of any
// names shows id and schemas, and never a password.
#include "base/check.h"
#include "base/text.h"
#include "model/test_catalogue.h"
#include "scim/projection.h"
#include "scim/query_parameters.h"

namespace rollcall {
namespace {

constexpr std::string_view kResource = R"({
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1", "userName": "ann", "password": "secret",
    "name": {"givenName": "Ann"}, "emails": [{"value": "a@example.com", "type": "work"}], "meta": {"version": "W/\"1\""}
})";

void check_bounds(const scim::ListRequest& request, const Limits& limits) {
    CHECK(request.start_index >= 1);
    CHECK(request.count >= 0 && request.count <= limits.page_size_max);
    CHECK(!request.filter || is_valid_utf8(*request.filter));
    for (const auto& name : request.attributes) CHECK(!name.empty());
    for (const auto& name : request.excluded_attributes) CHECK(!name.empty());
}

void check_projection(const scim::ListRequest& request) {
    const auto projection =
        scim::Projection::create(user_type(), request.attributes, request.excluded_attributes);
    const bool both = !request.attributes.empty() && !request.excluded_attributes.empty();
    CHECK(projection.has_value() == !both);
    if (!projection) {
        CHECK(projection.error().kind == ErrorKind::InvalidValue);
        return;
    }
    const json::object shown = projection->apply(json::parse(kResource).as_object());
    CHECK(shown.contains("id") && shown.contains("schemas"));
    CHECK(!shown.contains("password"));
}

json::object search_of(const scim::ListRequest& request) {
    json::object body;
    body["schemas"] = json::array{"urn:ietf:params:scim:api:messages:2.0:SearchRequest"};
    if (request.filter) body["filter"] = *request.filter;
    body["sortBy"] = request.sort_by;
    body["sortOrder"] = request.descending ? "descending" : "ascending";
    if (!request.cursor || request.names_start_index) body["startIndex"] = request.start_index;
    body["count"] = request.count;
    if (request.cursor) body["cursor"] = *request.cursor;
    json::array names(request.attributes.begin(), request.attributes.end());
    body["attributes"] = names;
    json::array others(request.excluded_attributes.begin(), request.excluded_attributes.end());
    body["excludedAttributes"] = others;
    return body;
}

void check_same(const scim::ListRequest& left, const scim::ListRequest& right) {
    CHECK(left.filter == right.filter);
    CHECK(left.sort_by == right.sort_by);
    CHECK(left.descending == right.descending);
    CHECK(left.start_index == right.start_index);
    CHECK(left.count == right.count);
    CHECK(left.cursor == right.cursor);
    CHECK(left.attributes == right.attributes);
    CHECK(left.excluded_attributes == right.excluded_attributes);
}

void check_refusal(const Error& error) {
    CHECK(!error.detail.empty() && is_valid_utf8(error.detail));
    CHECK(error.kind == ErrorKind::InvalidValue || error.kind == ErrorKind::BadRequest ||
          error.kind == ErrorKind::InvalidSyntax || error.kind == ErrorKind::InvalidCount ||
          error.kind == ErrorKind::InvalidCursor);
}

void check_query(std::string_view text) {
    const Limits limits;
    const auto request = scim::read_query(text, limits);
    if (!request) return check_refusal(request.error());
    CHECK(scim::names_filter(text) == request->filter.has_value());
    check_bounds(*request, limits);
    check_projection(*request);
    const auto again = scim::read_search_request(json::value(search_of(*request)), limits);
    CHECK(again.has_value());
    check_same(*request, *again);
}

void check_search(std::string_view text) {
    const auto body = parse_json(text);
    if (!body) return;
    const Limits limits;
    const auto request = scim::read_search_request(*body, limits);
    if (!request) return check_refusal(request.error());
    check_bounds(*request, limits);
    check_projection(*request);
}

}  // namespace
}  // namespace rollcall

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (text.starts_with('{')) {
        rollcall::check_search(text);
    } else {
        rollcall::check_query(text);
    }
    return 0;
}
