#include "scim/discovery_answers.h"

#include <unordered_map>

#include "base/gzip.h"
#include "scim/response.h"

namespace rollcall::scim {
namespace {

// Host names are chosen by clients, so that the number of base URLs is theirs too.
constexpr size_t kAnswersKept = 128;

struct KeptAnswer {
    // Held, so that their addresses, which are part of the key, are not given to others.
    std::shared_ptr<const Catalogue> catalogue;
    std::shared_ptr<const Policy> policy;
    std::string body;
    std::string packed;  // empty where it is not worth it
    std::string tag;     // opaque, without quotes; the gzip has another one, as its bytes are others
    std::string packed_tag;
};

void append_address(const void* address, std::string& out) {
    out.append(reinterpret_cast<const char*>(&address), sizeof address);
}

KeptAnswer make_answer(const Call& call, const std::function<std::string()>& make) {
    KeptAnswer answer{call.catalogue, call.policy, make(), {}, {}, {}};
    answer.tag = hex(as_bytes(sha256(answer.body)).substr(0, 8));
    if (answer.body.size() >= call.service->limits.gzip_bytes_min) {
        answer.packed = gzip(answer.body, GzipEffort::Small);
        answer.packed_tag = answer.tag + "-gzip";
    }
    return answer;
}

const KeptAnswer& kept_answer(const Call& call, std::string_view name,
                              const std::function<std::string()>& make) {
    thread_local std::unordered_map<std::string, KeptAnswer> known;
    std::string key;
    key.reserve(2 * sizeof(void*) + name.size() + 1 + call.base_url.size());
    append_address(call.catalogue.get(), key);
    append_address(call.policy.get(), key);
    key.append(name).append(" ").append(call.base_url);
    if (const auto it = known.find(key); it != known.end()) return it->second;
    if (known.size() >= kAnswersKept) known.clear();
    return known.emplace(std::move(key), make_answer(call, make)).first->second;
}

bool names(std::string_view header, const KeptAnswer& answer) {
    return std::ranges::any_of(read_tags(header), [&](const std::string& tag) {
        return tag == "*" || tag == answer.tag || (!answer.packed.empty() && tag == answer.packed_tag);
    });
}

}  // namespace

http::Response discovery_answer(const Call& call, std::string_view name,
                                const std::function<std::string()>& make) {
    const auto& head = *call.head;
    const auto& answer = kept_answer(call, name, make);
    if (head.has_header("If-Match") && !names(head.header("If-Match"), answer)) {
        return error_response(
            {ErrorKind::PreconditionFailed, "If-Match does not name the version of this document."}, &head);
    }
    const bool packed = !answer.packed.empty() && accepts_gzip(head.header("Accept-Encoding"));
    http::Response response;
    if (head.has_header("If-None-Match") && names(head.header("If-None-Match"), answer)) {
        response.status = 304;
    } else {
        response.content_type = media_type(head);
        response.body = packed ? answer.packed : answer.body;
        if (packed) response.with("Content-Encoding", "gzip");
    }
    response.with("ETag", '"' + (packed ? answer.packed_tag : answer.tag) + '"');
    // A client may keep it, but asks again: a schema may change any time.
    response.with("Cache-Control", "private, no-cache");
    if (packed || (!answer.packed.empty() && response.status == 304))
        response.with("Vary", "Accept-Encoding");
    return response;
}

}  // namespace rollcall::scim
