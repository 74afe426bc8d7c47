// `rollcall serve`: opens the store, wires the parts together, runs until SIGTERM and stops cleanly.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <charconv>
#include <fstream>

#include "access/key_refresh.h"
#include "alert_sender.h"
#include "application.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"
#include "disk_space.h"
#include "housekeeping.h"
#include "http/server.h"
#include "mail_sender.h"
#include "operator_job.h"
#include "outside/trust.h"
#include "revocation_journal.h"
#include "store/open.h"

namespace rollcall {
namespace {

LogLevel level_of(const std::string& name) {
    if (name == "debug") return LogLevel::Debug;
    if (name == "warning") return LogLevel::Warning;
    return name == "error" ? LogLevel::Error : LogLevel::Info;
}

// A core file would hold tokens and bodies (threat T35).
void forbid_core_files() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

// A page of a list is made and freed with every request: handing its memory back to the system each time
// costs as much as filling it.
void keep_freed_memory() {
    ::mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024);
}

http::ServerOptions server_options(const Settings& settings) {
    http::ServerOptions options;
    const auto colon = settings.listen.rfind(':');
    options.address = settings.listen.substr(0, colon);
    if (options.address.starts_with('[') && options.address.ends_with(']')) {
        options.address = options.address.substr(1, options.address.size() - 2);
    }
    std::from_chars(settings.listen.data() + colon + 1, settings.listen.data() + settings.listen.size(),
                    options.port);
    options.threads = static_cast<unsigned>(settings.threads);
    options.limits = settings.limits;
    options.trusted_proxies = settings.trusted_proxies;
    options.insecure = settings.insecure_http;
    if (!settings.tls_certificate.empty()) options.tls = {settings.tls_certificate, settings.tls_key};
    return options;
}

// Waits for signals on a thread of its own, so that no handler ever interrupts real work. Ends with the first
// stop.
class SignalThread {
public:
    explicit SignalThread(std::function<void()> on_stop, std::function<void()> on_reload)
        : thread_([this, stop = std::move(on_stop), reload = std::move(on_reload)] { wait(stop, reload); }) {}
    ~SignalThread() {
        // Ends the wait when the server stopped for another reason.
        ::pthread_kill(thread_.native_handle(), SIGTERM);
        thread_.join();
    }

