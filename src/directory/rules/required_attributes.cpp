#include "directory/rules.h"
#include "model/required.h"

namespace rollcall::directory {

Result<void> required_attributes(const Change& change, Context&) {
    if (change.after == nullptr) return {};
    return check_required(*change.after->type, change.after->attributes);
}

}  // namespace rollcall::directory
