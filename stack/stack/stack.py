"""One stack: everything that follows from its state directory and the environment."""

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from contracts.ids import audience_of
from stack import nats, temporal
from stack.budgets import DEMO
from stack.config import ROOT, Endpoints, Failure, state_dir
from stack.ports import LOOPBACK, Ports
from stack.postgres import ADMIN, Cluster
from stack.probe import answers
from stack.processes import Child, Records, python
from stack.secrets import Secrets, write_private
from stack.services import ServiceFolder, discover, variables

VAULT, AUDIT = "vault", "audit"
"""The service that chains looks, and the role of PostgreSQL as which it does so."""


class Outside(BaseModel):
    """Servers that somebody else runs; the stack then starts none of that kind.

    Args:
        postgres: URL of a role that may make roles and databases (`NEOVE_POSTGRES_URL`).
        nats: URL with user and password, which every service then uses (`NEOVE_NATS_URL`).
        temporal: `host:port` (`NEOVE_TEMPORAL_ADDRESS`); the namespace `neove` must be there.
    """

    model_config = ConfigDict(frozen=True)

    postgres: str | None = None
    nats: str | None = None
    temporal: str | None = None


class Stack(BaseModel):
    """Where everything of one stack is, and what its processes are.

    Args:
        state: its directory.
        ports: of everything it starts.
        outside: servers that it only uses.
        os_user: user of the PostgreSQL server when root starts it.
        people: file of the demo people (`NEOVE_PEOPLE`); None: every office is without a list of members.
        budgets: JSON, the setting `budgets` of every service (`NEOVE_BUDGETS`; `stack.budgets`).
    """

    model_config = ConfigDict(frozen=True)

    state: Path
    ports: Ports
    outside: Outside = Outside()
    os_user: str | None = None
    people: Path | None = None
    budgets: str = DEMO

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Stack":
        """The stack that the variables `NEOVE_…` describe."""
        return cls(
            state=state_dir(environment),
            ports=Ports.from_environment(environment),
            outside=Outside(
                postgres=environment.get("NEOVE_POSTGRES_URL"),
                nats=environment.get("NEOVE_NATS_URL"),
                temporal=environment.get("NEOVE_TEMPORAL_ADDRESS"),
            ),
            os_user=environment.get("NEOVE_POSTGRES_OS_USER"),
            people=Path(people).resolve() if (people := environment.get("NEOVE_PEOPLE")) else None,
            budgets=environment.get("NEOVE_BUDGETS") or DEMO,
        )

    @classmethod
    def load(cls, state: Path) -> "Stack":
        """The stack as it was last started; the environment of now does not matter.

        Raises:
            Failure: no stack was ever started here.
        """
        try:
            return cls.model_validate_json((state / "stack.json").read_bytes())
        except FileNotFoundError:
            raise Failure(f"There is no stack in {state}: start one with `make up`.") from None

    def save(self) -> None:
        """Write how it is started (`stack.json`) and where everything listens (`endpoints.json`)."""
        write_private(self.state / "stack.json", self.model_dump_json(indent=1).encode())
        write_private(self.state / "endpoints.json", self.endpoints().model_dump_json(indent=1).encode())

    @cached_property
    def services(self) -> tuple[ServiceFolder, ...]:
        """The services of the repository."""
        return discover(ROOT)

    @property
    def service_names(self) -> list[str]:
        """Their names."""
        return [service.name for service in self.services]

    @cached_property
    def secrets(self) -> Secrets:
        """Its passwords; made when they are first asked for, by the supervisor."""
        return Secrets.ensure(self.secrets_file, self.service_names)

    @property
    def secrets_file(self) -> Path:
        """The file of the passwords, mode 0600."""
        return self.state / "secrets.json"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.state / "logs"

    @property
    def spans(self) -> Path:
        """Finished spans of all services, JSON lines."""
        return self.logs / "spans.jsonl"

    @property
    def keys(self) -> Path:
        """Key files, each mode 0600."""
        return self.state / "keys"

    @property
    def deny_list(self) -> Path:
        """Subjects and tokens that every service refuses, TOML; empty at first."""
        return self.state / "deny-list.toml"

    @property
    def regulations(self) -> Path:
        """Installed versions of the regulation packs."""
        return self.state / "regulations"

    @property
    def cluster(self) -> Cluster:
        """The PostgreSQL cluster of this state."""
        return Cluster(self.state, self.os_user)

    @property
    def issuer_url(self) -> str:
        """Base URL of the development issuer."""
        return f"http://{LOOPBACK}:{self.ports['issuer']}"

    @property
    def temporal_address(self) -> str:
        """`host:port` of Temporal's frontend."""
        return self.outside.temporal or f"{LOOPBACK}:{self.ports['temporal']}"

    def service_url(self, service: str) -> str:
        """Base URL of a service."""
        return f"http://{LOOPBACK}:{self.ports[service]}"

    def postgres_url(self, database: str = "postgres", role: str | None = None, password: str = "") -> str:
        """`postgresql://…` of a database; as the administrator unless a role is named."""
        server = urlsplit(self.outside.postgres) if self.outside.postgres else None
        place = server.netloc.rpartition("@")[2] if server else f"{LOOPBACK}:{self.ports['postgres']}"
        if role:
            return f"postgresql://{role}:{password}@{place}/{database}"
        if server:
            return server._replace(scheme="postgresql", path=f"/{database}").geturl()
        return f"postgresql://{ADMIN}:{self.secrets.postgres_admin}@{place}/{database}"

    def owner_url(self, service: str) -> str:
        """The service's database as the role that owns it."""
        return self.postgres_url(service, f"{service}_owner", self.secrets.postgres[service].owner)

    def runtime_url(self, service: str) -> str:
        """The service's database as the role it works as."""
        return self.postgres_url(service, service, self.secrets.postgres[service].runtime)

    @property
    def audit_url(self) -> str:
        """The vault's database as the role that chains looks."""
        return self.postgres_url(VAULT, AUDIT, self.secrets.audit)

    def nats_login(self, user: str) -> tuple[str, str, str]:
        """URL, user and password of one NATS user."""
        if self.outside.nats:
            server = urlsplit(self.outside.nats)
            place = server.netloc.rpartition("@")[2]
            return f"nats://{place}", server.username or "", server.password or ""
        return f"nats://{LOOPBACK}:{self.ports['nats']}", user, self.secrets.nats[user]

    def environment(self, service: str) -> dict[str, str]:
        """The environment variables of one service."""
        nats_url, nats_user, nats_password = self.nats_login(service)
        return variables(
            service,
            {
                "database_url": sqlalchemy_url(self.runtime_url(service)),
                "nats_url": nats_url,
                "nats_user": nats_user,
                "nats_password": nats_password,
                "temporal_address": self.temporal_address,
                "temporal_namespace": temporal.NAMESPACE,
                "temporal_codec_key_file": self.keys / "temporal-codec.key",
                "issuer": self.issuer_url,
                "other_audiences": json.dumps([audience_of(name) for name in self.service_names]),
                "deny_list_file": self.deny_list,
                "jwks_url": f"{self.issuer_url}/jwks.json",
                "token_url": f"{self.issuer_url}/token",
                "client_secret": self.secrets.clients[service],
                "vault_url": self.service_url(VAULT),
                "master_key_file": self.keys / "vault-master.key" if service == VAULT else None,
                "audit_database_url": sqlalchemy_url(self.audit_url) if service == VAULT else None,
                "services": json.dumps(self._other_services(VAULT)) if service == VAULT else None,
                "secrets_key_file": self.keys / "notify-secrets.key" if service == "notify" else None,
                "allowed_networks": '["127.0.0.0/8", "::1/128"]' if service == "notify" else None,
                "host": LOOPBACK,
                "port": self.ports[service],
                "budgets": self.budgets,
            },
        ) | {"NEOVE_SPANS_FILE": str(self.spans), "NEOVE_REGULATIONS": str(self.regulations)}

    def servers(self) -> list[Child]:
        """PostgreSQL, NATS, Temporal and the issuer, without those that run outside."""
        children = [self._issuer()]
        if not self.outside.temporal:
            children.append(temporal.child(self.state, self.ports["temporal"], self.ports["temporal_ui"]))
        if not self.outside.nats:
            ports = self.ports["nats"], self.ports["nats_monitor"]
            children.append(nats.child(self.state, *ports, self.secrets.nats))
        if not self.outside.postgres:
            children.append(self.cluster.child(self.ports["postgres"], self.secrets.postgres_admin))
        return children[::-1]

    def processes(self) -> list[Child]:
        """One process a service, and a worker for each that has workflows."""
        workers = [self._worker(service.name) for service in self.services if service.has_worker]
        return [self._service(service.name) for service in self.services] + workers

    def used_ports(self) -> list[str]:
        """Names of the ports that its processes will listen on."""
        servers = {"postgres": ("postgres",), "nats": ("nats", "nats_monitor"), "temporal": ("temporal", "temporal_ui")}
        own = [port for server, ports in servers.items() if not getattr(self.outside, server) for port in ports]
        return [*own, "issuer", *self.service_names]

    def endpoints(self) -> Endpoints:
        """Where everything listens, without any secret."""
        nats_url, _, _ = self.nats_login("admin")
        return Endpoints(
            services={name: self.service_url(name) for name in self.service_names},
            issuer=self.issuer_url,
            postgres=urlsplit(self.postgres_url()).netloc.rpartition("@")[2],
            nats=nats_url,
            nats_monitor=None if self.outside.nats else f"http://{LOOPBACK}:{self.ports['nats_monitor']}",
            temporal=self.temporal_address,
            temporal_ui=None if self.outside.temporal else f"http://{LOOPBACK}:{self.ports['temporal_ui']}",
            secrets=self.secrets_file,
            logs=self.logs,
            spans=self.spans,
        )

    def _other_services(self, than: str) -> dict[str, str]:
        return {name: self.service_url(name) for name in self.service_names if name != than}

    def _issuer(self) -> Child:
        port = self.ports["issuer"]
        settings = {
            "host": LOOPBACK,
            "port": port,
            "url": self.issuer_url,
            "key_file": self.keys / "issuer.pem",
            "secrets_file": self.secrets_file,
            "casework": self.service_url("casework"),
            "people_file": self.people,
        }
        return Child(
            name="issuer",
            command=lambda: python("stack.issuer"),
            where=self.issuer_url,
            ready=lambda: answers(port, "/jwks.json"),
            environment=variables("neove_issuer", settings),
        )

    def _service(self, name: str) -> Child:
        port = self.ports[name]
        return Child(
            name=name,
            command=lambda: python(name, "all"),
            where=self.service_url(name),
            ready=lambda: answers(port, "/healthz/ready"),
            environment=self.environment(name),
            held=True,
        )

    def _worker(self, name: str) -> Child:
        return Child(
            name=f"{name}-worker",
            command=lambda: python(name, "worker"),
            where=f"task queue {name}",
            ready=lambda: temporal.has_poller(
                self.temporal_address, name, Records(self.state).process(f"{name}-worker")
            ),
            environment=self.environment(name),
            held=True,
            ready_pause=temporal.ASK_PAUSE_SECONDS,
        )


def sqlalchemy_url(url: str) -> str:
    """The same database for SQLAlchemy's asynchronous engine."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)
