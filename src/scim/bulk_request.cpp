#include "scim/bulk_request.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "scim/query_parameters.h"
#include "scim/schema_uris.h"

namespace rollcall::scim {
namespace {

constexpr std::string_view kBulkRequest = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
constexpr std::string_view kReference = "bulkId:";

std::unexpected<Error> invalid_syntax(std::string detail) {
    return failure(ErrorKind::InvalidSyntax, std::move(detail));
}
std::unexpected<Error> invalid_value(std::string detail) {
    return failure(ErrorKind::InvalidValue, std::move(detail));
}

// The member, unless it is missing or null.
json::value* member_of(json::object& object, std::string_view name) {
    auto* value = const_cast<json::value*>(find_ignoring_case(object, name));
    return value == nullptr || value->is_null() ? nullptr : value;
}

// Empty when it is missing.
Result<std::string> text_of(json::object& operation, std::string_view name) {
    const auto* value = member_of(operation, name);
    if (value == nullptr) return std::string();
    if (!value->is_string()) return invalid_syntax(std::string(name) + " must be a text.");
    return std::string(value->get_string());
}

// The example of RFC 7644 §3.7.3 sends the operations of a PATCH without the message around them.
void wrap_patch(BulkOperation& operation, const ReadOptions& options) {
    if (operation.method != http::Method::Patch || !operation.data.is_array()) return;
    if (!options.leniency.allows(Tolerance::BulkPatchList)) return;
    json::object message;
    message["schemas"] = json::array{kPatchOp};
    message["Operations"] = std::move(operation.data);
    operation.data = std::move(message);
}

Result<void> read_data(json::object& members, BulkOperation& operation, const ReadOptions& options) {
    if (operation.method == http::Method::Delete) return {};
    auto* data = member_of(members, "data");
    if (data == nullptr) {
        return invalid_syntax("data is missing: what the body of a single " + operation.method_text +
                              " would be.");
    }
    operation.data = std::move(*data);
    wrap_patch(operation, options);
    return {};
}

Result<void> read_envelope(json::object& members, BulkOperation& operation, const ReadOptions& options) {
    operation.method_text = TRY(text_of(members, "method"));
    if (const auto* given = member_of(members, "bulkId"); given != nullptr && given->is_string()) {
        operation.bulk_id = std::string(given->get_string());
    }
    operation.path = TRY(text_of(members, "path"));
    const std::string bulk_id = TRY(text_of(members, "bulkId"));
    operation.version = TRY(text_of(members, "version"));
    const auto method = http::method_of(operation.method_text);
    using http::Method;
    if (method != Method::Post && method != Method::Put && method != Method::Patch &&
        method != Method::Delete) {
        return invalid_syntax("method must be POST, PUT, PATCH or DELETE.");
    }
    operation.method = method;
    if (operation.path.empty())
        return invalid_syntax("path is missing: \"/Users\", or \"/Users/\" and an id.");
    if (operation.path.front() != '/' || operation.path.find_first_of("?#") != std::string::npos) {
        return invalid_value("path must be relative to the base URL, begin with a slash, and have no query.");
    }
    if (method == Method::Post && bulk_id.empty()) {
        return invalid_value("bulkId is missing: a POST in a Bulk needs one.");
    }
    return read_data(members, operation, options);
}

BulkOperation read_operation(json::value& input, const ReadOptions& options) {
    BulkOperation operation;
    auto* members = input.if_object();
    auto read = members != nullptr
                    ? read_envelope(*members, operation, options)
                    : Result<void>(invalid_syntax("An operation must be an object with method and path."));
    if (!read) operation.refusal = std::move(read).error();
    return operation;
}

// Finds what is referred to and puts ids in its place.
class Resolver {
public:
    explicit Resolver(std::vector<BulkOperation>& operations) : operations_(operations) {
        std::unordered_map<std::string_view, size_t> seen;
        for (size_t i = 0; i < operations.size(); ++i) {
            auto& operation = operations[i];
            if (!operation.bulk_id || operation.bulk_id->empty()) continue;
            const bool is_new = seen.emplace(*operation.bulk_id, i).second;
            if (!is_new && !operation.refusal) {
                operation.refusal =
                    Error{ErrorKind::InvalidValue, "bulkId: another operation of this request has the same."};
            }
            if (!is_new || operation.method != http::Method::Post) continue;
            operation.id = ResourceId::create();
            created_.emplace(*operation.bulk_id, i);
        }
    }

    void resolve(BulkOperation& operation) {
        current_ = &operation;
        values_ = 0;
        resolve_path();
        if (!operation.data.is_null()) resolve_value(operation.data, "");
        auto& targets = operation.refers_to;
        std::ranges::sort(targets);
        targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    }

private:
    void refuse(Error error) {
        if (!current_->refusal) current_->refusal = std::move(error);
    }

