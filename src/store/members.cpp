#include "store/members.h"

#include "base/text.h"

namespace rollcall::store {

std::string email_key(std::string_view email) {
    return fold_case(trim(email));
}

}  // namespace rollcall::store
