// How a credential is used: its last requests and its answers by hour (MOB-17), and unusual use (STD-11).
#include "api/admin/credentials.h"
#include "api/admin/endpoints.h"

namespace rollcall::api::admin {
namespace {

constexpr int64_t kRequests = 100;
constexpr int64_t kNotices = 1'000;
constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kHoursDefault = 7 * 24;
constexpr int64_t kHoursMax = 366 * 24;

json::object shown(const store::LoggedRequest& row) {
    json::object answer{{"time", row.time},
                        {"method", row.method},
                        {"path", row.path},
                        {"status", row.status},
                        {"response_ms", static_cast<double>(row.duration_us) / 1000},
                        {"address", row.address},
                        {"request_id", row.request.text()}};
    if (row.body_hash) answer["body_sha256"] = hex(as_bytes(*row.body_hash));
    if (!row.target.empty()) answer["target"] = row.target;
    if (!row.note.empty()) answer["note"] = row.note;
    return answer;
}

// "2027-01-31T12:00:00.000Z 42": where the page before ended.
Result<std::optional<store::RequestPlace>> place_in(const Call& call) {
    const auto text = TRY(form_value(call.head->query, "cursor"));
    if (!text) return std::optional<store::RequestPlace>();
    const auto blank = text->find(' ');
    store::RequestPlace place;
    int64_t seq = 0;
    bool is_number = blank != std::string::npos && blank + 1 < text->size() && text->size() - blank < 20;
    for (size_t at = blank + 1; is_number && at < text->size(); ++at) {
        is_number = (*text)[at] >= '0' && (*text)[at] <= '9';
        seq = seq * 10 + ((*text)[at] - '0');
    }
    if (!is_number || !parse_date_time(text->substr(0, blank))) {
        return failure(ErrorKind::InvalidCursor, "\"cursor\" is the next_cursor of the page before.");
    }
    place.time = text->substr(0, blank);
    place.seq = seq;
    return std::optional(place);
}

Result<int64_t> hours_in(const Call& call) {
    const auto text = TRY(form_value(call.head->query, "hours"));
    if (!text) return kHoursDefault;
    int64_t hours = 0;
    for (const char c : *text) hours = c < '0' || c > '9' || hours > kHoursMax ? kHoursMax + 1 : hours * 10 + (c - '0');
    if (hours >= 1 && hours <= kHoursMax) return hours;
    return failure(ErrorKind::InvalidValue, "\"hours\" is a number from 1 to 8784.");
}

}  // namespace

http::Outcome list_requests(const CallPointer& call) {
    return scan(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        TRY_VOID(check_form(call->head->query, {"tenant", "cursor"}));
        const auto before = TRY(place_in(*call));
        auto& door = transaction.tenant(call->caller);
        const auto credential = TRY(find_credential(*call, door));
        const auto rows = door.requests_of(credential.id, before, kRequests);
        json::array list;
        for (const auto& row : rows) list.push_back(shown(row));
        json::object answer{{"requests", std::move(list)}};
        if (static_cast<int64_t>(rows.size()) == kRequests) {
            answer["next_cursor"] = rows.back().time + " " + std::to_string(rows.back().seq);
        }
        return json_answer(200, json::value(std::move(answer)));
    });
}

http::Outcome count_answers(const CallPointer& call) {
    return scan(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        TRY_VOID(check_form(call->head->query, {"tenant", "hours"}));
        const auto hours = TRY(hours_in(*call));
        auto& door = transaction.tenant(call->caller);
        const auto credential = TRY(find_credential(*call, door));
        json::array list;
        for (const auto& hour : door.answers_of(credential.id, Instant{call->now().ms - hours * kHourMs})) {
            list.push_back(json::object{{"hour", format_instant(hour.hour)},
                                        {"2xx", hour.classes[2]},
                                        {"3xx", hour.classes[3]},
                                        {"4xx", hour.classes[4]},
                                        {"5xx", hour.classes[5]}});
        }
        return json_answer(200, json::value(json::object{{"hours", std::move(list)}}));
    });
}

http::Outcome list_notices(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        json::array list;
        for (const auto& notice : transaction.tenant(call->caller).notices(kNotices)) {
            json::object answer{{"time", format_instant(notice.time)},
                                {"credential", notice.credential.text()},
                                {"kind", notice.kind}};
            if (!notice.address.empty()) answer["address"] = notice.address;
            if (notice.kind == "volume") {
                answer["requests"] = notice.requests;
                answer["usual"] = notice.usual;
            }
            list.push_back(std::move(answer));
        }
        return json_answer(200, json::value(json::object{{"notices", std::move(list)}}));
    });
}

}  // namespace rollcall::api::admin
