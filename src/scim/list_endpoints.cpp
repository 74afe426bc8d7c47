// GET of a collection, and POST .search: filter, sort, page, project.
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "scim/call.h"
#include "scim/cursor.h"
#include "scim/projection.h"
#include "scim/query_parameters.h"
#include "scim/render.h"
#include "scim/response.h"
#include "scim/sensitive_filter.h"

namespace rollcall::scim {
namespace {

// One resource type as a list sees it.
struct TypePart {
    const ResourceType* type;
    std::optional<CheckedFilter> filter;
    std::optional<AttributePath> sort_path;
    Projection projection;
};

std::string_view endpoint_of(const Call& call) {
    return call.type ? std::string_view(call.type->name) : std::string_view();
}

// At the root a type may lack the attribute: its resources then have no value to sort by (P-LIST-09).
Result<std::optional<AttributePath>> sort_path_of(const ResourceType& type, const std::string& sort_by,
                                                  bool at_root) {
    if (sort_by.empty() || (at_root && !resolve_path(type, sort_by))) return std::nullopt;
    return TRY(resolve_sort_path(type, sort_by));
}

Result<TypePart> make_part(const Call& call, const ResourceType& type, const ListRequest& request,
                           const std::optional<ParsedFilter>& filter, bool at_root) {
    TypePart part{&type, std::nullopt, TRY(sort_path_of(type, request.sort_by, at_root)),
                  TRY(Projection::create(type, request.attributes, request.excluded_attributes))};
    if (filter) {
        part.filter =
            TRY(check_filter(type, *filter, at_root ? UnknownAttributes::Absent : UnknownAttributes::Refuse,
                             call.leniency().allows(Tolerance::BooleanAsText)));
        TRY_VOID(check_sensitive(call, type, *part.filter));
    }
    return part;
}

Result<std::vector<TypePart>> make_parts(const Call& call, const ListRequest& request) {
    std::optional<ParsedFilter> filter;
    if (request.filter) filter = TRY(parse_filter(*request.filter, call.service->limits));
    std::vector<TypePart> parts;
    if (call.type != nullptr) {
        parts.push_back(TRY(make_part(call, *call.type, request, filter, false)));
        return parts;
    }
    const auto& types = call.catalogue->types();
    const auto can_sort = [&](const auto& type) { return resolve_path(*type, request.sort_by).has_value(); };
    if (!request.sort_by.empty() && std::ranges::none_of(types, can_sort)) {
        return failure(ErrorKind::InvalidValue, "sortBy names an attribute that no resource type has.");
    }
    for (const auto& type : types) parts.push_back(TRY(make_part(call, *type, request, filter, true)));
    return parts;
}

store::Query make_query(const Call& call, const ListRequest& request, const std::vector<TypePart>& parts) {
    store::Query query;
    for (const auto& part : parts) {
        query.types.push_back({part.type, part.filter ? &*part.filter : nullptr});
        query.sort_paths.push_back(part.sort_path);
        query.sorted |= part.sort_path.has_value();
    }
    query.descending = request.descending;
    query.offset = request.start_index - 1;
    query.limit = request.count;
    if (request.cursor) query.start = store::Query::Start::After;
    query.base_url = call.base_url;
    query.catalogue = call.catalogue.get();
    return query;
}

// The place that a cursor of the request stands for.
Result<void> begin_at_cursor(const Call& call, const ListRequest& request, store::Query& query,
                             std::optional<Cursor>& cursor) {
    if (!request.cursor || request.cursor->empty()) return {};
    cursor = TRY(read_cursor(call.service->store.instance_key(),
                             cursor_scope(call.caller, endpoint_of(call), request), *request.cursor,
                             call.service->clock(), call.service->limits.cursor_timeout_s));
    query.start = cursor->start;
    query.position = cursor->position;
    query.wants_total = false;
    return {};
}

// Members that say where the page stands in the list, when it shows so many of its rows.
std::string paging_members(const Call& call, const ListRequest& request, const store::Page& page,
                           const std::optional<Cursor>& cursor, size_t shown) {
    if (!request.cursor) {
        return "\"totalResults\":" + std::to_string(page.total) +
               ",\"startIndex\":" + std::to_string(request.start_index);
    }
    std::optional<int64_t> total;
    if (page.total_known)
        total = page.total;
    else if (cursor)
        total = cursor->total;
    // The first page has nothing before it, the last nothing behind it; a page that was reached backwards has
    // the page behind it that the client came from.
    const bool is_backward = cursor && cursor->start == store::Query::Start::Before;
    const bool has_previous = is_backward ? page.more : cursor.has_value();
    const bool has_next = is_backward || page.more || shown < page.rows.size();
    std::string members = total ? "\"totalResults\":" + std::to_string(*total) + "," : std::string();
    const auto scope = cursor_scope(call.caller, endpoint_of(call), request);
    const auto add = [&](std::string_view name, store::Query::Start start, const store::Position& position) {
        const Cursor made{start, position, call.service->clock(), total};
        members += "\"" + std::string(name) + "\":\"" +
                   write_cursor(call.service->store.instance_key(), scope, made) + "\",";
    };
    if (has_next && shown > 0) add("nextCursor", store::Query::Start::After, page.positions[shown - 1]);
    if (has_previous && shown > 0) add("previousCursor", store::Query::Start::Before, page.positions.front());
    if (!members.empty()) members.pop_back();
    return members;
}

// `begin_of` makes what stands in front of the resources, from how many there are. They are all of the page,
// unless the answer would be too large: groups may have very many members. RFC 7644 §3.4.2.4 allows fewer
// than were asked for.
template <class BeginOf>
std::string render_page(const Call& call, const std::vector<TypePart>& parts, const store::Page& page,
                        store::TenantTransaction& transaction, const BeginOf& begin_of) {
    const std::string begin = begin_of(page.rows.size());
    std::string body;
    constexpr size_t kComputedBytes = 420;  // meta and a group
    size_t bytes = begin.size();
    for (const auto& row : page.rows) bytes += row.document.size() + kComputedBytes;
    body.reserve(bytes);
    body += begin;
    Renderer renderer(call, transaction);
    std::vector<std::vector<ShownGroup>> groups;
    if (parts.size() == 1)
        groups = renderer.groups_of_page(page.rows, *parts.front().type, parts.front().projection);
    for (size_t i = 0; i < page.rows.size(); ++i) {
        const auto& row = page.rows[i];
        const auto part =
            std::ranges::find_if(parts, [&](const TypePart& each) { return each.type->name == row.type; });
        CHECK(part != parts.end());
        if (i > 0 && body.size() >= call.service->limits.list_bytes_max) {
            body.replace(0, begin.size(), begin_of(i));
            break;
        }
        if (i > 0) body += ',';
        renderer.append(row, *part->type, part->projection, body, groups.empty() ? nullptr : &groups[i]);
    }
    body += "]}";
    return body;
}

// One look into an index and a handful of rows: cheaper than handing the request to another thread.
bool is_point_look_up(const TypePart& part) {
    if (!part.filter || (is_large(*part.type, part.projection))) return false;
    const auto& filter = *part.filter;
    const auto is_indexed_equality = [&](int32_t index) {
        const auto& node = filter.node(index);
        if (node.kind != CheckedFilter::Kind::Compare || node.op != CompareOperator::Eq) return false;
        const auto& name = node.path.attribute->name;
        const bool has_column = node.path.extension == nullptr && (name == "id" || name == "externalId");
        return has_column || node.path.target().indexed;
    };
    const auto& root = filter.node(filter.root());
    if (root.kind != CheckedFilter::Kind::And) return is_indexed_equality(filter.root());
    return std::any_of(root.children.begin(), root.children.end(), is_indexed_equality);
}

// A page of the plain list that begins near a place the store knows: as short as a few look-ups.
bool is_short_page(const Call& call, const ListRequest& request, const TypePart& part) {
    constexpr int64_t kRowsMax = 100;
    constexpr int64_t kPassedMax = 1'000;
    if (part.filter || part.sort_path || request.cursor || request.count > kRowsMax ||
        is_large(*part.type, part.projection))
        return false;
    auto& transaction = call.service->store.read().tenant(call.caller);
    return transaction.rows_passed(part.type->name, request.start_index - 1) <= kPassedMax;
}

bool has_equality(const CheckedFilter& filter, int32_t index) {
    const auto& node = filter.node(index);
    if (node.kind == CheckedFilter::Kind::Compare && node.op == CompareOperator::Eq) return true;
    return std::ranges::any_of(node.children, [&](int32_t child) { return has_equality(filter, child); });
}

// Not a question whether something is there, which clients ask with `eq` before they make it.
bool may_be_older(const std::vector<TypePart>& parts) {
    return std::ranges::none_of(parts, [](const TypePart& part) {
        return part.filter && has_equality(*part.filter, part.filter->root());
    });
}

http::Response answer_in(store::Transaction& view, const Call& call, const ListRequest& request,
                         const std::vector<TypePart>& parts) {
    auto query = make_query(call, request, parts);
    std::optional<Cursor> cursor;
    if (auto begun = begin_at_cursor(call, request, query, cursor); !begun) {
        return error_response(begun.error(), call.head);
    }
    auto& transaction = view.tenant(call.caller);
    auto page = transaction.query(query);
    if (!page) return error_response(page.error(), call.head);
    const auto begin_of = [&](size_t shown) {
        const auto paging = paging_members(call, request, *page, cursor, shown);
        return R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],)" + paging +
               (paging.empty() ? "" : ",") + "\"itemsPerPage\":" + std::to_string(shown) + ",\"Resources\":[";
    };
    return json_response(200, render_page(call, parts, *page, transaction, begin_of), *call.head);
}

