// Laws that hold for any PATCH, whatever it means: random requests, good and bad, against a type that has
// every data type and mutability, and against User.
//   - what comes out is valid for the schema, and what the client may not write is as before
//   - PUT of what comes out changes nothing (P-PUT-15)
//   - the same operation again changes nothing, where it names its target without a filter
//   - an object without path does what its members do one by one (AMB-08)
//   - a refusal names its operation and never repeats a value
#include <algorithm>
#include <set>

#include "base/text.h"
#include "random_source.h"
#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

// Texts of the random values; no schema and no detail of ours holds the mark.
constexpr std::string_view kMark = "~";

class Chaos {
public:
    explicit Chaos(RandomSource& random) : random_(random) {}

    json::value value_of(const Attribute& attribute) {
        if (random_.one_in(20))
            return json::parse(random_.pick({"null", "\"\"", "[]", "{}", "7", "true", "\"~\"", "[null]"}));
        if (!attribute.multi_valued) return single(attribute);
        json::array list;
        for (size_t i = random_.below(4); i > 0; --i) list.push_back(single(attribute));
        return json::value(std::move(list));
    }

    json::value single(const Attribute& attribute) {
        switch (attribute.type) {
            case AttributeType::Boolean:
                return json::parse(random_.pick({"true", "false", "\"True\""}));
            case AttributeType::Integer:
                return json::value(static_cast<int64_t>(random_.below(3)));
            case AttributeType::Decimal:
                return json::parse(random_.pick({"1", "1.5", "2.0"}));
            case AttributeType::DateTime:
                return json::value(random_.pick(
                    {"2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", "2021-01-01T00:00:00"}));
            case AttributeType::Binary:
                return json::value(random_.pick({"AAAA", "AA==", "AA"}));
            case AttributeType::Reference:
                return json::value(random_.pick({"https://x/~", "~", "Users/~1"}));
            case AttributeType::Complex:
                return complex(attribute);
            case AttributeType::String:
                break;
        }
        return json::value(random_.pick({"~a", "~A", "~b", "~\xc3\xa4", "~\xc3\x84"}));
    }

    // A path in any notation, good or bad.
    std::string path(const ResourceType& type) {
        const Schema* schema = type.schema;
        std::string prefix;
        if (!type.extensions.empty() && random_.one_in(4)) {
            schema = type.extensions.front().schema;
            if (random_.one_in(8)) return schema->id;
            prefix = schema->id + ":";
        }
        const Attribute& attribute = schema->attributes[random_.below(schema->attributes.size())];
        std::string text = prefix + attribute.name;
        if (attribute.multi_valued && random_.one_in(2)) text += "[" + filter(attribute) + "]";
        if (attribute.is_complex() && random_.one_in(2)) text += "." + sub_of(attribute).name;
        return random_.one_in(40) ? text + ".x" : text;
    }

private:
    const Attribute& sub_of(const Attribute& attribute) {
        return attribute.sub_attributes[random_.below(attribute.sub_attributes.size())];
    }

    json::value complex(const Attribute& attribute) {
        json::object object;
        for (const Attribute& sub : attribute.sub_attributes) {
            const bool is_wanted = sub.required ? !random_.one_in(10) : random_.one_in(2);
            if (is_wanted) object[sub.name] = value_of(sub);
        }
        return json::value(std::move(object));
    }

    std::string filter(const Attribute& attribute) {
        if (!attribute.is_complex()) return "value " + comparison(attribute);
        std::string out;
        for (size_t i = 1 + random_.below(2); i > 0; --i) {
            const Attribute& sub = sub_of(attribute);
            if (!out.empty()) out += random_.pick({" and ", " or "});
            out += sub.name + " " + comparison(sub);
        }
        return out;
    }

    std::string comparison(const Attribute& attribute) {
        if (random_.one_in(8)) return "pr";
        Attribute one = attribute;
        one.multi_valued = false;
        return random_.pick<std::string>({"eq ", "eq ", "eq ", "ne "}) + to_json(single(one));
    }

