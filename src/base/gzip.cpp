#include "base/gzip.h"

#include <libdeflate.h>

#include <memory>

#include "base/text.h"

namespace rollcall {
namespace {

// The level from which larger ones gain little and cost several times as much on lists of resources.
constexpr int kFastLevel = 1;
constexpr int kSmallLevel = 9;

struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};
using Compressor = std::unique_ptr<libdeflate_compressor, FreeCompressor>;

// q=0, q=0.0, q=0.00 and q=0.000 refuse; anything that is no weight is taken as "yes".
bool refuses(std::string_view parameters) {
    while (!parameters.empty()) {
        size_t semicolon = parameters.find(';');
        std::string_view parameter = trim(parameters.substr(0, semicolon));
        if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
            std::string_view weight = trim(parameter.substr(2));
            return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
        }
        parameters =
            semicolon == std::string_view::npos ? std::string_view() : parameters.substr(semicolon + 1);
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
        accept_encoding =
            comma == std::string_view::npos ? std::string_view() : accept_encoding.substr(comma + 1);
    }
    return any;
}

std::string gzip(std::string_view text, GzipEffort effort) {
    thread_local const Compressor fast(libdeflate_alloc_compressor(kFastLevel));
    const bool is_fast = effort == GzipEffort::Fast;
    const Compressor small(is_fast ? nullptr : libdeflate_alloc_compressor(kSmallLevel));
    auto* compressor = is_fast ? fast.get() : small.get();
    if (compressor == nullptr) return {};
    std::string packed(text.size(), '\0');
    packed.resize(
        libdeflate_gzip_compress(compressor, text.data(), text.size(), packed.data(), packed.size()));
    return packed;
}

}  // namespace rollcall
