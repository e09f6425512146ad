"""Which file systems are served by other machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.doctor.disks import examine_disk, network_kind

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:5 / /proc rw - proc proc rw
41 22 0:40 / /srv rw,relatime shared:9 - nfs4 files:/export rw,vers=4.2
42 41 8:2 / /srv/local rw - xfs /dev/sdb1 rw
43 22 0:41 / /mnt/nos\\040données rw shared:3 master:4 - cifs //serveur/partage rw
44 22 0:42 / /home/a rw - fuse.sshfs a@host:/ rw
45 22 0:43 / /mnt/over rw - ext4 /dev/sdc1 rw
46 22 0:44 / /mnt/over rw - smb3 //serveur/x rw
a line that is none
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/dispatch/dispatch.db", None),
        ("/srv/dispatch.db", "nfs4"),
        ("/srv/local/dispatch.db", None),
        ("/srvother/dispatch.db", None),
        ("/mnt/nos données/dispatch.db", "cifs"),
        ("/home/a/x/dispatch.db", "fuse.sshfs"),
        ("/mnt/over/dispatch.db", "smb3"),
    ],
)
def test_the_mount_nearest_to_the_file_tells(path, kind):
    """The last one, where two are on one place."""
    assert network_kind(Path(path), MOUNTS) == kind


def test_a_link_is_followed_to_the_disk_where_the_file_is(tmp_path):
    """The store's folder may be a link onto a share."""
    share = tmp_path / "share"
    share.mkdir()
    (tmp_path / "days").symlink_to(share)
    mounts = f"{MOUNTS}50 22 0:50 / {share} rw - nfs host:/ rw\n"
    assert network_kind(tmp_path / "days" / "dispatch.db", mounts) == "nfs"


def test_a_finding_names_the_file_and_the_remedy(tmp_path, monkeypatch):
    """The job runs all the same: a warning."""
    monkeypatch.setattr("dispatch.doctor.disks.network_kind", lambda path: "nfs")
    found = examine_disk("store's disk", tmp_path / "dispatch.db")
    assert (found.state, "(nfs)" in found.found) == ("warn", True)
    assert found.remedy.startswith("put the file on a local disk")
    monkeypatch.setattr("dispatch.doctor.disks.network_kind", lambda path: None)
    assert examine_disk("store's disk", tmp_path / "dispatch.db").state == "ok"
