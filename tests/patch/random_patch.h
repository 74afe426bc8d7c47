// Random PATCH requests on the flat model: users, steps, and the dialects that write a step as JSON.
#pragma once

#include "flat_model.h"
#include "random_source.h"
#include "scim/scim_fixture.h"

namespace rollcall::scim::test {

using Op = FlatStep::Op;
using Target = FlatStep::Target;

class Generator {
public:
    explicit Generator(RandomSource& random) : random_(random) {}

    FlatUser user() {
        FlatUser user;
        user.singles["userName"] = text();
        for (const char* name :
             {"title", "name.givenName", "name.familyName", "ENT:department", "ENT:manager.value"}) {
            if (random_.one_in(2)) user.singles[name] = text();
        }
        if (random_.one_in(2)) user.singles["active"] = boolean();
        for (const char* name : {"emails", "addresses"}) {
            // Only lists that can be stored: what an add to nothing makes of them.
            FlatStep step{Op::Add, Target::List, name};
            step.elements = elements(name, 4);
            if (!apply_step(user, step).empty()) user.lists.erase(name);
        }
        return user;
    }

    FlatStep step() {
        FlatStep step;
        step.op = random_.pick({Op::Add, Op::Replace, Op::Remove});
        switch (random_.below(8)) {
            case 0:
            case 1:
                return single(step);
            case 2:
                return complex(step);
            case 3:
            case 4:
                return list(step);
            default:
                return selected(step);
        }
    }

private:
    std::string text() { return random_.pick({"\"a\"", "\"A\"", "\"b\"", "\"c\"", "\"B\""}); }
    std::string kind() { return random_.pick({"\"work\"", "\"Work\"", "\"home\""}); }
    std::string boolean() { return random_.pick({"true", "false"}); }

    std::string value_of(const std::string& part) {
        if (part == "primary") return boolean();
        return part == "type" ? kind() : text();
    }
    std::string first_part(const std::string& name) { return name == "emails" ? "value" : "locality"; }

    Parts element(const std::string& name) {
        Parts parts;
        if (!random_.one_in(6)) parts[first_part(name)] = text();
        if (random_.one_in(2)) parts["type"] = kind();
        if (random_.one_in(3)) parts["primary"] = random_.one_in(3) ? "true" : "false";
        if (name == "emails" && random_.one_in(4)) parts["display"] = text();
        return parts;
    }

    std::vector<Parts> elements(const std::string& name, size_t count_max) {
        std::vector<Parts> list(random_.below(count_max));
        for (Parts& parts : list) parts = element(name);
        return list;
    }

    FlatStep single(FlatStep step) {
        step.target = Target::Single;
        step.name = random_.pick(
            {"userName", "title", "active", "name.givenName", "ENT:department", "ENT:manager.value"});
        if (!random_.one_in(6)) step.value = step.name == "active" ? boolean() : text();
        return step;
    }

    FlatStep complex(FlatStep step) {
        step.target = Target::Complex;
        step.name = "name";
        for (const char* part : {"givenName", "familyName"}) {
            if (random_.one_in(2)) step.parts[part] = random_.one_in(4) ? "null" : text();
        }
        return step;
    }

    FlatStep list(FlatStep step) {
        step.target = Target::List;
        step.name = random_.pick({"emails", "addresses"});
        step.elements = elements(step.name, 4);
        step.lists_elements = step.op == Op::Remove && random_.one_in(2);
        return step;
    }

    FlatStep selected(FlatStep step) {
        step.target = Target::Selected;
        step.name = random_.pick({"emails", "addresses"});
        if (!random_.one_in(6)) {
            step.filter.emplace();
            if (random_.one_in(2)) (*step.filter)["type"] = kind();
            if (random_.one_in(4)) (*step.filter)["primary"] = boolean();
            if (step.filter->empty() || random_.one_in(5)) (*step.filter)[first_part(step.name)] = text();
            step.contradicts = step.filter->contains("type") && random_.one_in(12);
        }
        if (!step.filter || random_.one_in(2)) {
            step.part = random_.pick<std::string>({first_part(step.name), "type", "primary"});
            if (!random_.one_in(6)) step.value = value_of(step.part);
        } else if (step.op != Op::Remove) {
            step.parts = element(step.name);
        }
        return step;
    }

    RandomSource& random_;
};

// Writes steps as JSON in one of the dialects that mean the same.
class Writer {
public:
    explicit Writer(RandomSource& random) : random_(random) {}

