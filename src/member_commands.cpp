// `rollcall member create|set|list`: members that the operator looks after. Every change is directory/'s.
#include "commands.h"
#include "directory/catalogues.h"
#include "directory/members.h"
#include "directory/verification.h"
#include "operator_job.h"

namespace rollcall {
namespace {

json::object shown_member(const Resource& user) {
    const Member& member = *user.member;
    json::object shown{{"id", user.id.text()}};
    if (const auto* name = user.attributes.if_contains("userName")) shown["userName"] = *name;
    shown["role"] = member.role;
    if (!member.previous_role.empty()) shown["previousRole"] = member.previous_role;
    shown["managed"] = member.managed == Managed::Scim ? "scim" : "manual";
    if (member.pre_linked) shown["preLinked"] = true;
    if (!member.account.is_nil()) shown["account"] = member.account.text();
    shown["active"] = member.is_active();
    if (member.deactivated_at) {
        shown["deactivatedAt"] = format_instant(*member.deactivated_at);
        shown["deactivatedBy"] = member.deactivated_by;
    }
    if (member.removed_at) shown["removedAt"] = format_instant(*member.removed_at);
    if (member.email_verified_at) shown["emailVerifiedAt"] = format_instant(*member.email_verified_at);
    return shown;
}

void print_member(const json::object& shown, Output output) {
    if (output == Output::Json) {
        print(json::value(shown));
        return;
    }
    const auto text = [&](std::string_view name) {
        const auto* value = shown.if_contains(name);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string("-");
    };
    print_line(text("id") + "\t" + text("role") + "\t" + text("managed") + "\t" +
               (shown.at("active").as_bool() ? "active" : "inactive") + "\t" + text("userName"));
}

using MemberChange = std::function<Result<Resource>(directory::Context&, const ResourceType&)>;

int change_members(const Settings& settings, const std::string& slug, std::string_view event, Output output,
                   const MemberChange& change) {
    const auto installation = installation_catalogue(settings);
    if (!installation) return fail(installation.error().detail);
    std::optional<Resource> changed;
    directory::Catalogues catalogues(*installation, 1);
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, slug));
        const auto values = TRY(parse_json(tenant.policy));
        const auto policy = TRY(policy_from_json(values.as_object()));
        const auto caller = Caller::operator_of(tenant.id, tenant.slug);
        auto& door = transaction.tenant(caller);
        const auto current = TRY(catalogues.of(door, tenant.id, tenant.schema_version));
        directory::Context context{door, caller, policy, *current.catalogue, settings.limits, system_now()};
        context.sends_mail = !settings.smtp_url.empty();
        changed = TRY(change(context, *current.catalogue->find_type("User")));
        append_audit(transaction, tenant, event, changed->id.text(), changed->id.text());
        return {};
    });
    if (code == 0) print_member(shown_member(*changed), output);
    return code;
}

Resource loaded(directory::Context& context, const store::ResourceRow& row, const ResourceType& type) {
    Resource user = directory::resource_of(row, type);
    user.member = context.transaction.find_member(row.id);
    if (!user.member) user.member = Member{row.id, {}, context.policy.default_role};
    return user;
}

Result<ResourceId> id_of(directory::Context& context, const ResourceType& type, const std::string& text) {
    const auto id = ResourceId::parse(text);
    if (id && context.transaction.find_user(*id)) return *id;
    const auto key = comparison_key(*type.schema->find("userName"), text);
    if (const auto named = context.transaction.user_named(key)) return *named;
    return failure(ErrorKind::NotFound, "The tenant has no member with this id or userName.");
}

}  // namespace

int create_member(const Settings& settings, const MemberArguments& arguments, Output output) {
    return change_members(
        settings, arguments.tenant, "member.create", output,
        [&](directory::Context& context, const ResourceType& type) -> Result<Resource> {
            Edited wanted;
            wanted.attributes["userName"] = arguments.which;
            wanted.attributes["active"] = true;
            if (!arguments.email.empty()) {
                wanted.attributes["emails"] =
                    json::array{json::object{{"value", arguments.email}, {"primary", true}}};
            }
            wanted.member.emplace();
            wanted.member->managed = Managed::Manual;
            wanted.member->role = arguments.role;
            wanted.member->pre_linked = arguments.pre_linked.value_or(false);
            const auto made =
                TRY(directory::create_resource(context, type, ResourceId::create(), std::move(wanted)));
            if (arguments.verified) TRY_VOID(directory::verify_email(context, type, made.row.id));
            return loaded(context, *context.transaction.find_user(made.row.id), type);
        });
}

int set_member(const Settings& settings, const MemberArguments& arguments, Output output) {
    return change_members(settings, arguments.tenant, "member.set", output,
                          [&](directory::Context& context, const ResourceType& type) -> Result<Resource> {
                              const ResourceId id = TRY(id_of(context, type, arguments.which));
                              const auto edit = [&](const Resource& before) -> Result<Edited> {
                                  Edited wanted;
                                  wanted.attributes = before.attributes;
                                  wanted.member = before.member;
                                  if (!arguments.role.empty()) wanted.member->role = arguments.role;
                                  if (arguments.pre_linked) wanted.member->pre_linked = *arguments.pre_linked;
                                  if (arguments.active) wanted.attributes["active"] = *arguments.active;
                                  return wanted;
                              };
                              TRY_VOID(directory::change_resource(context, type, id, {}, "member.set", edit));
                              if (arguments.verified) TRY_VOID(directory::verify_email(context, type, id));
                              return loaded(context, *context.transaction.find_user(id), type);
                          });
}

int list_members(const Settings& settings, const std::string& slug, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, slug);
    if (!tenant) return fail(tenant.error().detail);
    auto& door = transaction.tenant(Caller::operator_of(tenant->id, tenant->slug));
    const auto catalogue = Catalogue::standard();
    const auto& type = *catalogue->find_type("User");
    constexpr int64_t kBatch = 500;
    json::array list;
    ResourceId last;
    for (bool more = true; more;) {
        const auto rows = door.resources_after(type.name, last, kBatch);
        for (const auto& row : rows) {
            Resource user = directory::resource_of(row, type);
            user.member = door.find_member(row.id);
            if (!user.member) continue;
            auto shown = shown_member(user);
            if (output == Output::Text) print_member(shown, output);
            list.push_back(std::move(shown));
            last = row.id;
        }
        more = static_cast<int64_t>(rows.size()) == kBatch;
    }
    if (output == Output::Json) print(json::value(std::move(list)));
    return 0;
}

}  // namespace rollcall
