// STD-08: the groups of a user as PATCH names them.
#include "scim/patch_target.h"
#include "scim/read_value.h"

namespace rollcall::scim {
namespace {

using Op = PatchOperation::Op;
using directory::GroupName;
using directory::GroupsEdit;
using Kind = GroupsEdit::Kind;

// Limits of texts hold here too: what is named may become a group of that name.
Result<std::string> read_text(const Attribute& groups, std::string_view name, const Place& place,
                              const json::value& given, const ReadOptions& options) {
    const Attribute* part = groups.find(name);
    const json::value text =
        TRY(read_simple(&groups, *part, {place.base, place.index, part}, given, options));
    return text.is_string() ? std::string(text.get_string()) : std::string();
}

Result<std::string> text_of(const Attribute& groups, const json::object& group, std::string_view name,
                            const Place& place, const ReadOptions& options) {
    const json::value* given = find_ignoring_case(group, name);
    if (!given || is_nothing(*given)) return std::string();
    return read_text(groups, name, place, *given, options);
}

Result<GroupName> read_name(const Attribute& groups, const json::value& element, const Place& place,
                            const ReadOptions& options) {
    if (element.is_string()) return GroupName{TRY(read_text(groups, "value", place, element, options)), {}};
    const json::object* group = element.if_object();
    if (!group) {
        return failure(ErrorKind::InvalidValue,
                       place.text() + " must be an object with the value of a group.");
    }
    GroupName name{TRY(text_of(groups, *group, "value", place, options)),
                   TRY(text_of(groups, *group, "display", place, options))};
    const json::value* reference = find_ignoring_case(*group, "$ref");
    if (name.value.empty() && reference && reference->is_string()) {
        const std::string key = resource_reference_key(reference->get_string());
        if (!key.empty()) name.value = key.substr(key.find('/') + 1);
    }
    if (name.value.empty() && name.display.empty()) {
        return failure(ErrorKind::InvalidValue,
                       place.text() + " must have a value, the id of the group, or its name as display.");
    }
    return name;
}

Result<GroupsEdit> edit_of_list(Kind kind, const Target& target, const json::value& value,
                                const ReadOptions& options) {
    GroupsEdit edit{kind};
    if (is_nothing(value)) return edit;
    json::value holder;
    const json::array& list = as_list(value, holder).get_array();
    if (list.size() > options.limits.values_per_attribute_max) {
        return failure(ErrorKind::InvalidValue,
                       target.text() + " has more values than one operation may name.");
    }
    const std::string text = target.text();
    for (size_t i = 0; i < list.size(); ++i) {
        if (is_nothing(list[i])) continue;
        edit.groups.push_back(
            TRY(read_name(*target.path.attribute, list[i], {text, static_cast<ptrdiff_t>(i)}, options)));
    }
    return edit;
}

}  // namespace

bool is_groups_of_user(const AttributePath& path) {
    return path.extension == nullptr && path.attribute != nullptr && path.attribute->computed &&
           path.attribute->name == "groups";
}

Result<std::optional<directory::GroupsEdit>> read_groups_edit(PatchOperation::Op op, const Target& target,
                                                              const json::value* value,
                                                              const ReadOptions& options) {
    if (target.filter) {
        directory::GroupsEdit edit{directory::GroupsEdit::Kind::RemoveMatching};
        edit.filter = *target.filter;
        return edit;
    }
    if (op == Op::Replace) return TRY(edit_of_list(Kind::ReplaceAll, target, *value, options));
    if (op == Op::Remove && (!value || value->is_null())) return GroupsEdit{Kind::RemoveAll};
    GroupsEdit edit = TRY(edit_of_list(op == Op::Add ? Kind::Add : Kind::Remove, target, *value, options));
    // An empty list names nothing, so nothing comes or goes.
    if (edit.groups.empty()) return std::nullopt;
    return edit;
}

}  // namespace rollcall::scim
