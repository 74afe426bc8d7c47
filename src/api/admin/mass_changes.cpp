// Mass changes (T66): what happened, and what becomes of it.
#include "directory/mass_change.h"

#include "api/admin/endpoints.h"

namespace rollcall::api::admin {
namespace {

constexpr int64_t kShown = 100;
constexpr int64_t kSkippedShown = 100;
constexpr int64_t kHoursMax = 30 * 24;
constexpr int64_t kHourMs = 3'600'000;

json::object shown(const MassChange& change) {
    json::object answer{{"id", change.id.text()},
                        {"state", change.decision.empty() ? "open" : change.decision},
                        {"first", format_instant(change.first)},
                        {"noticed", format_instant(change.noticed)},
                        {"due", format_instant(change.due)},
                        {"losses", change.losses},
                        {"members", change.members}};
    if (!change.credential.is_nil()) answer["credential"] = change.credential.text();
    if (!change.address.empty()) answer["address"] = change.address;
    if (change.decision.empty() && change.needs_two) answer["needs_two"] = true;
    if (change.approved) {
        answer["approved"] = format_instant(*change.approved);
        answer["approved_by"] = change.approved_by;
    }
    if (change.decided) answer["decided"] = format_instant(*change.decided);
    if (!change.decided_by.empty()) answer["decided_by"] = change.decided_by;
    return answer;
}

json::object shown(const MassChange& change, store::TenantTransaction& door) {
    auto answer = shown(change);
    if (!change.decision.empty()) return answer;
    answer["losses"] = door.losses_after(Instant{change.first.ms - 1});
    json::array sample;
    for (const auto& id : directory::sample_of_losses(door)) sample.emplace_back(id.text());
    answer["sample"] = std::move(sample);
    return answer;
}

using Decide = Result<directory::Decision> (*)(directory::Context&, MassChangeId);

// Thousands of members: a job of its own.
http::Outcome decide(const CallPointer& call, Decide decision) {
    const auto work = [call, decision](store::Transaction& transaction) -> Result<http::Response> {
        const auto id = TRY(call->id<MassChangeId>("mass_change"));
        auto access = TRY(open_directory(*call, transaction));
        const auto done = TRY(decision(access.context, id));
        call->target = id.text();
        auto answer = shown(done.change);
        answer["done"] = done.done;
        answer["skipped_count"] = static_cast<int64_t>(done.skipped.size());
        json::array skipped, paused;
        for (const auto& one : done.skipped) {
            if (skipped.size() < kSkippedShown) skipped.emplace_back(one.text());
        }
        for (const auto& one : done.paused) paused.emplace_back(one.text());
        answer["skipped"] = std::move(skipped);
        answer["paused"] = std::move(paused);
        // 202: somebody else has to release it as well.
        return json_answer(done.change.decision.empty() ? 202 : 200, json::value(std::move(answer)));
    };
    auto outcome = write(call, work);
    auto& change = std::get<http::Write>(outcome);
    change.is_short = false;
    change.is_large = true;
    return outcome;
}

}  // namespace

http::Outcome list_mass_changes(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        json::array list;
        for (const auto& change : door.mass_changes(kShown)) list.push_back(shown(change, door));
        json::object answer{{"mass_changes", std::move(list)}};
        const auto guard = door.mass_change_guard();
        if (guard.announced > 0 && guard.announced_until > call->now()) {
            answer["announced"] = json::object{{"losses", guard.announced},
                                               {"until", format_instant(guard.announced_until)}};
        }
        return json_answer(200, json::value(std::move(answer)));
    });
}

http::Outcome get_mass_change(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        const auto change = door.find_mass_change(TRY(call->id<MassChangeId>("mass_change")));
        if (!change) return failure(ErrorKind::NotFound, "There is nothing with this id.");
        return json_answer(200, json::value(shown(*change, door)));
    });
}

http::Outcome undo_mass_change(const CallPointer& call) {
    return decide(call, directory::undo_mass_change);
}

http::Outcome release_mass_change(const CallPointer& call) {
    return decide(call, [](directory::Context& context, MassChangeId id) {
        return directory::release_mass_change(context, id);
    });
}

http::Outcome announce_losses(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto body = TRY(read_object(*call, {"losses", "hours"}));
        const auto losses = TRY(optional_integer(body, "losses"));
        const auto hours = TRY(optional_integer(body, "hours")).value_or(24);
        if (!losses) return failure(ErrorKind::InvalidValue, "\"losses\" is a whole number.");
        if (hours < 1 || hours > kHoursMax) {
            return failure(ErrorKind::InvalidValue, "\"hours\" is a number from 1 to 720.");
        }
        auto access = TRY(open_directory(*call, transaction));
        const Instant until{call->now().ms + hours * kHourMs};
        TRY_VOID(directory::announce_losses(access.context, *losses, until));
        call->target = call->caller.tenant_slug;
        return json_answer(
            200, json::value(json::object{{"losses", *losses}, {"until", format_instant(until)}}));
    });
}

}  // namespace rollcall::api::admin
