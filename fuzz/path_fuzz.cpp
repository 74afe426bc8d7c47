// PATCH paths and attribute notation: a path that is read can be written and read again; what it resolves to is an
// attribute that stands in the schema; the canonical text of a resolved path resolves to the same path.
#include "base/check.h"
#include "base/text.h"
#include "model/resource.h"
#include "model/test_catalogue.h"

namespace rollcall {
namespace {

bool stands_in(const std::vector<Attribute>& attributes, const Attribute* attribute) {
    return std::ranges::any_of(attributes, [&](const Attribute& candidate) { return &candidate == attribute; });
}

void check_resolved(const ResourceType& type, const AttributePath& path) {
    const Schema& schema = path.extension ? *path.extension : *type.schema;
    if (path.extension) CHECK(type.find_extension(path.extension->id));
    if (path.is_whole_extension()) {
        CHECK(!path.sub_attribute);
    } else {
        CHECK(path.attribute);
        CHECK(stands_in(schema.attributes, path.attribute) ||
              (!path.extension && stands_in(common_attributes().attributes, path.attribute)));
        CHECK(!path.sub_attribute || stands_in(path.attribute->sub_attributes, path.sub_attribute));
    }
    const auto again = resolve_path(type, path.text());
    CHECK(again.has_value());
    CHECK(*again == path);
}

void check_notation(const ResourceType& type, std::string_view text) {
    const auto path = resolve_path(type, text);
    if (path) {
        check_resolved(type, *path);
    } else {
        CHECK(path.error().kind == ErrorKind::InvalidPath);
        CHECK(is_valid_utf8(path.error().detail));
    }
    const auto sorted = resolve_sort_path(type, text);
    CHECK(!sorted || path);
    if (sorted) CHECK(!sorted->target().is_complex());
}

void check_value_filter_of(const ResourceType& type, const ParsedPath& path) {
    const auto attribute = resolve_path(type, path.attribute);
    if (!attribute || !path.filter) return;
    const auto filter = check_value_filter(*attribute, *path.filter, true);
    if (!filter) {
        CHECK(filter.error().kind == ErrorKind::InvalidFilter);
        return;
    }
    for (const auto& node : filter->nodes()) {
        CHECK(!node.path.attribute || node.path.attribute == attribute->attribute);
        CHECK(node.inside_value_path);
    }
    for (const std::string_view element : {"null", "{}", "\"a\"", "5", "[]", R"({"value":"a","type":"work"})"}) {
        matches_element(*filter, json::parse(element));
    }
}

std::string printed(const ParsedPath& path) {
    return path.attribute + (path.filter ? "[" + print_filter(*path.filter) + "]" : "") +
           (path.sub_attribute.empty() ? "" : "." + path.sub_attribute);
}

}  // namespace
}  // namespace rollcall

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace rollcall;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const ResourceType* const types[] = {&user_type(), &group_type(), &device_type()};
    for (const ResourceType* type : types) check_notation(*type, text);
    resource_reference_key(text);
    const auto path = parse_patch_path(text);
    if (!path) {
        CHECK(path.error().kind == ErrorKind::InvalidPath || path.error().kind == ErrorKind::InvalidFilter);
        return 0;
    }
    Limits limits;
    limits.filter_bytes_max *= 8;   // printing may need more bytes than were read
    const auto again = parse_patch_path(printed(*path), limits);
    CHECK(again.has_value());
    CHECK(printed(*again) == printed(*path));
    CHECK(again->filter == path->filter);
    for (const ResourceType* type : types) {
        check_notation(*type, path->attribute);
        check_value_filter_of(*type, *path);
    }
    return 0;
}
