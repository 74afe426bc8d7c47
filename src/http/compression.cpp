#include "http/compression.h"

#include "base/gzip.h"
#include "base/text.h"

namespace rollcall::http {

bool is_compressible(const Response& response, size_t bytes_min) {
    if (response.body.size() < bytes_min) return false;
    std::string_view type = response.content_type;
    bool is_text = type.starts_with("text/") || type.contains("json") || type.contains("javascript") ||
                   type.contains("svg");
    if (!is_text) return false;
    for (const auto& [name, value] : response.headers) {
        if (equals_ignoring_case(name, "content-encoding")) return false;
    }
    return true;
}

void compress(Response& response) {
    auto packed = gzip(response.body, GzipEffort::Fast);
    if (packed.empty()) return;
    response.body = std::move(packed);
    response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace rollcall::http
