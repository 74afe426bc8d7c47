// One request of a JSON API as its endpoints see it: the application API (/api/v1) and the admin API
// (/api/admin/v1). Endpoints are plain functions from a Call to an http::Outcome, as those of SCIM are.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/administrator.h"
#include "access/authenticate.h"
#include "access/openid.h"
#include "base/json.h"
#include "directory/catalogues.h"
#include "directory/directory.h"
#include "http/call.h"
#include "model/service_key.h"
#include "model/tenant_rate.h"

namespace rollcall::api {

struct Call;
struct Route;
using CallPointer = std::shared_ptr<Call>;
using Handler = http::Outcome (*)(const CallPointer& call);

// The same for all requests; lives as long as the server.
struct Service {
    store::Store& store;
    std::shared_ptr<directory::Catalogues> catalogues;
    Limits limits;
    Clock clock;
    access::AccessOptions access = {};
    // How its requests went lately; empty where nobody counts.
    std::function<TenantRate(TenantId)> rate_of = {};
    // Calls other servers.
    std::shared_ptr<access::OpenIdClient> openid;
    std::optional<Sha256> sealing_key;  // for secrets of tenants; none: they cannot be kept
    std::string public_url;             // as in the settings, or empty
    bool sends_mail = false;            // there is a relay
    // Tries to sign in to the admin API.
    std::shared_ptr<access::SignInGuard> sign_in_guard = std::make_shared<access::SignInGuard>();
};

struct Call : http::Call {
    const Service* service = nullptr;
    const Route* route = nullptr;
    // What stands in the path where the pattern has {name}; decoded.
    std::vector<std::pair<std::string_view, std::string>> parameters;
    Scopes scopes;       // of the service key; none on the admin API
    std::string origin;  // "https://host", for links
    // On the admin API: who has signed in, and the tenant that the request is about, if it needs one.
    std::shared_ptr<const access::Administrator> administrator;
    std::optional<Tenant> tenant;

    // Of the pattern's {name}; a name that it does not have is a fault of the program.
    const std::string& parameter(std::string_view name) const;
    // The same as an id. Error: NotFound, whatever is wrong with it.
    template <class AnyId>
    Result<AnyId> id(std::string_view name) const {
        if (auto id = AnyId::parse(parameter(name))) return *id;
        return failure(ErrorKind::NotFound, "There is nothing with this id.");
    }
    Instant now() const { return service->clock(); }
};

// ---- answers
http::Response json_answer(int status, const json::value& value);
http::Response json_answer(int status, std::string body);
http::Response no_content();
// RFC 9457: {"type": "about:blank", "title", "status", "detail"}, and "code", the scimType of the error, if
// it has one.
http::Response problem(const Error& error);
http::Response problem(int status, std::string_view detail, std::string_view code = {});

// ---- outcomes: `work` gives the answer or the error that becomes a problem
// Now, on this thread, with the thread's view of the store.
http::Outcome read(const CallPointer& call,
                   const std::function<Result<http::Response>(store::Transaction&)>& work);
// The same on the pool: what may take longer.
http::Outcome scan(const CallPointer& call, std::function<Result<http::Response>(store::Transaction&)> work);
// As a change; an error undoes it.
http::Outcome write(const CallPointer& call, std::function<Result<http::Response>(store::Transaction&)> work);

// ---- input
// The body as an object with no other members than `known`. Errors: InvalidSyntax, InvalidValue.
Result<json::object> read_object(const Call& call, std::initializer_list<std::string_view> known);
// A member of it as text; empty optional when it is not there or null. Error: InvalidValue when it is
// something else.
Result<std::optional<std::string>> optional_text(const json::object& object, std::string_view name);
Result<std::string> required_text(const json::object& object, std::string_view name);
Result<std::optional<bool>> optional_bool(const json::object& object, std::string_view name);
Result<std::optional<int64_t>> optional_integer(const json::object& object, std::string_view name);

// Parameters of the query, or of a body in application/x-www-form-urlencoded: the value of one, decoded.
// Errors: BadRequest (coding, given twice).
Result<std::optional<std::string>> form_value(std::string_view form, std::string_view name);
// Error: BadRequest naming the first that is not `known`.
Result<void> check_form(std::string_view form, std::span<const std::string_view> known);
inline Result<void> check_form(std::string_view form, std::initializer_list<std::string_view> known) {
    return check_form(form, std::span(known.begin(), known.size()));
}

// ---- the trail
// The event of a change that directory/ does not record itself, in its transaction (audit/record.h). `payload` holds no
// secrets.
void leave_event(const Call& call, store::Transaction& transaction, std::string_view action,
                 std::string_view target_type, std::string_view target, std::string payload = "{}");

// ---- the directory
// What directory/ needs to work for this caller inside `transaction`, with the schemas the tenant has there.
struct DirectoryAccess {
    std::shared_ptr<const Catalogue> catalogue;
    directory::Context context;

    const ResourceType& type(std::string_view name) const;  // "User", "Group"
};
// Errors: those of Catalogues::of().
Result<DirectoryAccess> open_directory(const Call& call, store::Transaction& transaction);

}  // namespace rollcall::api
