#include "request_log.h"

#include "base/log.h"

namespace rollcall {
namespace {

constexpr size_t kPathBytesKept = 512;  // of a path in an audit row; longer ones are cut

std::vector<std::string> metric_names(const std::vector<RequestLog::RouteName>& routes) {
    std::vector<std::string> names;
    for (const auto& route : routes) names.push_back(route.method + " " + route.pattern);
    names.push_back("no route");
    return names;
}

audit::Entry make_entry(const http::Call& call, const Passage& passage, int status, int64_t duration_us) {
    const auto& head = *call.head;
    audit::Entry entry;
    entry.tenant = call.caller.tenant;
    entry.row.time = head.received;
    entry.row.request = head.id;
    entry.row.credential = call.caller.credential;
    entry.row.body_hash = passage.body_hash;
    entry.row.status = status;
    entry.row.duration_us = duration_us;
    entry.row.channel = channel_name(call.caller.channel);
    entry.method = std::string(head.method_text.substr(0, 16));
    entry.path = std::string(head.path.substr(0, kPathBytesKept));
    entry.address = head.peer_address;
    entry.target = call.target;
    entry.note = call.note;
    return entry;
}

}  // namespace

RequestLog::RequestLog(store::Store& store, std::vector<RouteName> routes, audit::Trail::Source source)
    : routes_(std::move(routes)), metrics_(metric_names(routes_)), trail_(store, std::move(source)) {
    routes_.push_back({"", "none"});
}

void RequestLog::count(const http::Call& call, const Passage& passage, const audit::Entry& entry) {
    metrics_.observe(passage.route, entry.row.status, entry.row.duration_us);
    if (call.caller.channel == Channel::Scim) {
        rates_.count(call.caller.tenant, call.caller.tenant_slug, entry.row.status, entry.row.duration_us,
                     entry.row.time);
    }
    const auto level = entry.row.status >= 500 && entry.row.status != 501 ? LogLevel::Error : LogLevel::Debug;
    if (!log_enabled(level)) return;
    // The route, not the path, and no query: ids and values of attributes stay out of the log.
    log(level, "request",
        {{"request", entry.row.request.text()},
         {"tenant", call.caller.tenant_slug},
         {"method", entry.method},
         {"route", routes_[passage.route].pattern},
         {"status", entry.row.status},
         {"us", entry.row.duration_us}});
}

void RequestLog::count(const http::Call& call, const Passage& passage, int status) {
    count(call, passage, make_entry(call, passage, status, passage.elapsed_us()));
}

void RequestLog::record(const http::Call& call, const Passage& passage, int status) {
    auto entry = make_entry(call, passage, status, passage.elapsed_us());
    count(call, passage, entry);
    trail_.append(std::move(entry));
}

void RequestLog::record(const http::Call& call, const Passage& passage, int status,
                        store::Transaction& transaction) {
    auto entry = make_entry(call, passage, status, passage.elapsed_us());
    transaction.append_audit(entry.tenant, entry.bound());
    count(call, passage, entry);
}

void RequestLog::append(const http::Call& call, const Passage& passage, int status, int64_t duration_us,
                        store::Transaction& transaction) {
    auto entry = make_entry(call, passage, status, duration_us);
    transaction.append_audit(entry.tenant, entry.bound());
}

http::Response RequestLog::run(const http::Call& call, Passage& passage, store::Transaction& transaction,
                               const std::function<http::Response()>& change) {
    transaction.mark();
    auto response = change();
    if (response.status >= 400) transaction.undo_to_mark();
    if (std::exchange(passage.is_counted, true))
        append(call, passage, response.status, passage.elapsed_us(), transaction);
    else
        record(call, passage, response.status, transaction);
    return response;
}

}  // namespace rollcall
