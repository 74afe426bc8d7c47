#include "api/admin/admission.h"

namespace rollcall::api::admin {

Result<void> admit(Call&) {
    return failure(ErrorKind::Unauthorized, "Nobody can sign in here yet.");
}

}  // namespace rollcall::api::admin
