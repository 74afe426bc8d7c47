#include <unordered_set>

#include "scim/patch_target.h"
#include "scim/read_value.h"

namespace rollcall::scim {
namespace {

using Op = PatchOperation::Op;
using Kind = MembershipEdit::Kind;

// The ids of a filter made of `value eq` and `$ref eq` joined by or. False when it is any other filter.
bool collect_ids(const CheckedFilter& filter, int32_t index, std::vector<std::string>& ids) {
    const CheckedFilter::Node& node = filter.node(index);
    if (node.kind == CheckedFilter::Kind::Or) {
        for (const int32_t child : node.children) {
            if (!collect_ids(filter, child, ids)) return false;
        }
        return true;
    }
    const bool is_equality = node.kind == CheckedFilter::Kind::Compare && node.op == CompareOperator::Eq;
    const std::string* literal = is_equality ? std::get_if<std::string>(&node.literal) : nullptr;
    if (!literal || !node.path.sub_attribute) return false;
    if (node.path.sub_attribute->name == "value") {
        ids.push_back(*literal);
        return true;
    }
    if (node.path.sub_attribute->name != "$ref") return false;
    const std::string key = resource_reference_key(*literal);
    ids.push_back(key.substr(key.find('/') + 1));
    return true;
}

MembershipEdit remove_by_filter(const CheckedFilter& filter) {
    std::vector<std::string> ids;
    if (!collect_ids(filter, filter.root(), ids)) {
        MembershipEdit edit{Kind::RemoveMatching};
        edit.filter = filter;
        return edit;
    }
    MembershipEdit edit{Kind::Remove};
    std::unordered_set<ResourceId, std::hash<ResourceId>> seen;
    for (const std::string& text : ids) {
        const auto id = parse_reference(text);
        if (!id) {
            ++edit.unknown;
        } else if (seen.insert(*id).second) {
            edit.members.push_back(*id);
        }
    }
    return edit;
}

Result<MembershipEdit> edit_of_list(Kind kind, const Target& target, const json::value& value,
                                    const ReadOptions& options) {
    MembershipEdit edit{kind};
    if (is_nothing(value)) return edit;
    json::value holder;
    const json::value& list = as_list(value, holder);
    if (list.get_array().size() > options.limits.patch_elements_max) {
        return failure(ErrorKind::InvalidValue,
                       target.text() + " has more values than one operation may name.");
    }
    MemberList members = TRY(read_members(list, target.text(), options));
    edit.members = std::move(members.members);
    edit.unknown = members.unknown;
    return edit;
}

bool says_nothing(const MembershipEdit& edit) {
    return edit.members.empty() && edit.unknown == 0;
}

}  // namespace

Result<std::optional<MembershipEdit>> read_membership(PatchOperation::Op op, const Target& target,
                                                      const json::value* value, const ReadOptions& options) {
    if (target.path.sub_attribute || (target.filter && op != Op::Remove)) {
        return failure(ErrorKind::Mutability, target.text() +
                                                  " cannot be changed; a member can only be added or "
                                                  "removed as a whole (RFC 7643 section 4.2).");
    }
    if (target.filter) return remove_by_filter(*target.filter);
    switch (op) {
        case Op::Add: {
            MembershipEdit edit = TRY(edit_of_list(Kind::Add, target, *value, options));
            if (says_nothing(edit)) return std::nullopt;
            return edit;
        }
        case Op::Replace:
            return TRY(edit_of_list(Kind::ReplaceAll, target, *value, options));
        case Op::Remove:
            break;
    }
    if (!value || value->is_null()) return MembershipEdit{Kind::RemoveAll};
    // AMB-05: a list takes away what it lists; an empty one must not empty the group.
    MembershipEdit edit = TRY(edit_of_list(Kind::Remove, target, *value, options));
    if (says_nothing(edit)) return std::nullopt;
    return edit;
}

}  // namespace rollcall::scim
