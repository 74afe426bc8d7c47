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

    // Groups of all rows of a page, in their order, asked for at once; empty when they are not shown.
    std::vector<std::vector<ShownGroup>> groups_of_page(const std::vector<store::RowView>& rows,
                                                        const ResourceType& type,
                                                        const Projection& projection);

    // Appends the representation of a row, reduced by the projection. `groups`: of the row, when they are
    // known already.
    void append(const store::RowView& row, const ResourceType& type, const Projection& projection,
                std::string& out, const std::vector<ShownGroup>* groups = nullptr);

    // The complete representation as a tree: for judging a filter on one resource.
    json::object complete(const store::RowView& row, const ResourceType& type);

private:
    // Which computed lists are shown: the same for all rows of a type.
    struct Wanted {
        const ResourceType* type = nullptr;
        const Projection* projection = nullptr;
        bool groups = false;
        bool members = false;
    };
    const Wanted& wanted(const ResourceType& type, const Projection* projection);
    // Fills what `shown` points to; valid until the next call.
    Shown gather(const store::RowView& row, const ResourceType& type, const Projection* projection,
                 const std::vector<ShownGroup>* groups);
    // Valid as long as the renderer.
    std::optional<std::string_view> display_of_manager(ResourceId manager);

    const Call& call_;
    store::TenantTransaction& transaction_;
    Wanted wanted_;
    std::vector<ShownGroup> groups_;
    std::vector<ShownMember> members_;
    // Of one page: many report to the same.
    std::unordered_map<ResourceId, std::optional<std::string>> managers_;
};

}  // namespace rollcall::scim
