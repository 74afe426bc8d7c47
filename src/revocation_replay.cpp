#include "revocation_replay.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "access/authenticate.h"
#include "directory/catalogues.h"
#include "operator_job.h"
#include "revocation_apply.h"

namespace rollcall {
namespace {

using States = RevocationStates;

// Changes of one transaction: enough for speed, few enough for a short one.
constexpr size_t kStepsAtOnce = 200;

struct Step {
    std::string_view type;
    std::string id;
    Instant time;
    std::function<Result<void>(Applying&)> run;
};

Instant time_of(Instant time) {
    return time;
}
Instant time_of(const auto& state) {
    return state.time;
}

template <class Map, class Function>
void add_steps(std::vector<Step>& steps, std::string_view type, const Map& things, Function function) {
    for (const auto& [id, state] : things) {
        auto run = [&id, &state, function](Applying& applying) { return (applying.*function)(id, state); };
        steps.push_back({type, id, time_of(state), std::move(run)});
    }
}

// `states` outlives them.
std::vector<Step> steps_for(const States& states) {
    std::vector<Step> steps;
    add_steps(steps, "credential", states.credentials, &Applying::credential);
    add_steps(steps, "service-key", states.service_keys, &Applying::service_key);
    add_steps(steps, "key", states.member_keys, &Applying::member_key);
    add_steps(steps, "issuer", states.issuers, &Applying::issuer);
    if (states.openid) {
        steps.push_back({"openid", "", states.openid->time,
                         [&states](Applying& applying) { return applying.openid(*states.openid); }});
    }
    add_steps(steps, "User", states.people, &Applying::person);
    add_steps(steps, "User", states.users, &Applying::user);
    add_steps(steps, "Group", states.groups, &Applying::group);
    add_steps(steps, "grants", states.grants, &Applying::grants);
    add_steps(steps, "operator", states.operators_changed, &Applying::operator_password);
    add_steps(steps, "operator", states.operators_removed, &Applying::remove_operator);
    if (states.enabled && !states.enabled->second) {
        steps.push_back({"tenant", "", states.enabled->first, [&states](Applying& applying) {
                             return applying.disable_tenant(states.enabled->first);
                         }});
    }
    return steps;
}

// What happened after the last thing that the database knows, in order, each line once. What stands before
// that and is not in the database is of a trail that was given up, when an older backup was restored: the
// database had its own last states after it.
std::vector<JournalLine> missing_in(store::TenantTransaction& door, std::vector<JournalLine> lines) {
    std::set<std::pair<int64_t, Sha256>> seen, known;
    std::erase_if(lines, [&](const JournalLine& line) { return !seen.emplace(line.seq, line.code).second; });
    if (lines.empty()) return lines;
    // In order of seq first.
    const int64_t first = seen.begin()->first, last = seen.rbegin()->first;
    door.visit_events(first - 1, [&](const store::Event& event) {
        if (const auto event_id = std::pair(event.seq, event.code); seen.contains(event_id))
            known.insert(event_id);
        return event.seq < last;
    });
    const auto is_known = [&](const JournalLine& line) { return known.contains({line.seq, line.code}); };
    const auto end_of_known = std::find_if(lines.rbegin(), lines.rend(), is_known).base();
    lines.erase(lines.begin(), end_of_known);
    std::erase_if(lines, [](const JournalLine& line) { return line.action == kPosition; });
    return lines;
}

// The installation, which is no tenant, has none of its own.
Result<Policy> policy_for(const Tenant& tenant) {
    if (tenant.id.value == 0) return Policy{};
    return *TRY(access::policy_of(tenant));
}

Result<void> apply(store::Store& store, const Settings& settings, directory::Catalogues& catalogues,
                   const Tenant& tenant, const States& states, RevocationReport& report) {
    const auto steps = steps_for(states);
    const auto caller = Caller::operator_of(tenant.id, tenant.slug);
    Policy policy = TRY(policy_for(tenant));
    // They lost their access for good reasons, and one by one.
    policy.mass_change_guard = MassChangeMode::Off;
    for (size_t begin = 0; begin < steps.size(); begin += kStepsAtOnce) {
        const size_t end = std::min(begin + kStepsAtOnce, steps.size());
        RevocationReport here;
        Result<void> ready;
        store::write_and_wait(store, [&](store::Transaction& transaction) {
            here = {};
            auto& door = transaction.tenant(caller);
            const auto current = catalogues.of(door, tenant.id, tenant.schema_version);
            if (!current) {
                ready = std::unexpected(current.error());
                return;
            }
            directory::Context context{door,        caller, policy, *current->catalogue, settings.limits,
                                       system_now()};
            for (size_t i = begin; i < end; ++i) {
                RevocationReport told = here;
                Applying applying(transaction, tenant, context, here);
                transaction.mark();
                const auto done = steps[i].run(applying);
                if (done) continue;
                transaction.undo_to_mark();
                here = std::move(told);
                here.not_applied.push_back(
                    applying.row(steps[i].type, steps[i].id, "", done.error().detail, steps[i].time));
            }
        });
        TRY_VOID(ready);
        std::ranges::move(here.revoked, std::back_inserter(report.revoked));
        std::ranges::move(here.members, std::back_inserter(report.members));
        std::ranges::move(here.not_applied, std::back_inserter(report.not_applied));
    }
    return {};
}

json::array shown_rows(const std::vector<RevocationReport::Row>& rows, std::string_view what) {
    json::array shown;
    for (const auto& row : rows) {
        json::object one{{"tenant", row.tenant}, {"type", row.type}};
        if (!row.id.empty()) one["id"] = row.id;
        if (!row.name.empty()) one[row.type == "User" ? "userName" : "name"] = row.name;
        one[what] = row.what;
        one["time"] = format_instant(row.time);
        shown.push_back(std::move(one));
    }
    return shown;
}

void print_rows(const std::string& title, const std::vector<RevocationReport::Row>& rows) {
    if (rows.empty()) return;
    print_line(title);
    for (const auto& row : rows) {
        print_line("  " + row.tenant + "\t" + row.type + "\t" + row.id + "\t" + row.name + "\t" +
                   format_instant(row.time) + "\t" + row.what);
    }
}

}  // namespace

Result<void> check_journal(const std::string& folder) {
    if (!journal_files(folder).empty()) return {};
    return failure(
        ErrorKind::Unavailable,
        "revocation_journal names a folder with the files of a journal, revocations-YYYY-MM.jsonl; there "
        "are none.");
}

Result<RevocationReport> replay_revocations(store::Store& store, const Settings& settings,
                                            const std::string& folder) {
    TRY_VOID(check_journal(folder));
    const auto installation = TRY(installation_catalogue(settings));
    directory::Catalogues catalogues(installation, 1);
    RevocationReport report;
    std::map<std::string, std::vector<JournalLine>> lines;
    report.unreadable = TRY(read_journal(folder, [&](JournalLine&& line) {
        report.until = std::max(report.until, line.time);
        lines[line.tenant].push_back(std::move(line));
    }));
    auto tenants = store.read().tenants();
    tenants.emplace_back();
    for (const auto& tenant : tenants) {
        const auto of = lines.find(tenant.id.value == 0 ? std::string(kInstallation) : tenant.slug);
        if (of == lines.end()) continue;
        auto& door = store.read().tenant(Caller::operator_of(tenant.id, tenant.slug));
        const auto missing = missing_in(door, std::move(of->second));
        store.end_read();
        States states{TRY(policy_for(tenant)).inactive_role};
        for (const auto& line : missing) states.add(line);
        report.lines += static_cast<int64_t>(missing.size());
        TRY_VOID(apply(store, settings, catalogues, tenant, states, report));
    }
    store.end_read();
    return report;
}

json::object shown_report(const RevocationReport& report) {
    return json::object{{"lines", report.lines},
                        {"unreadable_lines", report.unreadable},
                        {"until", format_instant(report.until)},
                        {"revoked", shown_rows(report.revoked, "what")},
                        {"members", shown_rows(report.members, "what")},
                        {"not_applied", shown_rows(report.not_applied, "why")}};
}

void print_report(const RevocationReport& report) {
    print_line("Revocation journal, up to " + format_instant(report.until) + ": " +
               std::to_string(report.lines) + " events after the backup.");
    if (report.unreadable > 0) print_line(std::to_string(report.unreadable) + " lines of it cannot be read.");
    print_rows("Taken back again:", report.revoked);
    print_rows("Members who left, or have a lower role:", report.members);
    print_rows("Not done; look at each:", report.not_applied);
}

}  // namespace rollcall
