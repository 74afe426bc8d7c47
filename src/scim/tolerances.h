// Deviations of identity providers that are accepted although the RFC does not ask for it: one table, each
// row with who sends it and why taking it is safe (the ranking of quirks). Judged per request: one Entra tenant sends
// two dialects. Strict mode (per tenant, or `Prefer: handling=strict`) refuses every row that says so.
#pragma once

#include <string_view>
#include <vector>

namespace rollcall::scim {

enum class Tolerance {
    OperationNameCase,
    RemoveWithValueList,
    BooleanAsText,
    PatchWithoutPath,
    PathAsName,
    QualifiedPath,
    CreateElementFromFilter,
    ManagerAsText,
    EmptyListForNoMatch,
    CaseOfNames,
    ExternalIdFilter,
    MediaTypes,
    TextIds,
    NoUserAgent,
    ExcludedMembers,
    DuplicateIsConflict,
    DisabledStaysReadable,
    ErrorsAreScim,
    OpaqueIds,
    EchoedReadOnly,
    BareMembers,
    RolesPrimaryText,
    AbsentIsNotEmpty,
    AtomicMembership,
    UrlOddities,
    EmptyOperations,
    EmptyMeansClear,
    NullMembers,
    LegacySchemaUris,
    LoneValueForList,
    UnlistedExtension,
    SchemasInEveryResource,
    DiscoveryLists,
    IntegerPaging,
    UnknownAttributes,
    UnknownSchemaUris,
    FormatsNotChecked,
    WrappedValue,
    BulkPatchList,
};

struct ToleranceRow {
    Tolerance tolerance;
    std::string_view name;  // "boolean_as_text"
    int quirk;              // number in the ranking of quirks; 0 for a reading of ours
    std::string_view sent_by;
    std::string_view accepted;  // what is done
    std::string_view why_safe;
    bool strict_refuses;
    bool never = false;  // a deviation we know and do not take, kept here so that nobody has to ask again
};
const std::vector<ToleranceRow>& tolerance_table();

// What one request may do.
class Leniency {
public:
    explicit Leniency(bool strict) : strict_(strict) {}
    bool strict() const { return strict_; }
    bool allows(Tolerance tolerance) const;

private:
    bool strict_;
};

}  // namespace rollcall::scim
