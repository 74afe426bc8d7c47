// Where in a row the value of an attribute is, as SQL. Most values are in the JSON of r.document; some have
// columns, and the computed ones (members, groups, the manager's name, meta) come from other rows
// (model/representation.h). Every name that reaches SQL is a parameter.
//
// The aliases of a query: r is the resource; e1, e2, ... are elements of multi-valued attributes. Parameter 1
// is the tenant.
#pragma once

#include <string>

#include "model/attribute_path.h"
#include "model/schema.h"
#include "store/query_lead.h"
#include "store/sql.h"
#include "store/store.h"

namespace rollcall::store::sqlite {

struct QueryScope {
    const ResourceType* type;
    const Catalogue* catalogue;
    const std::string* base_url;
    int64_t most_hidden = 0;  // 1: what SCIM does not see is there too
};

// A value, or something whose parts can be asked for: an attribute of the resource, an element of a
// multi-valued one, or a part of either.
struct Place {
    Source source = Source::Document;
    int alias = 0;                         // 0: of r itself; else of the element eN
    int parent = 0;                        // the alias whose value has eN as an element
    std::string path = "$";                // in r.document, or in eN.value
    const Attribute* part_name = nullptr;  // which part, for sources that are not JSON

    Place part(const Attribute& attribute) const;
};

// The elements of a multi-valued attribute: what each is, and where they come from.
struct Elements {
    Place element;
    Place whole;
};

// The attribute of `path`, without its sub-attribute.
Place place_of(const ResourceType& type, const AttributePath& path);

enum class Comparison { Equality, Order };  // by equality_key or by comparison_key

class ValueWriter {
public:
    ValueWriter(SqlText& out, const QueryScope& scope) : out_(out), scope_(scope) {}

    // The comparison key of the single value at `place`, described by `attribute`; NULL when unassigned.
    // dateTimes of meta are numbers of milliseconds.
    void write_key(const Place& place, const Attribute& attribute, Comparison comparison);
    // 0 or 1: something is assigned.
    void write_present(const Place& place);

    // The elements of the multi-valued attribute at `place`, to be used as in
    //     "(" write_with(e) "SELECT " ... write_from(e) " AND " condition on e ")"
    Elements elements_of(const Place& place);
    void write_with(const Elements& elements);
    void write_from(const Elements& elements);
    // ", "-separated terms that put the chosen element first: the primary one, else the first.
    void write_element_order(const Elements& elements, const Attribute& attribute);

private:
    void write_text(const Place& place, const Attribute& attribute);
    void write_json(const Place& place, const Attribute& attribute);
    void write_base(int alias);
    void write_meta(const Attribute& part);
    void write_manager(const Place& place, const Attribute& attribute);
    void write_member(const Place& place);
    void write_group(const Place& place);

    SqlText& out_;
    const QueryScope& scope_;
    int aliases_ = 0;
};

// 0 or 1, as a parameter: SQLite simplifies "X AND 0" to nothing, and then the index that INDEXED BY names is
// of no use.
void write_constant(SqlText& out, bool value);

// "IN (...)" with every type of the catalogue: what makes the index by id usable when the type is not known.
void write_any_type(SqlText& out, const Catalogue& catalogue);

}  // namespace rollcall::store::sqlite