    static sigset_t signals() {
        sigset_t set;
        sigemptyset(&set);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
        return set;
    }

private:
    static void wait(const std::function<void()>& stop, const std::function<void()>& reload) {
        const auto set = signals();
        int signal = 0;
        while (sigwait(&set, &signal) == 0) {
            if (signal != SIGHUP) return stop();
            reload();
        }
    }
    std::thread thread_;
};

// A policy that this program does not understand must not be taken for another one.
Result<void> check_policy(const Tenant& tenant) {
    const auto policy = read_policy(tenant.policy);
    if (policy) return {};
    return failure(ErrorKind::InvalidValue,
                   "The policy of the tenant " + tenant.slug + " cannot be used: " + policy.error().detail);
}

// The folder of schemas may have changed since tenants loaded theirs: better told now than to their clients.
Result<void> check_tenants(store::Store& store, const Catalogue& installation) {
    auto& transaction = store.read();
    for (const auto& tenant : transaction.tenants()) {
        TRY_VOID(check_policy(tenant));
        if (tenant.schema_version == 0) continue;
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        auto built = installation.extended(directory::own_documents(door));
        if (built) continue;
        return failure(ErrorKind::InvalidValue,
                       "The schemas of the tenant " + tenant.slug +
                           " do not fit those of the installation: " + built.error().detail);
    }
    return {};
}

// Nothing without a relay.
Result<std::optional<MailOptions>> mail_options(const Settings& settings) {
    if (settings.smtp_url.empty()) return std::optional<MailOptions>();
    if (!outside::is_mail_address(settings.mail_from)) {
        return failure(ErrorKind::InvalidValue,
                       "With smtp_url, mail_from is the address that mails come from.");
    }
    MailOptions options{{settings.smtp_url, settings.smtp_user, nullptr, settings.mail_from},
                        settings.mail_link};
    if (settings.smtp_user.empty() != settings.smtp_password_file.empty()) {
        return failure(ErrorKind::InvalidValue, "smtp_user and smtp_password_file go together.");
    }
    if (!settings.smtp_password_file.empty()) {
        std::ifstream file(settings.smtp_password_file);
        std::string line;
        std::getline(file, line);
        if (trim(line).empty()) {
            return failure(
                ErrorKind::InvalidValue,
                "smtp_password_file names a file that can be read and whose first line is the password.");
        }
        options.relay.password = std::make_shared<const Secret>(std::string(trim(line)));
    }
    return std::optional(std::move(options));
}

// Nothing without a URL.
Result<std::optional<outside::Webhook>> webhook_of(const Settings& settings,
                                                   const outside::Destinations& destinations) {
    if (settings.webhook_url.empty() != settings.webhook_key_file.empty()) {
        return failure(ErrorKind::InvalidValue, "webhook_url and webhook_key_file go together.");
    }
    if (settings.webhook_url.empty()) return std::optional<outside::Webhook>();
    if (const auto checked = outside::check_url(settings.webhook_url, destinations); !checked) {
        return failure(ErrorKind::InvalidValue, "webhook_url: " + checked.error().detail);
    }
    std::ifstream file(settings.webhook_key_file);
    if (!file) return failure(ErrorKind::InvalidValue, "webhook_key_file cannot be read.");
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return std::optional(outside::Webhook{settings.webhook_url, TRY(outside::parse_webhook_keys(text))});
}

// What it takes to call other servers.
struct Calls {
    outside::Destinations destinations;
    std::optional<Sha256> sealing_key;
    std::optional<MailOptions> mail;
    std::optional<outside::Webhook> webhook;
};
Result<Calls> read_calls(const Settings& settings) {
    Calls calls;
    if (!settings.outgoing_ca_file.empty() && !std::ifstream(settings.outgoing_ca_file)) {
        return failure(ErrorKind::InvalidValue, "outgoing_ca_file cannot be read.");
    }
    outside::trust_only(settings.outgoing_ca_file);
    calls.destinations =
        TRY(outside::Destinations::parse(settings.outgoing_networks, settings.outgoing_loopback));
    calls.sealing_key = TRY(sealing_key_of(settings));
    calls.mail = TRY(mail_options(settings));
    calls.webhook = TRY(webhook_of(settings, calls.destinations));
    return calls;
}

void reload_certificate(const Settings& settings, http::Server& server) {
    if (settings.tls_certificate.empty()) return log(LogLevel::Warning, "no certificate to reload");
    if (auto reloaded = server.reload_certificate(); !reloaded) {
        log(LogLevel::Error, "certificate not reloaded", {{"reason", reloaded.error().detail}});
    } else {
        log(LogLevel::Info, "certificate reloaded");
    }
}

Result<std::unique_ptr<store::Store>> open_store_to_serve(const Settings& settings) {
    if (!settings.revocation_journal.empty()) TRY_VOID(check_journal_folder(settings.revocation_journal));
    store::OpenOptions options;
    options.limits = settings.limits;
    options.audit_key = TRY(audit_key_of(settings));
    options.replica = settings.store_replica;
    options.replica_behind_max = std::chrono::milliseconds(settings.store_replica_behind_ms);
    options.unsafe_answer_before_commit = settings.unsafe == "answer-before-commit";
    options.unsafe_synchronous_normal = settings.unsafe == "synchronous-normal";
    options.unsafe = settings.unsafe;
    return store::open(settings.store, options);
}

// Made before all that changes something, so that it ends after them and sees what they did. Null without a
// folder.
std::unique_ptr<RevocationJournal> journal_of(const Settings& settings, store::Store& store) {
    if (settings.revocation_journal.empty()) return nullptr;
    return std::make_unique<RevocationJournal>(store, settings.revocation_journal, system_now);
}

std::vector<std::pair<std::string, double>> gauges_of(const http::Server& server,
                                                      const RevocationJournal* journal,
                                                      const std::string& store_url) {
    auto gauges = server.statistics();
    if (const auto part = disk_in_use(store_url)) gauges.emplace_back("disk_used_ratio", *part);
    if (journal == nullptr) return gauges;
    for (auto& gauge : journal->gauges()) gauges.push_back(std::move(gauge));
    return gauges;
}

}  // namespace

