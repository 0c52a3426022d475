from __future__ import annotations

from importlib import metadata

from app import checks
from app.checks import Verdict


def test_a_missing_package_fails_and_an_older_one_warns(tmp_path):
    numpy = metadata.version("numpy")
    file = tmp_path / "requirements.txt"

    file.write_text(f"numpy=={numpy} # why\n")
    assert checks.packages(file).verdict is Verdict.OK

    file.write_text("numpy==0.1\n")
    assert checks.packages(file).verdict is Verdict.WARN
    assert "numpy should be 0.1" in checks.packages(file).says

    file.write_text(f"numpy=={numpy}\nno-such-package==1.0\n")
    assert checks.packages(file).verdict is Verdict.FAIL


def test_packages_of_other_systems_are_not_asked_for(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text('no-such-package[x]==1.0 ; sys_platform == "plan9"\n')

    assert checks.packages(file).verdict is Verdict.OK


def test_a_bundle_has_no_requirements_and_is_fine(tmp_path):
    assert checks.packages(tmp_path / "none").verdict is Verdict.OK


def test_a_full_disk_fails_and_a_small_one_warns(tmp_path, monkeypatch):
    def free(count):
        usage = type("usage", (), {"free": count})
        monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: usage)
        return checks._disk("files", tmp_path / "not" / "yet")

    assert free(10**12).verdict is Verdict.OK
    assert free(10**9).verdict is Verdict.WARN
    assert free(10**6).verdict is Verdict.FAIL


def test_crash_reports_are_counted(tmp_path):
    assert checks.crashes(tmp_path).verdict is Verdict.OK

    (tmp_path / "crash-1.txt").touch()

    assert checks.crashes(tmp_path).verdict is Verdict.WARN


def test_missing_libraries_come_with_the_line_to_type(monkeypatch):
    monkeypatch.setattr(checks.linux_packages, "loaded_files", lambda _: ["x"])
    monkeypatch.setattr(checks.linux_packages, "missing_libraries", lambda _: ["libEGL.so.1"])
    monkeypatch.setattr(checks.linux_packages, "apt_command", lambda names: f"apt {names}")
    monkeypatch.setattr(checks.sys, "platform", "linux")

    check = checks.libraries()

    assert check.verdict is Verdict.WARN
    assert check.mend == "Type: apt ['libegl1']"


def test_the_vaults_files_are_for_their_owner_alone(tmp_path):
    folder = tmp_path / "vault"
    assert checks.vault_files(folder).says == "there is no vault yet"

    folder.mkdir(mode=0o700)
    (folder / "vault.db").touch(mode=0o600)
    assert checks.vault_files(folder).verdict is Verdict.OK

    (folder / "vault.db").chmod(0o644)
    found = checks.vault_files(folder)
    assert found.verdict is Verdict.WARN
    assert found.mend.startswith("Type: chmod -R go=")


def test_a_keychain_that_does_not_answer_is_said(monkeypatch):
    def ask():
        raise RuntimeError("no service")

    monkeypatch.setattr(checks, "_keychain_name", ask)
    assert checks.keychain().verdict is Verdict.WARN
    assert "RuntimeError" in checks.keychain().says

    monkeypatch.setattr(checks, "_keychain_name", lambda: "Test (priority 5)")
    assert checks.keychain().says == "Test (priority 5) answers"


def test_a_keychain_that_hangs_is_not_waited_for(monkeypatch):
    import threading

    release = threading.Event()
    monkeypatch.setattr(checks, "_KEYCHAIN_WAIT_S", 0.01)
    monkeypatch.setattr(checks, "_keychain_name", lambda: str(release.wait(5)))

    assert "TimeoutError" in checks.keychain().says
    release.set()
