// Rows of the OpenID provider of a tenant. A part of TenantTransaction.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/identity_provider.h"

namespace rollcall::store {

class IdentityProviderRows {
public:
    virtual ~IdentityProviderRows() = default;

    virtual std::optional<IdentityProvider> identity_provider() = 0;
    // In the place of what there is.
    virtual void put_identity_provider(const IdentityProvider& provider) = 0;
    // False: there was none. Subjects stay.
    virtual bool remove_identity_provider() = 0;

    virtual std::optional<ResourceId> member_of_subject(std::string_view issuer,
                                                        std::string_view subject) = 0;
    // In the place of what has the same issuer and subject.
    virtual void put_subject(const ProviderSubject& subject) = 0;
    // In order of issuer and subject. erase() of the user takes them away.
    virtual std::vector<ProviderSubject> subjects_of(ResourceId member) = 0;
    virtual void remove_subjects_of(ResourceId member) = 0;
};

}  // namespace rollcall::store