    RandomSource& random_;
};

// What is wrong with attributes that are kept, or "".
std::string fault_of(const Attribute& attribute, const json::value& value);

std::string fault_of_parts(const Attribute& attribute, const json::object& object) {
    if (object.empty()) return attribute.name + " is an empty object";
    for (const auto& [name, part] : object) {
        const auto sub = std::ranges::find(attribute.sub_attributes, std::string(name), &Attribute::name);
        if (sub == attribute.sub_attributes.end()) return attribute.name + " has an unknown part";
        if (sub->computed) return attribute.name + " has a computed part";
        std::string fault = fault_of(*sub, part);
        if (!fault.empty()) return attribute.name + "." + fault;
    }
    for (const Attribute& sub : attribute.sub_attributes) {
        if (sub.required && !object.contains(sub.name)) return attribute.name + " lacks " + sub.name;
    }
    return "";
}

std::string fault_of_list(const Attribute& attribute, const json::array& list) {
    if (list.empty()) return attribute.name + " is an empty list";
    Attribute one = attribute;
    one.multi_valued = false;
    size_t primaries = 0;
    for (size_t i = 0; i < list.size(); ++i) {
        std::string fault = fault_of(one, list[i]);
        if (!fault.empty()) return fault;
        for (size_t j = 0; j < i; ++j) {
            if (list[i] == list[j]) return attribute.name + " has an element twice";
        }
        const json::object* object = list[i].if_object();
        const json::value* primary = object ? object->if_contains("primary") : nullptr;
        if (primary && primary->as_bool()) ++primaries;
    }
    return primaries > 1 ? attribute.name + " has two primaries" : "";
}

std::string fault_of(const Attribute& attribute, const json::value& value) {
    if (attribute.multi_valued) {
        return value.is_array() ? fault_of_list(attribute, value.get_array())
                                : attribute.name + " is no list";
    }
    bool is_right = false;
    switch (attribute.type) {
        case AttributeType::Complex:
            return value.is_object() ? fault_of_parts(attribute, value.get_object())
                                     : attribute.name + " is no object";
        case AttributeType::Boolean:
            is_right = value.is_bool();
            break;
        case AttributeType::Integer:
            is_right = value.is_int64();
            break;
        case AttributeType::Decimal:
            is_right = value.is_double();
            break;
        default:
            is_right = value.is_string() && !value.get_string().empty();
    }
    return is_right ? "" : attribute.name + " has the wrong type";
}

std::string fault_of_attributes(const ResourceType& type, const json::object& attributes) {
    for (const auto& [name, value] : attributes) {
        const Schema* schema = type.schema;
        const json::object* container = nullptr;
        for (const SchemaExtension& extension : type.extensions) {
            if (extension.schema->id != name) continue;
            schema = extension.schema;
            if (!value.is_object() || value.get_object().empty())
                return std::string(name) + " is no container";
            container = &value.get_object();
        }
        const auto judge = [&](std::string_view own, const json::value& part) {
            const auto found = std::ranges::find(schema->attributes, std::string(own), &Attribute::name);
            if (found == schema->attributes.end()) return std::string(own) + " is unknown";
            return found->computed || found->stored_as_rows ? std::string(own) + " is kept"
                                                            : fault_of(*found, part);
        };
        std::string fault;
        if (container) {
            for (const auto& [own, part] : *container) fault = fault.empty() ? judge(own, part) : fault;
        } else if (name != "externalId") {
            fault = judge(name, value);
        }
        if (!fault.empty()) return fault;
    }
    return "";
}

Result<Edited> put_of(const Resource& resource) {
    json::object body = resource.attributes;
    json::array uris{json::value(resource.type->schema->id)};
    for (const SchemaExtension& extension : resource.type->extensions)
        uris.push_back(json::value(extension.schema->id));
    body["schemas"] = std::move(uris);
    ResourceBody read = TRY(read_resource(*resource.type, json::value(std::move(body)), lenient()));
    return replace_with(resource, std::move(read));
}

