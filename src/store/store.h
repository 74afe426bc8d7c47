// Durable state behind one interface. Engines: store/sqlite (one process), store/postgres (any number of them),
// store/memory (the reference in tests); store/open.cpp is the only place that names them.
//
// Reads are synchronous: Store::read() gives the calling thread its own view. Writes are closures:
// Store::submit() queues a job for the writer, which runs whatever waited during the last commit in one
// transaction, each job in a savepoint, commits durably once, and then calls every job's `done` (group
// commit). A job therefore sees all jobs before it, and read-modify-write inside a job is serial.
//
// Failures. Expected outcomes are Results. A lost, full or damaged database throws StoreFailure: out of a
// read directly; out of a job the whole batch is rolled back and every `done` of it gets the exception.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/caller.h"
#include "model/filter.h"
#include "model/representation.h"
#include "model/resource.h"
#include "model/tenant.h"
#include "store/administrators.h"
#include "store/content.h"
#include "store/credentials.h"
#include "store/events.h"
#include "store/groups.h"
#include "store/mass_changes.h"
#include "store/identity_providers.h"
#include "store/kept_answers.h"
#include "store/mail.h"
#include "store/members.h"
#include "store/service_keys.h"
#include "store/sessions.h"

namespace rollcall::store {

// The database cannot do it: lost, full, locked for too long, damaged, newer than this program.
struct StoreFailure : std::runtime_error {
    enum class Cause { Lost, Full, Damaged, TooNew, Busy };
    StoreFailure(Cause why, const std::string& what) : std::runtime_error(what), cause(why) {}
    Cause cause;
};

// ------------------------------------------------------------------------------------------------ rows

// One value under which a resource can be found. `attribute` is AttributePath::text() of an attribute that is
// indexed or unique; `key` is its comparison_key.
struct IndexedValue {
    std::string attribute;
    std::string key;
    bool unique;  // no other resource of the tenant and type may have it
    friend auto operator<=>(const IndexedValue&, const IndexedValue&) = default;
};

// What no other resource of the tenant (and type) may have.
struct Claims {
    std::string type;  // resource type name
    std::string user_name_key;
    std::vector<IndexedValue> values;  // unique ones
};

// A resource as stored. `document` is the JSON text of Resource::attributes preceded by schemas and id, ready
// to be sent but for computed attributes and meta: {"schemas":[...],"id":"...","userName":...}
struct ResourceRow {
    std::string type;  // resource type name
    ResourceId id;
    std::string document;
    std::string user_name_key;   // key of userName, unique in the tenant; empty for types without userName
    std::string external_id;     // empty when it has none
    std::string display;         // display_of(); copied into membership rows by the store
    std::optional<bool> active;  // as the document states it; nothing where it does not
    Instant created;
    Instant last_modified;
    int64_t version = 1;
    std::string manager;  // text of enterprise manager.value, empty when there is none
    bool plain = true;    // the document has nothing that is hidden by default (returned request or never)
    bool hidden = false;  // callers of the channel scim do not see it (MOB-06, STD-06)
    std::vector<IndexedValue> indexed;  // filled by writers; reads leave it empty
};

using MemberRow = ShownMember;
using GroupReference = ShownGroup;

// One request (MOB-16). Text fields are bounded by the caller.
struct AuditRow {
    Instant time;
    RequestId request;
    CredentialId credential;  // nil when unknown
    std::string_view method;
    std::string_view path;            // path without query; ids included, no values
    std::optional<Sha256> body_hash;  // of the bytes received; empty when the body was never read
    int status = 0;
    int64_t duration_us = 0;
    std::string_view address;
    std::string_view channel;  // "scim", "admin", "app", "cli"
    std::string_view target;   // id of the resource concerned, or empty
    std::string_view note;     // e.g. "2 unknown members skipped"; empty
};

// One change, for those who follow changes (webhooks, events). Written with it.
struct OutboxRow {
    Instant time;
    std::string_view event;  // "create", "put", "patch", "delete"
    std::string_view type;   // resource type name
    ResourceId id;
    int64_t version;
};

// A Schema or ResourceType document that a tenant has beside those of the installation.
struct SchemaRow {
    std::string kind;      // "Schema" or "ResourceType"
    std::string name;      // the URI of the schema, the name of the type
    std::string document;  // JSON text as it was loaded, x- additions included
    int64_t version = 0;   // the tenant's schema version that brought it
    Instant loaded;
    friend bool operator==(const SchemaRow&, const SchemaRow&) = default;
};

// ------------------------------------------------------------------------------------------------ queries

struct TypeFilter {
    const ResourceType* type;
    const CheckedFilter* filter;  // null: all resources of the type
};

// A place in the order of a Query: that of a resource, which need not be there any more. `value` is what the
// engine sorted it by and means nothing to another engine.
struct Position {
    std::string type;
    SortValue value;
    ResourceId id;
};

// A list request. Total order without sort: by type in the order of `types`, then id; with sort: the sort
// value (absent last), then id; descending is exactly the other way round.
struct Query {
    // Where the page begins: at `offset`; or after (before) `position`, whatever was put in and taken out
    // meanwhile (RFC 9865). Without a position: the first (last) page.
    enum class Start { Offset, After, Before };

