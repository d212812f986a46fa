"""Whether a folder lies on a disk of this machine. SQLite's WAL needs memory that both sides share, which no
network share gives; a case there could be damaged without a sign."""

from __future__ import annotations

from pathlib import Path

import psutil

_NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "afs", "fuse.sshfs", "webdav", "davfs", "ncpfs", "gluster", "ceph")


def is_on_network(folder: Path) -> bool:
    """True when the folder (which need not exist yet) is known to lie on a network share."""
    path = folder.absolute()
    if str(path).startswith("\\\\"):
        return True
    best, kind = -1, ""
    for partition in psutil.disk_partitions(all=True):
        mount = Path(partition.mountpoint)
        if path.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), f"{partition.fstype.lower()} {partition.opts.lower()}"
    return kind.startswith(_NETWORK_FILE_SYSTEMS) or "remote" in kind.split(" ", 1)[-1].split(",")