    std::string operation(const FlatStep& step) {
        if (step.op != Op::Remove && random_.one_in(3)) {
            return "{" + op(step) + ",\"value\":{" + quoted(path(step)) + ":" + value(step) + "}}";
        }
        return with_path(step);
    }

    std::string with_path(const FlatStep& step) {
        std::string out = "{" + op(step) + ",\"path\":" + quoted(path(step));
        if (step.op != Op::Remove || step.lists_elements) out += ",\"value\":" + value(step);
        return out + "}";
    }

    static std::string object(const Parts& parts) {
        std::string out;
        for (const auto& [name, value] : parts) out += (out.empty() ? "{\"" : ",\"") + name + "\":" + value;
        return out.empty() ? "{}" : out + "}";
    }

private:
    std::string op(const FlatStep& step) {
        switch (step.op) {
            case Op::Add:
                return "\"op\":\"" + random_.pick<std::string>({"add", "Add"}) + "\"";
            case Op::Replace:
                return "\"op\":\"" + random_.pick<std::string>({"replace", "Replace"}) + "\"";
            case Op::Remove:
                break;
        }
        return "\"op\":\"" + random_.pick<std::string>({"remove", "REMOVE"}) + "\"";
    }

    static std::string quoted(const std::string& text) { return to_json(json::value(text)); }

    std::string path(const FlatStep& step) {
        std::string path = step.name;
        if (path.starts_with("ENT:")) {
            path = std::string(kEnterprise) + path.substr(3);
        } else if (random_.one_in(4)) {
            path = std::string(kUser) + ":" + path;
        }
        if (random_.one_in(8)) path[path.size() - 1] = static_cast<char>(std::toupper(path.back()));
        if (step.filter) path += "[" + filter(step) + "]";
        if (!step.part.empty()) path += "." + step.part;
        return path;
    }

    std::string filter(const FlatStep& step) {
        std::string out;
        for (const auto& [name, value] : *step.filter) {
            std::string literal = value;
            if (name == "primary" && random_.one_in(3)) literal = value == "true" ? "\"True\"" : "\"False\"";
            out +=
                (out.empty() ? "" : " and ") + name + random_.pick<std::string>({" eq ", " EQ "}) + literal;
        }
        if (step.contradicts) out += " and type eq \"other\"";
        return out;
    }

    std::string value(const FlatStep& step) {
        switch (step.target) {
            case Target::Single:
                return simple(step.value, step.name == "active");
            case Target::Complex:
                return object(step.parts);
            case Target::List:
                return list(step);
            case Target::Selected:
                break;
        }
        if (step.part.empty()) return object(step.parts);
        return simple(step.value, step.part == "primary");
    }

    std::string simple(const std::optional<std::string>& value, bool is_boolean) {
        if (!value) return is_boolean ? "null" : random_.pick<std::string>({"null", "\"\""});
        if (is_boolean && random_.one_in(3)) return *value == "true" ? "\"True\"" : "\"false\"";
        if (random_.one_in(8)) return "[{\"$ref\":null,\"value\":" + *value + "}]";
        return *value;
    }

    std::string list(const FlatStep& step) {
        if (step.elements.size() == 1 && random_.one_in(3)) return object(step.elements.front());
        std::string out;
        for (const Parts& parts : step.elements) out += (out.empty() ? "[" : ",") + object(parts);
        return out.empty() ? "[]" : out + "]";
    }

    RandomSource& random_;
};

// The attributes of the user as a resource has them.
inline json::object document(const FlatUser& user) {
    json::object out;
    json::object enterprise;
    for (const auto& [name, value] : user.singles) {
        const bool is_enterprise = name.starts_with("ENT:");
        json::object& container = is_enterprise ? enterprise : out;
        const std::string own = is_enterprise ? name.substr(4) : name;
        const size_t dot = own.find('.');
        if (dot == std::string::npos) {
            container[own] = json::parse(value);
        } else {
            json::value& parent = container[own.substr(0, dot)];
            if (!parent.is_object()) parent.emplace_object();
            parent.get_object()[own.substr(dot + 1)] = json::parse(value);
        }
    }
    for (const auto& [name, elements] : user.lists) {
        json::array list;
        for (const Parts& parts : elements) list.push_back(json::parse(Writer::object(parts)));
        out[name] = std::move(list);
    }
    if (!enterprise.empty()) out[kEnterprise] = std::move(enterprise);
    return out;
}

}  // namespace rollcall::scim::test
