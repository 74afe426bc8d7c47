#include "scim/tolerances.h"

#include "base/check.h"

namespace rollcall::scim {
namespace {

using enum Tolerance;

constexpr bool kStrictRefuses = true;
constexpr bool kAlways = false;

std::vector<ToleranceRow> make_table() {
    return {
        {OperationNameCase, "operation_name_case", 1, "Entra without its compliance flag; test tools",
         "op is read without regard to letter case: Add, Replace, Remove",
         "RFC 7644 defines three words and no two of them differ only in case", kAlways},
        {RemoveWithValueList, "remove_with_value_list", 2,
         "Entra without its compliance flag, authentik, ssosync, JumpCloud, OneLogin",
         "remove with a value list takes away only the listed elements; an empty list takes away none",
         "removing less than all can be repaired by the client; emptying a group cannot (AMB-05)", kAlways},
        {BooleanAsText, "boolean_as_text", 3,
         "Entra without its compliance flag, Keycloak, Microsoft validator",
         "\"true\" and \"false\" in any letter case stand for a boolean; answers always hold real booleans",
         "no other text is taken, so nothing is guessed (AMB-07)", kStrictRefuses},
        {PatchWithoutPath, "patch_without_path", 4, "Okta, Entra with its compliance flag, authentik",
         "add and replace without path merge the object into the resource",
         "RFC 7644 §3.5.2.1 and §3.5.2.3 define it", kAlways},
        {PathAsName, "path_as_name", 5, "Entra with its compliance flag, Microsoft validator",
         "a name in a value without path may be a path: name.givenName, emails[type eq \"work\"].value",
         "no attribute name holds a dot, colon or bracket, so a path cannot be mistaken (AMB-08)",
         kStrictRefuses},
        {QualifiedPath, "qualified_path", 6, "Entra in both dialects",
         "paths and names may carry a schema URI, that of the base schema too; the longest known URI is "
         "taken first",
         "RFC 7644 §3.10 defines it", kAlways},
        {CreateElementFromFilter, "create_element_from_filter", 7, "Entra in both dialects",
         "replace of attr[filter].sub without a match makes the element from the eq terms of the filter",
         "the terms say completely what the element is; any other filter stays noTarget (AMB-04)",
         kStrictRefuses},
        {ManagerAsText, "manager_as_text", 8, "Entra in both dialects, Microsoft gallery validation",
         "a text, or a list of one object, stands for a complex attribute that has a value",
         "it can mean nothing but the value; the answer shows the complex form", kStrictRefuses},
        {EmptyListForNoMatch, "empty_list_for_no_match", 9, "all",
         "a query without a hit is 200 with no resources", "RFC 7644 §3.4.2 defines it", kAlways},
        {CaseOfNames, "case_of_names", 10, "Microsoft validator, Okta test, PingOne",
         "attribute names, operators and values with caseExact false are compared without regard to case",
         "RFC 7643 §2.1 defines it; values keep their spelling in answers", kAlways},
        {ExternalIdFilter, "external_id_filter", 11, "Entra, Rippling, HR tools",
         "filters on externalId, on value paths, and on a bare complex attribute that has a value",
         "they are read-only questions with one meaning (AMB-30, AMB-31)", kAlways},
        {MediaTypes, "media_types", 12, "Google, OneLogin, Entra, clients of SCIM-SDK",
         "bodies may be application/json or lack a type; answers are always application/scim+json",
         "the body has to be JSON whatever it is called", kAlways},
        {TextIds, "text_ids", 13, "JumpCloud, authentik, Entra", "ids are JSON texts",
         "RFC 7643 §3.1 defines it", kAlways},
        {NoUserAgent, "no_user_agent", 14, "Entra", "a User-Agent is never asked for",
         "nothing is decided by it", kAlways},
        {ExcludedMembers, "excluded_members", 15, "Entra, Microsoft validator",
         "excludedAttributes=members is honoured before members are read", "RFC 7644 §3.9 defines it",
         kAlways},
        {DuplicateIsConflict, "duplicate_is_conflict", 16, "all; authentik reads 409 as a link",
         "a taken unique value is 409 uniqueness with POST, PUT and PATCH", "one code for one cause (AMB-03)",
         kAlways},
        {DisabledStaysReadable, "disabled_stays_readable", 17, "Okta, Entra, Microsoft validator",
         "active false is an attribute: the user is still found and read",
         "nothing else says why it is disabled", kAlways},
        {ErrorsAreScim, "errors_are_scim", 18, "Okta, validators",
         "every error is a SCIM error document, 401 and 404 too", "RFC 7644 §3.12 defines it", kAlways},
        {OpaqueIds, "opaque_ids", 19, "Okta test, Entra", "an id of any shape that is nobody's is 404",
         "a client cannot know the shape of our ids", kAlways},
        {EchoedReadOnly, "echoed_read_only", 20, "Okta, OneLogin, Ping, authentik",
         "readOnly parts of a body are ignored; active that is left out of a PUT keeps its value",
         "RFC 7644 §3.5.1 defines the first; the second never enables an account by accident (AMB-46)",
         kAlways},
        {BareMembers, "bare_members", 21, "Okta, Entra, Microsoft's Postman collection",
         "a member needs only its value; null type, display and $ref are nothing; a bare text stands for the "
         "value (strict mode refuses only the bare text)",
         "type, $ref and display are computed from the value", kStrictRefuses},
        {RolesPrimaryText, "roles_primary_text", 22, "Entra",
         "a filter may compare a boolean with a text: roles[primary eq \"True\"]; values of roles are opaque",
         "the text is turned into the boolean before anything is compared (AMB-07)", kStrictRefuses},
        {AbsentIsNotEmpty, "absent_is_not_empty", 23, "Okta, authentik",
         "a PATCH that does not name members leaves them; an empty list clears them",
         "what is not named is not meant", kAlways},
        {AtomicMembership, "atomic_membership", 24, "Entra, ssosync",
         "members are added and removed one row each; adding twice changes nothing",
         "no list is rewritten, so parallel requests cannot lose members", kAlways},
        {UrlOddities, "url_oddities", 25, "Entra, OneLogin, authentik, Microsoft's Postman collection",
         "+ for a blank, empty query parts, one slash at the end of the path",
         "each has one possible meaning", kAlways},
        {EmptyOperations, "empty_operations", 26, "Microsoft validator",
         "not taken: Operations without an operation is 400 invalidSyntax",
         "RFC 7644 §3.5.2 asks for one or more; answering success would hide a broken client", kStrictRefuses,
         /*never=*/true},
        {EmptyMeansClear, "empty_means_clear", 27, "Entra, Microsoft gallery validation",
         "\"\", null, [] and {} make an attribute unassigned",
         "RFC 7643 §2.5 names null and []; an empty text "
         "says nothing that could be stored",
         kAlways},
        {NullMembers, "null_members", 28, "older Microsoft samples",
         "null attributes in a POST are left unassigned", "RFC 7643 §2.5 defines it", kAlways},
        {LegacySchemaUris, "legacy_schema_uris", 29, "OneLogin, Entra groups",
         "urn:scim:schemas:core:1.0 and 2.0 stand for the base schema, their enterprise kin for the "
         "enterprise "
         "extension; the ADSCIM group URI is ignored",
         "the URI only says which schema the names come from, and each name is checked", kStrictRefuses},
        {LoneValueForList, "lone_value_for_list", 30, "OneLogin templates, django-scim2 clients",
         "a single value of a multi-valued attribute is read as a list of one",
         "it can mean nothing else; answers hold a list", kStrictRefuses},
        {UnlistedExtension, "unlisted_extension", 31, "Entra samples",
         "an extension object counts although schemas does not list its URI",
         "the object's name is the URI (AMB-12)", kAlways},
        {SchemasInEveryResource, "schemas_in_every_resource", 32, "SailPoint",
         "each resource of a list carries schemas", "RFC 7643 §3 defines it", kAlways},
        {DiscoveryLists, "discovery_lists", 33, "Entra", "/Schemas and /ResourceTypes are ListResponses",
         "RFC 7644 §4 defines it", kAlways},
        {IntegerPaging, "integer_paging", 34, "Okta, authentik",
         "paging numbers are JSON integers, totalResults is exact and the order stable",
         "RFC 7644 §3.4.2.4 defines it", kAlways},
        {UnknownAttributes, "unknown_attributes", 0, "Okta and OneLogin (echoed or misspelt attributes)",
         "attributes that no schema defines are ignored in POST, PUT and values of PATCH; a path to one is "
         "refused",
         "they are never stored, and nothing is read from them (AMB-11)", kStrictRefuses},
        {UnknownSchemaUris, "unknown_schema_uris", 0, "Entra groups",
         "schema URIs that the resource type does not have are ignored and not echoed",
         "the attributes they would define are unknown and ignored too (AMB-10)", kStrictRefuses},
        {FormatsNotChecked, "formats_not_checked", 0, "directories with free text, Microsoft validator",
         "country, locale, timezone, language, e-mail, the alphabet of userName and non-ASCII URIs are not "
         "checked",
         "they are shown, not interpreted; one odd value would stop a whole user (AMB-38, AMB-65)",
         kStrictRefuses},
        {WrappedValue, "wrapped_value", 0, "very old Entra jobs",
         "in PATCH [{\"$ref\":null,\"value\":x}] stands for the value of a singular attribute",
         "a singular attribute has one value, and the list holds one", kStrictRefuses},
        {BulkPatchList, "bulk_patch_list", 0, "the example of RFC 7644 §3.7.3",
         "data of a PATCH in a Bulk may be the list of operations without the message around it",
         "a list can mean nothing else there (erratum 5050)", kStrictRefuses},
    };
}

}  // namespace

const std::vector<ToleranceRow>& tolerance_table() {
    static const std::vector<ToleranceRow> table = make_table();
    return table;
}

bool Leniency::allows(Tolerance tolerance) const {
    for (const ToleranceRow& row : tolerance_table()) {
        if (row.tolerance == tolerance) return !row.never && !(strict_ && row.strict_refuses);
    }
    CHECK(false && "every tolerance has a row");
    return false;
}

}  // namespace rollcall::scim
