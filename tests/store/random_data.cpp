#include "random_data.h"

#include <fstream>
#include <set>

namespace rollcall::store {
namespace {

constexpr std::string_view kWords[] = {"a",
                                       "A",
                                       "ab",
                                       "Ab",
                                       "abc",
                                       "B",
                                       "work",
                                       "home",
                                       "WORK",
                                       "100%_x",
                                       "100%",
                                       "O'Malley",
                                       "say \"hi\"",
                                       "back\\slash",
                                       "\xc3\x85ngstr\xc3\xb6m",
                                       "A\xcc\x8angstr\xc3\xb6m",
                                       "stra\xc3\x9f"
                                       "e",
                                       "STRASSE",
                                       "\xef\xbc\xa1",
                                       "\xf0\x9f\x98\x80",
                                       "\xce\xa3\xcf\x82",
                                       "a/b/c",
                                       "Users/x",
                                       "\xc4\xb0stanbul",   // dotted capital I
                                       "\xc4\xb1stanbul",   // dotless i
                                       "i\xcc\x87stanbul",  // i, combining dot
                                       "\xcf\x83\xcf\x83",  // sigma, no final one
                                       "\xe2\x84\xaa",      // Kelvin sign
                                       "k",
                                       "\xef\xac\x81n",  // ligature fi
                                       "FIN",
                                       "\xd7\xa9\xd7\x9c",  // from right to left
                                       "\xe2\x80\x8f"
                                       "a",                                             // right-to-left mark
                                       "a\xe2\x80\x8d",                                 // zero width joiner
                                       "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",  // joined emoji
                                       "q\xcc\xa3\xcc\x87",                             // two marks ...
                                       "q\xcc\x87\xcc\xa3",                             // ... the other way
                                       "\xef\xbd\x83\xef\xbd\x81",                      // full width
                                       "z"};
constexpr std::string_view kTimes[] = {"2011-05-13T04:42:34Z",         "2011-05-13T06:42:34+02:00",
                                       "2011-05-13T04:42:34.000Z",     "2011-05-13T04:42:34.5Z",
                                       "2011-05-13T04:42:34.5001Z",    "2012-01-01T00:00:00",
                                       "1969-12-31T23:59:59.999Z",     "2023-11-14T22:13:20Z",
                                       "2023-11-14T22:13:20.0000001Z", "2023-11-14T22:13:21Z"};
constexpr std::string_view kNumbers[] = {"0",
                                         "1",
                                         "-1",
                                         "2",
                                         "9007199254740992",
                                         "9007199254740993",
                                         "9223372036854775807",
                                         "-9223372036854775808"};
constexpr std::string_view kReals[] = {"0.5",
                                       "1.0",
                                       "0.1",
                                       "1.1",
                                       "-2.25",
                                       "1e3",
                                       "9007199254740992.0",
                                       "0.3333333333333333",
                                       "123456.789012345",
                                       "1.7976931348623157e308",
                                       "5e-324"};
constexpr std::string_view kBinary[] = {"YQ==", "YWI=", "eQ=="};

constexpr std::string_view kDeviceSchema = R"({
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": "urn:example:Device", "name": "Device",
  "description": "An attribute of every kind.",
  "attributes": [
    {"name":"serial","type":"string","multiValued":false,"caseExact":true,"uniqueness":"server","description":"x"},
    {"name":"code","type":"string","multiValued":false,"caseExact":false,"x-index":true,"description":"x"},
    {"name":"count","type":"integer","multiValued":false,"description":"x"},
    {"name":"weight","type":"decimal","multiValued":false,"description":"x"},
    {"name":"enabled","type":"boolean","multiValued":false,"description":"x"},
    {"name":"made","type":"dateTime","multiValued":false,"description":"x"},
    {"name":"cert","type":"binary","multiValued":false,"caseExact":true,"description":"x"},
    {"name":"owner","type":"reference","multiValued":false,"caseExact":true,"referenceTypes":["User"],
     "description":"x"},
    {"name":"labels","type":"string","multiValued":true,"caseExact":false,"x-index":true,"description":"x"},
    {"name":"marks","type":"string","multiValued":true,"caseExact":true,"description":"x"},
    {"name":"numbers","type":"integer","multiValued":true,"description":"x"},
    {"name":"ratios","type":"decimal","multiValued":true,"description":"x"},
    {"name":"links","type":"reference","multiValued":true,"caseExact":true,
     "referenceTypes":["User","Group"],"description":"x"},
    {"name":"box","type":"complex","multiValued":false,"description":"x","subAttributes":[
      {"name":"width","type":"integer","multiValued":false,"description":"x"},
      {"name":"note","type":"string","multiValued":false,"caseExact":false,"description":"x"},
      {"name":"tags","type":"string","multiValued":true,"caseExact":false,"description":"x"}]},
    {"name":"parts","type":"complex","multiValued":true,"description":"x","subAttributes":[
      {"name":"value","type":"string","multiValued":false,"caseExact":false,"x-index":true,"description":"x"},
      {"name":"size","type":"integer","multiValued":false,"description":"x"},
      {"name":"ratio","type":"decimal","multiValued":false,"description":"x"},
      {"name":"made","type":"dateTime","multiValued":false,"description":"x"},
      {"name":"good","type":"boolean","multiValued":false,"description":"x"},
      {"name":"tags","type":"string","multiValued":true,"caseExact":false,"description":"x"},
      {"name":"sizes","type":"decimal","multiValued":true,"description":"x"},
      {"name":"primary","type":"boolean","multiValued":false,"description":"x"}]}
  ]})";
