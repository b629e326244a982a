"""Giving up root, in processes that begin as root. `.ci/run` leaves these tests out where it is not root."""

import grp
import os
import pwd
import subprocess
import sys

import pytest

from core.services.privileges import identity_of
from tests.running import GUARD, ROOT, environment

NOBODY = pwd.getpwnam("nobody")


def as_root(code: str) -> dict[str, list[str]]:
    """Run `code` as root. Returns the lines of its `/proc/self/status` at the end, by their names."""
    imports = "from core.services.privileges import become, identity_of"
    script = f"{imports}\n{code}\nprint(open('/proc/self/status').read())"
    command = [sys.executable, "-c", script]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=GUARD, env=environment()
    )
    assert result.returncode == 0, result.stderr
    return {line.partition(":")[0]: line.split()[1:] for line in result.stdout.splitlines()}


def test_a_user_has_its_own_group_and_its_supplementary_groups() -> None:
    found = identity_of(NOBODY.pw_uid)
    assert (found.uid, found.gid) == (NOBODY.pw_uid, NOBODY.pw_gid)
    assert found.groups == tuple(os.getgrouplist("nobody", NOBODY.pw_gid))
    assert identity_of(NOBODY.pw_uid, 4242).gid == 4242
    assert identity_of(4242, 4243).groups == (4243,)
    assert identity_of(gid=4242).uid == os.geteuid()


def test_the_process_has_become_the_user_in_all_respects() -> None:
    status = as_root(f"become(identity_of({NOBODY.pw_uid}))")
    assert status["Uid"] == [str(NOBODY.pw_uid)] * 4
    assert status["Gid"] == [str(NOBODY.pw_gid)] * 4
    assert status["Groups"] == [str(group) for group in os.getgrouplist("nobody", NOBODY.pw_gid)]
    assert int(status["CapPrm"][0], 16) == int(status["CapEff"][0], 16) == 0


def test_root_may_take_another_group_and_stay_root() -> None:
    group = grp.getgrnam("daemon").gr_gid
    status = as_root(f"become(identity_of(gid={group}))")
    assert status["Uid"] == ["0"] * 4
    assert status["Gid"] == [str(group)] * 4


def test_another_user_cannot_change_but_may_stay_what_it_is() -> None:
    code = f"become(identity_of({NOBODY.pw_uid}))\nbecome(identity_of({NOBODY.pw_uid}))\n"
    as_root(f"{code}try: become(identity_of(1))\nexcept PermissionError: pass\nelse: raise SystemExit(1)")


def test_a_process_that_could_become_root_again_goes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os\nos.setuid = lambda uid: None\ntry: become(identity_of(4242, 4242))\n"
    as_root(f"{code}except RuntimeError as error: assert 'root' in str(error)\nelse: raise SystemExit(1)")


def test_an_application_binds_as_root_and_starts_as_its_user() -> None:
    code = """
import os
from core.protocols.protocol import Factory
from core.reactor import Reactor
from core.services import Application, Service, TCPServer, start_application

class Recorder(Service):
    def privileged_start_service(self):
        assert os.getuid() == 0
        super().privileged_start_service()

    def start_service(self):
        assert os.getuid() == USER
        super().start_service()

application = Application("test", uid=USER)
TCPServer(0, Factory()).set_service_parent(application)
Recorder().set_service_parent(application)
reactor = Reactor()
start_application(application, reactor)
reactor.call_when_running(reactor.stop)
reactor.run()
assert not application.running
"""
    status = as_root(code.replace("USER", str(NOBODY.pw_uid)))
    assert status["Uid"] == [str(NOBODY.pw_uid)] * 4
    assert status["Gid"] == [str(NOBODY.pw_gid)] * 4
