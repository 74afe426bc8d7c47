// The trail of changes of the tenant: searched (STD-13, PLU-09), and exported for other programs (T62).
#include "audit/export.h"

#include "api/admin/endpoints.h"
#include "api/changes.h"

namespace rollcall::api::admin {
namespace {

// Of one answer. An export of more goes on where it ended.
constexpr int64_t kExported = 10'000;
constexpr int64_t kLookedAt = 100'000;
constexpr size_t kBytes = 16 * 1024 * 1024;

struct Wanted {
    store::EventSearch search;
    bool is_csv = false;
    int64_t after = 0;
};

Result<Wanted> read_export(const Call& call) {
    Wanted wanted;
    wanted.search = TRY(read_change_search(call, {"tenant", "format"}));
    const auto format = TRY(form_value(call.head->query, "format")).value_or("jsonl");
    if (format != "jsonl" && format != "csv") {
        return failure(ErrorKind::InvalidValue, "\"format\" is jsonl or csv.");
    }
    wanted.is_csv = format == "csv";
    wanted.after = wanted.search.before.value_or(0);  // the cursor of an export goes forward
    return wanted;
}

http::Response exported(const Wanted& wanted, store::TenantTransaction& door) {
    http::Response response;
    response.content_type = wanted.is_csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
    if (wanted.is_csv) response.body = audit::csv_header();
    int64_t written = 0, looked_at = 0, last = wanted.after;
    bool is_cut = false;
    door.visit_events(wanted.after, [&](const store::Event& event) {
        if (written >= kExported || looked_at >= kLookedAt || response.body.size() >= kBytes) is_cut = true;
        if (is_cut || (wanted.search.until && event.time >= *wanted.search.until)) return false;
        ++looked_at;
        last = event.seq;
        if (!is_asked_for(wanted.search, event)) return true;
        ++written;
        response.body += wanted.is_csv ? audit::event_as_csv(event) : audit::event_as_json(event) + "\n";
        return true;
    });
    response.with("Content-Disposition",
                  std::string("attachment; filename=\"audit.") + (wanted.is_csv ? "csv" : "jsonl") + '"');
    if (is_cut) response.with("X-Next-Cursor", std::to_string(last));
    return response;
}

}  // namespace

http::Outcome list_changes(const CallPointer& call) {
    const auto search = read_change_search(*call, {"tenant"});
    if (!search) return problem(search.error());
    return answer_changes(call, *search);
}

// The caller is an operator, and of no tenant.
http::Outcome list_installation_changes(const CallPointer& call) {
    const auto search = read_change_search(*call, {});
    if (!search) return problem(search.error());
    return answer_changes(call, *search);
}

http::Outcome export_changes(const CallPointer& call) {
    const auto wanted = read_export(*call);
    if (!wanted) return problem(wanted.error());
    return scan(call, [call, wanted = *wanted](store::Transaction& transaction) -> Result<http::Response> {
        return exported(wanted, transaction.tenant(call->caller));
    });
}

}  // namespace rollcall::api::admin
