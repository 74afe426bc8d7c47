#include "scim/patch_elements.h"

#include <algorithm>
#include <unordered_set>

#include "scim/elements.h"
#include "scim/read_value.h"

namespace rollcall::scim {
namespace {

using Op = PatchOperation::Op;

std::unexpected<Error> fault(ErrorKind kind, const PatchOperation& operation, std::string_view text) {
    return failure(kind, Target{operation.path, operation.parsed}.text() + " " + std::string(text));
}

bool sets_primary(const json::object& parts) {
    const json::value* primary = parts.if_contains("primary");
    return primary && primary->is_bool() && primary->get_bool();
}

size_t comparison_cost(const json::value& value) {
    if (const json::string* text = value.if_string()) {
        const bool is_ascii =
            std::ranges::all_of(*text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
        return is_ascii ? text->size() / 16 + 1 : text->size();
    }
    size_t cost = 1;
    if (const json::object* object = value.if_object()) {
        for (const auto& part : *object) cost += comparison_cost(part.value());
    }
    return cost;
}

class ElementEdit {
public:
    ElementEdit(const PatchOperation& operation, json::array& elements, const ReadOptions& options,
                TextBudget& budget)
        : operation_(operation),
          attribute_(*operation.path.attribute),
          elements_(elements),
          options_(options),
          budget_(budget) {}

    Result<void> apply() {
        if (!budget_.spend(elements_, comparisons())) {
            return fault(ErrorKind::InvalidValue, operation_,
                         "holds too much text for so many operations; send fewer operations at once.");
        }
        const bool selects = operation_.filter || operation_.path.sub_attribute;
        if (!selects) {
            switch (operation_.op) {
                case Op::Add:
                    return add_all();
                case Op::Replace:
                    replace_all();
                    return {};
                case Op::Remove:
                    remove_listed();
                    return {};
            }
        }
        TRY_VOID(apply_to_selected(selected_elements()));
        return keep_one_primary();
    }

private:
    static json::array list_of(const json::value& value) {
        const json::array* list = value.if_array();
        return list ? json::array(*list, json::storage_ptr()) : json::array();
    }

    void replace_all() {
        json::array now = list_of(operation_.value);
        carry_protected_parts(attribute_, elements_, now);
        elements_ = std::move(now);
    }

    Result<void> add_all() {
        ElementFinder finder(attribute_, elements_);
        for (const json::value& added : list_of(operation_.value)) {
            const ptrdiff_t found = finder.find(elements_, added);
            if (found < 0) {
                TRY_VOID(append(added));
                finder.add(added);
            } else if (const json::object* parts = added.if_object()) {
                lay_over(static_cast<size_t>(found), *parts);
            } else {
                elements_[static_cast<size_t>(found)] = keep(added);  // the spelling sent last
            }
        }
        return keep_one_primary();
    }

    // Judged at once, so that a request cannot make a list longer than the limit before it is refused.
    Result<void> append(const json::value& element) {
        if (elements_.size() >= options_.limits.values_per_attribute_max) {
            return fault(ErrorKind::InvalidValue, operation_, "would have more values than allowed.");
        }
        elements_.push_back(keep(element));
        note_primary(elements_.size() - 1, element);
        return {};
    }

    // How often the texts of the list are compared: to select or find elements, to collapse doubles, and once
    // for each named element without a value.
    size_t comparisons() const {
        size_t times = 2 + (operation_.filter ? operation_.filter->nodes().size() : 1);
        const json::array* named = operation_.value.if_array();
        if (!named) return times;
        for (const json::value& element : *named) {
            if (element.is_object() && !element.get_object().contains("value")) ++times;
        }
        return times;
    }

    // AMB-05, AMB-34: an element is meant when its value, and type if given, are the listed ones; without a
    // value everything given counts.
    void remove_listed() {
        if (operation_.value.is_null()) {
            elements_.clear();
            return;
        }
        std::unordered_set<std::string> identities;
        std::vector<const json::object*> without_value;
        for (const json::value& named : operation_.value.as_array()) {
            const json::object* parts = named.if_object();
            if (parts && !parts->contains("value")) {
                without_value.push_back(parts);
            } else {
                identities.insert(element_identity(attribute_, named));
            }
        }
        json::array kept;
        for (json::value& element : elements_) {
            if (!is_listed(element, identities, without_value)) kept.push_back(std::move(element));
        }
        elements_ = std::move(kept);
    }

    bool is_listed(const json::value& element, const std::unordered_set<std::string>& identities,
                   const std::vector<const json::object*>& without_value) const {
        if (identities.contains(element_identity(attribute_, element))) return true;
        const json::object* object = element.if_object();
        if (!object) return false;
        const json::value* value = object->if_contains("value");
        if (value && identities.contains(identity_of_value(*value))) return true;
        return std::ranges::any_of(
            without_value, [&](const json::object* parts) { return has_parts(attribute_, *object, *parts); });
    }

    // What a listed element that has no type is known by.
    std::string identity_of_value(const json::value& value) const {
        json::object alone;
        alone.emplace("value", keep(value));
        return element_identity(attribute_, json::value(std::move(alone)));
    }

    std::vector<size_t> selected_elements() const {
        std::vector<size_t> selected;
        for (size_t i = 0; i < elements_.size(); ++i) {
            if (!operation_.filter || matches_element(*operation_.filter, elements_[i]))
                selected.push_back(i);
        }
        return selected;
    }

    Result<void> apply_to_selected(const std::vector<size_t>& selected) {
        if (selected.empty()) return apply_to_none();
        for (const size_t index : selected) {
            if (operation_.path.sub_attribute) {
                TRY_VOID(change_part(index));
            } else if (operation_.op == Op::Remove || operation_.value.is_null()) {
                elements_[index] = nullptr;  // dropped when the list is tidied
            } else if (operation_.op == Op::Add && operation_.value.is_object()) {
                lay_over(index, operation_.value.get_object());
            } else {
                replace_element(index);
            }
        }
        return {};
    }

    Result<void> change_part(size_t index) {
        json::object* object = elements_[index].if_object();
        if (!object) return {};
        const json::object old = keep(*object);
        TRY_VOID(set_part(operation_, *object, options_, budget_));
        // With another value this would be another element, which may come. But it is not what was asked for.
        const Attribute& sub = *operation_.path.sub_attribute;
        if (changed_immutable(sub, old.if_contains(sub.name), object->if_contains(sub.name))) {
            return fault(ErrorKind::Mutability, operation_, "is immutable and has a value already.");
        }
        if (operation_.path.sub_attribute->name == "primary") note_primary(index, elements_[index]);
        return {};
    }

    void lay_over(size_t index, const json::object& parts) {
        json::object* element = elements_[index].if_object();
        if (!element) return;
        const json::object old = keep(*element);
        overlay(*element, parts);
        carry_protected_parts(attribute_, old, *element);
        if (sets_primary(parts)) note_primary(index, elements_[index]);
    }

    // AMB-37: the whole element is replaced; what a client can not write stays.
    void replace_element(size_t index) {
        json::value element = keep(operation_.value);
        const json::object* old = elements_[index].if_object();
        if (old && element.is_object()) {
            carry_protected_parts(attribute_, *old, element.get_object());
        }
        elements_[index] = std::move(element);
        note_primary(index, elements_[index]);
    }

    // No element matches. remove: nothing to do (AMB-39). add makes an element from the filter; replace does
    // for a sub-attribute where that is tolerated (AMB-04).
    Result<void> apply_to_none() {
        if (operation_.op == Op::Remove) return {};
        const auto no_target = [&] {
            return fault(ErrorKind::NoTarget, operation_, "matches no element; add the element first.");
        };
        const bool creates = options_.leniency.allows(Tolerance::CreateElementFromFilter);
        const bool clears_a_part = operation_.path.sub_attribute && operation_.value.is_null();
        if (clears_a_part && creates) return {};  // it is clear already; there is nothing to make
        if (!operation_.filter) return no_target();
        if (operation_.op == Op::Replace && (!operation_.path.sub_attribute || !creates)) return no_target();
        const std::optional<json::object> parts = parts_of_filter();
        if (!parts || operation_.value.is_null()) return no_target();
        if (operation_.op == Op::Replace && parts->contains("value")) return no_target();
        return add_created(*parts);
    }

    Result<void> add_created(const json::object& from_filter) {
        json::value element = keep(operation_.value);
        if (attribute_.is_complex()) {
            json::object parts = from_filter;
            if (operation_.path.sub_attribute) {
                parts[operation_.path.sub_attribute->name] = keep(operation_.value);
            } else {
                overlay(parts, operation_.value.as_object());
            }
            element = TRY(check_created(parts));
        }
        const ptrdiff_t found = ElementFinder(attribute_, elements_).find(elements_, element);
        if (found < 0 || !element.is_object()) return append(element);
        lay_over(static_cast<size_t>(found), element.as_object());
        return {};
    }

    // Literals of a filter have the right type but were not judged as values.
    Result<json::value> check_created(const json::object& parts) const {
        const std::string text = Target{operation_.path, operation_.parsed}.text();
        json::object checked = TRY(read_parts(attribute_, {text}, parts, Completeness::Part, options_));
        return json::value(std::move(checked));
    }

    // The sub-attributes that a filter of eq terms joined by and demands; empty for any other filter.
    std::optional<json::object> parts_of_filter() const {
        json::object parts;
        if (!collect_parts(operation_.filter->root(), parts)) return std::nullopt;
        return parts;
    }

    bool collect_parts(int32_t index, json::object& parts) const {
        const CheckedFilter::Node& node = operation_.filter->node(index);
        if (node.kind == CheckedFilter::Kind::And) {
            for (const int32_t child : node.children) {
                if (!collect_parts(child, parts)) return false;
            }
            return true;
        }
        if (node.kind != CheckedFilter::Kind::Compare || node.op != CompareOperator::Eq) return false;
        const Attribute* sub = node.path.sub_attribute;
        if (!sub) return !attribute_.is_complex();  // tags[value eq "a"]: the value says what is wanted
        if (!is_writable(*sub) || sub->multi_valued) return false;
        json::value literal = value_of(node.literal);
        if (const json::value* earlier = parts.if_contains(sub->name)) {
            return same_value(*sub, *earlier, literal);
        }
        parts.emplace(sub->name, std::move(literal));
        return true;
    }

    static json::value value_of(const Literal& literal) {
        if (const bool* boolean = std::get_if<bool>(&literal)) return json::value(*boolean);
        if (const int64_t* integer = std::get_if<int64_t>(&literal)) return json::value(*integer);
        if (const double* number = std::get_if<double>(&literal)) return json::value(*number);
        if (const std::string* text = std::get_if<std::string>(&literal)) return json::value(*text);
        return json::value();
    }

    void note_primary(size_t index, const json::value& element) {
        if (element.is_object() && sets_primary(element.get_object())) primaries_.push_back(index);
    }

    // P-PATCH-28, P-PATCH-29: the element made primary takes the flag from all others; two at once are
    // refused.
    Result<void> keep_one_primary() {
        if (primaries_.empty()) return {};
        for (const size_t index : primaries_) {
            if (index != primaries_.front()) {
                return fault(ErrorKind::InvalidValue, operation_, "would have more than one primary value.");
            }
        }
        demote_other_primaries(elements_, primaries_.front());
        return {};
    }

    const PatchOperation& operation_;
    const Attribute& attribute_;
    json::array& elements_;
    const ReadOptions& options_;
    TextBudget& budget_;
    std::vector<size_t> primaries_;  // elements that this operation made primary
};

}  // namespace

bool TextBudget::spend(const json::array& list, size_t times) {
    size_t cost = 0;
    for (const json::value& element : list) cost += comparison_cost(element) * times;
    if (cost > left_) return false;
    left_ -= cost;
    return true;
}

Result<void> apply_to_elements(const PatchOperation& operation, json::value& now, const ReadOptions& options,
                               TextBudget& budget) {
    if (!now.is_array()) now.emplace_array();
    return ElementEdit(operation, now.get_array(), options, budget).apply();
}

Result<void> set_part(const PatchOperation& operation, json::object& object, const ReadOptions& options,
                      TextBudget& budget) {
    const Attribute& sub = *operation.path.sub_attribute;
    const json::value* old = object.if_contains(sub.name);
    json::value value = operation.op == Op::Remove ? json::value() : keep(operation.value);
    if (sub.multi_valued && operation.op != Op::Replace && !operation.value.is_null()) {
        const PatchOperation on_list{.op = operation.op,
                                     .path = {operation.path.extension, &sub, nullptr},
                                     .value = keep(operation.value),
                                     .index = operation.index};
        value = old ? keep(*old) : json::value();
        TRY_VOID(apply_to_elements(on_list, value, options, budget));
        if (value.get_array().empty()) value = nullptr;
    }
    if (sub.mutability == Mutability::Immutable && old && !value.is_null() && same_value(sub, *old, value))
        return {};
    if (value.is_null()) {
        erase_member(object, sub.name);
    } else {
        object[sub.name] = std::move(value);
    }
    return {};
}

const Attribute* missing_part(const Attribute& attribute, const json::value& value) {
    if (const json::array* list = value.if_array()) {
        for (const json::value& element : *list) {
            if (const Attribute* missing = missing_part(attribute, element)) return missing;
        }
        return nullptr;
    }
    const json::object* object = value.if_object();
    if (!object) return nullptr;
    for (const Attribute& sub : attribute.sub_attributes) {
        if (sub.required && is_writable(sub) && !object->contains(sub.name)) return &sub;
    }
    return nullptr;
}

}  // namespace rollcall::scim
