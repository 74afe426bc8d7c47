"""Help, flags, settings, exit codes: 0 done, 1 refused or failed, 2 wrong use, 3 verify found violations."""
from __future__ import annotations

import json
import subprocess

from program.check import Check
from support import program

COMMANDS: list[list[str]] = [
    [], ["serve"], ["tenant"], ["tenant", "create"], ["tenant", "set"], ["tenant", "list"], ["credential"],
    ["credential", "issue"], ["credential", "list"], ["credential", "revoke"], ["credential", "disable"],
    ["credential", "enable"], ["credential", "rotate"], ["credential", "notices"],
    ["credential", "networks"], ["credential", "quarantine"], ["credential", "confirm"], ["tenant", "enable"],
    ["tenant", "disable"], ["openid"], ["openid", "set"], ["openid", "show"], ["openid", "remove"],
    ["openid", "link"], ["issuer"], ["issuer", "add"], ["issuer", "list"], ["issuer", "remove"], ["schema"],
    ["schema", "load"], ["schema", "list"], ["schema", "remove"], ["roles"], ["roles", "load"], ["audit"],
    ["group"], ["group", "list"], ["group", "enable"], ["group", "disable"], ["scope"], ["scope", "grant"],
    ["scope", "list"], ["scope", "check"], ["audit", "verify"], ["audit", "export"], ["audit", "requests"],
    ["verify"], ["store"], ["store", "copy"], ["store", "backup"], ["store", "restore"],
    ["routes"], ["config"], ["config", "check"], ["version"]]


def test_help(check: Check) -> None:
    for command in COMMANDS:
        result = check.run(*command, "--help")
        check.that(f"{' '.join(command) or 'rollcall'} --help explains itself", len(result.stdout.split()) > 10,
                   result.stdout)
        check.that(f"{' '.join(command) or 'rollcall'} --help hides what is not for users",
                   "unsafe" not in result.stdout, result.stdout)


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
    check.run("config", "check", "--listen", "127.0.0.1:7003", says="7003", says_not="7002",
              environment={"ROLLCALL_LISTEN": "127.0.0.1:7002"})


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
