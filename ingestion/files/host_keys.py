"""Which SFTP servers are the ones that they say they are: those whose key is in a known_hosts file.

Belongs here: looking a server's key up, and saying what to do about one that is not there.
Does not belong here: how we show ourselves to the server, which is dlt's credentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import paramiko  # type: ignore[import-untyped]

KNOWN_HOSTS: Final = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
"""The files that `ssh` itself reads."""


@dataclass(frozen=True)
class KnownHostsPolicy(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Lets a connection pass when the server's key is the one that a known_hosts file has for it."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Judge a key; paramiko asks for every server, as no keys are loaded into its client.

        Raises:
            paramiko.SSHException: when the files have no key of that kind for the server, or another one.
        """
        files = [path for path in map(Path.expanduser, map(Path, KNOWN_HOSTS)) if path.is_file()]
        known = [paramiko.HostKeys(str(path)) for path in files]
        if any(keys.check(hostname, key) for keys in known):
            return
        said = f"{hostname} shows the {key.get_name()} key {key.fingerprint}"
        if any(key.get_name() in (keys.lookup(hostname) or {}) for keys in known):
            raise paramiko.SSHException(
                f"{said}, and {KNOWN_HOSTS[0]} has another one for it: somebody stands between, or the server has a new"
                " key; ask who runs it, and correct the line when the key is new"
            )
        host, _, port = hostname.strip("[").partition("]:")
        raise paramiko.SSHException(
            f"{said}, and {KNOWN_HOSTS[0]} has none for it; compare it with what those say who run the server, then run"
            f" `ssh-keyscan -p {port or 22} {host} >> {KNOWN_HOSTS[0]}`"
        )
