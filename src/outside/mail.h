// Sends mails by a relay (SMTP, RFC 5321), with libcurl. Blocks: for threads that may wait.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace rollcall::outside {

struct MailRelay {
    std::string url;   // smtp://HOST:PORT, with STARTTLS unless HOST is this machine; smtps://HOST:PORT
    std::string user;  // empty: nobody signs in
    std::shared_ptr<const Secret> password;
    std::string from;  // an address
};

struct Letter {
    std::string to;       // an address
    std::string subject;  // ASCII
    std::string text;     // UTF-8; lines end in \n
};

// One address as it may stand in an envelope and a header: ASCII, no blanks, brackets or commas.
bool is_mail_address(std::string_view text);

// Errors: InvalidValue for an address that is none; Unavailable for everything else, with the reason as its
// note. The relay has taken the mail once this returns. `stopping` ends it within a second.
Result<void> send_mail(const MailRelay& relay, const Letter& letter, Instant now,
                       const std::atomic<bool>& stopping);

}  // namespace rollcall::outside
