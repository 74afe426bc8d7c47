#include "access/member_link.h"

#include "access/token.h"

namespace rollcall::access {
namespace {

constexpr std::string_view kPrefix = "rc_lnk_";
constexpr int64_t kInvitationMs = 7 * 86'400'000LL;
constexpr int64_t kVerificationMs = 86'400'000;

}  // namespace

MemberLink make_member_link(store::TenantTransaction& door, ResourceId member, MemberToken::Purpose purpose,
                            const std::string& email, Instant now) {
    const int64_t life = purpose == MemberToken::Purpose::Invitation ? kInvitationMs : kVerificationMs;
    MemberLink link{make_token(kPrefix), Instant{now.ms + life}};
    // The tenant is that of the door.
    door.put_member_token({sha256(link.token.reveal()), {}, member, purpose, email, now, link.expires});
    return link;
}

}  // namespace rollcall::access
