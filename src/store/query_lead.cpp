#include "store/query_lead.h"

#include <utf8proc.h>

#include <algorithm>

#include "base/check.h"
#include "base/time.h"

namespace rollcall::store {
namespace {

using Kind = CheckedFilter::Kind;
using Node = CheckedFilter::Node;

constexpr std::string_view kEnterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

// Only text has keys of its own in the indexes of values. References to resources are equal in more ways than
// that.
bool has_text_keys(const Attribute& attribute) {
    return attribute.type == AttributeType::String || attribute.type == AttributeType::DateTime ||
           attribute.type == AttributeType::Binary;
}

class Chooser {
public:
    Chooser(const ResourceType& type, const CheckedFilter& filter) : type_(type), filter_(filter) {}

    std::optional<Lead> assess(int32_t index) const {
        const Node& node = filter_.node(index);
        switch (node.kind) {
            case Kind::And:
                return assess_and(node);
            case Kind::Or:
                return assess_or(index, node);
            case Kind::ValuePath:
                return assess_value_path(index, node);
            case Kind::Compare:
                return assess_compare(index, node);
            default:
                return std::nullopt;
        }
    }

    // Every part of an "or" leads; in an "and" below it, the one that assess() chooses.
    void collect_leaves(int32_t index, std::vector<int32_t>& leaves) const {
        const Node& node = filter_.node(index);
        if (node.kind == Kind::Compare) {
            leaves.push_back(index);
            return;
        }
        CHECK(node.kind == Kind::Or);
        for (const int32_t child : node.children) {
            const auto lead = assess(child);
            CHECK(lead);
            collect_leaves(lead->node, leaves);
        }
    }

private:
    std::optional<Lead> assess_value_path(int32_t index, const Node& node) const {
        const int32_t child = node.children.front();
        auto lead = assess(child);
        if (!lead) return std::nullopt;
        // An element that equals the value is all that a single comparison asks for.
        if (filter_.node(child).kind == Kind::Compare)
            lead->satisfied = {index};
        else
            lead->satisfied.clear();
        return lead;
    }

    std::optional<Lead> assess_compare(int32_t index, const Node& node) const {
        switch (index_of(type_, node)) {
            case Index::None:
                return std::nullopt;
            case Index::Id:
            case Index::UniqueValue:
                return Lead{0, index, {index}};
            case Index::UserName:
                return Lead{node.op == CompareOperator::Eq ? 0 : 3, index, {index}};
            case Index::LastModified:
                return Lead{3, index, {index}, true};
            case Index::ExternalId:
            case Index::ValueIndex:
                return Lead{1, index, {index}};
            case Index::Member:
            case Index::Group:
                return Lead{2, index, {index}};
        }
        return std::nullopt;
    }

    std::optional<Lead> assess_and(const Node& node) const {
        std::optional<Lead> best;
        for (const int32_t child : node.children) {
            auto lead = assess(child);
            if (lead && (!best || lead->cost < best->cost)) best = std::move(lead);
        }
        return best;
    }

    std::optional<Lead> assess_or(int32_t index, const Node& node) const {
        Lead all{0, index, {index}};
        for (const int32_t child : node.children) {
            const auto lead = assess(child);
            if (!lead || lead->cost > 2) return std::nullopt;
            all.cost = std::max(all.cost, std::max(lead->cost, 1));
            if (!lead->satisfied.contains(child)) all.satisfied.clear();
        }
        return all;
    }

    const ResourceType& type_;
    const CheckedFilter& filter_;
};

}  // namespace

Source source_of(const ResourceType& type, const AttributePath& path) {
    const std::string_view name = path.attribute->name;
    if (path.extension != nullptr) {
        return path.extension->id == kEnterpriseUser && name == "manager" ? Source::Manager
                                                                          : Source::Document;
    }
    if (path.attribute == common_attributes().find(name)) {
        if (name == "id") return Source::Id;
        if (name == "externalId") return Source::ExternalId;
        if (name == "meta") return Source::Meta;
        return Source::Document;
    }
    if (path.attribute->stored_as_rows) return Source::Members;
    if (path.attribute->computed && name == "groups") return Source::Groups;
    if (name == "userName" && path.attribute == type.schema->find("userName")) return Source::UserName;
    if (name == "active" && path.attribute->type == AttributeType::Boolean) return Source::Active;
    return Source::Document;
}

Index index_of(const ResourceType& type, const Node& node) {
    const Attribute& target = node.path.target();
    const bool is_eq = node.op == CompareOperator::Eq;
    const bool is_value = node.path.sub_attribute != nullptr && target.name == "value";
    switch (source_of(type, node.path)) {
        case Source::Id:
            return is_eq ? Index::Id : Index::None;
        case Source::ExternalId:
            return is_eq ? Index::ExternalId : Index::None;
        case Source::UserName: {
            const bool is_range = node.op != CompareOperator::Ne && node.op != CompareOperator::Co &&
                                  node.op != CompareOperator::Ew && !node.key.empty();
            return is_eq || is_range ? Index::UserName : Index::None;
        }
        case Source::Meta: {
            const bool is_range = node.op != CompareOperator::Ne && target.name == "lastModified";
            return is_range && !(is_eq && instant_of_key(node.key).has_more) ? Index::LastModified
                                                                             : Index::None;
        }
        case Source::Members:
            return is_eq && is_value ? Index::Member : Index::None;
        case Source::Groups:
            return is_eq && is_value ? Index::Group : Index::None;
        case Source::Document:
        case Source::Manager:
            break;
        default:
            return Index::None;
    }
    if (!is_eq || !has_text_keys(target) || target.computed || node.path.attribute->computed)
        return Index::None;
    if (target.indexed) return Index::ValueIndex;
    return target.uniqueness != Uniqueness::None ? Index::UniqueValue : Index::None;
}

std::optional<Lead> lead_of(const ResourceType& type, const CheckedFilter& filter) {
    return Chooser(type, filter).assess(filter.root());
}

std::vector<int32_t> leaves_of(const ResourceType& type, const CheckedFilter& filter, const Lead& lead) {
    std::vector<int32_t> leaves;
    Chooser(type, filter).collect_leaves(lead.node, leaves);
    return leaves;
}

KeyInstant instant_of_key(const std::string& key) {
    const auto instant = parse_date_time(key + "Z");
    CHECK(instant);
    const auto point = key.find('.');
    return {instant->ms, point != std::string::npos && key.size() - point - 1 > 3};
}

// By characters, not bytes: the order is the same, and the text remains UTF-8.
std::string end_of_prefix(std::string prefix) {
    constexpr utf8proc_int32_t kLast = 0x10ffff, kSurrogates = 0xd800, kBehindSurrogates = 0xe000;
    while (!prefix.empty()) {
        size_t at = prefix.size() - 1;
        while (at > 0 && (static_cast<unsigned char>(prefix[at]) & 0xc0) == 0x80) --at;
        utf8proc_int32_t character = kLast;
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(prefix.data()) + at,
                         static_cast<utf8proc_ssize_t>(prefix.size() - at), &character);
        prefix.resize(at);
        if (character < 0 || character >= kLast) continue;
        utf8proc_uint8_t next[4];
        const auto length =
            utf8proc_encode_char(character + 1 == kSurrogates ? kBehindSurrogates : character + 1, next);
        return prefix.append(reinterpret_cast<const char*>(next), static_cast<size_t>(length));
    }
    return prefix;
}

}  // namespace rollcall::store
