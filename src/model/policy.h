// Policy: what a tenant may choose. A profile is a JSON file of values; a tenant starts from one and may override any
// of them. The table in policy.cpp names each value with type, default and meaning; an unknown key or a value of the
// wrong type is refused with a sentence. No rule asks which profile a tenant has: only what the values are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace rollcall {

// May groups contain each other in a circle (decision 012)?
enum class GroupCycles {
    Refuse,  // never
    Whole,   // only if one Bulk makes all groups of the circle (RFC 7644 §3.7.1)
    Allow,
};

// What groups are.
enum class GroupMode {
    Off,      // there are none (MOD-11)
    Plain,    // lists of members
    Cohorts,  // ... each with a member who answers for it (MOB-12)
    Paths,    // ... whose names are paths and stand for scopes (PLU-04)
};

// Which groups that an identity provider makes take effect at once.
enum class GroupSync { All, Selected };

// A group that a PATCH of a user names and that is not there (STD-08).
enum class UnknownGroups { Create, Refuse };

// Which members do callers of SCIM see (MOB-06, MOB-07)? Those that were deleted softly never.
enum class Visibility {
    All,
    Managed,  // only those that SCIM manages and whose role is not above scim_ceiling_role
};

// May a creation by SCIM become the member of a person who is known already (MOD-02, PLU-10)?
enum class Linking {
    Never,
    PreLinked,  // it takes over the manual member that an administrator linked to that userName
    Verified,   // that, and it joins the account that has verified the same e-mail address
};

// The role of a member that is activated again.
enum class RoleOnReturn { Previous, Default };

// What deleting a user does (STD-06, MOD-05, PLU-08).
enum class DeleteMode {
    Soft,        // the member is deactivated and hidden; all else stays
    Membership,  // the member goes; its account stays
    Hard,        // and its content goes or is handed on
};

// API keys of a member that comes back (MOD-04, PLU-07).
enum class KeysOnReturn { Revive, StayDead };

// What an e-mail address that comes by SCIM is worth (MOB-14).
enum class EmailVerification {
    Never,    // not verified, and a change ends what was verified before
    Trusted,  // verified in this tenant
};

// What happens when many members lose access within a short time (T66).
enum class MassChangeMode {
    Off,    // nothing: deletions are final at once
    Stage,  // it happens, what cannot be undone waits, somebody is told and decides
    Hold,   // and further deletions and removals from groups are refused until then
};

struct Policy {
    std::string token_prefix = "rc_scim_";
    bool strict = false;                       // refuse what the tolerance table accepts
    bool unique_group_names = true;            // Entra matches groups by name and expects 409 (quirk 16)
    bool unique_external_ids = false;          // AMB-51
    bool reject_unknown_members = false;       // true: one unknown member refuses the request; false: it is skipped
                                               // and noted, unless nothing known is left (decision 003)
    GroupCycles group_cycles = GroupCycles::Whole;   // STD-09, P-BULK-18
    GroupMode groups = GroupMode::Plain;
    GroupSync group_sync = GroupSync::All;           // PLU-05
    bool writable_user_groups = true;          // PATCH of a user's groups adds and removes memberships (STD-08)
    UnknownGroups unknown_groups = UnknownGroups::Create;
    bool bulk = true;                          // P-BULK-01
    bool refuse_unlisted_roles = false;        // X-ROLE-05; S-USER-25: no vocabulary by default
    int64_t rotation_reminder_days = 90;       // STD-11
    // ---- how identity providers authenticate (STD-04)
    bool basic_authentication = false;
    bool api_key_authentication = false;
    bool oauth_client_credentials = false;
    std::vector<std::string> allowed_networks;    // that credentials may be used from (T32); empty: all
    int64_t access_token_seconds = 3'600;
    int64_t credential_requests_per_second = 0;   // 0: no limit
    int64_t tenant_requests_per_second = 0;       // 0: no limit

    // ---- members. `roles` has the lowest first; the other roles are among them.
    std::vector<std::string> roles = {"member", "admin", "owner"};
    std::string default_role = "member";
    std::string scim_ceiling_role = "admin";   // SCIM gives no higher one
    std::string owner_role = "owner";          // "": there is none
    std::string admin_role = "admin";          // this and higher ones administer the tenant; "": none does
    std::string inactive_role;                 // deactivation moves a member there (MOB-05); "": it keeps its role
    RoleOnReturn role_on_return = RoleOnReturn::Previous;
    std::string role_schema;                   // extension of User with the attribute `role` (MOD-06); "": none
    Visibility visibility = Visibility::All;
    Linking linking = Linking::Never;
    DeleteMode delete_mode = DeleteMode::Membership;
    bool revive_deleted = false;               // T7
    KeysOnReturn keys_on_return = KeysOnReturn::StayDead;
    bool unique_emails = false;                // STD-07
    int64_t members_max = 0;                   // T67; 0: any number
    EmailVerification email_verification = EmailVerification::Never;
    bool last_owner_guard = true;              // MOD-08
    bool scim_changes_owners = false;          // T15
    bool delete_follows_setting = false;       // PLU-08: the setting plur_hard_delete is heard
    bool sign_in_needs_verified_email = false; // MOB-14: "may this member sign in" asks for it

    // ---- mass changes (T66)
    MassChangeMode mass_change_guard = MassChangeMode::Stage;
    int64_t mass_change_members = 25;          // losses in the time below that never are too many
    int64_t mass_change_percent = 20;          // ... nor is this part of the active members that SCIM manages
    int64_t mass_change_minutes = 60;
    int64_t mass_change_hours = 72;            // until an undecided one is released
    bool mass_change_second_approver = false;  // two people have to release one
};

// The place of a role in the order of the policy, the lowest is 0; -1 for "" and for names that are not in it.
int rank_of(const Policy& policy, std::string_view role);

struct PolicyValue {
    std::string_view name;      // as in a profile file: "unique_group_names"
    std::string_view type;      // "boolean", "integer", "string", "list", "choice"
    std::string_view meaning;
    json::value standard;       // what holds where nothing is said
    bool chosen_once;           // keys of stored resources depend on it: it stays as the tenant was made
};
const std::vector<PolicyValue>& policy_values();

// Applies `values` to the defaults. Errors: InvalidValue naming the key, or the keys that contradict each other.
Result<Policy> policy_from_json(const json::object& values);
// The same of a stored text. One that this program does not understand, because it is damaged or a newer one wrote
// it, must not be taken for another. Errors: InvalidValue naming the key, or that it is no object.
Result<Policy> read_policy(std::string_view text);

// The note of the 503 for a tenant whose policy cannot be read, and when to ask again.
inline constexpr std::string_view kPolicyUnreadable = "policy_unreadable";
inline constexpr int64_t kPolicyRetryAfterS = 60;

json::object policy_to_json(const Policy& policy);

// Puts "strict=true" into `values`. Errors: InvalidValue naming the key, also where the value does not fit. Whether
// values contradict each other is for policy_from_json() to say, when all are there.
Result<void> assign_policy_value(std::string_view assignment, json::object& values);

// The profiles compiled into the program (profiles/ of the source tree): names, and the values of one of them.
std::vector<std::string> profile_names();
Result<json::object> profile_values(std::string_view name);

}  // namespace rollcall