class Laws : public testing::TestWithParam<bool> {
protected:
    const ResourceType& type() const { return GetParam() ? gadget_type() : user_type(); }

    Resource random_resource(Chaos& chaos) {
        Resource resource;
        resource.type = &type();
        while (true) {
            json::object body;
            body["schemas"] = json::array{json::value(type().schema->id)};
            for (const Attribute& attribute : type().schema->attributes) {
                if (random_.one_in(2) && attribute.name != "password")
                    body[attribute.name] = chaos.value_of(attribute);
            }
            const Schema& extension = *type().extensions.front().schema;
            json::object container;
            for (const Attribute& attribute : extension.attributes) {
                if (random_.one_in(2)) container[attribute.name] = chaos.value_of(attribute);
            }
            body[extension.id] = std::move(container);
            auto read = read_resource(type(), json::value(std::move(body)), lenient());
            if (!read) continue;
            resource.attributes = std::move(read->attributes);
            break;
        }
        if (GetParam()) add_server_values(resource.attributes);
        return resource;
    }

    // What only the server writes.
    void add_server_values(json::object& attributes) {
        attributes["state"] = "set by the server";
        if (json::value* parts = attributes.if_contains("parts")) {
            for (json::value& part : parts->as_array()) part.as_object()["stamp"] = "set by the server";
        }
    }

    static json::value message(const json::array& operations) {
        json::object message;
        message["schemas"] = json::array{"urn:ietf:params:scim:api:messages:2.0:PatchOp"};
        message["Operations"] = operations;
        return json::value(std::move(message));
    }

    Result<Edited> patch(const Resource& before, const json::array& operations) const {
        const PatchRequest request = TRY(parse_patch(type(), message(operations), lenient()));
        return apply_patch(before, request, lenient());
    }

    json::object random_operation(Chaos& chaos) {
        json::object operation;
        operation["op"] = random_.pick({"add", "replace", "remove"});
        if (operation["op"] != "remove" && random_.one_in(4)) {
            operation["value"] = random_object(chaos);
            return operation;
        }
        const std::string path = chaos.path(type());
        operation["path"] = path;
        const auto resolved = resolve_path(type(), path.substr(0, path.find('[')));
        if (operation["op"] == "remove" && random_.one_in(2)) return operation;
        if (resolved && resolved->attribute) {
            operation["value"] = path.contains('[') && !path.ends_with(']')
                                     ? json::value("~a")
                                     : chaos.value_of(resolved->target());
        } else {
            operation["value"] = json::object();
        }
        return operation;
    }

    json::object random_object(Chaos& chaos) {
        json::object object;
        for (size_t i = 1 + random_.below(3); i > 0; --i) {
            const auto& attributes = type().schema->attributes;
            const Attribute& attribute = attributes[random_.below(attributes.size())];
            if (attribute.mutability != Mutability::ReadOnly)
                object[attribute.name] = chaos.value_of(attribute);
        }
        return object;
    }

    void check_refusal(const Error& error, const json::array& operations) {
        ASSERT_TRUE(error.detail.starts_with("Operations[")) << error.detail;
        ASSERT_EQ(error.detail.find(kMark), std::string::npos) << error.detail << "\n" << to_json(operations);
    }

    void check_result(const Resource& before, const json::array& operations, const Edited& edited) {
        ASSERT_EQ(fault_of_attributes(type(), edited.attributes), "") << to_json(edited.attributes);
        if (GetParam()) {
            const json::value* serial = before.attributes.if_contains("serial");
            if (serial) {
                ASSERT_EQ(edited.attributes.at("serial"), *serial);
            }
            ASSERT_EQ(edited.attributes.at("state"), "set by the server");
        }
        Resource after = before;
        after.attributes = edited.attributes;
        const auto put = put_of(after);
        ASSERT_TRUE(put.has_value()) << put.error().detail << "\n" << to_json(after.attributes);
        ASSERT_EQ(json::value(put->attributes), json::value(after.attributes))
            << "put gives " << to_json(put->attributes) << "\nof        " << to_json(after.attributes);
        if (operations.size() == 1) check_repetition(after, operations);
    }

