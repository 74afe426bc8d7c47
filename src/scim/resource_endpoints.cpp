// POST, GET, PUT, PATCH and DELETE of one resource. Form is judged on the connection's thread; what depends
// on the state of the directory happens in the returned Write, on the writer.
#include "base/text.h"
#include "scim/call.h"
#include "scim/patch.h"
#include "scim/projection.h"
#include "scim/query_parameters.h"
#include "scim/read_resource.h"
#include "scim/render.h"
#include "scim/response.h"
#include "scim/sensitive_filter.h"

namespace rollcall::scim {
namespace {

using http::Response;

// Everything about a request that is known before any transaction.
struct Parsed {
    ListRequest query;
    Projection projection;
    directory::Precondition precondition;
    std::optional<ResourceId> id;  // nullopt: the text cannot be an id, so nothing has it
};

Result<Parsed> parse_head(const Call& call) {
    Parsed parsed;
    parsed.query = TRY(read_query(call.head->query, call.service->limits));
    parsed.projection =
        TRY(Projection::create(*call.type, parsed.query.attributes, parsed.query.excluded_attributes));
    if (call.head->has_header("If-Match"))
        parsed.precondition.if_match = read_tags(call.head->header("If-Match"));
    if (call.head->has_header("If-None-Match")) {
        parsed.precondition.if_none_match = read_tags(call.head->header("If-None-Match"));
    }
    parsed.id = ResourceId::parse(call.id);
    return parsed;
}

ReadOptions read_options(const Call& call) {
    const auto leniency = call.leniency();
    return {leniency, call.service->limits, call.policy->writable_user_groups && !leniency.strict()};
}

Result<json::value> parse_body(const Call& call) {
    if (call.bulk_part != nullptr) return std::move(call.bulk_part->data);
    TRY_VOID(check_content_type(*call.head));
    return parse_json(call.body);
}

directory::Context directory_context(Call& call, store::Transaction& transaction) {
    auto* together = call.bulk_part != nullptr ? call.bulk_part->together : nullptr;
    const auto now = together != nullptr ? together->now : call.service->clock();
    return {transaction.tenant(call.caller),
            call.caller,
            *call.policy,
            *call.catalogue,
            call.service->limits,
            now,
            together,
            call.head->id,
            call.service->sensitive_attributes,
            call.owners_before_lock ? &*call.owners_before_lock : nullptr,
            call.service->sends_mail};
}

void add_identity(const Call& call, ResourceId id, int64_t version, Response& response) {
    auto location = location_of(*call.type, id, call.base_url);
    response.with("ETag", version_tag(version));
    if (call.by_alias) response.with("Location", location);
    response.with(response.status == 201 ? "Location" : "Content-Location", std::move(location));
}

// The answer to a change that succeeded: the resource, or nothing where that is wanted.
Response changed_response(Call& call, store::Transaction& transaction, const directory::Changed& changed,
                          Parsed& parsed, int status, bool with_body) {
    call.target = changed.row.id.text();
    if (changed.members_skipped > 0)
        call.note = std::to_string(changed.members_skipped) + " unknown members skipped";
    const auto wanted = preference(*call.head, "return");
    const bool is_wish = wanted == "minimal" || wanted == "representation";
    Response response;
    const bool shows = is_wish ? wanted == "representation" : with_body;
    if (shows && call.bulk_part != nullptr) {
        response.status = status;
    } else if (shows) {
        std::string body;
        Renderer renderer(call, transaction.tenant(call.caller));
        renderer.append(store::view_of(changed.row), *call.type, parsed.projection, body);
        response = json_response(status, std::move(body), *call.head);
    } else {
        response.status = status == 201 ? 201 : 204;
    }
    add_identity(call, changed.row.id, changed.row.version, response);
    if (is_wish) response.with("Preference-Applied", "return=" + *wanted);
    return response;
}

Response refused(Call& call, const Error& error) {
    // A refusal that says more than its status is found in the audit trail (T10).
    if (!error.note.empty()) call.note = error.note;
    return error_response(error, call.head);
}

}  // namespace

Leniency Call::leniency() const {
    return Leniency(policy->strict || preference(*head, "handling") == "strict");
}

namespace {

// A filter on one resource is answered with a list of none or one (AMB-56).
Response filtered(Call& call, const Parsed& parsed, const store::RowView& row, Renderer& renderer) {
    auto parsed_filter = parse_filter(*parsed.query.filter, call.service->limits);
    if (!parsed_filter) return refused(call, parsed_filter.error());
    auto filter = check_filter(*call.type, *parsed_filter, UnknownAttributes::Refuse,
                               call.leniency().allows(Tolerance::BooleanAsText));
    if (!filter) return refused(call, filter.error());
    if (const auto checked = check_sensitive(call, *call.type, *filter); !checked) {
        return refused(call, checked.error());
    }
    const bool match = matches(*filter, renderer.complete(row, *call.type));
    std::string body = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":)";
    body += match ? "1,\"startIndex\":1,\"itemsPerPage\":1,\"Resources\":["
                  : "0,\"startIndex\":1,\"itemsPerPage\":0,\"Resources\":[";
    if (match) renderer.append(row, *call.type, parsed.projection, body);
    body += "]}";
    return json_response(200, std::move(body), *call.head);
}

// What the preconditions of a GET say instead of the resource, if anything (RFC 9110 §13.2.2).
std::optional<Response> instead_of_body(Call& call, const Parsed& parsed, const store::RowView& row) {
    const auto& wanted = parsed.precondition;
    if (wanted.if_match && !directory::names_version(*wanted.if_match, row.version)) {
        return refused(
            call, {ErrorKind::PreconditionFailed, "If-Match does not name the version of the resource."});
    }
    if (!wanted.if_none_match || !directory::names_version(*wanted.if_none_match, row.version))
        return std::nullopt;
    Response response;
    response.status = 304;
    add_identity(call, row.id, row.version, response);
    return response;
}

Response shown(Call& call, const Parsed& parsed, const store::RowView& row,
               store::TenantTransaction& transaction) {
    Renderer renderer(call, transaction);
    if (parsed.query.filter) return filtered(call, parsed, row, renderer);
    if (auto instead = instead_of_body(call, parsed, row)) return std::move(*instead);
    std::string body;
    body.reserve(row.document.size() + 512);
    renderer.append(row, *call.type, parsed.projection, body);
    Response response = json_response(200, std::move(body), *call.head);
    add_identity(call, row.id, row.version, response);
    return response;
}

Response show(Call& call, const Parsed& parsed) {
    auto& transaction = call.service->store.read().tenant(call.caller);
    std::optional<Response> response;
    const auto answer = [&](const store::RowView& row) { response = shown(call, parsed, row, transaction); };
    if (!parsed.id || !transaction.look_at(call.type->name, *parsed.id, std::cref(answer))) {
        return refused(call, directory::not_found(*call.type));
    }
    call.target = call.id;
    return std::move(*response);
}

}  // namespace

http::Outcome get_resource(const CallPointer& call) {
    auto parsed = parse_head(*call);
    if (!parsed) return refused(*call, parsed.error());
    if (!is_large(*call->type, parsed->projection)) return show(*call, *parsed);
    return http::Scan{[call, parsed = std::move(*parsed)] { return show(*call, parsed); }};
}

namespace {

// Creating or changing one resource of a type without members, said in few words.
bool is_short_change(const Call& call) {
    constexpr size_t kBodyBytesMax = 16 * 1024;
    return call.type->attribute_in_rows() == nullptr && call.body.size() <= kBodyBytesMax;
}

}  // namespace

http::Outcome create_resource(const CallPointer& call) {
    auto parsed = parse_head(*call);
    if (!parsed) return refused(*call, parsed.error());
    auto body = parse_body(*call);
    if (!body) return refused(*call, body.error());
    auto read = read_resource(*call->type, *body, read_options(*call));
    if (!read) return refused(*call, read.error());
    parsed->projection.add_requested(read->sent_on_request);
    Edited wanted = create_from(*call->type, std::move(*read));
    const bool is_short = is_short_change(*call);
    store::Claims claims;
    if (call->service->store.asks_together()) {
        claims = directory::claims_of(*call->type, wanted.attributes, *call->policy);
    }
    auto run = [call, parsed = std::move(*parsed),
                wanted = std::move(wanted)](store::Transaction& transaction) mutable -> Response {
        auto context = directory_context(*call, transaction);
        auto id = call->bulk_part != nullptr ? call->bulk_part->id : std::nullopt;
        if (!id) id = ResourceId::create();
        auto created = directory::create_resource(context, *call->type, *id, std::move(wanted));
        if (!created) return refused(*call, created.error());
        return changed_response(*call, transaction, *created, parsed, 201, true);
    };
    return http::Write{std::move(run), is_short, false, {}, std::move(claims)};
}

namespace {

// PUT and PATCH differ in the edit alone.
http::Outcome change(const CallPointer& call, Parsed parsed, std::string_view event, directory::Edit edit,
                     bool with_body, std::vector<directory::GroupsEdit> groups = {}) {
    const bool is_short = is_short_change(*call);
    auto run = [call, parsed = std::move(parsed), event, edit = std::move(edit), with_body,
                groups = std::move(groups)](store::Transaction& transaction) mutable -> Response {
        auto context = directory_context(*call, transaction);
        if (!parsed.id) return refused(*call, directory::not_found(*call->type));
        auto changed =
            directory::change_resource(context, *call->type, *parsed.id, parsed.precondition, event, edit);
        if (!changed) return refused(*call, changed.error());
        const auto moved = directory::apply_user_groups(context, changed->row.id, groups);
        if (!moved) return refused(*call, moved.error());
        return changed_response(*call, transaction, *changed, parsed, 200, with_body);
    };
    return http::Write{std::move(run), is_short};
}

// RFC 9110 §13.2.1: an id that is nobody's is 404 and a condition that fails is 412, whatever is wrong with
// the body.
http::Outcome refuse_body(const CallPointer& call, const Parsed& parsed, Error error) {
    auto refuse = [call, id = parsed.id, precondition = parsed.precondition,
                   error = std::move(error)](store::Transaction& transaction) {
        if (!id) return refused(*call, directory::not_found(*call->type));
        const auto row = transaction.tenant(call->caller).find(call->type->name, *id);
        if (!row) return refused(*call, directory::not_found(*call->type));
        const auto condition = directory::check_precondition(precondition, row->version);
        return refused(*call, condition ? error : condition.error());
    };
    // Another operation of a Bulk may create the resource, change it, or remove it.
    if (call->bulk_part != nullptr) return http::Write{std::move(refuse)};
    return refuse(call->service->store.read());
}

}  // namespace

http::Outcome replace_resource(const CallPointer& call) {
    auto parsed = parse_head(*call);
    if (!parsed) return refused(*call, parsed.error());
    auto body = parse_body(*call);
    auto read = body ? read_resource(*call->type, *body, read_options(*call))
                     : Result<ResourceBody>(std::unexpected(body.error()));
    if (!read) return refuse_body(call, *parsed, std::move(read).error());
    parsed->projection.add_requested(read->sent_on_request);
    auto shared = std::make_shared<ResourceBody>(std::move(*read));
    directory::Edit edit = [shared](const Resource& before) { return replace_with(before, *shared); };
    return change(call, std::move(*parsed), "put", std::move(edit), true);
}

http::Outcome patch_resource(const CallPointer& call) {
    auto parsed = parse_head(*call);
    if (!parsed) return refused(*call, parsed.error());
    auto body = parse_body(*call);
    auto patch = body ? parse_patch(*call->type, *body, read_options(*call))
                      : Result<PatchRequest>(std::unexpected(body.error()));
    if (!patch) return refuse_body(call, *parsed, std::move(patch).error());
    parsed->projection.add_requested(patch->sent_on_request);
    // AMB-45: types with members answer 204, so that a small change never costs a huge answer.
    const bool with_body = call->type->attribute_in_rows() == nullptr || !parsed->projection.is_default();
    auto groups = std::move(patch->groups);
    auto shared = std::make_shared<PatchRequest>(std::move(*patch));
    directory::Edit edit = [shared, options = read_options(*call)](const Resource& before) {
        return apply_patch(before, *shared, options);
    };
    return change(call, std::move(*parsed), "patch", std::move(edit), with_body, std::move(groups));
}

http::Outcome delete_resource(const CallPointer& call) {
    auto parsed = parse_head(*call);
    if (!parsed) return refused(*call, parsed.error());
    return http::Write{[call, parsed = std::move(*parsed)](store::Transaction& transaction) -> Response {
        auto context = directory_context(*call, transaction);
        if (!parsed.id) return refused(*call, directory::not_found(*call->type));
        auto removed = directory::remove_resource(context, *call->type, *parsed.id, parsed.precondition);
        if (!removed) return refused(*call, removed.error());
        call->target = call->id;
        Response response;
        response.status = 204;
        return response;
    }};
}

}  // namespace rollcall::scim
