"""Help, flags, settings, exit codes: 0 done, 1 refused or failed, 2 wrong use, 3 verify found violations."""
from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator

from program.check import Check
from support import program
from support.server import Server

SUBCOMMAND = re.compile(r"^  ([a-z][\w-]*)(?: {2,}(\S.*))?$", re.M)
# Some that must be among them, or the help was not understood.
KNOWN = (("serve",), ("tenant", "create"), ("credential", "issue"), ("service-key", "issue"), ("member", "create"),
         ("operator", "create"), ("mass-change", "list"), ("store", "backup"), ("config", "check"))


def walk(check: Check, command: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command that the help names, and the help of each."""
    text = check.run(*command, "--help").stdout
    yield command, text
    named = text.split("\nSubcommands:\n")
    for name, meaning in SUBCOMMAND.findall(named[1]) if len(named) == 2 else ():
        shown = " ".join((*command, name))
        check.that(f"the help says what {shown} is for", len(meaning.split()) > 0, named[1])
        yield from walk(check, (*command, name))


def test_help(check: Check) -> None:
    found = set()
    for command, text in walk(check):
        found.add(command)
        shown = " ".join(command) or "rollcall"
        check.that(f"{shown} --help explains itself", len(text.split()) > 10, text)
        check.that(f"{shown} --help hides what is not for users", "unsafe" not in text, text)
        check.run(*command, "--nonsense", code=2)
        if "\nSubcommands:\n" in text:
            check.run(*command, code=2)
    check.that("known commands are among them", found >= set(KNOWN), str(sorted(found)))


def test_wrong_use(check: Check) -> None:
    for command in ([], ["nonsense"], ["serve", "--nonsense"], ["tenant"], ["tenant", "create"],
                    ["credential", "issue"], ["credential", "revoke", "x"], ["schema"],
                    ["schema", "load", "--tenant", "a"], ["schema", "load", "x.json"], ["schema", "remove", "x"],
                    ["schema", "list"], ["audit"], ["audit", "export"], ["verify", "--limit", "a=1"],
                    ["tenant", "create", "a", "b"],
                    ["version", "extra"], ["credential", "issue", "--tenant"]):
        check.run(*command, code=2)


def test_version(check: Check) -> None:
    check.run("version", says=r"rollcall \d+\.\d+\.\d+")
    document = json.loads(check.run("version", "--json").stdout)
    check.that("version --json has name and version", document.get("name") == "rollcall" and document.get("version"))


def test_settings_by_flag(check: Check) -> None:
    check.run("config", "check", says="listen")
    check.run("config", "check", "--listen", "nonsense", code=(1, 2), says="HOST:PORT")
    check.run("config", "check", "--listen", "127.0.0.1:99999", code=(1, 2), says="HOST:PORT")
    check.run("config", "check", "--threads", "many", code=(1, 2), says="threads")
    check.run("config", "check", "--log-level", "loud", code=(1, 2), says="debug")
    check.run("config", "check", "--limit", "nothing=5", code=(1, 2), says="no limit named")
    check.run("config", "check", "--limit", "page_size_max", code=(1, 2), says="NAME=")
    check.run("config", "check", "--limit", "page_size_max=-1", code=(1, 2))
    check.run("config", "check", "--limit", "page_size_max=99999999999999999999", code=(1, 2))
    check.run("config", "check", "--tls-certificate", "/nowhere.pem", code=(1, 2), says="tls_key")
    check.run("serve", "--store", check.store(), "--listen", "nonsense", code=(1, 2), says="HOST:PORT")
    check.run("serve", "--store", check.store(), "--unsafe", "answer-before-commit", code=(1, 2), says="unsafe")


def test_settings_by_file(check: Check) -> None:
    file = check.folder / "rollcall.toml"
    file.write_text('listen = "127.0.0.1:7000"\n[limits]\npage_size_max = 50\n')
    check.run("config", "check", "--config", str(file), says="127.0.0.1:7000")
    check.run("config", "check", "--config", str(file), "--listen", "127.0.0.1:7001", says="127.0.0.1:7001",
              says_not="127.0.0.1:7000")
    file.write_text('listen = "127.0.0.1:7000"\nnonsense = 1\n')
    check.run("config", "check", "--config", str(file), code=(1, 2), says=r"line 2.*nonsense")
    file.write_text('[limits]\nnonsense = 1\n')
    check.run("config", "check", "--config", str(file), code=(1, 2), says="nonsense")
    file.write_text('listen = "unfinished\n')
    check.run("config", "check", "--config", str(file), code=(1, 2), says="line 1")
    check.run("config", "check", "--config", str(check.folder / "missing.toml"), code=(1, 2), says="missing.toml")
    check.run("serve", "--store", check.store(), "--config", str(check.folder / "missing.toml"), code=(1, 2))


def test_settings_by_environment(check: Check) -> None:
    check.run("config", "check", says="127.0.0.1:7002", environment={"ROLLCALL_LISTEN": "127.0.0.1:7002"})
    check.run("config", "check", code=(1, 2), says="ROLLCALL_LISTEN", environment={"ROLLCALL_LISTEN": "nonsense"})


def test_which_setting_wins(check: Check) -> None:
    """Flag over environment over file over default."""
    file = check.folder / "rollcall.toml"
    file.write_text('listen = "127.0.0.1:7001"\nlog_level = "error"\nthreads = 3\ntrusted_proxies = ["10.0.0.1"]\n')
    by_file = ("--config", str(file))
    in_environment = {"ROLLCALL_LISTEN": "127.0.0.1:7002", "ROLLCALL_LOG_LEVEL": "warning",
                      "ROLLCALL_TRUSTED_PROXIES": "10.0.0.2,10.0.0.3"}
    layers = (((), {}, "127.0.0.1:8080", "info", "0", ""),
              (by_file, {}, "127.0.0.1:7001", "error", "3", "10.0.0.1"),
              (by_file, in_environment, "127.0.0.1:7002", "warning", "3", "10.0.0.2,10.0.0.3"),
              ((*by_file, "--listen", "127.0.0.1:7003"), in_environment, "127.0.0.1:7003", "warning", "3",
               "10.0.0.2,10.0.0.3"),
              (("--listen", "127.0.0.1:7003"), in_environment, "127.0.0.1:7003", "warning", "0",
               "10.0.0.2,10.0.0.3"),
              ((), {**in_environment, "ROLLCALL_CONFIG": str(file)}, "127.0.0.1:7002", "warning", "3",
               "10.0.0.2,10.0.0.3"))
    for arguments, environment, *wanted in layers:
        shown = json.loads(check.run("config", "check", "--json", *arguments, environment=environment).stdout)
        found = [str(shown[name]) for name in ("listen", "log_level", "threads", "trusted_proxies")]
        check.that(f"{' '.join(arguments)} with {len(environment)} variables", found == wanted, str(found))
    file.write_text('listen = "nonsense"\n')
    check.run("config", "check", *by_file, code=(1, 2), says="line 1",
              environment={"ROLLCALL_LISTEN": "127.0.0.1:7002"})


def test_which_limit_wins(check: Check) -> None:
    """A flag over the file over the default, as the server that runs with them says."""
    file = check.folder / "rollcall.toml"
    file.write_text("[limits]\npage_size_max = 50\n")
    for arguments, wanted in (((), 200), (("--config", str(file)), 50),
                              (("--config", str(file), "--limit", "page_size_max=60"), 60)):
        with Server(*arguments) as server:
            shown = server.client().scim("GET", "/ServiceProviderConfig").json()
            check.that(f"{' '.join(arguments)}: page_size_max is {wanted}", shown["filter"]["maxResults"] == wanted,
                       str(shown["filter"]))


def test_tenants(check: Check) -> None:
    check.run("tenant", "create", "acme", "--store", check.store())
    check.run("tenant", "create", "acme", "--store", check.store(), code=1, says="another tenant has")
    for slug in ("Upper", "-lead", "under_score", "dot.dot", "a" * 64, "", "\u00fcmlaut", "sp ace",
                 "'; DROP TABLE tenant;--"):
        check.run("tenant", "create", "--store", check.store(), "--", slug, code=(1, 2))
    check.run("tenant", "create", "other", "--profile", "nonsense", "--store", check.store(), code=1, says="profile")
    for profile in ("standard", "mobieus", "modelux", "plur"):
        check.run("tenant", "create", f"t-{profile}", "--profile", profile, "--store", check.store())
    listed = json.loads(check.run("tenant", "list", "--store", check.store(), "--json").stdout)
    check.that("tenant list shows what was made and nothing else",
               sorted(one["slug"] for one in listed) == ["acme", "t-mobieus", "t-modelux", "t-plur", "t-standard"],
               str(listed))


def test_credentials(check: Check) -> None:
    store = check.store()
    check.run("tenant", "create", "acme", "--store", store)
    tenant = ["--tenant", "acme", "--store", store]
    issued = json.loads(check.run("credential", "issue", *tenant, "--name", "One", "--slug", "one", "--json").stdout)
    check.that("issue shows the token", issued["token"].startswith("rc_scim_") and len(issued["token"]) >= 40,
               str(issued))
    listed = check.run("credential", "list", *tenant, "--json").stdout
    check.that("list does not show it (MOB-08, STD-11)", issued["token"] not in listed and "token" not in listed,
               listed)
    check.run("credential", "issue", *tenant, "--name", "Two", "--slug", "one", code=1)
    check.run("credential", "issue", *tenant, "--name", "", code=(1, 2))
    check.run("credential", "issue", *tenant, "--name", "Dated", "--expires", "soon", code=1, says="20\\d\\d-")
    check.run("credential", "issue", *tenant, "--name", "Dated", "--expires", "2026-02-30", code=1)
    check.run("credential", "issue", "--tenant", "nobody", "--store", store, "--name", "x", code=1, says="tenant")
    for change in ("disable", "enable", "revoke"):
        check.run("credential", change, "one", *tenant)
    check.run("credential", "enable", "one", *tenant, code=1, says="revoked")
    check.run("credential", "revoke", "nobody", *tenant, code=1)
    tokens = {json.loads(check.run("credential", "issue", *tenant, "--name", "n", "--json").stdout)["token"]
              for _ in range(5)}
    check.that("tokens differ (P-AUTH-19)", len(tokens) == 5)


def test_missing_store(check: Check) -> None:
    for command in (["tenant", "list"], ["verify"], ["credential", "list", "--tenant", "x"]):
        check.run(*command, "--store", check.store("none.db"), code=1, says="none.db|no database|missing|not exist")
        check.that(f"{command[0]} does not create a database by the way", not (check.folder / "none.db").exists())


def test_routes(check: Check) -> None:
    table = json.loads(check.run("routes", "--json").stdout)
    check.that("every row has method, path and right",
               all(row["method"] and row["path"].startswith("/") and row["right"] for row in table["routes"]))
    check.run("routes", says="/ServiceProviderConfig")


def test_closed_output(check: Check) -> None:
    """A reader that goes away, as in `rollcall routes | head -1`, is no crash."""
    with subprocess.Popen([program.binary(), "routes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        code = process.wait(10)
    check.that("no crash when nobody reads the output", code in (0, 1, -13), f"exit {code}")
    with open("/dev/full", "w", encoding="utf-8") as output:
        code = subprocess.run([program.binary(), "version"], stdout=output, stderr=subprocess.DEVNULL,
                              check=False).returncode
    check.that("no crash when the output is full", code >= 0, f"exit {code}")