http::Response answer(const Call& call, const ListRequest& request, const std::vector<TypePart>& parts) {
    auto& store = call.service->store;
    if (store.has_older() && may_be_older(parts)) {
        try {
            if (auto* view = store.read_older()) return answer_in(*view, call, request, parts);
        } catch (const store::StoreFailure& failure) {
            log(LogLevel::Warning, "a list failed on the replica", {{"what", failure.what()}});
        }
    }
    return answer_in(store.read(), call, request, parts);
}

// The same page is asked for again and again, and most of the time nothing has changed.
http::Response short_page(const Call& call, const ListRequest& request, const std::vector<TypePart>& parts) {
    auto& transaction = call.service->store.read().tenant(call.caller);
    store::AnswerKey key{call.base_url + '\n' + cursor_scope(call.caller, endpoint_of(call), request) + '\n' +
                             std::to_string(request.start_index) + '\n' + std::to_string(request.count),
                         call.catalogue};
    if (const std::string* kept = transaction.kept_answer(key)) return json_response(200, *kept, *call.head);
    auto made = answer(call, request, parts);
    if (made.status == 200) transaction.keep_answer(std::move(key), made.body);
    return made;
}

http::Outcome answer(const CallPointer& call, ListRequest request) {
    auto parts = make_parts(*call, request);
    if (!parts) return error_response(parts.error(), call->head);
    const bool waits = call->service->store.has_older() && may_be_older(*parts);  // for another machine
    if (parts->size() == 1 && !waits) {
        if (is_point_look_up(parts->front())) return answer(*call, request, *parts);
        if (is_short_page(*call, request, parts->front())) return short_page(*call, request, *parts);
    }
    return http::Scan{[call, request = std::move(request), parts = std::move(*parts)] {
        return answer(*call, request, parts);
    }};
}

}  // namespace

http::Outcome list_resources(const CallPointer& call) {
    auto request = read_query(call->head->query, call->service->limits);
    if (!request) return error_response(request.error(), call->head);
    return answer(call, std::move(*request));
}

http::Outcome search_resources(const CallPointer& call) {
    if (auto type = check_content_type(*call->head); !type) return error_response(type.error(), call->head);
    auto body = parse_json(call->body);
    if (!body) return error_response(body.error(), call->head);
    auto request = read_search_request(*body, call->service->limits);
    if (!request) return error_response(request.error(), call->head);
    return answer(call, std::move(*request));
}

}  // namespace rollcall::scim
