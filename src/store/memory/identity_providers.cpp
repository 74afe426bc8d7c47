// The OpenID provider of a tenant, its subjects, and mails that wait.
#include "store/memory/tenant.h"

namespace rollcall::store::memory {

std::optional<IdentityProvider> MemoryTenant::identity_provider() {
    return data().identity_provider;
}

void MemoryTenant::put_identity_provider(const IdentityProvider& provider) {
    change().identity_provider = provider;
}

bool MemoryTenant::remove_identity_provider() {
    auto& provider = change().identity_provider;
    const bool was_there = provider.has_value();
    provider.reset();
    return was_there;
}

std::optional<ResourceId> MemoryTenant::member_of_subject(std::string_view issuer, std::string_view subject) {
    const auto& subjects = data().subjects;
    const auto found = subjects.find({std::string(issuer), std::string(subject)});
    if (found == subjects.end()) return std::nullopt;
    return found->second.member;
}

void MemoryTenant::put_subject(const ProviderSubject& subject) {
    change().subjects[{subject.issuer, subject.subject}] = subject;
}

std::vector<ProviderSubject> MemoryTenant::subjects_of(ResourceId member) {
    std::vector<ProviderSubject> found;
    for (const auto& [key, subject] : data().subjects) {
        if (subject.member == member) found.push_back(subject);
    }
    return found;
}

void MemoryTenant::remove_subjects_of(ResourceId member) {
    std::erase_if(change().subjects, [&](const auto& entry) { return entry.second.member == member; });
}

void MemoryTenant::put_mail(const Mail& mail) {
    change().mails[{mail.member, mail.purpose}] = mail;
}

void MemoryTenant::add_mail(const Mail& mail) {
    change().mails.try_emplace({mail.member, mail.purpose}, mail);
}

void MemoryTenant::remove_mail(ResourceId member, MemberToken::Purpose purpose) {
    change().mails.erase({member, purpose});
}

int64_t MemoryTenant::hold_mails(std::optional<Instant> since) {
    int64_t changed = 0;
    for (auto& [key, mail] : change().mails) {
        if (mail.held.has_value() == since.has_value()) continue;
        mail.held = since;
        ++changed;
    }
    return changed;
}

}  // namespace rollcall::store::memory
