// `rollcall audit`: the trail of changes, checked and exported.
#include "audit/chain.h"
#include "audit/export.h"
#include "commands.h"
#include "operator_job.h"

namespace rollcall {
namespace {

Result<std::optional<Instant>> time_of(const std::string& text) {
    if (text.empty()) return std::optional<Instant>();
    if (auto instant = parse_date_time(text)) return std::optional(*instant);
    if (auto day = parse_date_time(text + "T00:00:00Z")) return std::optional(*day);
    return failure(ErrorKind::InvalidValue, "A time is written 2027-01-31 or 2027-01-31T12:00:00Z.");
}

// What has no tenant: operators and their sessions (api/admin/session.cpp).
Tenant installation() {
    Tenant none;
    none.slug = "(installation)";
    return none;
}

std::string sentence_of(const Tenant& tenant, const audit::ChainCheck& check) {
    if (!check.broken)
        return tenant.slug + ": " + std::to_string(check.rows) + " rows, all as they were written.";
    return tenant.slug + ": row " + std::to_string(check.broken->seq) + ": " + check.broken->what;
}

}  // namespace

int verify_audit(const Settings& settings, const std::string& tenant_slug, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    const auto key = audit_key_of(settings);
    if (!key) return fail(key.error().detail);
    auto& transaction = (*store)->read();
    auto tenants = transaction.tenants();
    if (!tenant_slug.empty()) {
        std::erase_if(tenants, [&](const Tenant& tenant) { return tenant.slug != tenant_slug; });
        if (tenants.empty()) return fail(tenant_named(transaction, tenant_slug).error().detail);
    } else if (transaction.tenant(Caller::operator_of(installation().id, "")).event_head().seq > 0) {
        tenants.push_back(installation());
    }
    bool holds = true;
    json::array list;
    for (const auto& tenant : tenants) {
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        const auto check = audit::check_chain(door, tenant.id, *key ? &**key : nullptr);
        holds &= !check.broken;
        if (output == Output::Text) print_line(sentence_of(tenant, check));
        json::object shown{{"tenant", tenant.slug}, {"rows", check.rows}, {"holds", !check.broken}};
        shown["last"] = hex(as_bytes(door.event_head().code));
        if (check.broken) {
            shown["row"] = check.broken->seq;
            shown["what"] = check.broken->what;
        }
        list.push_back(std::move(shown));
    }
    if (output == Output::Json)
        print(json::value(json::object{{"keyed", key->has_value()}, {"tenants", std::move(list)}}));
    return holds ? 0 : 3;
}

int export_audit(const Settings& settings, const ExportArguments& arguments) {
    const bool is_csv = arguments.format == "csv";
    if (!is_csv && arguments.format != "jsonl") return fail("The format is jsonl or csv.");
    const auto from = time_of(arguments.from), until = time_of(arguments.until);
    if (!from) return fail(from.error().detail);
    if (!until) return fail(until.error().detail);
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = arguments.installation ? Result<Tenant>(installation())
                                                 : tenant_named(transaction, arguments.tenant);
    if (!tenant) return fail(tenant.error().detail);
    auto& door = transaction.tenant(Caller::operator_of(tenant->id, tenant->slug));
    const auto write = [](const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); };
    if (is_csv) write(audit::csv_header());
    door.visit_events(0, [&](const store::Event& event) {
        if (*until && event.time >= **until) return false;
        if (*from && event.time < **from) return true;
        write(is_csv ? audit::event_as_csv(event) : audit::event_as_json(event) + "\n");
        return true;
    });
    return 0;
}

int show_requests(const Settings& settings, const std::string& tenant_slug, const std::string& which,
                  Output output) {
    constexpr int64_t kRequests = 100;
    constexpr int64_t kWeekMs = 7 * 86'400'000LL;
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, tenant_slug);
    if (!tenant) return fail(tenant.error().detail);
    auto& door = transaction.tenant(Caller::operator_of(tenant->id, tenant->slug));
    const auto all = door.credentials();
    const auto credential = std::ranges::find_if(
        all, [&](const Credential& one) { return one.slug == which || one.id.text() == which; });
    if (credential == all.end()) return fail("The tenant has no credential with this id or slug.");
    json::array requests, hours;
    for (const auto& row : door.requests_of(credential->id, std::nullopt, kRequests)) {
        if (output == Output::Text) {
            print_line(row.time + "\t" + std::to_string(row.status) + "\t" + row.method + " " + row.path);
        }
        requests.push_back(json::object{{"time", row.time},
                                        {"method", row.method},
                                        {"path", row.path},
                                        {"status", row.status},
                                        {"response_ms", static_cast<double>(row.duration_us) / 1000},
                                        {"address", row.address},
                                        {"target", row.target},
                                        {"note", row.note},
                                        {"request_id", row.request.text()}});
    }
    for (const auto& hour : door.answers_of(credential->id, Instant{system_now().ms - kWeekMs})) {
        const auto& classes = hour.classes;
        hours.push_back(json::object{{"hour", format_instant(hour.hour)},
                                     {"2xx", classes[2]},
                                     {"4xx", classes[4]},
                                     {"5xx", classes[5]}});
        if (output == Output::Text) {
            print_line(format_instant(hour.hour) + "\t2xx " + std::to_string(classes[2]) + "\t4xx " +
                       std::to_string(classes[4]) + "\t5xx " + std::to_string(classes[5]));
        }
    }
    if (output == Output::Json) {
        print(json::value(json::object{{"requests", std::move(requests)}, {"hours", std::move(hours)}}));
    }
    return 0;
}

}  // namespace rollcall