constexpr std::string_view kDeviceType = R"({
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "Device", "name": "Device",
  "endpoint": "/Devices", "description": "x", "schema": "urn:example:Device", "schemaExtensions": []})";

// ------------------------------------------------------------------------------------------------ values

bool is_never_stored(const Attribute& attribute) {
    return attribute.computed || attribute.stored_as_rows || attribute.returned == Returned::Never;
}

std::string reference_text(Dice& dice, const std::vector<ResourceId>& ids) {
    static constexpr std::string_view kStarts[] = {"https://rollcall.test/scim/v2/Users/", "../Users/",
                                                   "/v2/Groups/", "https://other.test/Users/", "Users/"};
    return std::string(dice.pick(kStarts)) + (ids.empty() ? "x" : dice.pick(ids).text());
}

json::value random_simple(Dice& dice, const Attribute& attribute, const std::vector<ResourceId>& ids) {
    switch (attribute.type) {
        case AttributeType::Boolean:
            return json::value(dice.chance(50));
        case AttributeType::Integer:
            return json::parse(dice.pick(kNumbers));
        case AttributeType::Decimal:
            return json::parse(dice.chance(70) ? dice.pick(kReals) : dice.pick(kNumbers));
        case AttributeType::DateTime:
            return json::value(dice.pick(kTimes));
        case AttributeType::Binary:
            return json::value(dice.pick(kBinary));
        case AttributeType::Reference:
            if (dice.chance(60)) return json::value(reference_text(dice, ids));
            [[fallthrough]];
        default:
            return json::value(dice.pick(kWords));
    }
}

json::value random_value(Dice& dice, const Attribute& attribute, const std::vector<ResourceId>& ids);

json::value random_element(Dice& dice, const Attribute& attribute, const std::vector<ResourceId>& ids) {
    if (!attribute.is_complex()) return random_simple(dice, attribute, ids);
    json::object object;
    for (const auto& sub : attribute.sub_attributes) {
        if (is_never_stored(sub) || !dice.chance(60)) continue;
        object[sub.name] = random_value(dice, sub, ids);
    }
    if (attribute.name == "manager" && !ids.empty()) object["value"] = dice.pick(ids).text();
    return object;
}

json::value random_value(Dice& dice, const Attribute& attribute, const std::vector<ResourceId>& ids) {
    if (!attribute.multi_valued) return random_element(dice, attribute, ids);
    json::array array;
    for (size_t i = dice.roll(3) + 1; i > 0; --i) {
        auto element = random_element(dice, attribute, ids);
        if (!is_unassigned(element)) array.push_back(std::move(element));
    }
    return array;
}

