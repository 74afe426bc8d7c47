// Rows of content. A part of store.h, inherited by TenantTransaction.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/content.h"

namespace rollcall::store {

class ContentRows {
public:
    virtual ~ContentRows() = default;

    // Puts it in the place of what has its scope and reference.
    virtual void put_content(const Content& content) = 0;
    virtual std::optional<Content> find_content(std::string_view scope, std::string_view reference) = 0;
    virtual bool forget_content(std::string_view scope,
                                std::string_view reference) = 0;  // false: there was none
    // What the owner has, in order of scope and reference, at most `most`, behind that place.
    virtual std::vector<Content> content_of(ResourceId owner, std::string_view after_scope,
                                            std::string_view after_reference, int64_t most) = 0;

    struct Released {
        int64_t removed = 0;
        int64_t handed_on = 0;
    };
    // PLU-08, when a member is deleted for good: what it has in user:* goes, the rest is the placeholder's.
    virtual Released release_content_of(ResourceId owner) = 0;
    // When its membership ends: all of it is the placeholder's. How much that is.
    virtual int64_t hand_on_content_of(ResourceId owner) = 0;
};

}  // namespace rollcall::store
