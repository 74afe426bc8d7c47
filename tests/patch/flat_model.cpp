#include "flat_model.h"

#include <cctype>

namespace rollcall::scim::test {
namespace {

using Op = FlatStep::Op;
using Elements = std::vector<Parts>;

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

std::string part_of(const Parts& element, const std::string& name) {
    const auto found = element.find(name);
    if (found != element.end()) return lower(found->second);
    return name == "primary" ? "false" : "";
}

// One element for RFC 7643 §2.4.
bool is_same_element(const Parts& a, const Parts& b) {
    if (a.contains("value") != b.contains("value")) return false;
    if (a.contains("value")) {
        return part_of(a, "value") == part_of(b, "value") && part_of(a, "type") == part_of(b, "type");
    }
    for (const Parts* side : {&a, &b}) {
        for (const auto& [name, value] : *side) {
            if (part_of(a, name) != part_of(b, name)) return false;
        }
    }
    return true;
}

bool has_all(const Parts& element, const Parts& wanted) {
    for (const auto& [name, value] : wanted) {
        if (part_of(element, name) != lower(value)) return false;
    }
    return true;
}

void lay_over(Parts& element, const Parts& parts) {
    for (const auto& [name, value] : parts) {
        if (name == "primary" && value == "false" && !element.contains("primary")) continue;
        element[name] = value;
    }
}

void merge_doubles(Elements& elements) {
    for (size_t i = 0; i < elements.size(); ++i) {
        for (size_t j = i + 1; j < elements.size();) {
            if (is_same_element(elements[i], elements[j])) {
                lay_over(elements[i], elements[j]);
                elements.erase(elements.begin() + static_cast<ptrdiff_t>(j));
            } else {
                ++j;
            }
        }
    }
}

size_t primaries(const Elements& elements) {
    size_t count = 0;
    for (const Parts& element : elements) count += part_of(element, "primary") == "true" ? 1 : 0;
    return count;
}

void drop_empty(Elements& elements) {
    std::erase_if(elements, [](const Parts& parts) { return parts.empty(); });
}

// The place of an element that is there already, or was put at the end.
size_t put(Elements& elements, const Parts& added) {
    for (const bool exactly : {true, false}) {
        for (size_t i = 0; i < elements.size(); ++i) {
            if (exactly ? is_same_element(elements[i], added) : has_all(elements[i], added)) {
                lay_over(elements[i], added);
                return i;
            }
        }
    }
    elements.push_back(added);
    return elements.size() - 1;
}

void leave_primary_to(Elements& elements, size_t place) {
    for (size_t i = 0; i < elements.size(); ++i) {
        if (i != place && part_of(elements[i], "primary") == "true") elements[i]["primary"] = "false";
    }
}

std::string apply_to_list(Elements& elements, const FlatStep& step) {
    Elements given = step.elements;
    drop_empty(given);
    if (step.op == Op::Remove) {
        if (!step.lists_elements) {
            elements.clear();
            return "";
        }
        for (Parts named : given) {
            if (named.contains("value")) {
                for (const char* extra : {"primary", "display", "locality"}) named.erase(extra);
            }
            std::erase_if(elements, [&](const Parts& element) { return has_all(element, named); });
        }
        return "";
    }
    merge_doubles(given);
    if (primaries(given) > 1) return "invalidValue";
    if (step.op == Op::Replace) {
        elements = given;
        return "";
    }
    std::optional<size_t> primary;
    for (const Parts& element : given) {
        const size_t place = put(elements, element);
        if (part_of(element, "primary") != "true") continue;
        // The one primary of the value may have been laid over an element, never over two.
        primary = place;
    }
    if (primary) leave_primary_to(elements, *primary);
    return "";
}

std::string create(Elements& elements, const FlatStep& step) {
    if (!step.part.empty() && !step.value) return "";
    if (!step.filter) return "noTarget";
    if (step.op == Op::Replace && step.part.empty()) return "noTarget";
    if (step.contradicts) return "noTarget";
    if (step.op == Op::Replace && step.filter->contains("value")) return "noTarget";
    Parts made = *step.filter;
    if (step.part.empty()) {
        lay_over(made, step.parts);
    } else {
        made[step.part] = *step.value;
    }
    const bool is_primary = part_of(made, "primary") == "true";
    const size_t place = put(elements, made);
    if (is_primary) leave_primary_to(elements, place);
    return "";
}

std::string apply_to_selected(Elements& elements, const FlatStep& step) {
    std::vector<size_t> places;
    for (size_t i = 0; i < elements.size(); ++i) {
        if (step.contradicts) continue;
        if (!step.filter || has_all(elements[i], *step.filter)) places.push_back(i);
    }
    if (places.empty()) return step.op == Op::Remove ? "" : create(elements, step);
    bool makes_primary = false;
    for (const size_t place : places) {
        Parts& element = elements[place];
        if (!step.part.empty()) {
            if (step.op == Op::Remove || !step.value) {
                element.erase(step.part);
            } else {
                element[step.part] = *step.value;
                makes_primary = step.part == "primary" && *step.value == "true";
            }
        } else if (step.op == Op::Remove) {
            element.clear();
        } else if (step.op == Op::Add) {
            lay_over(element, step.parts);
            makes_primary = part_of(step.parts, "primary") == "true";
        } else {
            element = step.parts;
            makes_primary = part_of(step.parts, "primary") == "true";
        }
    }
    if (makes_primary && places.size() > 1) return "invalidValue";
    if (makes_primary) leave_primary_to(elements, places.front());
    drop_empty(elements);
    return "";
}

std::string apply_to_single(FlatUser& user, const FlatStep& step) {
    if (step.op == Op::Remove || !step.value) {
        if (step.op == Op::Add) return "";
        if (step.name == "userName") return "mutability";
        user.singles.erase(step.name);
        return "";
    }
    user.singles[step.name] = *step.value;
    return "";
}

std::string apply_to_complex(FlatUser& user, const FlatStep& step) {
    const std::string prefix = step.name + ".";
    if (step.op == Op::Remove) {
        std::erase_if(user.singles, [&](const auto& single) { return single.first.starts_with(prefix); });
        return "";
    }
    for (const auto& [name, value] : step.parts) {
        if (value != "null") {
            user.singles[prefix + name] = value;
        } else if (step.op == Op::Replace) {
            user.singles.erase(prefix + name);
        }
    }
    return "";
}

}  // namespace

std::string apply_step(FlatUser& user, const FlatStep& step) {
    if (step.target == FlatStep::Target::Single) return apply_to_single(user, step);
    if (step.target == FlatStep::Target::Complex) return apply_to_complex(user, step);
    Elements& elements = user.lists[step.name];
    // A value of nothing: null. add leaves the list, replace clears what it points at.
    const bool is_null = step.target == FlatStep::Target::Selected && step.op == Op::Add &&
                         (step.part.empty() ? step.parts.empty() : !step.value.has_value());
    std::string refusal;
    if (!is_null) {
        refusal = step.target == FlatStep::Target::List ? apply_to_list(elements, step)
                                                        : apply_to_selected(elements, step);
    }
    merge_doubles(elements);  // an element that lost its primary may have become another one's double
    if (elements.empty()) user.lists.erase(step.name);
    return refusal;
}

}  // namespace rollcall::scim::test
