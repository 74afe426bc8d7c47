#include "store/sqlite/query_value.h"

#include <algorithm>

namespace rollcall::store::sqlite {
namespace {

bool refers_to_resources(const Attribute& attribute) {
    return attribute.type == AttributeType::Reference &&
           std::ranges::any_of(attribute.reference_types,
                               [](const auto& name) { return name != "external" && name != "uri"; });
}

// A name that cannot be written in a JSON path of SQLite is in no document either: schema files with such
// names are refused when they are loaded. The quotation mark is left out all the same.
std::string json_path(std::string_view parent, std::string_view name) {
    std::string path(parent);
    path += ".\"";
    for (const char c : name) {
        if (c != '"') path += c;
    }
    path += '"';
    return path;
}

std::string_view endpoint_of(const Catalogue& catalogue, std::string_view type_name) {
    const ResourceType* type = catalogue.find_type(type_name);
    return type ? std::string_view(type->endpoint) : std::string_view();
}

}  // namespace

Place Place::part(const Attribute& attribute) const {
    Place part = *this;
    part.path = json_path(path, attribute.name);
    part.part_name = &attribute;
    return part;
}

Place place_of(const ResourceType& type, const AttributePath& path) {
    Place place{.source = source_of(type, path)};
    if (path.extension != nullptr) place.path = json_path(place.path, path.extension->id);
    place.path = json_path(place.path, path.attribute->name);
    return place;
}

void write_constant(SqlText& out, bool value) {
    out << Value(int64_t{value});
}

// ------------------------------------------------------------------------------------------------ keys

void ValueWriter::write_key(const Place& place, const Attribute& attribute, Comparison comparison) {
    const bool is_key_already = place.source == Source::UserName || place.source == Source::Active ||
                                (place.source == Source::Meta && attribute.type == AttributeType::DateTime);
    const auto wrapped = [&](Sql function) {
        out_ << function << "(";
        write_text(place, attribute);
        out_ << ")";
    };
    switch (attribute.type) {
        case AttributeType::DateTime:
            if (!is_key_already) return wrapped("date_key");
            break;
        case AttributeType::String:
        case AttributeType::Reference:
            if (is_key_already) break;
            if (comparison == Comparison::Equality && refers_to_resources(attribute))
                return wrapped("reference_key");
            if (attribute.preparation == Preparation::UserName) return wrapped("fold_user_name");
            if (!attribute.case_exact) return wrapped("fold_case");
            break;
        default:
            break;
    }
    write_text(place, attribute);
}

void ValueWriter::write_text(const Place& place, const Attribute& attribute) {
    switch (place.source) {
        case Source::Document:
            return write_json(place, attribute);
        case Source::Id:
            out_ << "uuid_text(r.id)";
            return;
        case Source::UserName:
            out_ << "r.user_name_key";
            return;
        case Source::ExternalId:
            out_ << "r.external_id";
            return;
        case Source::Active:
            out_ << "nullif(r.active, 2)";
            return;
        case Source::Meta:
            return write_meta(attribute);
        case Source::Manager:
            return write_manager(place, attribute);
        case Source::Members:
            return write_member(place);
        case Source::Groups:
            return write_group(place);
    }
}

void ValueWriter::write_base(int alias) {
    if (alias == 0)
        out_ << "r.document";
    else
        out_.alias("e", alias) << ".value";
}

void ValueWriter::write_json(const Place& place, const Attribute& attribute) {
    const bool is_whole = place.path == "$";
    if (attribute.type == AttributeType::Integer || attribute.type == AttributeType::Decimal) {
        out_ << "json_number(";
        write_base(is_whole ? place.parent : place.alias);
        out_ << " -> ";
        if (is_whole)
            out_.alias("e", place.alias) << ".fullkey)";
        else
            out_ << Value(place.path) << ")";
        return;
    }
    if (is_whole) return write_base(place.alias);
    out_ << "json_extract(";
    write_base(place.alias);
    out_ << ", " << Value(place.path) << ")";
}

void ValueWriter::write_meta(const Attribute& part) {
    if (part.name == "resourceType")
        out_ << Value(scope_.type->name);
    else if (part.name == "created")
        out_ << "r.created";
    else if (part.name == "lastModified")
        out_ << "r.last_modified";
    else if (part.name == "version")
        out_ << "('W/\"' || r.version || '\"')";
    else if (part.name == "location") {
        out_ << "(" << Value(*scope_.base_url + scope_.type->endpoint + "/") << " || uuid_text(r.id))";
    } else {
        out_ << "NULL";
    }
}

void ValueWriter::write_manager(const Place& place, const Attribute& attribute) {
    if (place.part_name != nullptr && place.part_name->computed) {
        // Shown only when the resource exists (S-ENT-02).
        out_ << "(SELECT ";
        if (attribute.name == "displayName") {
            out_ << "nullif(x.display, '')";
        } else if (attribute.name == "$ref") {
            out_ << Value(*scope_.base_url + std::string(endpoint_of(*scope_.catalogue, "User")) + "/")
                 << " || r.manager";
        } else {
            out_ << "NULL";
        }
        out_ << " FROM resource x WHERE x.tenant_id = ?1 AND x.id = uuid_blob(r.manager) AND x.type ";
        write_any_type(out_, *scope_.catalogue);
        out_ << " AND x.hidden <= " << Value(scope_.most_hidden) << ")";
        return;
    }
    if (place.part_name != nullptr && attribute.name == "value") {
        out_ << "r.manager";
        return;
    }
    write_json(place, attribute);
}

void ValueWriter::write_member(const Place& place) {
    const auto column = [&](Sql name) -> SqlText& { return out_.alias("e", place.alias) << name; };
    const std::string_view name = place.part_name ? std::string_view(place.part_name->name) : "value";
    if (name == "value") {
        out_ << "uuid_text(";
        column(".member_id") << ")";
    } else if (name == "type") {
        column(".member_type");
    } else if (name == "display") {
        out_ << "nullif(";
        column(".display") << ", '')";
    } else if (name == "$ref") {
        out_ << "(" << Value(*scope_.base_url) << " || CASE ";
        column(".member_type");
        for (const auto& type : scope_.catalogue->types()) {
            out_ << " WHEN " << Value(type->name) << " THEN " << Value(type->endpoint + "/");
        }
        out_ << " ELSE '/' END || uuid_text(";
        column(".member_id") << "))";
    } else {
        out_ << "NULL";
    }
}

void ValueWriter::write_group(const Place& place) {
    const auto column = [&](Sql name) -> SqlText& { return out_.alias("e", place.alias) << name; };
    const std::string_view name = place.part_name ? std::string_view(place.part_name->name) : "value";
    if (name == "value") {
        out_ << "uuid_text(";
        column(".id") << ")";
    } else if (name == "type") {
        out_ << "iif(";
        column(".direct") << ", 'direct', 'indirect')";
    } else if (name == "display") {
        out_ << "nullif(";
        column(".display") << ", '')";
    } else if (name == "$ref") {
        const std::string endpoint(endpoint_of(*scope_.catalogue, "Group"));
        out_ << "(" << Value(*scope_.base_url + endpoint + "/") << " || uuid_text(";
        column(".id") << "))";
    } else {
        out_ << "NULL";
    }
}

// ------------------------------------------------------------------------------------------------ presence

void ValueWriter::write_present(const Place& place) {
    const bool is_json_part =
        place.source == Source::Document ||
        (place.source == Source::Manager && (!place.part_name || !place.part_name->computed));
    if (is_json_part && place.path != "$") {
        out_ << "(json_type(";
        write_base(place.alias);
        out_ << ", " << Value(place.path) << ") IS NOT NULL)";
        return;
    }
    const bool is_always =
        place.source == Source::Document || place.source == Source::Id ||
        (place.part_name == nullptr &&
         (place.source == Source::Meta || place.source == Source::Members || place.source == Source::Groups));
    if (is_always) return write_constant(out_, true);
    out_ << "(";
    static const Attribute none;
    write_text(place, place.part_name ? *place.part_name : none);
    out_ << " IS NOT NULL)";
}

// ------------------------------------------------------------------------------------------------ elements

Elements ValueWriter::elements_of(const Place& place) {
    Elements elements{place, place};
    elements.element.alias = ++aliases_;
    elements.element.parent = place.alias;
    if (place.source == Source::Members || place.source == Source::Groups) return elements;
    elements.element.source = Source::Document;
    elements.element.path = "$";
    elements.element.part_name = nullptr;
    return elements;
}

void ValueWriter::write_with(const Elements& elements) {
    if (elements.element.source != Source::Groups) return;
    const int n = elements.element.alias;
    out_ << "WITH RECURSIVE ";
    out_.alias("up", n)
        << " (id) AS (SELECT m.group_id FROM membership m WHERE m.tenant_id = ?1 AND m.member_id = r.id "
           "UNION SELECT m.group_id FROM ";
    out_.alias("up", n) << " JOIN membership m ON m.tenant_id = ?1 AND m.member_id = ";
    out_.alias("up", n) << ".id) ";
}

void ValueWriter::write_from(const Elements& elements) {
    const int n = elements.element.alias;
    if (elements.element.source == Source::Members) {
        out_ << " FROM membership ";
        out_.alias("e", n) << " WHERE ";
        out_.alias("e", n) << ".tenant_id = ?1 AND ";
        out_.alias("e", n) << ".group_id = r.id AND ";
        out_.alias("e", n) << ".hidden <= " << Value(scope_.most_hidden);
        return;
    }
    if (elements.element.source == Source::Groups) {
        out_ << " FROM (SELECT ";
        out_.alias("up", n) << ".id AS id, g.display AS display, EXISTS (SELECT 1 FROM membership d "
                               "WHERE d.tenant_id = ?1 AND d.group_id = ";
        out_.alias("up", n) << ".id AND d.member_id = r.id) AS direct FROM ";
        out_.alias("up", n) << " CROSS JOIN resource g ON g.tenant_id = ?1 AND g.id = ";
        out_.alias("up", n) << ".id AND g.type ";
        write_any_type(out_, *scope_.catalogue);
        out_ << " AND g.hidden <= " << Value(scope_.most_hidden) << " WHERE ";
        out_.alias("up", n) << ".id <> r.id) ";
        out_.alias("e", n) << " WHERE 1";
        return;
    }
    out_ << " FROM json_each(";
    write_base(elements.whole.alias);
    out_ << ", " << Value(elements.whole.path) << ") ";
    out_.alias("e", n) << " WHERE 1";
}

void ValueWriter::write_element_order(const Elements& elements, const Attribute& attribute) {
    const Place& element = elements.element;
    const auto column = [&](Sql name) -> SqlText& { return out_.alias("e", element.alias) << name; };
    if (element.source == Source::Members) {
        column(".member_id");
    } else if (element.source == Source::Groups) {
        column(".direct") << " DESC, ";
        column(".id");
    } else {
        if (attribute.is_complex()) {
            out_ << "coalesce(json_type(";
            column(".value") << ", '$.primary') = 'true', 0) DESC, ";
        }
        column(".key");
    }
}

void write_any_type(SqlText& out, const Catalogue& catalogue) {
    out << "IN (";
    bool first = true;
    for (const auto& type : catalogue.types()) {
        if (!first) out << ", ";
        first = false;
        out << Value(type->name);
    }
    out << ")";
}

}  // namespace rollcall::store::sqlite
