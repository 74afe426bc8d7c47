// Mails that wait to be sent. MailRows is a part of TenantTransaction, MailQueue of Transaction.
#pragma once

#include <utility>
#include <vector>

#include "model/mail.h"

namespace rollcall::store {

class MailRows {
public:
    virtual ~MailRows() = default;

    // In the place of what waits for the member and the purpose; never held. end_administration_of() the
    // member takes all away but AddressChanged.
    virtual void put_mail(const Mail& mail) = 0;
    // No effect where one waits for the member and the purpose.
    virtual void add_mail(const Mail& mail) = 0;
    virtual void remove_mail(ResourceId member, MemberToken::Purpose purpose) = 0;
    // Holds every mail of the tenant that is not held, or (nothing) lets all go. How many.
    virtual int64_t hold_mails(std::optional<Instant> since) = 0;
};

class MailQueue {
public:
    // Of all tenants, those that are due at `now` and not held, the longest due first, at most `most`.
    virtual std::vector<std::pair<TenantId, Mail>> due_mails(Instant now, int64_t most) = 0;

protected:
    ~MailQueue() = default;
};

}  // namespace rollcall::store
