// May this member sign in, and why not.
#include "directory/sign_in.h"

#include "api/application/endpoints.h"

namespace rollcall::api::application {

http::Outcome get_sign_in(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto member = TRY(call->id<ResourceId>("member"));
        const auto answer = directory::may_sign_in(transaction.tenant(call->caller), *call->policy, member);
        if (!answer.known) return failure(ErrorKind::NotFound, "There is nothing with this id.");
        json::array reasons;
        for (const auto reason : answer.reasons) reasons.push_back(json::value(reason));
        return json_answer(
            200, json::value(json::object{{"allowed", answer.allowed()}, {"reasons", std::move(reasons)}}));
    });
}

}  // namespace rollcall::api::application
