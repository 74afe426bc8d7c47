// A BulkRequest: bytes -> JSON -> operations, each with the ids of what it refers to. Whatever is accepted
// has as many operations as were sent; one without a refusal has a method, a relative path and no reference
// left that is written as bulkId; references lead to POSTs, whose ids differ. The first byte chooses
// strictness.
#include <algorithm>
#include <set>

#include "base/check.h"
#include "scim/bulk_request.h"
#include "scim/query_parameters.h"

namespace rollcall {
namespace {

using http::Method;
using scim::BulkOperation;
using scim::BulkRequest;

constexpr size_t kOperationsMax = 20;

bool holds_reference(const json::value& value) {
    if (const auto* object = value.if_object()) {
        return std::ranges::any_of(*object,
                                   [](const auto& member) { return holds_reference(member.value()); });
    }
    if (const auto* list = value.if_array()) return std::ranges::any_of(*list, holds_reference);
    return value.is_string() && std::string_view(value.get_string()).starts_with("bulkId:");
}

void check_form(const BulkOperation& operation) {
    CHECK(operation.method == Method::Post || operation.method == Method::Put ||
          operation.method == Method::Patch || operation.method == Method::Delete);
    CHECK(http::method_name(operation.method) == operation.method_text);
    CHECK(operation.path.starts_with('/') && operation.path.find_first_of("?#") == std::string::npos);
    // A segment that cannot be decoded leads nowhere: the route is refused.
    std::string segment;
    if (scim::percent_decode(std::string_view(operation.path).substr(operation.path.rfind('/') + 1), segment, false)) {
        CHECK(!segment.starts_with("bulkId:"));
    }
    CHECK(operation.method == Method::Delete || !operation.data.is_null());
    CHECK(!holds_reference(operation.data));
    CHECK(operation.method != Method::Post || (operation.bulk_id && operation.id));
}

void check_references(const BulkRequest& request, const BulkOperation& operation) {
    CHECK(std::ranges::is_sorted(operation.refers_to));
    CHECK(std::ranges::adjacent_find(operation.refers_to) == operation.refers_to.end());
    for (const size_t target : operation.refers_to) {
        CHECK(target < request.operations.size());
        CHECK(request.operations[target].method == Method::Post && request.operations[target].id);
    }
    const auto& path_target = operation.path_refers_to;
    if (!path_target) return;
    CHECK(std::ranges::binary_search(operation.refers_to, *path_target));
    CHECK(operation.path.ends_with(request.operations[*path_target].id->text()));
}

void check_refusal(const Error& error) {
    CHECK(!error.detail.empty());
    CHECK(error.kind == ErrorKind::InvalidSyntax || error.kind == ErrorKind::InvalidValue ||
          error.kind == ErrorKind::PayloadTooLarge);
}

void check_bulk(const json::value& body, const scim::ReadOptions& options) {
    const auto request = scim::read_bulk_request(body, options);
    if (!request) return check_refusal(request.error());
    CHECK(request->operations.size() <= kOperationsMax && request->errors_max > 0);
    std::set<ResourceId> ids;
    for (const auto& operation : request->operations) {
        if (operation.id) CHECK(ids.insert(*operation.id).second);
        check_references(*request, operation);
        if (operation.refusal)
            check_refusal(*operation.refusal);
        else
            check_form(operation);
    }
}

}  // namespace
}  // namespace rollcall

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace rollcall;
    const bool strict = size > 0 && data[0] != '{' && (data[0] & 1) != 0;
    const size_t skipped = size > 0 && data[0] != '{' ? 1 : 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + skipped, size - skipped);
    const auto body = parse_json(text, scim::bulk_json_limits());
    if (!body) return 0;
    scim::ReadOptions options{.leniency = scim::Leniency(strict)};
    options.limits.bulk_operations_max = kOperationsMax;
    check_bulk(*body, options);
    return 0;
}