    std::vector<TypeFilter> types;  // one, or all of them at the root
    bool sorted = false;
    bool descending = false;
    std::vector<std::optional<AttributePath>> sort_paths;  // per type; nullopt: the type lacks the attribute
    int64_t offset = 0;                                    // 0-based
    int64_t limit = 100;                                   // 0: only the total
    Start start = Start::Offset;
    std::optional<Position> position;
    bool wants_total = true;               // false: with After and Before, filters are not counted
    std::string base_url;                  // for comparisons of $ref and meta.location
    const Catalogue* catalogue = nullptr;  // of the tenant: endpoints of $ref; null: the standard one
};

// What it takes to show a resource: a part of its row, without copies.
struct RowView {
    std::string_view type;  // resource type name
    ResourceId id;
    Instant created;
    Instant last_modified;
    int64_t version = 1;
    bool plain = true;                  // as ResourceRow::plain
    std::optional<ResourceId> manager;  // nothing too when the text is no id
    std::string_view document;
};

// Of a row that outlives it.
RowView view_of(const ResourceRow& row);

// The rows of one page, whose documents it holds. Types are named as in the Query, which outlives it.
class Page {
public:
    Page() = default;
    Page(Page&&) = default;
    Page& operator=(Page&&) = default;

    int64_t total = 0;          // all matches
    std::vector<RowView> rows;  // at most `limit`, in the order of the query whatever its start

    // With Start::After and Before only:
    bool total_known = true;          // false: it was not wanted, or counting would have lasted too long
    std::vector<Position> positions;  // of each row
    bool more = false;                // there are rows beyond the page, in the direction of reading

