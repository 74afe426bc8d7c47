#include "http/compression.h"

#include <libdeflate.h>

#include <memory>

#include "base/text.h"

namespace rollcall::http {
namespace {

// The level from which larger ones gain little and cost several times as much on lists of resources.
constexpr int kLevel = 1;

struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

// q=0, q=0.0, q=0.00 and q=0.000 refuse; anything that is no weight is taken as "yes".
bool refuses(std::string_view parameters) {
    while (!parameters.empty()) {
        size_t semicolon = parameters.find(';');
        std::string_view parameter = trim(parameters.substr(0, semicolon));
        if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
            std::string_view weight = trim(parameter.substr(2));
            return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
        }
        parameters = semicolon == std::string_view::npos ? std::string_view() : parameters.substr(semicolon + 1);
    }
    return false;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        size_t comma = accept_encoding.find(',');
        std::string_view element = trim(accept_encoding.substr(0, comma));
        size_t semicolon = element.find(';');
        std::string_view coding = trim(element.substr(0, semicolon));
        bool allowed = semicolon == std::string_view::npos || !refuses(element.substr(semicolon + 1));
        if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) return allowed;
        if (coding == "*") any = allowed;
        accept_encoding = comma == std::string_view::npos ? std::string_view() : accept_encoding.substr(comma + 1);
    }
    return any;
}

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
    thread_local std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
        libdeflate_alloc_compressor(kLevel));
    if (!compressor) return;
    std::string packed(response.body.size(), '\0');
    size_t size = libdeflate_gzip_compress(compressor.get(), response.body.data(), response.body.size(),
                                           packed.data(), packed.size());
    if (size == 0) return;
    packed.resize(size);
    response.body = std::move(packed);
    response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace rollcall::http
