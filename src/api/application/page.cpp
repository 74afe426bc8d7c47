#include "api/application/page.h"

#include <charconv>

#include "base/check.h"
#include "base/seal.h"

namespace rollcall::api::application {
namespace {

Result<int64_t> read_count(const Call& call) {
    const auto text = TRY(form_value(call.head->query, "count"));
    const auto& limits = call.service->limits;
    if (!text) return limits.page_size_default;
    int64_t count = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (error != std::errc() || end != text->data() + text->size() || count < 1) {
        return failure(ErrorKind::InvalidCount, "\"count\" must be a whole number above 0.");
    }
    return std::min(count, limits.page_size_max);
}

void remove_hidden(const std::vector<Attribute>& attributes, json::object& values);

void remove_hidden_in(const Attribute& attribute, json::value& value) {
    if (attribute.sub_attributes.empty()) return;
    if (auto* object = value.if_object()) remove_hidden(attribute.sub_attributes, *object);
    if (auto* array = value.if_array()) {
        for (auto& element : *array) {
            if (auto* object = element.if_object()) remove_hidden(attribute.sub_attributes, *object);
        }
    }
}

void remove_hidden(const std::vector<Attribute>& attributes, json::object& values) {
    for (const auto& attribute : attributes) {
        auto* value = values.if_contains(attribute.name);
        if (value == nullptr) continue;
        if (attribute.returned == Returned::Never) {
            erase_member(values, attribute.name);
        } else {
            remove_hidden_in(attribute, *value);
        }
    }
}

}  // namespace

Result<PageRequest> read_page(const Call& call, std::string_view list) {
    PageRequest request;
    const auto query = call.head->query;
    request.filter = TRY(form_value(query, "filter"));
    request.count = TRY(read_count(call));
    request.scope = "application-cursor\n" + std::to_string(call.caller.tenant.value) + '\n' +
                    std::string(list) + '\n' + request.filter.value_or("");
    const auto cursor = TRY(form_value(query, "cursor"));
    if (!cursor) return request;
    std::string sealed;
    std::optional<std::string> id;
    if (base64url_decode(*cursor, sealed))
        id = unseal(call.service->store.instance_key(), request.scope, sealed);
    if (!id || id->size() != UuidBytes().size()) {
        return failure(
            ErrorKind::InvalidCursor,
            "The cursor is not one of this server, or not for this list: repeat the other parameters.");
    }
    request.after = ResourceId::from_bytes(id->data());
    return request;
}

std::string write_cursor(const Call& call, const PageRequest& request, ResourceId last) {
    const std::string_view bytes(reinterpret_cast<const char*>(last.bytes.data()), last.bytes.size());
    return base64url_encode(seal(call.service->store.instance_key(), request.scope, bytes));
}

Result<ResourcePage> query_page(const Call& call, store::Transaction& transaction, std::string_view type_name,
                                const PageRequest& request) {
    auto access = TRY(open_directory(call, transaction));
    const auto& type = access.type(type_name);
    std::optional<CheckedFilter> filter;
    if (request.filter) {
        filter = TRY(check_filter(type, TRY(parse_filter(*request.filter, call.service->limits)),
                                  UnknownAttributes::Refuse, false));
    }
    store::Query query;
    query.types.push_back({&type, filter ? &*filter : nullptr});
    query.sort_paths.push_back(std::nullopt);
    query.limit = request.count;
    query.start = store::Query::Start::After;
    query.wants_total = false;
    query.catalogue = access.catalogue.get();
    if (request.after) query.position = store::Position{type.name, {}, *request.after};
    ResourcePage result;
    result.page = TRY(access.context.transaction.query(query));
    if (result.page.more && !result.page.rows.empty()) {
        result.next_cursor = write_cursor(call, request, result.page.rows.back().id);
    }
    return result;
}

json::object shown_attributes(const ResourceType& type, std::string_view document) {
    auto parsed = parse_json(document);
    CHECK(parsed && parsed->is_object());
    auto values = std::move(parsed->as_object());
    erase_member(values, "schemas");
    erase_member(values, "id");
    remove_hidden(type.schema->attributes, values);
    for (const auto& extension : type.extensions) {
        auto* inner = values.if_contains(extension.schema->id);
        if (inner != nullptr && inner->is_object())
            remove_hidden(extension.schema->attributes, inner->as_object());
    }
    return values;
}

}  // namespace rollcall::api::application
