// The trail of changes of the tenant (MOD-09, PLU-09, STD-13), the newest first.
#include "api/application/endpoints.h"
#include "api/changes.h"

namespace rollcall::api::application {

http::Outcome list_changes(const CallPointer& call) {
    const auto search = read_change_search(*call);
    if (!search) return problem(search.error());
    return answer_changes(call, *search);
}

}  // namespace rollcall::api::application