    void reserve(size_t count);
    // Adds a row and copies its document.
    void add(const RowView& row);

private:
    // Documents never move: a page is filled from memory that the next row may overwrite.
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* free_ = nullptr;  // in the last block
    size_t left_ = 0;
};

// ------------------------------------------------------------------------------------------------
// transactions

// All data of one tenant, seen and changed by one caller. The only door to it: made by Transaction::tenant()
// from a Caller, and no function takes a tenant id. Lives no longer than its Transaction. One thread.
//
// To a caller of the channel scim, resources that are hidden are not there: not in find(), queries and counts,
// and not as members of groups. Other channels see them. Uniqueness is judged over all.
class TenantTransaction : public CredentialRows,
                          public EventRows,
                          public RequestRows,
                          public GroupRows,
                          public MemberRows,
                          public ContentRows,
                          public SessionRows,
                          public KeyRows,
                          public MassChangeRows,
                          public ServiceKeyRows,
                          public AdministrationRows,
                          public IdentityProviderRows,
                          public MailRows {
public:
    ~TenantTransaction() override = default;

    // ---- resources
    // nullopt when the tenant has no such resource of that type.
    virtual std::optional<ResourceRow> find(std::string_view type, ResourceId id) = 0;
    // The same for showing it, without copies: `visit` is given a view that lasts for the call. False when
    // there is no such resource.
    virtual bool look_at(std::string_view type, ResourceId id,
                         const std::function<void(const RowView&)>& visit) = 0;
    // Type and display of any resource of the tenant, whatever its type.
    virtual std::optional<MemberRow> find_any(ResourceId id) = 0;
    // Errors: Uniqueness, whose detail names the attribute (never the value or its owner).
    virtual Result<void> insert(const ResourceRow& row) = 0;
    // Replaces everything but type, id and created; display and hidden are carried into membership rows, and groups
    // that lose or gain a member that way get a new version. Errors: Uniqueness.
    virtual Result<void> update(const ResourceRow& row) = 0;
    // Removes the resource, its member row and its memberships on both sides. Groups that lose it as a member get a new
    // version and last_modified = now (S-GROUP-12). False when it was not there.
    virtual bool erase(std::string_view type, ResourceId id, Instant now) = 0;
    // Errors: TooMany when the query would examine more than limits allow or lasts too long; the detail says
    // what to do.
    virtual Result<Page> query(const Query& query) = 0;
    // The answer that is kept for `key` in this snapshot; null when there is none (always, where the engine cannot
    // tell cheaply whether anything has changed). Valid until the transaction is used again.
    virtual const std::string* kept_answer(const AnswerKey& key) {
        static_cast<void>(key);
        return nullptr;
    }
    // Offers an answer that was made in this snapshot (kept_answers.h).
    virtual void keep_answer(AnswerKey key, std::string_view answer) {
        static_cast<void>(key);
        static_cast<void>(answer);
    }
    // How many rows a list of all of a type goes through before it comes to `offset`: none when an earlier
    // page ended there, all in the worst case.
    virtual int64_t rows_passed(std::string_view type, int64_t offset) = 0;

    // ---- memberships: one row per member
    virtual bool add_member(ResourceId group, const MemberRow& member) = 0;  // false: was one already
    virtual bool remove_member(ResourceId group, ResourceId member) = 0;     // false: was none
    virtual int64_t remove_all_members(ResourceId group) = 0;                // how many there were
    virtual bool has_member(ResourceId group, ResourceId member) = 0;        // directly
    virtual int64_t member_count(ResourceId group) = 0;
    // In order of member id.
    virtual void members(ResourceId group, const std::function<void(const MemberRow&)>& visit) = 0;
    // Groups of a resource: direct ones, then those reached through groups, each once; in order of id within
    // each.
    virtual std::vector<GroupReference> groups_of(ResourceId member) = 0;
    // The direct ones alone, in order of id; a group that is its own member among them.
    virtual std::vector<GroupReference> direct_groups_of(ResourceId member) = 0;
    // groups_of() for each of `members`, which are no groups themselves, in their order: cheaper for a page
    // of a list, most of all one in order of id.
    virtual std::vector<std::vector<GroupReference>> groups_of_each(
        const std::vector<ResourceId>& members) = 0;
    // True when `group` is reached from `start` by going from a group to its members that are groups, or is
    // `start`.
    virtual bool reaches(ResourceId start, ResourceId group) = 0;

    // How many groups the longest chain has that leads from `group` to groups it is a member of (Above), or
    // to its members that are groups (Below), without `group` itself; counting stops at `most`.
    enum class Nesting { Above, Below };
    virtual int64_t nesting(ResourceId group, Nesting direction, int64_t most) = 0;

    // ---- schemas of the tenant
    // At most `most` resources of the type whose id is above `after` (nil: from the first), in order of id.
    virtual std::vector<ResourceRow> resources_after(std::string_view type, ResourceId after,
                                                     int64_t most) = 0;
    // How many resources of that type the tenant has.
    virtual int64_t resource_count(std::string_view type) = 0;
    // In order of kind and name.
    virtual std::vector<SchemaRow> schemas() = 0;
    // Puts `rows` in the place of all there are and `version` on the tenant's row.
    virtual void replace_schemas(const std::vector<SchemaRow>& rows, int64_t version) = 0;
    // Tenant::schema_version as this transaction sees it; 0 for a tenant that is not there.
    virtual int64_t schema_version() = 0;

    // ---- what every change leaves
    virtual void append_outbox(const OutboxRow& row) = 0;

    // ---- credentials of the tenant
    // Errors: Uniqueness for the slug.
    virtual Result<void> insert_credential(const Credential& credential) = 0;
    virtual std::vector<Credential> credentials() = 0;
    virtual Result<void> update_credential(const Credential& credential) = 0;  // NotFound
    // Revokes what is not revoked yet of the credentials that belong to the user.
    virtual void revoke_credentials_of(ResourceId user, Instant now) = 0;

    // Serialises everything that judges an invariant of the whole tenant (unique names apart). On SQLite the
    // writer has it already.
    virtual void lock_tenant() = 0;
};

// A view of the whole store. In a job it is writable; from Store::read() writing members throw
// std::logic_error.
class Transaction : public IssuerLookup,
                    public AccountRows,
                    public ServiceKeyLookup,
                    public AdministratorRows,
                    public MassChangeLookup,
                    public MailQueue {
public:
    ~Transaction() override = default;

    virtual TenantTransaction& tenant(const Caller& caller) = 0;

    // The credential with that SHA-256 of its own or a further token, whatever its state, and its tenant.
    virtual std::optional<std::pair<Credential, Tenant>> find_credential(const Sha256& token_hash) = 0;
    virtual std::optional<Tenant> find_tenant(std::string_view slug) = 0;
    virtual std::vector<Tenant> tenants() = 0;
    // Sets id. Error: Uniqueness for the slug. A new tenant has schema_version 0.
    virtual Result<Tenant> insert_tenant(Tenant tenant) = 0;
    // All but schema_version, which replace_schemas() sets.
    virtual Result<void> update_tenant(const Tenant& tenant) = 0;

    // Audit rows may belong to nobody (tenant 0), which is why they are appended here and not through the
    // door.
    virtual void append_audit_rows(TenantId tenant, std::span<const AuditRow> rows) = 0;
    void append_audit(TenantId tenant, const AuditRow& row) { append_audit_rows(tenant, {&row, 1}); }
    // Last use of a credential; the caller limits it to once a minute per credential.
    virtual void touch_credential(TenantId tenant, CredentialId credential, Instant time,
                                  std::string_view address) = 0;

    // Jobs only: marks a place to return to; undoes everything since the mark. One mark at a time.
    virtual void mark() = 0;
    virtual void undo_to_mark() = 0;
};

// Runs on the writer. Must not block on anything but the transaction. It may be undone and called again.
using Work = std::move_only_function<void(Transaction&)>;
// What a job is about, as far as that is known before it runs. The tenant decides where it runs; `claims` is a hint
// like Foreseen.
struct Subject {
    Subject(TenantId of, Claims what = {}) : tenant(of), claims(std::move(what)) {}
    TenantId tenant;  // 0: not known
    Claims claims;
};

// Called once the work is durable (nullptr) or lost (the exception). Runs on the writer thread: must only
// hand over.
using Done = std::move_only_function<void(std::exception_ptr)>;

struct Violation {
    std::string invariant;  // "membership.member_exists"
    std::string where;      // tenant slug and id
};

// What a request is going to look up, as far as its head says. Only a hint: what does not come true costs time.
struct Foreseen {
    std::optional<Sha256> token_hash;  // of find_credential()
    std::string_view type;             // of look_at(), with the groups of the resource; empty: none is shown
    ResourceId id;
};

class Store {
public:
    virtual ~Store() = default;  // finishes every job that was submitted

