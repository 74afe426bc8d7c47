// Who owns what an application keeps.
#include "store/memory/tenant.h"

namespace rollcall::store::memory {

void MemoryTenant::put_content(const Content& content) {
    change().content[{content.scope, content.reference}] = content;
}

std::optional<Content> MemoryTenant::find_content(std::string_view scope, std::string_view reference) {
    const auto found = data().content.find({std::string(scope), std::string(reference)});
    if (found == data().content.end()) return std::nullopt;
    return found->second;
}

bool MemoryTenant::forget_content(std::string_view scope, std::string_view reference) {
    return change().content.erase({std::string(scope), std::string(reference)}) > 0;
}

std::vector<Content> MemoryTenant::content_of(ResourceId owner, std::string_view after_scope,
                                              std::string_view after_reference, int64_t most) {
    std::vector<Content> found;
    auto at = data().content.upper_bound({std::string(after_scope), std::string(after_reference)});
    for (; at != data().content.end() && static_cast<int64_t>(found.size()) < most; ++at) {
        if (at->second.owner == owner) found.push_back(at->second);
    }
    return found;
}

ContentRows::Released MemoryTenant::release_content_of(ResourceId owner) {
    Released released;
    auto& content = change().content;
    for (auto at = content.begin(); at != content.end();) {
        if (at->second.owner != owner) {
            ++at;
        } else if (at->second.scope.starts_with("user:")) {
            at = content.erase(at);
            ++released.removed;
        } else {
            at->second.owner = ResourceId{};
            ++released.handed_on;
            ++at;
        }
    }
    return released;
}

int64_t MemoryTenant::hand_on_content_of(ResourceId owner) {
    int64_t handed_on = 0;
    for (auto& [place, content] : change().content) {
        if (content.owner != owner) continue;
        content.owner = ResourceId{};
        ++handed_on;
    }
    return handed_on;
}

}  // namespace rollcall::store::memory
