#include "directory/schemas.h"

#include <algorithm>

#include "base/text.h"
#include "directory/members.h"
#include "directory/rules.h"

namespace rollcall::directory {
namespace {

constexpr int64_t kBatch = 500;   // resources in memory at a time

using Rows = std::vector<store::SchemaRow>;

std::unexpected<Error> refuse(std::string detail) { return failure(ErrorKind::InvalidValue, std::move(detail)); }

Rows::iterator find_row(Rows& rows, const SchemaDocumentName& name) {
    // A URI is the same in any letter case (RFC 7644 §3.10); a name of a type is not.
    return std::ranges::find_if(rows, [&](const store::SchemaRow& row) {
        if (row.kind != name.kind) return false;
        return row.kind == "Schema" ? equals_ignoring_case(row.name, name.name) : row.name == name.name;
    });
}

// What a tenant cannot say: how the server stores and computes is the installation's.
Result<void> check_additions(const std::vector<Attribute>& attributes, const std::string& schema) {
    for (const auto& attribute : attributes) {
        if (attribute.stored_as_rows || attribute.computed) {
            return refuse("Schema " + schema + ", attribute " + attribute.name +
                          ": x-storage and x-computed are for the schemas of the installation; a tenant's may have "
                          "x-index and x-preparation.");
        }
        TRY_VOID(check_additions(attribute.sub_attributes, schema));
    }
    return {};
}

Result<void> check_own(const Context& context, const SchemaDocument& document, const SchemaDocumentName& name) {
    const std::string where = document.source.empty() ? "" : "File " + document.source + ": ";
    if (name.kind.empty()) {
        return refuse(where + "a document is neither a Schema nor a ResourceType; its schemas must say which.");
    }
    if (name.kind == "Schema" && context.catalogue.find_schema(name.name) != nullptr) {
        return refuse(where + "the schema " + name.name +
                      " belongs to the installation and cannot be replaced. Define an extension instead.");
    }
    const ResourceType* type = name.kind == "ResourceType" ? context.catalogue.find_type(name.name) : nullptr;
    if (type == nullptr) return {};
    const auto* endpoint = document.content.if_contains("endpoint");
    const auto* schema = document.content.if_contains("schema");
    const bool same = endpoint != nullptr && endpoint->is_string() &&
                      std::string_view(endpoint->get_string()) == type->endpoint && schema != nullptr &&
                      schema->is_string() && equals_ignoring_case(schema->get_string(), type->schema->id);
    if (same) return {};
    return refuse(where + "the resource type " + type->name +
                  " belongs to the installation: only its schemaExtensions may be others. Its endpoint is " +
                  type->endpoint + " and its schema " + type->schema->id + ".");
}

Result<std::shared_ptr<const Catalogue>> catalogue_of(const Context& context, const Rows& rows) {
    size_t bytes = 0;
    std::vector<SchemaDocument> documents;
    for (const auto& row : rows) {
        bytes += row.document.size();
        auto parsed = TRY(parse_json(row.document));
        documents.push_back({"", std::move(parsed.as_object())});
    }
    if (rows.size() > context.limits.tenant_documents_max) {
        return refuse("A tenant has at most " + std::to_string(context.limits.tenant_documents_max) +
                      " schemas and resource types of its own.");
    }
    if (bytes > context.limits.tenant_schema_bytes_max) {
        return refuse("The schemas of a tenant have at most " +
                      std::to_string(context.limits.tenant_schema_bytes_max) + " bytes together.");
    }
    auto catalogue = TRY(context.catalogue.extended(documents));
    for (const auto& row : rows) {
        if (row.kind != "Schema") continue;
        const Schema* schema = catalogue->find_schema(row.name);
        if (schema != nullptr) TRY_VOID(check_additions(schema->attributes, schema->id));
    }
    return catalogue;
}

bool same_row(const store::ResourceRow& a, const store::ResourceRow& b) {
    return a.document == b.document && a.user_name_key == b.user_name_key && a.external_id == b.external_id &&
           a.display == b.display && a.active == b.active && a.manager == b.manager && a.plain == b.plain &&
           a.indexed == b.indexed;
}

// One resource under the new type: fits, and its keys and index rows follow. Errors: InvalidValue, Uniqueness.
Result<void> carry_over(Context& context, const store::ResourceRow& row, const ResourceType& before,
                        const ResourceType& after) {
    Resource resource = resource_of(row, before);
    if (is_member_type(before)) resource.member = context.transaction.find_member(row.id);
    // SCIM shows it no more; if it comes back, it is with other attributes.
    if (resource.member && resource.member->removed_at) return {};
    if (auto why = misfit(before, after, resource.attributes); !why.empty()) return refuse(std::move(why));
    const auto old_row = row_of(resource, context.policy);
    resource.type = &after;
    TRY_VOID(required_attributes(Change{nullptr, &resource, &context.caller, &context.policy}, context));
    const auto new_row = row_of(resource, context.policy);
    if (same_row(old_row, new_row)) return {};
    return context.transaction.update(new_row);
}

void carry_over_type(Context& context, const ResourceType& before, const ResourceType* after,
                     SchemaObstacles& obstacles) {
    if (after != nullptr && only_adds(before, *after)) return;
    ResourceId last;
    for (;;) {
        const auto rows = context.transaction.resources_after(before.name, last, kBatch);
        for (const auto& row : rows) {
            if (after == nullptr) {
                obstacles.add({row.type, row.id, "the resource type would be gone"});
            } else if (auto outcome = carry_over(context, row, before, *after); !outcome) {
                obstacles.add({row.type, row.id, outcome.error().detail});
            }
        }
        if (static_cast<int64_t>(rows.size()) < kBatch) return;
        last = rows.back().id;
    }
}

// The wanted rows take the place of the current ones.
Result<SchemaChange> change_to(Context& context, const Rows& current, Rows wanted, SchemaChange change,
                               SchemaObstacles& obstacles) {
    const auto before = TRY(catalogue_of(context, current));
    const auto after = TRY(catalogue_of(context, wanted));
    change.warnings = after->warnings();
    for (const auto& type : before->types()) {
        carry_over_type(context, *type, after->find_type(type->name), obstacles);
    }
    if (obstacles.total > 0) {
        return failure(ErrorKind::Conflict,
                       std::to_string(obstacles.total) + (obstacles.total == 1 ? " resource" : " resources") +
                           " would not be valid any more; nothing was changed. Change or remove them first.");
    }
    context.transaction.replace_schemas(wanted, change.version);
    return change;
}

}  // namespace

void SchemaObstacles::add(SchemaObstacle obstacle) {
    ++total;
    if (listed.size() < kListed) listed.push_back(std::move(obstacle));
}

Result<SchemaChange> load_schemas(Context& context, const std::vector<SchemaDocument>& documents,
                                  SchemaObstacles& obstacles) {
    const Rows current = context.transaction.schemas();
    Rows wanted = current;
    SchemaChange change;
    change.version = context.transaction.schema_version() + 1;
    std::vector<SchemaDocumentName> seen;
    for (const auto& document : documents) {
        auto name = name_of_document(document.content);
        TRY_VOID(check_own(context, document, name));
        if (std::ranges::find(seen, name) != seen.end()) {
            return refuse(std::string(name.kind) + " " + name.name + " is there twice.");
        }
        seen.push_back(name);
        const std::string text = to_json(document.content);
        const auto row = find_row(wanted, name);
        if (row != wanted.end() && row->document == text) continue;
        if (row != wanted.end()) wanted.erase(row);
        wanted.push_back({std::string(name.kind), name.name, text, change.version, context.now});
        change.changed.push_back(std::move(name));
    }
    // Judged by themselves first, so that an error names the file.
    std::vector<SchemaDocument> all = documents;
    for (const auto& row : wanted) {
        const bool is_new = row.version == change.version || std::ranges::any_of(seen, [&](const auto& name) {
            return name.kind == row.kind && name.name == row.name;
        });
        if (!is_new) all.push_back({"", TRY(parse_json(row.document)).as_object()});
    }
    TRY_VOID(context.catalogue.extended(all));
    if (change.changed.empty()) {
        --change.version;
        return change;
    }
    return change_to(context, current, std::move(wanted), std::move(change), obstacles);
}

Result<SchemaChange> remove_schemas(Context& context, const std::vector<std::string>& names,
                                    SchemaObstacles& obstacles) {
    const Rows current = context.transaction.schemas();
    Rows wanted = current;
    SchemaChange change;
    change.version = context.transaction.schema_version() + 1;
    for (const auto& name : names) {
        auto row = find_row(wanted, {"Schema", name});
        if (row == wanted.end()) row = find_row(wanted, {"ResourceType", name});
        if (row == wanted.end()) {
            const bool is_installed =
                context.catalogue.find_schema(name) != nullptr || context.catalogue.find_type(name) != nullptr;
            return failure(ErrorKind::NotFound,
                           is_installed ? name + " belongs to the installation and cannot be removed."
                                        : "The tenant has no schema with this URI and no resource type with this "
                                          "name: " + name + ".");
        }
        change.changed.push_back({row->kind == "Schema" ? "Schema" : "ResourceType", row->name});
        wanted.erase(row);
    }
    if (change.changed.empty()) {
        --change.version;
        return change;
    }
    return change_to(context, current, std::move(wanted), std::move(change), obstacles);
}

}  // namespace rollcall::directory
