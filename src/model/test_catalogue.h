// A resource type that exists in tests only and has an attribute of every kind; it proves that types are data
// (S-RES-16). Included by *_test.cpp and fuzz targets only.
#pragma once

#include "base/check.h"
#include "base/json.h"
#include "model/schema.h"

namespace rollcall {

inline constexpr std::string_view kTestDocuments = R"([
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:2.0:Device","name":"Device",
 "attributes":[
  {"name":"displayName"},
  {"name":"serial","caseExact":true,"mutability":"immutable","uniqueness":"server","required":true},
  {"name":"tags","multiValued":true},
  {"name":"height","type":"integer"},
  {"name":"heights","type":"integer","multiValued":true},
  {"name":"weight","type":"decimal"},
  {"name":"installed","type":"dateTime"},
  {"name":"fingerprint","type":"binary"},
  {"name":"enabled","type":"boolean"},
  {"name":"pin","mutability":"writeOnly"},
  {"name":"notes","returned":"request"},
  {"name":"ports","type":"complex","multiValued":true},
  {"name":"peers","type":"complex","multiValued":true,"subAttributes":[
    {"name":"value","caseExact":true},{"name":"$ref","type":"reference","referenceTypes":["Device"]},
    {"name":"pin","returned":"never"}]},
  {"name":"owner","type":"complex","subAttributes":[
    {"name":"value"},{"name":"since","type":"dateTime"},{"name":"aliases","multiValued":true}]},
  {"name":"site","type":"complex","subAttributes":[{"name":"floor","type":"integer"},{"name":"room"}]}
 ]},
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"http://example.com/schemas/1.1/device","name":"Lease",
 "attributes":[{"name":"lessee"},{"name":"displayName"},
  {"name":"term","type":"complex","subAttributes":[{"name":"end","type":"dateTime"},{"name":"value"}]}]},
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"Device","endpoint":"/Devices",
 "schema":"urn:example:2.0:Device",
 "schemaExtensions":[{"schema":"http://example.com/schemas/1.1/device","required":false}]}
])";

inline std::vector<json::object> documents_of(std::string_view text) {
    std::vector<json::object> documents;
    const json::value list = json::parse(text);
    for (const json::value& document : list.as_array()) documents.push_back(document.as_object());
    return documents;
}

inline const ResourceType& device_type() {
    static const std::shared_ptr<const Catalogue> catalogue = [] {
        auto loaded = Catalogue::load(documents_of(kTestDocuments));
        CHECK(loaded.has_value());
        return *loaded;
    }();
    return *catalogue->find_type("Device");
}

inline const ResourceType& user_type() { return *Catalogue::standard()->find_type("User"); }
inline const ResourceType& group_type() { return *Catalogue::standard()->find_type("Group"); }

inline constexpr std::string_view kUser = "urn:ietf:params:scim:schemas:core:2.0:User";
inline constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

}  // namespace rollcall
