"""Cases are not started on network shares."""

from types import SimpleNamespace

import psutil
import pytest

from app.case.case_opening import create_case
from app.case.errors import CaseError
from app.case.local_disk import is_on_network


def test_the_folder_of_the_tests_is_local(tmp_path):
    assert not is_on_network(tmp_path / "not" / "there" / "yet")


@pytest.mark.parametrize(("kind", "options"), [("nfs4", "rw"), ("cifs", "rw"), ("", "rw,remote")])
def test_the_innermost_mount_decides_and_no_case_is_started_on_a_share(tmp_path, monkeypatch, kind, options):
    mounts = [
        SimpleNamespace(mountpoint=str(tmp_path), fstype="ext4", opts="rw"),
        SimpleNamespace(mountpoint=str(tmp_path / "share"), fstype=kind, opts=options),
        SimpleNamespace(mountpoint="/", fstype="ext4", opts="rw"),
    ]
    # No test machine has a share to mount; the table of mounts is what differs.
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    assert is_on_network(tmp_path / "share" / "case")
    assert not is_on_network(tmp_path / "shares")
    with pytest.raises(CaseError, match="network share"):
        create_case(tmp_path / "share" / "case")
    assert not (tmp_path / "share").exists()
    create_case(tmp_path / "local").close()