void fill(Dice& dice, const std::vector<Attribute>& attributes, const std::vector<ResourceId>& ids,
          json::object& out) {
    for (const auto& attribute : attributes) {
        if (is_never_stored(attribute) || common_attributes().find(attribute.name) || !dice.chance(45))
            continue;
        auto value = random_value(dice, attribute, ids);
        if (!is_unassigned(value)) out[attribute.name] = std::move(value);
    }
}

ResourceRow random_resource(Dice& dice, const ResourceType& type, ResourceId id,
                            const std::vector<ResourceId>& ids) {
    json::object attributes;
    if (dice.chance(60)) attributes["externalId"] = dice.pick(kWords);
    fill(dice, type.schema->attributes, ids, attributes);
    for (const auto& extension : type.extensions) {
        json::object container;
        if (dice.chance(60)) fill(dice, extension.schema->attributes, ids, container);
        if (!container.empty()) attributes[extension.schema->id] = std::move(container);
    }
    for (const auto& attribute : type.schema->attributes) {
        auto* value = attributes.if_contains(attribute.name);
        if (!value || attribute.uniqueness == Uniqueness::None || !value->is_string()) continue;
        *value = std::string(value->get_string()) + std::to_string(id.bytes[15]);
    }
    if (type.schema->find("userName")) {
        attributes["userName"] = std::string(dice.pick(kWords)) + std::to_string(id.bytes[15]);
        if (dice.chance(70)) attributes["active"] = dice.chance(60);
    }
    auto row = make_row(type, id, attributes);
    row.created = Instant{kNow.ms + static_cast<int64_t>(dice.roll(4)) * 500 - 500};
    row.last_modified = Instant{row.created.ms + static_cast<int64_t>(dice.roll(3)) * 500};
    row.version = static_cast<int64_t>(dice.roll(3)) + 1;
    return row;
}

// ------------------------------------------------------------------------------------------------ filters

struct RandomPath {
    std::string text;
    const Attribute* attribute;
    const Attribute* sub = nullptr;
    const Attribute& target() const { return sub ? *sub : *attribute; }
};

const Attribute& random_attribute(Dice& dice, const ResourceType& type, std::string& prefix) {
    const size_t place = dice.roll(10);
    if (place < 2) return dice.pick(common_attributes().attributes);
    if (place < 4 && !type.extensions.empty()) {
        const auto& extension = dice.pick(type.extensions);
        prefix = extension.schema->id + ":";
        return dice.pick(extension.schema->attributes);
    }
    const auto& attribute = dice.pick(type.schema->attributes);
    return attribute.returned == Returned::Never ? type.schema->attributes.front() : attribute;
}

RandomPath random_path(Dice& dice, const ResourceType& type) {
    std::string prefix;
    RandomPath path{{}, &random_attribute(dice, type, prefix)};
    path.text = prefix + path.attribute->name;
    if (path.attribute->is_complex() && dice.chance(85)) {
        path.sub = &dice.pick(path.attribute->sub_attributes);
        path.text += "." + path.sub->name;
    }
    return path;
}

