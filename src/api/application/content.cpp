// Who owns what the application keeps (PLU-08). The application registers it; Rollcall says what is left of a
// member that is deleted for good.
#include "api/application/endpoints.h"
#include "base/text.h"
#include "directory/scopes.h"

namespace rollcall::api::application {
namespace {

constexpr int64_t kPageRows = 200;

json::object shown(const Content& content) {
    json::object shown{{"scope", content.scope}, {"reference", content.reference}};
    if (!content.owner.is_nil()) shown["owner"] = content.owner.text();
    shown["placeholder"] = content.owner.is_nil();
    shown["registered"] = format_instant(content.registered);
    return shown;
}

std::unexpected<Error> nothing_here() {
    return failure(ErrorKind::NotFound, "There is nothing with this scope and reference.");
}

struct Place {
    std::string scope, reference;
};

Result<Place> checked_place(const std::optional<std::string>& scope,
                            const std::optional<std::string>& reference) {
    if (!scope || !reference) {
        return failure(ErrorKind::InvalidValue, "Content is named by \"scope\" and \"reference\".");
    }
    if (reference->empty() || reference->size() > 200 || has_invisible_characters(*reference)) {
        return failure(ErrorKind::InvalidValue, "\"reference\" must have 1 to 200 visible bytes.");
    }
    return Place{TRY(directory::read_scope(*scope, directory::ScopeForm::Exact)), *reference};
}

Result<Place> place_in_query(const Call& call) {
    const auto query = call.head->query;
    TRY_VOID(check_form(query, {"scope", "reference"}));
    return checked_place(TRY(form_value(query, "scope")), TRY(form_value(query, "reference")));
}

Result<Content> wanted_content(const Call& call) {
    const auto body = TRY(read_object(call, {"scope", "reference", "owner"}));
    auto place = TRY(checked_place(TRY(optional_text(body, "scope")), TRY(optional_text(body, "reference"))));
    const auto owner = ResourceId::parse(TRY(required_text(body, "owner")));
    if (!owner || owner->is_nil()) return failure(ErrorKind::InvalidValue, "The tenant has no such owner.");
    return Content{std::move(place.scope), std::move(place.reference), *owner, call.now()};
}

}  // namespace

http::Outcome put_content(const CallPointer& call) {
    auto wanted = wanted_content(*call);
    if (!wanted) return problem(wanted.error());
    return write(call, [call, content = *wanted](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        if (!tenant.find("User", content.owner)) {
            return failure(ErrorKind::InvalidValue, "The tenant has no such owner.");
        }
        call->target = content.owner.text();
        tenant.put_content(content);
        return json_answer(200, json::value(shown(content)));
    });
}

http::Outcome get_content(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto place = TRY(place_in_query(*call));
        const auto found = transaction.tenant(call->caller).find_content(place.scope, place.reference);
        if (!found) return nothing_here();
        return json_answer(200, json::value(shown(*found)));
    });
}

http::Outcome forget_content(const CallPointer& call) {
    auto place = place_in_query(*call);
    if (!place) return problem(place.error());
    return write(call, [call, place = *place](store::Transaction& transaction) -> Result<http::Response> {
        if (!transaction.tenant(call->caller).forget_content(place.scope, place.reference))
            return nothing_here();
        return no_content();
    });
}

http::Outcome list_content_of_member(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(call->id<ResourceId>("member"));
        if (!tenant.find("User", member))
            return failure(ErrorKind::NotFound, "There is nothing with this id.");
        const auto query = call->head->query;
        TRY_VOID(check_form(query, {"after_scope", "after_reference"}));
        const auto scope = TRY(form_value(query, "after_scope")).value_or("");
        const auto reference = TRY(form_value(query, "after_reference")).value_or("");
        auto found = tenant.content_of(member, scope, reference, kPageRows + 1);
        const bool more = static_cast<int64_t>(found.size()) > kPageRows;
        if (more) found.pop_back();
        json::array list;
        for (const auto& content : found) list.push_back(shown(content));
        return json_answer(200, json::value(json::object{{"content", std::move(list)}, {"more", more}}));
    });
}

}  // namespace rollcall::api::application
