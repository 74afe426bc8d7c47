// From rows to the bytes of an answer: asks the store for what is computed (groups, members, the manager's
// name) as far as it will be shown, and takes the text path unless a projection or a hidden attribute needs
// the tree.
#pragma once

#include <string>

#include "scim/call.h"
#include "scim/projection.h"

namespace rollcall::scim {

class Renderer {
public:
    Renderer(const Call& call, store::TenantTransaction& transaction)
        : call_(call), transaction_(transaction) {}

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
    std::vector<ShownGroup> groups_;
    std::vector<ShownMember> members_;
};

}  // namespace rollcall::scim
