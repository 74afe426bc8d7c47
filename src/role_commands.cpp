// `rollcall roles load`: arguments, reading of the file and printing; what happens is directory/roles.h.
#include "commands.h"
#include "directory/roles.h"
#include "operator_job.h"
#include "scim/read_resource.h"

namespace rollcall {
namespace {

using directory::kListedKinds;
using directory::ListChange;
using directory::ListedKind;

Result<json::object> read_list_file(const std::string& path) {
    const auto documents = TRY(read_schema_file(path));
    if (documents.size() != 1) {
        return failure(ErrorKind::InvalidValue,
                       "File " + documents.front().source + " must hold one object.");
    }
    for (const auto& member : documents.front().content) {
        const auto known = std::ranges::find(kListedKinds, std::string_view(member.key()), &ListedKind::list);
        if (known != std::end(kListedKinds) && member.value().is_array()) continue;
        return failure(ErrorKind::InvalidValue,
                       "File " + documents.front().source +
                           ": an object with the lists \"roles\" and \"entitlements\", "
                           "or one of them, is expected.");
    }
    return documents.front().content;
}

// One entry by the schema. A value is offered unless it says otherwise.
Result<json::object> read_entry(const ResourceType& type, const json::value& input) {
    const auto* object = input.if_object();
    if (object == nullptr) return failure(ErrorKind::InvalidValue, "an entry must be an object.");
    json::object attributes;
    for (const auto& attribute : type.schema->attributes) {
        const auto* given = object->if_contains(attribute.name);
        if (given == nullptr) continue;
        auto value = TRY(scim::read_value(attribute, attribute.name, *given, {}));
        if (!value.is_null()) attributes[attribute.name] = std::move(value);
    }
    for (const auto& member : *object) {
        if (type.schema->find(member.key()) == nullptr || member.key() == "containedBy") {
            return failure(ErrorKind::InvalidValue,
                           "\"" + std::string(member.key()) + "\" is nothing that can be given here.");
        }
    }
    if (!attributes.contains("supported")) attributes["supported"] = true;
    return attributes;
}

Result<std::vector<json::object>> read_entries(const ResourceType& type, const json::array& list) {
    std::vector<json::object> entries;
    for (const auto& input : list) {
        auto entry = read_entry(type, input);
        if (!entry) {
            return failure(
                ErrorKind::InvalidValue,
                type.name + ", entry " + std::to_string(entries.size() + 1) + ": " + entry.error().detail);
        }
        entries.push_back(std::move(*entry));
    }
    return entries;
}

// The list of one kind: the tenant gets the resource type with the first list of it.
Result<ListChange> load_kind(directory::Context& context, const Catalogue& installation,
                             const ListedKind& kind, const json::array& list) {
    auto catalogue = TRY(installation.extended(directory::own_documents(context.transaction)));
    if (directory::listing_type(*catalogue, kind) == nullptr) {
        directory::SchemaObstacles obstacles;
        TRY_VOID(directory::load_schemas(context, directory::listing_documents(kind), obstacles));
        catalogue = TRY(installation.extended(directory::own_documents(context.transaction)));
    }
    const auto& type = *directory::listing_type(*catalogue, kind);
    directory::Context own{context.transaction, context.caller, context.policy,
                           *catalogue,          context.limits, context.now};
    return directory::replace_listed(own, type, TRY(read_entries(type, list)));
}

std::string sentence(const ListedKind& kind, const ListChange& change) {
    return std::string(kind.list) + ": " + std::to_string(change.added) + " added, " +
           std::to_string(change.changed) + " changed, " + std::to_string(change.removed) + " removed";
}

}  // namespace

int load_roles(const Settings& settings, const std::string& tenant_slug, const std::string& file,
               Output output) {
    const auto installation = installation_catalogue(settings);
    if (!installation) return fail(installation.error().detail);
    const auto lists = read_list_file(file);
    if (!lists) return fail(lists.error().detail);
    json::object shown{{"tenant", tenant_slug}};
    std::vector<std::string> said;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        said.clear();
        const auto tenant = TRY(tenant_named(transaction, tenant_slug));
        const auto values = TRY(parse_json(tenant.policy));
        const auto policy = TRY(policy_from_json(values.as_object()));
        const auto caller = Caller::operator_of(tenant.id, tenant.slug);
        directory::Context context{
            transaction.tenant(caller), caller, policy, **installation, settings.limits, system_now()};
        for (const auto& kind : kListedKinds) {
            const auto* list = lists->if_contains(kind.list);
            if (list == nullptr) continue;
            const auto change = TRY(load_kind(context, **installation, kind, list->get_array()));
            shown[kind.list] = json::object{
                {"added", change.added}, {"changed", change.changed}, {"removed", change.removed}};
            said.push_back(sentence(kind, change) + ".");
            append_change(transaction, tenant, "roles.load", kind.list, "", sentence(kind, change));
        }
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(std::move(shown)));
    } else {
        for (const auto& line : said) print_line(line);
    }
    return code;
}

}  // namespace rollcall