    // The id that stands for "bulkId:x"; empty when nothing has that bulkId.
    std::string id_of(std::string_view reference) {
        const auto found = created_.find(reference.substr(kReference.size()));
        if (found == created_.end()) {
            refuse({ErrorKind::InvalidValue,
                    "The operation refers to a bulkId that no POST of this request has."});
            return {};
        }
        current_->refers_to.push_back(found->second);
        return operations_[found->second].id->text();
    }

    // "/Groups/bulkId:g1", also encoded.
    void resolve_path() {
        auto& path = current_->path;
        const auto slash = path.rfind('/');
        std::string segment;
        if (slash == std::string::npos || !percent_decode(path.substr(slash + 1), segment, false)) return;
        if (!segment.starts_with(kReference)) return;
        const auto id = id_of(segment);
        if (id.empty()) return path.clear();
        current_->path_refers_to = current_->refers_to.back();
        path.replace(slash + 1, std::string::npos, id);
    }

    // Depth is bounded by bulk_json_limits().
    void resolve_value(json::value& value, std::string_view name) {
        if (++values_ > JsonLimits{}.values_max) {
            return refuse({ErrorKind::InvalidSyntax,
                           "data has more than " + std::to_string(JsonLimits{}.values_max) + " values."});
        }
        if (auto* object = value.if_object()) {
            for (auto& member : *object) resolve_value(member.value(), member.key());
        } else if (auto* list = value.if_array()) {
            for (auto& element : *list) resolve_value(element, name);
        } else if (auto* text = value.if_string()) {
            resolve_text(*text, name);
        }
    }

    void resolve_text(json::string& text, std::string_view name) {
        const std::string_view whole = text;
        if (whole.starts_with(kReference)) {
            text = id_of(whole);
        } else if (name == "$ref" && whole.substr(whole.rfind('/') + 1).starts_with(kReference)) {
            const auto start = whole.rfind('/') + 1;
            text = std::string(whole.substr(0, start)) + id_of(whole.substr(start));
        } else if (current_->method == http::Method::Patch && equals_ignoring_case(name, "path")) {
            text = with_literals_resolved(whole);
        }
    }

    // members[value eq "bulkId:x"]
    std::string with_literals_resolved(std::string_view filter) {
        constexpr std::string_view kOpening = "\"bulkId:";
        std::string out;
        for (;;) {
            const auto start = filter.find(kOpening);
            const auto end = start == std::string_view::npos ? start : filter.find('"', start + 1);
            if (end == std::string_view::npos) return out.append(filter);
            out.append(filter.substr(0, start + 1)).append(id_of(filter.substr(start + 1, end - start - 1)));
            filter.remove_prefix(end);
        }
    }

    std::vector<BulkOperation>& operations_;
    std::unordered_map<std::string_view, size_t> created_;
    BulkOperation* current_ = nullptr;
    size_t values_ = 0;
};

Result<void> check_message(const json::object& body, const ReadOptions& options) {
    for (const std::string_view uri : TRY(read_schema_uris(find_ignoring_case(body, "schemas"), options))) {
        if (equals_ignoring_case(uri, kBulkRequest)) return {};
    }
    return invalid_syntax("schemas must hold " + std::string(kBulkRequest) + ".");
}

Result<size_t> read_errors_max(json::object& body) {
    const auto* given = member_of(body, "failOnErrors");
    if (given == nullptr) return SIZE_MAX;
    const auto* number = given->if_int64();
    if (number == nullptr || *number < 1)
        return invalid_value("failOnErrors must be a whole number from 1 up.");
    return static_cast<size_t>(*number);
}

}  // namespace

JsonLimits bulk_json_limits() {
    JsonLimits limits;
    limits.depth_max += 3;   // the message, its Operations, and each of them stand around data
    limits.values_max *= 4;  // of one operation as in a request of its own; the body limit is twice as high
    return limits;
}

Result<BulkRequest> read_bulk_request(json::value body, const ReadOptions& options) {
    auto* object = body.if_object();
    if (object == nullptr) return invalid_syntax("The body must be a JSON object.");
    TRY_VOID(check_message(*object, options));
    auto* operations = member_of(*object, "Operations");
    auto* list = operations != nullptr ? operations->if_array() : nullptr;
    if (list == nullptr) return invalid_syntax("Operations must be a list of operations.");
    const auto most = options.limits.bulk_operations_max;
    if (list->size() > most) {
        return failure(ErrorKind::PayloadTooLarge,
                       "A Bulk may have at most " + std::to_string(most) + " operations (maxOperations).");
    }
    BulkRequest request;
    request.errors_max = TRY(read_errors_max(*object));
    request.operations.reserve(list->size());
    for (auto& operation : *list) request.operations.push_back(read_operation(operation, options));
    Resolver resolver(request.operations);
    for (auto& operation : request.operations) resolver.resolve(operation);
    return request;
}

}  // namespace rollcall::scim
