// What a user or a group was before it lost something, as text: enough to put it back.
#pragma once

#include <span>
#include <string>

#include "directory/directory.h"

namespace rollcall::directory {

struct LossImage {
    Resource before;                // with the member of a user; of a group that lost members: its id alone
    std::vector<ScopeGrant> grants;
    std::vector<ResourceId> groups;   // it was a member of
    std::vector<ResourceId> members;  // it lost
    std::optional<GroupState> state;  // of a group
    std::vector<Content> content;     // it owned, the first thousand
};

// Read from the store before the change. `removed`: the members that a group loses.
std::string image_of(Context& context, Loss::Kind kind, const Resource& before, std::span<const ResourceId> removed);

// `type`: of the target. The image is one of image_of().
LossImage read_image(const Loss& loss, const ResourceType& type);

}  // namespace rollcall::directory
