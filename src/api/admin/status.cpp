// How the identity providers of the tenant are doing (STD-14).
#include "api/admin/endpoints.h"

namespace rollcall::api::admin {
namespace {

constexpr int64_t kHourMs = 3'600'000;

json::object usage_of(const Credential& credential, store::TenantTransaction& door, Instant now) {
    json::object answer{{"id", credential.id.text()}, {"name", credential.name}};
    if (credential.last_used) answer["last_used"] = format_instant(*credential.last_used);
    int64_t requests = 0;
    for (const auto& hour : door.answers_of(credential.id, Instant{now.ms - 24 * kHourMs})) {
        for (const int64_t count : hour.classes) requests += count;
    }
    answer["requests_of_a_day"] = requests;
    return answer;
}

}  // namespace

http::Outcome get_status(const CallPointer& call) {
    return scan(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto rate = call->service->rate_of ? call->service->rate_of(call->caller.tenant) : TenantRate{};
        auto& door = transaction.tenant(call->caller);
        json::array credentials;
        for (const auto& credential : door.credentials()) {
            if (!credential.revoked) credentials.push_back(usage_of(credential, door, call->now()));
        }
        const double mean = rate.requests == 0
                                ? 0
                                : static_cast<double>(rate.duration_us) / 1000 / static_cast<double>(rate.requests);
        return json_answer(200, json::value(json::object{
                                    {"minutes", kTenantRateMinutes},
                                    {"requests", rate.requests},
                                    {"errors", rate.errors},
                                    {"success_rate", rate.success()},
                                    {"mean_ms", mean},
                                    {"slowest_ms", static_cast<double>(rate.slowest_us) / 1000},
                                    {"alert", rate.is_alert},
                                    {"mass_change_open", door.open_mass_change().has_value()},
                                    {"credentials", std::move(credentials)}}));
    });
}

}  // namespace rollcall::api::admin