    // The view of the calling thread. Successive calls by one thread may share one snapshot, as long as
    // nothing was committed in between by anybody: a request begun after a commit was acknowledged sees it.
    // Call end_read() when the thread goes idle, so that the log can be shortened.
    virtual Transaction& read() = 0;
    virtual void end_read() = 0;
    // For a thread that goes on reading, now and then between two requests: gives the view up if that is
    // waited for.
    virtual void yield_read() = 0;

    // A view that may lack what was acknowledged in the last moments, no more than the bound that the store was
    // opened with allows: for lists, never for what a change is decided by, nor for whether something exists.
    // Null: there is none now; take read(). What fails in it may be tried once more in a view of read().
    virtual Transaction* read_older() { return nullptr; }
    virtual bool has_older() const { return false; }

    // For engines to which asking ten things at once costs hardly more than asking one. Where asks_together() is
    // true, a thread that has received several requests calls foresee() before it works on the first of them, and
    // end_foreseen() behind the last; in between read() gives one view, begun after all of them had arrived.
    // Throws StoreFailure; then read() is called all the same, and fails or not.
    virtual bool asks_together() const { return false; }
    virtual void foresee(std::span<const Foreseen>) {}
    virtual void end_foreseen() {}

    // Queues a job. Safe on any thread. Audit rows of reads go here too, in batches.
    virtual void submit(Work work, Done done) = 0;

    // The same for a job with very many changes: it shares its transaction with no other.
    virtual void submit_alone(Work work, Done done) = 0;

    // Both for a job that is about one tenant: engines with several writers keep the jobs of a tenant in order and
    // together.
    virtual void submit_for(Subject, Work work, Done done) { submit(std::move(work), std::move(done)); }
    virtual void submit_alone_for(TenantId, Work work, Done done) { submit_alone(std::move(work), std::move(done)); }

    // Runs a job on the calling thread, up to its `done`, when no other job waits or runs and commits have
    // been quick; else returns false and leaves both as they were. For short jobs: nothing else is written
    // meanwhile.
    virtual bool run_now(Work& work, Done& done) = 0;

    // 32 random bytes, made with the store and kept in it, for seals (base/seal.h). No thread may change it.
    virtual const Sha256& instance_key() const = 0;

    // Checks that every row agrees with every other (counters, indexes, memberships, documents); empty when
    // all is well. `catalogue` is the installation's; tenants' own schemas are read from the store.
    virtual std::vector<Violation> verify(const Catalogue& catalogue) = 0;

    // True while writes can succeed; false after an I/O error (promise P5).
    virtual bool healthy() const = 0;
    // For /metrics: name and value.
    virtual std::vector<std::pair<std::string, double>> statistics() const = 0;
};

// Submits and waits: tests, tools, pool threads. Rethrows StoreFailure.
void write_and_wait(Store& store, Work work);

}  // namespace rollcall::store
