#include "directory/roles.h"

#include <unordered_map>

#include "base/check.h"
#include "base/embedded.h"
#include "base/graph.h"
#include "base/text.h"

namespace rollcall::directory {
namespace {

constexpr std::string_view kFolder = "schemas/offered/";
// A client reads all of them, and each change of the list looks at all of them.
constexpr size_t kListedMax = 1'000;

std::unexpected<Error> refuse(size_t index, const std::string& why) {
    return failure(ErrorKind::InvalidValue, "Entry " + std::to_string(index + 1) + ": " + why);
}

std::string_view text_in(const json::object& attributes, std::string_view name) {
    const auto* value = attributes.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

// The wanted list in itself: whose value stands where, and which contains which.
class WantedList {
public:
    WantedList(const ResourceType& type, std::vector<json::object>& entries)
        : value_(*type.schema->find("value")), entries_(entries), contains_(entries.size()) {}

    Result<void> check() {
        if (entries_.size() > kListedMax) {
            return failure(ErrorKind::InvalidValue,
                           "A list has at most " + std::to_string(kListedMax) + " entries.");
        }
        for (size_t i = 0; i < entries_.size(); ++i) {
            const auto value = text_in(entries_[i], "value");
            if (value.empty()) return refuse(i, "value is missing.");
            if (!index_.emplace(key(value), i).second) return refuse(i, "another entry has the same value.");
            keys_.push_back(key(value));
        }
        for (size_t i = 0; i < entries_.size(); ++i) TRY_VOID(link(i));
        for (const auto& component : strongly_connected(contains_)) {
            if (is_circle(contains_, component)) {
                return refuse(component.front(), "contains leads back to the entry itself.");
            }
        }
        return {};
    }

    void write_contained_by() {
        std::vector<json::array> above(entries_.size());
        for (size_t i = 0; i < entries_.size(); ++i) {
            for (const size_t part : contains_[i])
                above[part].push_back(json::value(text_in(entries_[i], "value")));
        }
        for (size_t i = 0; i < entries_.size(); ++i) {
            erase_member(entries_[i], "containedBy");
            if (!above[i].empty()) entries_[i]["containedBy"] = std::move(above[i]);
        }
    }

    const std::string& key_of(size_t index) const { return keys_[index]; }
    std::string key(std::string_view value) const { return comparison_key(value_, value); }
    bool has(const std::string& key) const { return index_.contains(key); }

private:
    Result<void> link(size_t index) {
        const auto* contains = entries_[index].if_contains("contains");
        if (contains == nullptr || !contains->is_array()) return {};
        for (const auto& part : contains->get_array()) {
            const auto found = part.is_string() ? index_.find(key(part.get_string())) : index_.end();
            if (found == index_.end()) return refuse(index, "contains names a value that no entry has.");
            contains_[index].push_back(found->second);
        }
        return {};
    }

    const Attribute& value_;
    std::vector<json::object>& entries_;
    std::vector<std::string> keys_;
    std::unordered_map<std::string, size_t> index_;
    Graph contains_;
};

}  // namespace

const ResourceType* listing_type(const Catalogue& catalogue, const ListedKind& kind) {
    const auto* type = catalogue.find_type(kind.type);
    return type != nullptr && type->schema->id == kind.schema ? type : nullptr;
}

std::vector<SchemaDocument> listing_documents(const ListedKind& kind) {
    std::vector<SchemaDocument> documents;
    for (const auto& file : embedded_files()) {
        if (file.name != std::string(kFolder) + std::string(kind.type) + ".json") continue;
        const auto parsed = parse_json(file.content);
        CHECK(parsed && parsed->is_array());
        for (const auto& document : parsed->get_array()) documents.push_back({"", document.as_object()});
    }
    CHECK(!documents.empty());
    return documents;
}

Result<ListChange> replace_listed(Context& context, const ResourceType& type,
                                  std::vector<json::object> wanted) {
    WantedList list(type, wanted);
    TRY_VOID(list.check());
    list.write_contained_by();
    ListChange change;
    std::unordered_map<std::string, ResourceId> there;
    for (const auto& row : context.transaction.resources_after(type.name, {}, kListedMax + 1)) {
        const auto key = list.key(text_in(resource_of(row, type).attributes, "value"));
        if (list.has(key)) {
            there.emplace(key, row.id);
        } else {
            TRY_VOID(remove_resource(context, type, row.id, {}));
            ++change.removed;
        }
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
        const auto known = there.find(list.key_of(i));
        if (known == there.end()) {
            TRY_VOID(
                create_resource(context, type, ResourceId::create(), Edited{std::move(wanted[i]), {}, {}}));
            ++change.added;
            continue;
        }
        const auto edit = [&](const Resource&) -> Result<Edited> { return Edited{wanted[i], {}, {}}; };
        const auto changed = TRY(change_resource(context, type, known->second, {}, "put", edit));
        change.changed += changed.changed ? 1 : 0;
    }
    return change;
}

}  // namespace rollcall::directory
