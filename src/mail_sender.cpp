#include "mail_sender.h"

#include <algorithm>

#include "access/member_link.h"
#include "base/log.h"
#include "directory/members.h"

namespace rollcall {
namespace {

constexpr std::chrono::milliseconds kRound(500);
constexpr int64_t kAtOnce = 20;
constexpr int64_t kFirstDelayMs = 5'000;
constexpr int64_t kLongestDelayMs = 6 * 3'600'000;

int64_t delay_after(int64_t attempts) {
    return std::min(kFirstDelayMs << std::min<int64_t>(attempts, 13), kLongestDelayMs);
}

bool only_tells(const Mail& mail) {
    return mail.purpose == MemberToken::Purpose::AddressChanged;
}

// Whether the address is the member's and the member may have the mail; a former address is always told.
bool is_still_wanted(store::TenantTransaction& door, const Mail& mail) {
    if (only_tells(mail)) return true;
    const auto member = door.find_member(mail.member);
    const auto user = door.find_user(mail.member);
    if (!member || !user || !member->is_active() || member->removed_at) return false;
    const auto document = parse_json(user->document).value_or(json::object());
    return directory::email_of(document.as_object()) == mail.email;
}

// The new address is not named: whoever has the former one need not be the member.
outside::Letter notice_of(const Tenant& tenant, const Mail& mail) {
    return {mail.email, "Your e-mail address was changed",
            "At \"" + tenant.slug +
                "\" this is not your e-mail address any more: another one was set in its place.\n\n"
                "If you do not know why, ask those who administer \"" +
                tenant.slug + "\".\n"};
}

outside::Letter letter_of(const Tenant& tenant, const Mail& mail, const std::string& token,
                          const std::string& link) {
    if (only_tells(mail)) return notice_of(tenant, mail);
    const bool is_invitation = mail.purpose == MemberToken::Purpose::Invitation;
    outside::Letter letter{
        mail.email, is_invitation ? "Your invitation" : "Please confirm your e-mail address", {}};
    letter.text = is_invitation ? "You are invited to administer \"" + tenant.slug +
                                      "\". Choose a password within 7 days"
                                : "Somebody at \"" + tenant.slug +
                                      "\" gave this e-mail address as yours. Confirm it within a day";
    // Behind the # no server on the way sees it.
    letter.text += link.empty() ? " with this code:\n\n" + token
                                : ":\n\n" + link +
                                      "#purpose=" + (is_invitation ? "invitation" : "email-verification") +
                                      "&token=" + token;
    letter.text += "\n\nIf you did not expect this mail, do nothing.\n";
    return letter;
}

}  // namespace

MailSender::MailSender(store::Store& store, MailOptions options, Clock clock)
    : store_(store), options_(std::move(options)), clock_(std::move(clock)), thread_([this] { run(); }) {}

MailSender::~MailSender() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void MailSender::send(const Tenant& tenant, const Mail& mail) {
    const auto caller = Caller::operator_of(tenant.id, tenant.slug);
    std::optional<outside::Letter> letter;
    bool is_given_up = false;
    // Before the mail goes out, so that a token that arrives is good; and with the next try, should this one
    // never end.
    store::write_and_wait(store_, [&](store::Transaction& transaction) {
        letter.reset();
        is_given_up = false;
        // It may have been sent, taken back or held since it was looked for.
        const Instant now = clock_();
        const auto due = transaction.due_mails(now, kAtOnce);
        if (std::ranges::find(due, std::pair(tenant.id, mail)) == due.end()) return;
        auto& door = transaction.tenant(caller);
        if (!is_still_wanted(door, mail) || mail.attempts >= kMailTriesMax) {
            door.remove_mail(mail.member, mail.purpose);
            is_given_up = true;
            return;
        }
        std::string token;
        if (!only_tells(mail)) {
            token = access::make_member_link(door, mail.member, mail.purpose, mail.email, now).token.reveal();
        }
        letter = letter_of(tenant, mail, token, options_.link);
        Mail tried = mail;
        ++tried.attempts;
        tried.due = Instant{now.ms + delay_after(mail.attempts)};
        door.put_mail(tried);
    });
    if (is_given_up) {
        log(LogLevel::Warning, "mail given up", {{"tenant", tenant.slug}, {"member", mail.member.text()}});
    }
    if (!letter) return;
    const auto sent = outside::send_mail(options_.relay, *letter, clock_(), stopping_);
    if (!sent && sent.error().kind != ErrorKind::InvalidValue) {
        log(LogLevel::Warning, "mail not sent",
            {{"tenant", tenant.slug}, {"member", mail.member.text()}, {"reason", sent.error().note}});
        return;
    }
    store::write_and_wait(store_, [&](store::Transaction& transaction) {
        transaction.tenant(caller).remove_mail(mail.member, mail.purpose);
    });
}

bool MailSender::send_some() {
    auto& transaction = store_.read();
    const auto due = transaction.due_mails(clock_(), kAtOnce);
    const auto tenants = due.empty() ? std::vector<Tenant>() : transaction.tenants();
    store_.end_read();
    for (const auto& [id, mail] : due) {
        {
            std::lock_guard lock(mutex_);
            if (stopping_) return false;
        }
        const auto tenant = std::ranges::find(tenants, id, &Tenant::id);
        if (tenant != tenants.end()) send(*tenant, mail);
    }
    return !due.empty();
}

void MailSender::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        bool has_more = false;
        try {
            has_more = send_some();
        } catch (const std::exception& error) {
            log(LogLevel::Warning, "mails not sent", {{"what", error.what()}});
        }
        lock.lock();
        if (!has_more) changed_.wait_for(lock, kRound, [this] { return stopping_.load(); });
    }
}

}  // namespace rollcall
