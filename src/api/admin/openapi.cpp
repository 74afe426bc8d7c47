#include "api/admin/endpoints.h"
#include "base/embedded.h"

namespace rollcall::api::admin {

http::Outcome get_openapi(const CallPointer&) {
    for (const auto& file : embedded_files()) {
        if (file.name == "api/openapi/admin.json") return json_answer(200, std::string(file.content));
    }
    return problem(500, "The description of this interface is missing.");
}

}  // namespace rollcall::api::admin
