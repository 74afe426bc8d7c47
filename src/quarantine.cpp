#include "quarantine.h"

#include "operator_job.h"
#include "store/open.h"

namespace rollcall {

access::Quarantined change_quarantine_of(store::Store& store, const std::string& slug, bool begins) {
    const Instant now = system_now();
    const auto tenants = store.read().tenants();
    store.end_read();
    access::Quarantined changed;
    for (const auto& tenant : tenants) {
        if (!slug.empty() && tenant.slug != slug) continue;
        access::Quarantined here;
        store::write_and_wait(store, [&](store::Transaction& transaction) {
            auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
            here = access::change_quarantine(door, begins, now);
            if (here.all() == 0) return;
            append_change(transaction, tenant, begins ? "credential.quarantine" : "credential.confirm", "*",
                          {}, std::to_string(here.all()) + " tokens, links and mails");
        });
        changed.credentials += here.credentials;
        changed.service_keys += here.service_keys;
        changed.member_keys += here.member_keys;
        changed.links += here.links;
        changed.mails += here.mails;
        changed.sessions += here.sessions;
    }
    // Administrators sign in anew, with what the restored database knows of them.
    if (begins) {
        store::write_and_wait(
            store, [&](store::Transaction& transaction) { transaction.remove_admin_sessions_before(now); });
    }
    return changed;
}

json::object shown_quarantine(const access::Quarantined& changed, bool begins) {
    json::object shown{{"credentials", changed.credentials},
                       {"service_keys", changed.service_keys},
                       {"member_keys", changed.member_keys},
                       {"links", changed.links},
                       {"mails", changed.mails}};
    if (begins) shown["sessions_ended"] = changed.sessions;
    return shown;
}

std::string quarantine_sentence(const access::Quarantined& changed, bool begins) {
    const std::string what =
        std::to_string(changed.credentials) + " credentials, " + std::to_string(changed.service_keys) +
        " service keys, " + std::to_string(changed.member_keys) + " API keys of members, " +
        std::to_string(changed.links) + " links and " + std::to_string(changed.mails) + " mails are ";
    if (!begins) return what + "confirmed.";
    return what + "in quarantine: nothing of it is good or sent until it is confirmed. " +
           std::to_string(changed.sessions) + " sessions have ended.";
}

}  // namespace rollcall
