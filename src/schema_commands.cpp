// `rollcall schema load|list|remove`: arguments and printing; what happens is directory/schemas.h.
#include "commands.h"
#include "directory/schemas.h"
#include "operator_job.h"

namespace rollcall {
namespace {

using directory::SchemaChange;
using directory::SchemaObstacles;

json::array shown_names(const std::vector<SchemaDocumentName>& names) {
    json::array list;
    for (const auto& name : names) {
        list.push_back(json::object{{"kind", std::string(name.kind)}, {"name", name.name}});
    }
    return list;
}

void print_obstacles(const SchemaObstacles& obstacles, Output output) {
    json::array list;
    for (const auto& obstacle : obstacles.listed) {
        if (output == Output::Text) {
            print_line(obstacle.type + "\t" + obstacle.id.text() + "\t" + obstacle.reason);
        }
        list.push_back(json::object{
            {"type", obstacle.type}, {"id", obstacle.id.text()}, {"reason", obstacle.reason}});
    }
    const auto more = obstacles.total - static_cast<int64_t>(obstacles.listed.size());
    if (output == Output::Json) {
        print(json::value(
            json::object{{"changed", json::array()}, {"total", obstacles.total}, {"resources", std::move(list)}}));
    } else if (more > 0) {
        print_line("and " + std::to_string(more) + " more");
    }
}

void print_change(const std::string& tenant, const SchemaChange& change, std::string_view done, Output output) {
    if (output == Output::Json) {
        json::array warnings;
        for (const auto& warning : change.warnings) warnings.push_back(json::value(warning));
        print(json::value(json::object{{"tenant", tenant},
                                       {"version", change.version},
                                       {"changed", shown_names(change.changed)},
                                       {"warnings", std::move(warnings)}}));
        return;
    }
    for (const auto& warning : change.warnings) print_line("Warning: " + warning);
    for (const auto& name : change.changed) {
        print_line(std::string(name.kind) + " " + name.name + " " + std::string(done) + ".");
    }
    print_line(change.changed.empty()
                   ? "Nothing differs; the schemas stay at version " + std::to_string(change.version) + "."
                   : "The schemas of " + tenant + " are at version " + std::to_string(change.version) +
                         ". The next request sees it.");
}

using Change = std::function<Result<SchemaChange>(directory::Context&, SchemaObstacles&)>;

// One change of a tenant's schemas as one job, with a row in the trail for each document.
int change_schemas(const Settings& settings, const std::string& tenant_slug, std::string_view event,
                   std::string_view done, Output output, const Change& wanted) {
    const auto installation = installation_catalogue(settings);
    if (!installation) return fail(installation.error().detail);
    SchemaChange change;
    SchemaObstacles obstacles;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        obstacles = {};
        const auto tenant = TRY(tenant_named(transaction, tenant_slug));
        const auto values = TRY(parse_json(tenant.policy));
        const auto policy = TRY(policy_from_json(values.as_object()));
        const auto caller = Caller::operator_of(tenant.id, tenant.slug);
        directory::Context context{transaction.tenant(caller), caller,          policy,
                                   **installation,             settings.limits, system_now()};
        change = TRY(wanted(context, obstacles));
        for (const auto& name : change.changed) {
            append_change(transaction, tenant, event, name.name, std::to_string(change.version));
        }
        return {};
    });
    if (obstacles.total > 0) print_obstacles(obstacles, output);
    if (code == 0) print_change(tenant_slug, change, done, output);
    return code;
}

}  // namespace

int load_schemas(const Settings& settings, const std::string& tenant, const std::vector<std::string>& files,
                 Output output) {
    std::vector<SchemaDocument> documents;
    for (const auto& file : files) {
        auto read = read_schema_file(file);
        if (!read) return fail(read.error().detail);
        documents.insert(documents.end(), read->begin(), read->end());
    }
    return change_schemas(settings, tenant, "schema.load", "loaded", output,
                          [&](directory::Context& context, SchemaObstacles& obstacles) {
                              return directory::load_schemas(context, documents, obstacles);
                          });
}

int remove_schemas(const Settings& settings, const std::string& tenant,
                   const std::vector<std::string>& names, Output output) {
    return change_schemas(settings, tenant, "schema.remove", "removed", output,
                          [&](directory::Context& context, SchemaObstacles& obstacles) {
                              return directory::remove_schemas(context, names, obstacles);
                          });
}

int list_schemas(const Settings& settings, const std::string& tenant_slug, Output output) {
    const auto installation = installation_catalogue(settings);
    if (!installation) return fail(installation.error().detail);
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, tenant_slug);
    if (!tenant) return fail(tenant.error().detail);
    auto& door = transaction.tenant(Caller::operator_of(tenant->id, tenant->slug));
    const auto own = door.schemas();
    json::array list;
    const auto add = [&](std::string_view kind, const std::string& name) {
        const auto row = std::ranges::find_if(
            own, [&](const store::SchemaRow& candidate) { return candidate.kind == kind && candidate.name == name; });
        json::object shown{{"kind", kind}, {"name", name}};
        shown["origin"] = row == own.end() ? "installation" : "tenant";
        if (row != own.end()) {
            shown["version"] = row->version;
            shown["loaded"] = format_instant(row->loaded);
        }
        if (output == Output::Text) {
            print_line(std::string(kind) + "\t" + name + "\t" +
                       (row == own.end() ? "installation"
                                         : "version " + std::to_string(row->version) + "\t" +
                                               format_instant(row->loaded)));
        }
        list.push_back(std::move(shown));
    };
    auto catalogue = (*installation)->extended(directory::own_documents(door));
    if (!catalogue) return fail(catalogue.error().detail);
    for (const auto& schema : (*catalogue)->schemas()) add("Schema", schema->id);
    for (const auto& type : (*catalogue)->types()) add("ResourceType", type->name);
    if (output == Output::Json) {
        print(json::value(json::object{{"tenant", tenant_slug},
                                       {"version", tenant->schema_version},
                                       {"schemas", std::move(list)}}));
    }
    return 0;
}

}  // namespace rollcall
