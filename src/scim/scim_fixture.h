// What the tests of this folder share: resource types, JSON as text, resources before a change. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scim/patch.h"

namespace rollcall::scim::test {

inline constexpr std::string_view kUser = "urn:ietf:params:scim:schemas:core:2.0:User";
inline constexpr std::string_view kGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";
inline constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
inline constexpr std::string_view kGadget = "urn:example:params:scim:schemas:core:2.0:Gadget";
inline constexpr std::string_view kGadgetExtra = "urn:example:params:scim:schemas:extension:2.0:GadgetExtra";

// Ids that are ids of ours.
inline constexpr std::string_view kAnn = "0190a5d2-1111-7000-8000-000000000001";
inline constexpr std::string_view kBob = "0190a5d2-1111-7000-8000-000000000002";
inline constexpr std::string_view kCid = "0190a5d2-1111-7000-8000-000000000003";

const ResourceType& user_type();
const ResourceType& group_type();
// A type of the tests' own that has every data type, mutability and returned characteristic (see
// scim_fixture.cpp).
const ResourceType& gadget_type();

ReadOptions lenient();
ReadOptions strict();

// Single quotes stand for double quotes; USER, ENT, GROUP, GADGET and EXTRA between percent signs for their
// URIs, ANN, BOB and CID for the ids. Stops the test program when the text is no JSON.
json::value parsed(std::string_view text);
// The text after the same replacements.
std::string expanded(std::string_view text);

// A resource with these attributes, as they are kept.
Resource resource_of(const ResourceType& type, std::string_view attributes);

// A PatchOp message with these operations: "{'op':'add',...}, ..."
json::value patch_of(std::string_view operations);

// parse_patch and apply_patch in one.
Result<Edited> patched(const ResourceType& type, std::string_view before, std::string_view operations,
                       const ReadOptions& options = lenient());

// The attributes after a PATCH are exactly `after`.
void expect_patched(const ResourceType& type, std::string_view before, std::string_view operations,
                    std::string_view after, const ReadOptions& options = lenient());

// A PATCH is refused with this kind; the detail names operation and path: "Operations[0]: active".
void expect_refused(const ResourceType& type, std::string_view before, std::string_view operations,
                    ErrorKind kind, std::string_view detail_start, const ReadOptions& options = lenient());

// A body of POST or PUT is read as exactly these attributes, or refused.
void expect_read(const ResourceType& type, std::string_view body, std::string_view attributes,
                 const ReadOptions& options = lenient());
void expect_unread(const ResourceType& type, std::string_view body, ErrorKind kind,
                   std::string_view detail_part = {}, const ReadOptions& options = lenient());

// "add ANN BOB; remove CID ?1; all; replace -": how edits are written in the tests of members.
std::string describe(const std::vector<MembershipEdit>& edits);

}  // namespace rollcall::scim::test
