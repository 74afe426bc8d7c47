#include "directory/without_groups.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "model/schema_reader.h"

namespace rollcall::directory {
namespace {

// As many as tenants whose catalogues are kept would need, and the one of the installation.
constexpr size_t kKept = 128;

bool is_groups(const Attribute& attribute) {
    return attribute.computed && attribute.name == "groups";
}

std::shared_ptr<const Catalogue> make(const Catalogue& catalogue) {
    const auto made = std::make_shared<Catalogue>(catalogue);
    // Nobody else has the copy yet.
    auto& schemas = const_cast<std::vector<std::shared_ptr<const Schema>>&>(made->schemas());
    auto& types = const_cast<std::vector<std::shared_ptr<const ResourceType>>&>(made->types());
    auto& schema_documents = const_cast<Catalogue::Documents&>(made->schema_documents());
    auto& type_documents = const_cast<Catalogue::Documents&>(made->type_documents());
    const Schema* gone = nullptr;
    for (size_t i = types.size(); i-- > 0;) {
        if (types[i]->name != "Group") continue;
        gone = types[i]->schema;
        types.erase(types.begin() + static_cast<ptrdiff_t>(i));
        type_documents.erase(type_documents.begin() + static_cast<ptrdiff_t>(i));
    }
    if (std::ranges::any_of(types, [&](const auto& type) { return type->schema == gone; })) gone = nullptr;
    for (size_t i = schemas.size(); i-- > 0;) {
        if (schemas[i].get() == gone) {
            schemas.erase(schemas.begin() + static_cast<ptrdiff_t>(i));
            schema_documents.erase(schema_documents.begin() + static_cast<ptrdiff_t>(i));
        } else if (std::ranges::any_of(schemas[i]->attributes, is_groups)) {
            const auto before = schemas[i];
            auto after = std::make_shared<Schema>(*before);
            std::erase_if(after->attributes, is_groups);
            schema_documents[i] = std::make_shared<const json::object>(publish_schema(*after));
            for (auto& type : types) {
                if (type->schema != before.get()) continue;
                auto changed = std::make_shared<ResourceType>(*type);
                changed->schema = after.get();
                type = std::move(changed);
            }
            schemas[i] = std::move(after);
        }
    }
    return made;
}

struct Kept {
    std::shared_ptr<const Catalogue> with;  // held, so that no other catalogue gets its address
    std::shared_ptr<const Catalogue> without;
};

}  // namespace

std::shared_ptr<const Catalogue> without_groups(const std::shared_ptr<const Catalogue>& catalogue) {
    static std::mutex mutex;
    static std::deque<Kept> kept;
    const std::lock_guard lock(mutex);
    const auto known = std::ranges::find(kept, catalogue, &Kept::with);
    if (known != kept.end()) return known->without;
    if (kept.size() >= kKept) kept.pop_front();
    return kept.emplace_back(catalogue, make(*catalogue)).without;
}

}  // namespace rollcall::directory
