#include "store/postgres/judge.h"

#include <map>

#include "model/representation.h"
#include "store/postgres/resource_rows.h"

namespace rollcall::store::postgres {
namespace {

using Kind = CheckedFilter::Kind;

}  // namespace

Judge::Judge(PostgresTenant& tenant, const Query& query, const TypeFilter& type,
             const AttributePath* sort_path, const Catalogue& catalogue, const Candidates& candidates)
    : tenant_(tenant),
      query_(query),
      type_(type),
      sort_path_(sort_path),
      catalogue_(catalogue),
      candidates_(candidates) {
    note_needs();
}

void Judge::note_needs() {
    if (sort_path_ != nullptr) note_need(*sort_path_);
    if (type_.filter == nullptr || candidates_.is_exact()) return;
    const auto& nodes = type_.filter->nodes();
    std::vector<bool> is_known(nodes.size());
    // Children stand before their parents, so that what is below a known node is seen from above.
    for (size_t i = nodes.size(); i-- > 0;) {
        const auto index = static_cast<int32_t>(i);
        is_known[i] = is_known[i] || candidates_.satisfied().contains(index) || member_in(index).has_value();
        if (is_known[i]) {
            for (const int32_t child : nodes[i].children) is_known[static_cast<size_t>(child)] = true;
        } else if (nodes[i].kind == Kind::Compare || nodes[i].kind == Kind::Present ||
                   nodes[i].kind == Kind::ValuePath) {
            note_need(nodes[i].path);
        }
    }
}

void Judge::note_need(const AttributePath& path) {
    const Source source = source_of(*type_.type, path);
    needs_groups_ |= source == Source::Groups;
    needs_members_ |= source == Source::Members;
    needs_manager_ |= source == Source::Manager;
}

// Entra asks `id eq "..." and members eq "..."` of groups of any size.
std::optional<ResourceId> Judge::member_in(int32_t index) const {
    const auto* node = &type_.filter->node(index);
    if (node->inside_value_path) return std::nullopt;
    if (node->kind == Kind::ValuePath) node = &type_.filter->node(node->children.front());
    if (node->kind != Kind::Compare || index_of(*type_.type, *node) != Index::Member) return std::nullopt;
    return ResourceId::parse(node->key);
}

std::optional<bool> Judge::known(int32_t node, ResourceId id) {
    if (candidates_.satisfied().contains(node)) return true;
    if (const auto member = member_in(node)) return tenant_.has_member(id, *member);
    return std::nullopt;
}

std::vector<Judge::Verdict> Judge::judge(Rows& rows) {
    std::vector<RowView> views;
    std::vector<ResourceId> ids, managers;
    while (rows.next()) {
        views.push_back(view_resource(rows, type_.type->name));
        ids.push_back(views.back().id);
        if (views.back().manager) managers.push_back(*views.back().manager);
    }
    std::vector<std::vector<GroupReference>> groups;
    if (needs_groups_) groups = tenant_.groups_of_each(ids);
    std::map<ResourceId, std::string> names;
    if (needs_manager_ && !managers.empty()) names = tenant_.displays_of(managers);
    std::vector<Verdict> verdicts;
    for (size_t i = 0; i < views.size(); ++i) {
        const auto name = views[i].manager ? names.find(*views[i].manager) : names.end();
        verdicts.push_back(judge(views[i], needs_groups_ ? &groups[i] : nullptr,
                                 name == names.end() ? nullptr : &name->second));
    }
    return verdicts;
}

Judge::Verdict Judge::judge(const RowView& row, const std::vector<ShownGroup>* groups,
                            const std::string* manager_display) {
    Shown shown{&catalogue_, type_.type,        row.id,      row.document,
                row.created, row.last_modified, row.version, query_.base_url};
    shown.groups = groups;
    std::vector<ShownMember> members;
    if (needs_members_) {
        tenant_.members(row.id, [&](const MemberRow& member) { members.push_back(member); });
        shown.members = &members;
    }
    shown.has_manager = row.manager.has_value();
    if (manager_display != nullptr) shown.manager_display = *manager_display;
    const auto representation = complete_representation(shown);
    Verdict verdict;
    verdict.matches =
        type_.filter == nullptr || candidates_.is_exact() ||
        matches(*type_.filter, representation, [&](int32_t node) { return known(node, row.id); });
    if (verdict.matches && sort_path_ != nullptr) verdict.value = sort_value(*sort_path_, representation);
    return verdict;
}

}  // namespace rollcall::store::postgres