std::string literal(Dice& dice, const Attribute& attribute, const Population& population) {
    if (dice.chance(3)) return "null";
    switch (attribute.type) {
        case AttributeType::Boolean:
            return dice.chance(50) ? "true" : "false";
        case AttributeType::Integer:
        case AttributeType::Decimal:
            return std::string(dice.chance(50) ? dice.pick(kNumbers) : dice.pick(kReals));
        case AttributeType::DateTime:
            return "\"" + std::string(dice.pick(kTimes)) + "\"";
        default:
            break;
    }
    const auto& row = dice.pick(population.rows);
    std::string text(dice.pick(kWords));
    const size_t kind = dice.roll(10);
    const bool names_resources = attribute.name == "value" || attribute.name == "id" ||
                                 attribute.name == "$ref" || attribute.name == "location" ||
                                 attribute.type == AttributeType::Reference;
    if (names_resources && kind < 5) text = row.id.text();
    if (names_resources && kind < 3 && attribute.type == AttributeType::Reference) {
        text = "https://x.test/" + row.type + "s/" + text;
    }
    if (attribute.name == "userName" && kind < 7) text = row.user_name_key;
    if (attribute.name == "serial" && kind < 7) text += std::to_string(row.id.bytes[15]);
    if (attribute.name == "display" && kind < 4) text = row.display;
    if (attribute.name == "version") text = "W/\"" + std::to_string(row.version) + "\"";
    if (attribute.name == "resourceType" && kind < 6) text = row.type;
    if (attribute.name == "type" && kind < 5) text = kind < 3 ? "direct" : row.type;
    if (attribute.name == "location") text = std::string(kBaseUrl) + "/" + row.type + "s/" + row.id.text();
    if (dice.chance(3)) text.clear();
    return to_json(json::value(text));
}

// Those that the type allows; a few that it does not would only be refused.
std::string_view random_operator(Dice& dice, const Attribute& attribute) {
    static constexpr std::string_view kOperators[] = {"eq", "eq", "ne", "gt", "ge",
                                                      "lt", "le", "co", "sw", "ew"};
    switch (attribute.type) {
        case AttributeType::Boolean:
        case AttributeType::Binary:
            return kOperators[1 + dice.roll(2)];
        case AttributeType::Integer:
        case AttributeType::Decimal:
        case AttributeType::DateTime:
            return kOperators[dice.roll(7)];
        default:
            return dice.pick(kOperators);
    }
}

FilterTree random_leaf(Dice& dice, const std::string& path, const Attribute& target,
                       const Population& population) {
    const Attribute* value = target.is_complex() ? target.find("value") : &target;
    if (value == nullptr || dice.chance(12)) return {FilterTree::Kind::Leaf, path + " pr", {}};
    const std::string op(random_operator(dice, *value));
    auto text = literal(dice, *value, population);
    if (text == "null" && op != "eq" && op != "ne") text = literal(dice, *value, population);
    return {FilterTree::Kind::Leaf, path + " " + op + " " + text, {}};
}

FilterTree random_inside(Dice& dice, const Attribute& attribute, const Population& population, int depth) {
    const size_t kind = depth > 0 ? dice.roll(10) : 0;
    if (kind < 6) {
        if (!attribute.is_complex()) return random_leaf(dice, "value", attribute, population);
        const auto& sub = dice.pick(attribute.sub_attributes);
        return random_leaf(dice, sub.name, sub, population);
    }
    FilterTree tree;
    tree.kind = kind < 8 ? FilterTree::Kind::And : kind < 9 ? FilterTree::Kind::Or : FilterTree::Kind::Not;
    for (int i = tree.kind == FilterTree::Kind::Not ? 1 : 2; i > 0; --i) {
        tree.children.push_back(random_inside(dice, attribute, population, depth - 1));
    }
    return tree;
}

FilterTree random_tree(Dice& dice, const ResourceType& type, const Population& population, int depth) {
    const size_t kind = depth > 0 ? dice.roll(20) : dice.roll(10);
    FilterTree tree;
    if (kind < 7) {
        const auto path = random_path(dice, type);
        return random_leaf(dice, path.text, path.target(), population);
    }
    if (kind < 10) {
        std::string prefix;
        const auto& attribute = random_attribute(dice, type, prefix);
        if (!attribute.is_complex() && !attribute.multi_valued) {
            return random_leaf(dice, prefix + attribute.name, attribute, population);
        }
        tree.kind = FilterTree::Kind::ValuePath;
        tree.text = prefix + attribute.name;
        tree.children.push_back(random_inside(dice, attribute, population, 2));
        return tree;
    }
    tree.kind = kind < 14 ? FilterTree::Kind::And : kind < 18 ? FilterTree::Kind::Or : FilterTree::Kind::Not;
    for (size_t i = tree.kind == FilterTree::Kind::Not ? 1 : 2 + dice.roll(2); i > 0; --i) {
        tree.children.push_back(random_tree(dice, type, population, depth - 1));
    }
    return tree;
}

}  // namespace