int serve(const Settings& settings) {
    set_log_level(level_of(settings.log_level));
    forbid_core_files();
    keep_freed_memory();
    const auto signals = SignalThread::signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread exists: all inherit it
    ::signal(SIGPIPE, SIG_IGN);
    auto catalogue = installation_catalogue(settings);
    if (!catalogue) return fail(catalogue.error().detail);
    for (const auto& warning : (*catalogue)->warnings())
        log(LogLevel::Warning, "schema", {{"warning", warning}});
    auto calls = read_calls(settings);
    if (!calls) return fail(calls.error().detail);
    auto store = open_store_to_serve(settings);
    if (!store) return fail(store.error().detail);

    auto catalogues =
        std::make_shared<directory::Catalogues>(*catalogue, settings.limits.tenant_catalogues_max);
    auto checked = check_tenants(**store, **catalogue);
    (*store)
        ->end_read();  // this thread reads nothing more, and the log could never start over beside its view
    if (!checked) return fail(checked.error().detail);

    const auto journal = journal_of(settings, **store);
    if (settings.plur_hard_delete) access::delete_hard_where_followed();
    std::atomic<bool> stopping = false;
    http::Server* running = nullptr;
    ApplicationOptions options;
    options.access.tenant_domain = settings.tenant_domain;
    options.failures_per_minute = settings.authentication_failures;
    options.public_url = settings.public_url;
    options.gauges = [&] { return gauges_of(*running, journal.get(), settings.store); };
    options.stopping = [&stopping] { return stopping.load(); };
    Housekeeping housekeeping(**store, catalogues, settings.limits, settings.store);
    outside::Fetcher fetcher(calls->destinations);
    options.openid = std::make_shared<access::OpenIdClient>(fetcher, system_now);
    options.sealing_key = calls->sealing_key;
    options.sends_mail = calls->mail.has_value();
    options.unsafe_owners_before_lock = settings.unsafe == "owners-before-lock";
    options.unsafe_credentials_for_5s = settings.unsafe == "credentials-for-5s";
    options.unsafe_hidden_take_longer = settings.unsafe == "hidden-take-longer";
    std::optional<MailSender> mail_sender;
    if (calls->mail) mail_sender.emplace(**store, *std::move(calls->mail), system_now);
    std::optional<AlertSender> alert_sender;
    if (calls->webhook) alert_sender.emplace(**store, fetcher, *std::move(calls->webhook), system_now);
    access::KeyRefresh key_refresh(**store, fetcher, system_now);
    options.access.key_refresh = &key_refresh;
    ApplicationCore application(
        {**store, std::move(catalogues), settings.limits, system_now, settings.documentation_uri,
         settings.sensitive_attributes, !settings.smtp_url.empty()},
        std::move(options));
    auto server = http::Server::create(server_options(settings), application.functions(), **store);
    if (!server) return fail(server.error().detail);
    running = server->get();
    {
        SignalThread signal_thread(
            [&] {
                stopping = true;
                log(LogLevel::Info, "stopping");
                fetcher.stop();
                running->stop();
            },
            [&] { reload_certificate(settings, *running); });
        log(LogLevel::Info, "listening",
            {{"listen", settings.listen}, {"port", static_cast<int>(running->port())}});
        running->run();
    }
    log(LogLevel::Info, "stopped");
    return 0;
}

}  // namespace rollcall