    // Two elements of one value, such as [{"value":"a"},{"value":"A","type":"x","primary":true}], may mean
    // one element twice and contradict itself.
    static bool names_a_value_twice(const json::array& list) {
        std::set<std::string> seen;
        for (const json::value& element : list) {
            const json::object* parts = element.if_object();
            const json::value* value = parts ? parts->if_contains("value") : nullptr;
            if (!value) continue;
            const std::string text = value->is_string() ? fold_case(value->as_string()) : to_json(*value);
            if (!seen.insert(text).second) return true;
        }
        return false;
    }

    // So may [{"display":"x"},{"value":"a","display":"y"}].
    static bool names_one_element_twice(const json::object& operation) {
        const json::value* value = operation.if_contains("value");
        std::vector<const json::value*> lists{value};
        if (value && value->is_object()) {
            for (const auto& member : value->get_object()) lists.push_back(&member.value());
        }
        for (const json::value* list : lists) {
            if (!list || !list->is_array() || list->get_array().size() < 2) continue;
            if (names_a_value_twice(list->get_array())) return true;
            for (const json::value& element : list->get_array()) {
                if (element.is_object() && !element.get_object().contains("value")) return true;
            }
        }
        return false;
    }

    void check_repetition(const Resource& after, const json::array& operations) {
        const json::value* path = operations.front().as_object().if_contains("path");
        if (path && std::string_view(path->as_string()).contains('[')) return;
        if (names_one_element_twice(operations.front().as_object())) return;
        const auto again = patch(after, operations);
        ASSERT_TRUE(again.has_value()) << again.error().detail << "\n" << to_json(operations);
        ASSERT_EQ(json::value(again->attributes), json::value(after.attributes)) << to_json(operations);
    }

    // Each member of a value without path as an operation of its own.
    void check_splitting(const Resource& before, const json::object& operation) {
        json::array single;
        for (const auto& [name, value] : operation.at("value").as_object()) {
            json::object part;
            part["op"] = operation.at("op");
            part["path"] = name;
            part["value"] = value;
            single.push_back(std::move(part));
        }
        const auto whole = patch(before, json::array{operation});
        const auto split = single.empty() ? whole : patch(before, single);
        ASSERT_EQ(whole.has_value(), split.has_value()) << to_json(operation);
        if (whole) {
            ASSERT_EQ(json::value(whole->attributes), json::value(split->attributes)) << to_json(operation);
        } else {
            ASSERT_EQ(error_traits(whole.error().kind).scim_type, error_traits(split.error().kind).scim_type)
                << whole.error().detail << "\n"
                << split.error().detail;
        }
    }

    RandomSource random_{RandomSource::seed()};
};

TEST_P(Laws, HoldForRandomRequests) {
    const uint64_t cases = number_from_environment("ROLLCALL_CASES", 20'000);
    size_t done = 0;
    for (uint64_t i = 0; i < cases && !HasFatalFailure(); ++i) {
        Chaos chaos(random_);
        const Resource before = random_resource(chaos);
        json::array operations;
        for (size_t n = 1 + random_.below(3); n > 0; --n) operations.push_back(random_operation(chaos));
        SCOPED_TRACE("case " + std::to_string(i) + "\nbefore " + to_json(before.attributes) + "\npatch  " +
                     to_json(operations));
        const auto edited = patch(before, operations);
        if (edited) {
            ++done;
            check_result(before, operations, *edited);
        } else {
            check_refusal(edited.error(), operations);
        }
        for (const json::value& operation : operations) {
            if (!operation.get_object().contains("path")) check_splitting(before, operation.get_object());
        }
    }
    // Good and bad requests must both occur.
    EXPECT_GT(done, cases / 20);
    EXPECT_LT(done, cases - cases / 20);
}

INSTANTIATE_TEST_SUITE_P(Types, Laws, testing::Bool(),
                         [](const auto& of) { return of.param ? "Gadget" : "User"; });

}  // namespace
}  // namespace rollcall::scim::test
