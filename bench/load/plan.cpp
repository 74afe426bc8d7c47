#include "plan.h"

#include <fstream>
#include <map>

namespace rollcall::bench {
namespace {

std::chrono::nanoseconds seconds(double value) { return std::chrono::nanoseconds(static_cast<int64_t>(value * 1e9)); }

Work work_of(const std::string& name) {
    static const std::map<std::string, Work> works = {
        {"get", Work::Get},       {"filter", Work::Filter},         {"list", Work::List},
        {"create", Work::Create}, {"bulk", Work::Bulk},             {"add_member", Work::AddMember},
        {"rename", Work::Rename}, {"introspect", Work::Introspect}, {"path", Work::Path}};
    const auto found = works.find(name);
    if (found == works.end()) {
        throw std::runtime_error("--work is get, filter, list, create, bulk, add_member, rename, introspect or path");
    }
    return found->second;
}

std::string first_line(const std::string& path) {
    std::string line;
    std::ifstream file(path);
    if (!std::getline(file, line)) throw std::runtime_error("the file cannot be read: " + path);
    return line;
}

}  // namespace

Plan read_plan(Arguments& arguments) {
    Plan plan;
    plan.work = work_of(arguments.needed("work"));
    plan.port = static_cast<uint16_t>(std::stoi(arguments.needed("port")));
    plan.connections = static_cast<size_t>(arguments.number("connections", 32));
    plan.threads = std::min(static_cast<size_t>(arguments.number("threads", 2)), plan.connections);
    plan.warm_up = seconds(arguments.real("warm", 0.5));
    plan.duration = seconds(arguments.real("seconds", 3));
    plan.requests = static_cast<uint64_t>(arguments.number("requests", 0));
    plan.seed = static_cast<uint64_t>(arguments.number("seed", 1));
    plan.first = static_cast<uint64_t>(arguments.number("first", 0));
    plan.prefix = arguments.text("prefix", plan.prefix);
    plan.path = arguments.text("path", plan.path);
    plan.page_rows = static_cast<size_t>(arguments.number("page-rows", 100));
    plan.first_page = static_cast<size_t>(arguments.number("first-page", 0));
    plan.pages = static_cast<size_t>(arguments.number("pages", 100));
    plan.answer_bytes_min = static_cast<size_t>(arguments.number("answer-bytes-min", 0));
    plan.operations = static_cast<size_t>(arguments.number("operations", 1'000));
    plan.members_taken = static_cast<size_t>(arguments.number("members-taken", 0));
    if (const auto path = arguments.text("token-file"); !path.empty()) plan.token = first_line(path);
    if (const auto path = arguments.text("users"); !path.empty()) plan.users = UserFile(path);
    if (const auto path = arguments.text("groups"); !path.empty()) plan.groups = LineFile(path);
    if (const auto path = arguments.text("tokens"); !path.empty()) plan.tokens = LineFile(path);
    if (plan.work == Work::Introspect && plan.tokens.size() == 0) {
        throw std::runtime_error("introspect needs --tokens FILE");
    }
    const bool needs_users = plan.work == Work::Get || plan.work == Work::Filter || plan.work == Work::AddMember ||
                             plan.work == Work::Rename;
    if (needs_users && plan.users.size() == 0) throw std::runtime_error("this work needs --users FILE");
    const bool adds = plan.work == Work::AddMember;
    if (adds && plan.groups.size() == 0) throw std::runtime_error("add_member needs --groups FILE");
    if (adds && plan.members_taken >= plan.users.size()) {
        throw std::runtime_error("--members-taken leaves no user to add");
    }
    return plan;
}

}  // namespace rollcall::bench
