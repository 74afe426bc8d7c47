// Operators and passwords at the command line. A password never is an argument, because arguments are seen by
// every process: it is asked for, or read from standard input.
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "access/credential.h"
#include "access/password.h"
#include "base/secret.h"
#include "commands.h"
#include "model/filter.h"
#include "operator_job.h"

namespace rollcall {
namespace {

std::string read_line_unseen(const char* prompt) {
    std::fputs(prompt, stderr);
    termios shown{};
    const bool is_terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
    if (is_terminal) {
        termios unseen = shown;
        unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    }
    std::string line;
    std::getline(std::cin, line);
    if (is_terminal) tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    std::fputc('\n', stderr);
    return line;
}

// The hash of a new password.
Result<std::string> ask_for_password() {
    std::string text;
    if (isatty(STDIN_FILENO) != 0) {
        text = read_line_unseen("Password: ");
        if (read_line_unseen("Again: ") != text) {
            return failure(ErrorKind::InvalidValue, "The two passwords differ.");
        }
    } else {
        std::getline(std::cin, text);
    }
    const Secret password(std::move(text));
    TRY_VOID(access::check_new_password(password.reveal()));
    return access::hash_password(password.reveal());
}

json::object shown_operator(const Operator& one) {
    return json::object{{"id", one.id.text()}, {"name", one.name}, {"created", format_instant(one.created)}};
}

Result<Operator> operator_named(store::Transaction& transaction, const std::string& name) {
    if (auto found = transaction.find_operator(name)) return *found;
    return failure(ErrorKind::NotFound, "There is no operator with this name.");
}

}  // namespace

int create_operator(const Settings& settings, const std::string& name, Output output) {
    if (auto slug = access::check_slug(name); !slug) {
        return fail("the name of an operator: " + slug.error().detail);
    }
    const auto password = ask_for_password();
    if (!password) return fail(password.error().detail);
    Operator made{OperatorId::create(), name, *password, system_now()};
    const int code = run_job(settings, true, [&](store::Transaction& transaction) -> Result<void> {
        TRY_VOID(transaction.put_operator(made));
        append_change(transaction, Tenant(), "operator.create", name, made.id.text());
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json)
        print(json::value(shown_operator(made)));
    else
        print_line("Operator " + name + " made.");
    return 0;
}

int set_operator_password(const Settings& settings, const std::string& name) {
    const auto password = ask_for_password();
    if (!password) return fail(password.error().detail);
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        auto one = TRY(operator_named(transaction, name));
        one.password = *password;
        TRY_VOID(transaction.put_operator(one));
        transaction.end_sessions_of_operator(one.id);
        append_change(transaction, Tenant(), "operator.password", name, one.id.text());
        return {};
    });
    if (code == 0) print_line("The password of " + name + " is changed; its sessions have ended.");
    return code;
}

int remove_operator(const Settings& settings, const std::string& name) {
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto one = TRY(operator_named(transaction, name));
        transaction.remove_operator(one.id);
        append_change(transaction, Tenant(), "operator.remove", name, one.id.text());
        return {};
    });
    if (code == 0) print_line("Operator " + name + " removed; its sessions have ended.");
    return code;
}

int set_member_password(const Settings& settings, const std::string& tenant_slug,
                        const std::string& user_name) {
    const auto password = ask_for_password();
    if (!password) return fail(password.error().detail);
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, tenant_slug));
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        const auto type = Catalogue::standard()->find_type("User");
        const auto named = door.user_named(comparison_key(*type->schema->find("userName"), user_name));
        const auto id = named ? named : ResourceId::parse(user_name);
        if (!id || !door.find_user(*id)) {
            return failure(ErrorKind::NotFound, "The tenant has no member with this id or userName.");
        }
        door.end_administration_of(*id);
        door.set_password(*id, *password, system_now());
        append_change(transaction, tenant, "member.password", id->text(), id->text());
        return {};
    });
    if (code == 0) print_line("The password is changed; sessions of the member in the admin API have ended.");
    return code;
}

int list_operators(const Settings& settings, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    json::array list;
    for (const auto& one : (*store)->read().operators()) {
        if (output == Output::Text) print_line(one.name);
        list.push_back(shown_operator(one));
    }
    if (output == Output::Json) print(json::value(std::move(list)));
    return 0;
}

}  // namespace rollcall
