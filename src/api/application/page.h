// Pages of lists: how many, from where, and the cursor that goes on. A cursor is the id of the last row,
// sealed together with what it belongs to; only this server makes one.
#pragma once

#include <optional>
#include <string>

#include "api/call.h"

namespace rollcall::api::application {

struct PageRequest {
    std::optional<std::string> filter;  // of SCIM (RFC 7644 §3.4.2.2), on the attributes of the user or group
    int64_t count = 0;
    std::optional<ResourceId> after;
    std::string scope;  // what its cursors belong to
};

// Reads filter, count and cursor of the query. `list`: the name of the list and whatever else decides what is
// in it. Errors: BadRequest, InvalidCursor, InvalidCount.
Result<PageRequest> read_page(const Call& call, std::string_view list);

std::string write_cursor(const Call& call, const PageRequest& request, ResourceId last);

struct ResourcePage {
    store::Page page;  // in order of id
    std::optional<std::string> next_cursor;
};
// Resources of the type that match the filter. Errors: InvalidFilter, TooMany.
Result<ResourcePage> query_page(const Call& call, store::Transaction& transaction, std::string_view type,
                                const PageRequest& request);

// The attributes of a resource as the application sees them: everything but what is never returned.
json::object shown_attributes(const ResourceType& type, std::string_view document);

}  // namespace rollcall::api::application
