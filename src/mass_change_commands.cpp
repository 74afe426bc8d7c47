// `rollcall mass-change`: what happened, and what becomes of it.
#include "commands.h"
#include "directory/mass_change.h"
#include "operator_job.h"

namespace rollcall {
namespace {

constexpr int64_t kShown = 1'000;
constexpr int64_t kHourMs = 3'600'000;

json::object shown(const MassChange& change, store::TenantTransaction& door) {
    const bool is_open = change.decision.empty();
    json::object out{{"id", change.id.text()},
                     {"state", is_open ? "open" : change.decision},
                     {"first", format_instant(change.first)},
                     {"noticed", format_instant(change.noticed)},
                     {"due", format_instant(change.due)},
                     {"losses", is_open ? door.losses_after(Instant{change.first.ms - 1}) : change.losses},
                     {"members", change.members}};
    if (!change.credential.is_nil()) out["credential"] = change.credential.text();
    if (!change.address.empty()) out["address"] = change.address;
    if (is_open && change.needs_two) out["needs_two"] = true;
    if (change.approved) {
        out["approved"] = format_instant(*change.approved);
        out["approved_by"] = change.approved_by;
    }
    if (change.decided) out["decided"] = format_instant(*change.decided);
    if (!change.decided_by.empty()) out["decided_by"] = change.decided_by;
    return out;
}

std::string line_of(const json::object& change) {
    std::string line;
    for (const auto* name : {"id", "state", "noticed", "losses", "members", "credential", "address"}) {
        const auto* value = change.if_contains(name);
        if (!line.empty()) line += '\t';
        if (value == nullptr) {
            line += '-';
        } else {
            line += value->is_string() ? std::string(value->as_string()) : to_json(*value);
        }
    }
    return line;
}

Result<MassChange> named(store::TenantTransaction& door, const std::string& which) {
    std::optional<MassChange> change;
    if (which == "open") {
        change = door.open_mass_change();
    } else if (const auto id = MassChangeId::parse(which)) {
        change = door.find_mass_change(*id);
    }
    if (change) return *change;
    return failure(ErrorKind::NotFound, "The tenant has no such mass change. `rollcall mass-change list` shows them.");
}

using Decide = Result<directory::Decision> (*)(directory::Context&, MassChangeId);

int decide(const Settings& settings, const std::string& tenant_slug, const std::string& which, Output output,
           std::string_view action, Decide decision) {
    json::object answer;
    const int code = run_in_directory(
        settings, tenant_slug,
        [&](directory::Context& context, store::Transaction& transaction, const Tenant& tenant) -> Result<void> {
            const auto change = TRY(named(context.transaction, which));
            const auto done = TRY(decision(context, change.id));
            append_audit(transaction, tenant, done.change.decision.empty() ? "mass_change.approve" : action,
                         change.id.text(), change.id.text());
            answer = shown(done.change, context.transaction);
            json::array skipped, paused;
            for (const auto& id : done.skipped) skipped.emplace_back(id.text());
            for (const auto& id : done.paused) paused.emplace_back(id.text());
            answer["done"] = done.done;
            answer["skipped"] = std::move(skipped);
            answer["paused"] = std::move(paused);
            return {};
        });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(std::move(answer)));
        return 0;
    }
    if (answer.at("state") == "open") {
        print_line("Approved. Somebody else has to release it as well, at the admin API.");
        return 0;
    }
    print_line(to_json(answer.at("done")) + " done, " + std::to_string(answer.at("skipped").as_array().size()) +
               " skipped.");
    for (const auto& id : answer.at("paused").as_array()) {
        print_line("Paused: credential " + std::string(id.as_string()) +
                   "; `rollcall credential enable` lets it go on.");
    }
    return 0;
}

}  // namespace

int list_mass_changes(const Settings& settings, const std::string& tenant_slug, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, tenant_slug);
    if (!tenant) return fail(tenant.error().detail);
    auto& door = transaction.tenant(Caller::operator_of(tenant->id, tenant->slug));
    json::array list;
    for (const auto& change : door.mass_changes(kShown)) {
        auto one = shown(change, door);
        if (output == Output::Text) print_line(line_of(one));
        list.push_back(std::move(one));
    }
    if (output == Output::Json) print(json::value(std::move(list)));
    return 0;
}

int show_mass_change(const Settings& settings, const std::string& tenant_slug, const std::string& which,
                     Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, tenant_slug);
    if (!tenant) return fail(tenant.error().detail);
    auto& door = transaction.tenant(Caller::operator_of(tenant->id, tenant->slug));
    const auto change = named(door, which);
    if (!change) return fail(change.error().detail);
    auto one = shown(*change, door);
    json::array sample;
    if (change->decision.empty()) {
        for (const auto& id : directory::sample_of_losses(door)) sample.emplace_back(id.text());
    }
    if (output == Output::Text) {
        print_line(line_of(one));
        for (const auto& id : sample) print_line("  " + std::string(id.as_string()));
        return 0;
    }
    one["sample"] = std::move(sample);
    print(json::value(std::move(one)));
    return 0;
}

int undo_mass_change(const Settings& settings, const std::string& tenant, const std::string& which, Output output) {
    return decide(settings, tenant, which, output, "mass_change.undo", directory::undo_mass_change);
}

int release_mass_change(const Settings& settings, const std::string& tenant, const std::string& which,
                        Output output) {
    return decide(settings, tenant, which, output, "mass_change.release",
                  [](directory::Context& context, MassChangeId id) {
                      return directory::release_mass_change(context, id);
                  });
}

int announce_losses(const Settings& settings, const std::string& tenant_slug, int64_t losses, int64_t hours,
                    Output output) {
    if (hours < 1 || hours > 720) return fail("The hours are a number from 1 to 720.");
    Instant until;
    const int code = run_in_directory(
        settings, tenant_slug,
        [&](directory::Context& context, store::Transaction& transaction, const Tenant& tenant) -> Result<void> {
            until = Instant{context.now.ms + hours * kHourMs};
            TRY_VOID(directory::announce_losses(context, losses, until));
            append_audit(transaction, tenant, "mass_change.announce", std::to_string(losses), tenant.slug);
            return {};
        });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(json::object{{"losses", losses}, {"until", format_instant(until)}}));
    } else {
        print_line(std::to_string(losses) + " losses are expected until " + format_instant(until) + ".");
    }
    return 0;
}

}  // namespace rollcall