std::shared_ptr<const Catalogue> catalogue_with_devices() {
    const TemporaryDirectory directory;
    std::ofstream(directory.file("device_schema.json")) << kDeviceSchema;
    std::ofstream(directory.file("device_type.json")) << kDeviceType;
    auto loaded =
        Catalogue::with_directory(std::filesystem::path(directory.file("x")).parent_path().string());
    if (!loaded) throw std::runtime_error(loaded.error().detail);
    return *loaded;
}

Population random_population(Dice& dice, const Catalogue& catalogue) {
    Population population;
    std::vector<ResourceId> ids;
    const auto add = [&](const ResourceType& type, size_t count) {
        for (size_t i = 0; i < count; ++i) {
            const auto id = numbered_id(ids.size() + 1);
            ids.push_back(id);
            population.rows.push_back(random_resource(dice, type, id, ids));
            population.rows.back().hidden = type.name == "User" && dice.chance(15);
        }
    };
    add(*catalogue.find_type("User"), 45);
    add(*catalogue.find_type("Device"), 25);
    const size_t first_group = population.rows.size();
    add(*catalogue.find_type("Group"), 14);
    for (size_t i = first_group; i < population.rows.size(); ++i) {
        for (size_t n = dice.roll(6); n > 0; --n) {
            // Mostly of resources that came before, so that there are few cycles, but some.
            const auto& member = population.rows[dice.roll(dice.chance(95) ? i : population.rows.size())];
            population.memberships.emplace_back(population.rows[i].id, member_of(member));
        }
    }
    return population;
}

std::string FilterTree::print() const {
    switch (kind) {
        case Kind::Leaf:
            return text;
        case Kind::Not:
            return "not (" + children[0].print() + ")";
        case Kind::ValuePath:
            return text + "[" + children[0].print() + "]";
        default:
            break;
    }
    std::string out = "(";
    for (size_t i = 0; i < children.size(); ++i) {
        if (i > 0) out += kind == Kind::And ? " and " : " or ";
        out += children[i].print();
    }
    return out + ")";
}

FilterTree random_filter(Dice& dice, const ResourceType& type, const Population& population) {
    return random_tree(dice, type, population, 3);
}

std::string random_sort_path(Dice& dice, const ResourceType& type) {
    return random_path(dice, type).text;
}

std::vector<std::string> random_names(Dice& dice, const ResourceType& type) {
    std::vector<std::string> names;
    for (size_t i = dice.roll(4) + 1; i > 0; --i) names.push_back(random_path(dice, type).text);
    return names;
}

Population without(const Population& population, size_t begin, size_t end) {
    Population less;
    std::set<ResourceId> there;
    for (size_t i = 0; i < population.rows.size(); ++i) {
        if (i >= begin && i < end) continue;
        less.rows.push_back(population.rows[i]);
        there.insert(population.rows[i].id);
    }
    for (const auto& [group, member] : population.memberships) {
        if (there.contains(group) && there.contains(member.id)) less.memberships.emplace_back(group, member);
    }
    return less;
}

std::vector<FilterTree> smaller(const FilterTree& tree) {
    std::vector<FilterTree> found;
    if (tree.kind != FilterTree::Kind::ValuePath) {
        for (const auto& child : tree.children) found.push_back(child);
    }
    if (tree.children.size() > 2) {
        for (size_t i = 0; i < tree.children.size(); ++i) {
            auto without = tree;
            without.children.erase(without.children.begin() + static_cast<ptrdiff_t>(i));
            found.push_back(std::move(without));
        }
    }
    for (size_t i = 0; i < tree.children.size(); ++i) {
        for (auto& child : smaller(tree.children[i])) {
            auto changed = tree;
            changed.children[i] = std::move(child);
            found.push_back(std::move(changed));
        }
    }
    return found;
}

}  // namespace rollcall::store
