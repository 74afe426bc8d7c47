// Schemas and resource types that the tenant has beside those of the installation: what `rollcall schema`
// does.
#include "directory/schemas.h"
#include "api/admin/endpoints.h"

namespace rollcall::api::admin {
namespace {

using directory::SchemaChange;
using directory::SchemaObstacles;

http::Response answer_of(const SchemaChange& change) {
    json::array changed;
    for (const auto& name : change.changed) {
        changed.push_back(json::object{{"kind", name.kind}, {"name", name.name}});
    }
    return json_answer(200, json::value(json::object{{"version", change.version},
                                                     {"changed", std::move(changed)},
                                                     {"warnings", json::value_from(change.warnings)}}));
}

// A refusal names the first resources that stand in the way.
http::Response refusal(const Error& error, const SchemaObstacles& obstacles) {
    auto response = problem(error);
    if (obstacles.total == 0) return response;
    json::array listed;
    for (const auto& obstacle : obstacles.listed) {
        listed.push_back(
            json::object{{"type", obstacle.type}, {"id", obstacle.id.text()}, {"reason", obstacle.reason}});
    }
    auto body = parse_json(response.body).value_or(json::object());
    body.as_object()["total"] = obstacles.total;
    body.as_object()["resources"] = std::move(listed);
    response.body = to_json(body);
    return response;
}

using Wanted = std::function<Result<SchemaChange>(directory::Context&, SchemaObstacles&)>;

http::Outcome change_schemas(const CallPointer& call, std::string_view action, Wanted wanted) {
    return http::Write{[call, action, wanted = std::move(wanted)](store::Transaction& transaction) {
                           const auto& service = *call->service;
                           directory::Context context{
                               transaction.tenant(call->caller),    call->caller,   *call->policy,
                               *service.catalogues->installation(), service.limits, call->now()};
                           SchemaObstacles obstacles;
                           const auto change = wanted(context, obstacles);
                           if (!change) return refusal(change.error(), obstacles);
                           call->target = std::to_string(change->version);
                           for (const auto& name : change->changed) {
                               leave_event(*call, transaction, action, "schema", name.name);
                               call->note += (call->note.empty() ? "" : " ") + name.name;
                           }
                           return answer_of(*change);
                       },
                       false, true};
}

}  // namespace

http::Outcome list_schemas(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        json::array own;
        for (const auto& row : door.schemas()) {
            own.push_back(json::object{{"kind", row.kind},
                                       {"name", row.name},
                                       {"version", row.version},
                                       {"loaded", format_instant(row.loaded)},
                                       {"document", parse_json(row.document).value_or(json::object())}});
        }
        const auto current =
            TRY(call->service->catalogues->of(door, call->caller.tenant, door.schema_version()));
        json::array in_effect;
        for (const auto& schema : current.catalogue->schemas()) {
            in_effect.push_back(json::object{{"kind", "Schema"}, {"name", schema->id}});
        }
        for (const auto& type : current.catalogue->types()) {
            in_effect.push_back(json::object{{"kind", "ResourceType"}, {"name", type->name}});
        }
        return json_answer(200, json::value(json::object{{"version", current.version},
                                                         {"documents", std::move(own)},
                                                         {"in_effect", std::move(in_effect)}}));
    });
}

http::Outcome load_schemas(const CallPointer& call) {
    const auto read = [&]() -> Result<std::vector<SchemaDocument>> {
        const auto body = TRY(read_object(*call, {"documents"}));
        const auto* list = body.if_contains("documents");
        if (list == nullptr || !list->is_array() || list->as_array().empty()) {
            return failure(ErrorKind::InvalidValue,
                           "\"documents\" is a list of Schema and ResourceType documents.");
        }
        std::vector<SchemaDocument> documents;
        for (const auto& document : list->as_array()) {
            if (!document.is_object()) {
                return failure(ErrorKind::InvalidValue, "Each of \"documents\" is an object.");
            }
            documents.push_back({"", document.as_object()});
        }
        return documents;
    };
    auto documents = read();
    if (!documents) return problem(documents.error());
    return change_schemas(call, "schema.load",
                          [documents = *documents](directory::Context& context, SchemaObstacles& obstacles) {
                              return directory::load_schemas(context, documents, obstacles);
                          });
}

http::Outcome remove_schema(const CallPointer& call) {
    return change_schemas(call, "schema.remove", [call](directory::Context& context, SchemaObstacles& obstacles) {
        return directory::remove_schemas(context, {call->parameter("schema")}, obstacles);
    });
}

}  // namespace rollcall::api::admin
