// From rows to the bytes of an answer: asks the store for what is computed (groups, members, the manager's
// name) as far as it will be shown, and takes the text path unless a projection or a hidden attribute needs
// the tree.
#pragma once

#include <string>
#include <unordered_map>

#include "scim/call.h"
#include "scim/projection.h"

namespace rollcall::scim {

// May showing one resource of the type take long: does it have members that would be shown?
bool is_large(const ResourceType& type, const Projection& projection);

class Renderer {
public:
    Renderer(const Call& call, store::TenantTransaction& transaction)
        : call_(call), transaction_(transaction) {}

    // Asks for what a whole page needs at once. Before append().
    void prefetch(const std::vector<store::ResourceRow>& rows, const ResourceType& type,
                  const Projection& projection);

    // Appends the representation of a row, reduced by the projection.
    void append(const store::ResourceRow& row, const ResourceType& type, const Projection& projection,
                std::string& out);

    // The complete representation as a tree: for judging a filter on one resource.
    json::object complete(const store::ResourceRow& row, const ResourceType& type);

private:
    // Fills what `shown` points to; valid until the next call.
    Shown gather(const store::ResourceRow& row, const ResourceType& type, const Projection* projection);

    const Call& call_;
    store::TenantTransaction& transaction_;
    std::optional<std::string> display_of_manager(const std::string& manager);

    std::vector<ShownGroup> groups_;
    std::unordered_map<ResourceId, std::vector<ShownGroup>>
        groups_by_id_;  // of prefetched rows, if there are any
    bool prefetched_ = false;
    std::unordered_map<std::string, std::optional<std::string>>
        managers_;  // of one page, many report to the same
    std::vector<ShownMember> members_;
};

}  // namespace rollcall::scim
