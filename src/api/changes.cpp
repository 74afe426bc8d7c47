#include "api/changes.h"

#include <charconv>

namespace rollcall::api {
namespace {

Result<std::optional<int64_t>> number(const Call& call, std::string_view name, ErrorKind kind) {
    const auto text = TRY(form_value(call.head->query, name));
    if (!text) return std::optional<int64_t>();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < 1) {
        return failure(kind, "\"" + std::string(name) + "\" must be " +
                                 (kind == ErrorKind::InvalidCursor ? "the next_cursor of the page before."
                                                                   : "a whole number above 0."));
    }
    return std::optional(value);
}

Result<std::optional<Instant>> moment(const Call& call, std::string_view name) {
    const auto text = TRY(form_value(call.head->query, name));
    if (!text) return std::optional<Instant>();
    if (const auto instant = parse_date_time(*text)) return std::optional(*instant);
    return failure(ErrorKind::InvalidValue, "\"" + std::string(name) + "\" is written 2027-01-31T12:00:00Z.");
}

json::object shown(const store::Event& event) {
    json::object shown{{"ts", format_instant(event.time)},   {"action", event.action},
                       {"channel", event.channel},           {"actor_kind", event.actor_kind},
                       {"target_type", event.target_type},   {"target", event.target},
                       {"request_id", event.request.text()}, {"address", event.address}};
    if (event.actor != UuidBytes{}) shown["actor"] = ResourceId{event.actor}.text();
    if (!event.actor_name.empty()) shown["actor_name"] = event.actor_name;
    shown["payload"] = parse_json(event.payload).value_or(json::object());
    return shown;
}

constexpr std::string_view kParameters[] = {"from",  "until",       "channel", "action", "actor",
                                             "count", "target_type", "target",  "cursor"};

}  // namespace

Result<store::EventSearch> read_change_search(const Call& call,
                                              std::initializer_list<std::string_view> further) {
    const auto& query = call.head->query;
    const auto& limits = call.service->limits;
    std::vector<std::string_view> known(std::begin(kParameters), std::end(kParameters));
    known.insert(known.end(), further.begin(), further.end());
    TRY_VOID(check_form(query, known));
    store::EventSearch search;
    search.from = TRY(moment(call, "from"));
    search.until = TRY(moment(call, "until"));
    search.channel = TRY(form_value(query, "channel")).value_or("");
    search.action = TRY(form_value(query, "action")).value_or("");
    search.target_type = TRY(form_value(query, "target_type")).value_or("");
    search.target = TRY(form_value(query, "target")).value_or("");
    search.before = TRY(number(call, "cursor", ErrorKind::InvalidCursor));
    const auto count = TRY(number(call, "count", ErrorKind::InvalidCount));
    search.limit = std::min<int64_t>(count.value_or(limits.page_size_default), limits.page_size_max);
    if (const auto actor = TRY(form_value(query, "actor"))) {
        const auto id = ResourceId::parse(*actor);
        if (!id) return failure(ErrorKind::InvalidValue, "\"actor\" is the id of who made the change.");
        search.actor = id->bytes;
    }
    return search;
}

bool is_asked_for(const store::EventSearch& search, const store::Event& event) {
    const auto fits = [](const std::string& wanted, const std::string& text) {
        return wanted.empty() || wanted == text;
    };
    const bool action = search.action.ends_with('.') ? event.action.starts_with(search.action)
                                                     : fits(search.action, event.action);
    return action && fits(search.channel, event.channel) && fits(search.target_type, event.target_type) &&
           fits(search.target, event.target) && (!search.actor || *search.actor == event.actor) &&
           (!search.from || event.time >= *search.from) && (!search.until || event.time < *search.until);
}

http::Outcome answer_changes(const CallPointer& call, const store::EventSearch& search) {
    return scan(call, [call, search](store::Transaction& transaction) -> Result<http::Response> {
        int64_t looked_to = 0;
        json::array list;
        for (const auto& event : transaction.tenant(call->caller).search_events(search, looked_to)) {
            list.push_back(shown(event));
        }
        json::object answer{{"changes", std::move(list)}};
        if (looked_to > 0) answer["next_cursor"] = std::to_string(looked_to);
        return json_answer(200, json::value(std::move(answer)));
    });
}

}  // namespace rollcall::api
