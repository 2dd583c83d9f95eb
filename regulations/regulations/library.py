"""The library of the law: every pack in every version that is installed here, and the world beside them.

A process makes one library at its start and passes it on. The library reads each file once.

Beside the packs of this package, further *versions* of them may be installed, each in
`<folder>/packs/<id>/<content hash>/`. A version never changes: the name of its folder is the hash of its content, and
the library checks it when it reads the version. The package has the versions of releases that did not install their own
(`EARLIER`).
"""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from contracts.problems import Unavailable
from contracts.standing import Standing
from regulations.articles import LawArticles, Reason, Treated, treated
from regulations.calendar import load_calendar
from regulations.checks.local_fit import check_local, check_names
from regulations.code_citations import CodeCitation, load_code_citations
from regulations.composed import Composed
from regulations.composition import load_composition
from regulations.directory_files import load_directory
from regulations.four_eyes import FourEyes, load_four_eyes
from regulations.loader import HEAD, parsed_pack, read_pack
from regulations.local import LocalPack, with_local
from regulations.local_files import load_local
from regulations.model import Label
from regulations.pack import Pack
from regulations.signed_offices import SignedOffices
from regulations.supplements import load_supplements
from regulations.toml_files import PackError, parse, read, root
from regulations.versions import Version, VersionTaken, other_content, released
from regulations.world import NoPack, Regime, World

EARLIER = "earlier.zip"
"""File in `packs/` with packs of earlier releases that did not install their own: `<id>/<content hash>/*.toml`."""
_HASH = re.compile(r"[0-9a-f]{64}")


class PackMissing(Unavailable):
    """This version of a regulation pack is not installed here, or not yet."""

    slug, title = "pack-missing", "This version of the regulation pack is not installed here"


class _NotClock(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: Label
    reason: str


class _NotClocks(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: tuple[_NotClock, ...]
    article: tuple[Reason, ...] = ()


class _Articles(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    law: tuple[LawArticles, ...]


class _Regimes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    regime: tuple[Regime, ...]


class Library:
    """Packs by id and version, and the world of this package.

    Args:
        installed: folder of further versions; None if only the package has versions.
        local: the local packs; None for those of the package.
    """

    def __init__(self, installed: Path | None = None, local: Sequence[LocalPack] | None = None) -> None:
        self._installed, self._local = installed, local
        self._own: dict[str, Pack] = {}
        self._laws: dict[str, Pack] = {}
        self._versions: dict[tuple[str, str], Pack] = {}
        self._signed = SignedOffices()
        self._followed: World | None = None

    @property
    def world(self) -> World:
        """Calendar, directory and regimes of this package, with the signed changes of the offices that it follows.

        Raises:
            PackError: a data file is wrong; the message names it.
        """
        return self._followed or self._of_release

    def follow(self, signed: SignedOffices) -> None:
        """Use the offices with these signed changes from now on. It takes some milliseconds for each new change.

        Raises:
            ChangesRefused: the directory of this package contradicts one of them; nothing changes then.
        """
        before = len(self._signed.amendments)
        goes_on = self._signed.amendments == signed.amendments[:before]
        world = signed.on_top_of(self.world, before) if goes_on else signed.on_top_of(self._of_release)
        self._signed, self._followed = signed, world

    @cached_property
    def _of_release(self) -> World:
        """The world of the files of this package.

        Raises:
            PackError: a data file is wrong; the message names it.
        """
        regimes = parse(_Regimes, read(root() / "packs" / "regimes.toml"), "packs/regimes.toml").regime
        return World(
            calendar=load_calendar(),
            directory=load_directory(),
            regimes=regimes,
            supplements=load_supplements(),
            composition=load_composition(),
        )

    @cached_property
    def not_clocks(self) -> dict[str, str]:
        """Rule id → why no pack has it: the rule is no step, limit or duty of a case."""
        rows = self._not_clocks.rule
        reasons = {row.id: row.reason for row in rows}
        if len(reasons) != len(rows):
            raise PackError("packs/not_clocks.toml: a rule stands twice")
        return reasons

    @cached_property
    def titles(self) -> dict[str, Label]:
        """Id of a rule or report date → its short title: of the packs of this package, the local packs and
        `not_clocks.toml`.
        """
        titles = {row.id: row.title for row in self._not_clocks.rule}
        for local in self.local:
            titles |= {report.id: report.label for report in local.report}
            titles |= {row.id: row.title for row in local.rule}
        for pack in self.packs().values():
            titles |= {report.id: report.label for report in pack.reporting.values()}
            titles |= {rule.id: rule.title for rule in pack.rules.values() if rule.title}
        return titles

    @cached_property
    def code_citations(self) -> Mapping[str, Mapping[str, CodeCitation]]:
        """Pack id → code → its citation. Raises `PackError` as `load_code_citations` does."""
        return load_code_citations()

    @cached_property
    def four_eyes(self) -> FourEyes:
        """Which steps need a second signature. Raises `PackError` as `load_four_eyes` does."""
        return load_four_eyes()

    @cached_property
    def _not_clocks(self) -> _NotClocks:
        return parse(_NotClocks, read(root() / "packs" / "not_clocks.toml"), "packs/not_clocks.toml")

    @cached_property
    def articles(self) -> dict[str, tuple[Treated, ...]]:
        """Pack id → what became of each article of its law, for every law all of whose articles were read.

        Raises:
            PackError: a data file is wrong; the message names it.
        """
        laws = parse(_Articles, read(root() / "packs" / "articles.toml"), "packs/articles.toml").law
        return {law.id: treated(self.pack(law.id), law, self._not_clocks.article) for law in laws}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of the packs in this package."""
        return tuple(sorted(entry.name for entry in (root() / "packs").iterdir() if (entry / HEAD).is_file()))

    @cached_property
    def local(self) -> tuple[LocalPack, ...]:
        """Every version of every local pack. Raises `PackError` as `load_local` does."""
        return tuple(self._local) if self._local is not None else load_local()

    def packs(self) -> dict[str, Pack]:
        """Pack id → pack, for every pack in this package, without what local packs add."""
        return {pack_id: self._law(pack_id) for pack_id in self.ids}

    def pack(self, pack_id: str, content_hash: str | None = None) -> Pack:
        """A pack by its id, with the local packs that add to it. It is loaded and checked once.

        Args:
            pack_id: for example `law-53-2024`.
            content_hash: of the version; None for the version in this package.

        Raises:
            NoPack: the package has no pack of this id.
            PackMissing: this version is not installed here. The next call looks for it again.
            PackError: one of its files is wrong; the message begins with the file's name.
        """
        own = self._of_package(pack_id)
        if content_hash is None or content_hash == own.content_hash:
            return own
        key = (pack_id, content_hash)
        if key not in self._versions:
            self._versions[key] = self._version(*key)
        return self._versions[key]

    def pack_of(self, standing: Standing) -> Pack:
        """The pack that the procedure of a case is pinned to. It raises the same errors as `pack`."""
        return self.pack(standing.regime_procedure, standing.pack_hash)

    def law_of(self, standing: Standing) -> Composed:
        """The composed law of a case. It raises the same errors as `pack`."""
        procedure = self.pack_of(standing)
        beside = self.beside(procedure.id, standing.beside_hash)
        if beside is None and standing.regime_support not in (None, procedure.id):
            beside = self.pack(str(standing.regime_support))
        return Composed(procedure, self.world, beside)

    def beside(self, pack_id: str, content_hash: str | None) -> Pack | None:
        """The pack that may govern a part of a case of this pack (`World.beside`); None if there is none.

        Args:
            pack_id: of the pack of the report.
            content_hash: of the version of the other pack; None for the version in this package.

        Raises the same errors as `pack`.
        """
        found = self.world.beside(pack_id)
        return self.pack(found, content_hash) if found is not None and found in self.ids else None

    def pack_of_lane(self, standing: Standing, lane: str) -> Pack:
        """The pack that governs an open lane of a case. It raises the same errors as `pack`."""
        if lane not in standing.laws:
            return self.pack_of(standing)
        return self.law_of(standing).pack(standing.laws[lane])

    def _of_package(self, pack_id: str) -> Pack:
        if pack_id not in self._own:
            check_local(law := self._law(pack_id), self.local)
            self._own[pack_id] = with_local(law, self.local)
        return self._own[pack_id]

    def _law(self, pack_id: str) -> Pack:
        if pack_id not in self.ids:
            raise NoPack(pack=pack_id)
        if pack_id not in self._laws:
            self._laws[pack_id] = read_pack(root() / "packs" / pack_id, self.world)
        return self._laws[pack_id]

    def _version(self, pack_id: str, wanted: str) -> Pack:
        path = next((path for path in self._places(pack_id, wanted) if path.is_dir()), None)
        if path is None:
            raise PackMissing(pack=pack_id)
        pack = parsed_pack(path)
        if (pack.id, pack.content_hash) != (pack_id, wanted):
            raise PackError(f"{path.name}/{HEAD}: this is {pack.id} with the hash {pack.content_hash}")
        return with_local(pack, self.local)

    def _places(self, pack_id: str, wanted: str) -> Iterator[Traversable]:
        """Where a version may be: in the folder of installed versions, or in `EARLIER`."""
        if not _HASH.fullmatch(wanted):
            return
        if self._installed is not None:
            yield self.path_of(pack_id, wanted)
        yield zipfile.Path(str(root() / "packs" / EARLIER)) / pack_id / wanted

    def path_of(self, pack_id: str, content_hash: str) -> Path:
        """The folder of a version among the installed versions, also if the version is not there yet."""
        if self._installed is None:
            raise ValueError("this library has no folder of installed versions")
        return self._installed / "packs" / pack_id / content_hash

    def install(self, source: Path) -> Pack:
        """Check the pack in a folder and install its files as a version. A second call changes nothing.

        Raises:
            PackError: a file is wrong, it has a name of a local pack, or the package has no pack of this id; then
                nothing is installed.
            VersionTaken: its number of version already stands for other content, here or in a release.
        """
        pack = read_pack(source, self.world)
        if pack.id not in self.ids:
            raise PackError(f"{source.name}/{HEAD}: the package has no pack {pack.id}")
        check_names(pack, self.local)
        target = self.path_of(pack.id, pack.content_hash)
        if target.is_dir():
            return pack
        for other in other_content(pack.numbered, self._numbered(pack.id)):
            raise VersionTaken(source.name, pack.numbered, other)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
        for file in source.glob("*.toml"):
            shutil.copyfile(file, beside / file.name)
        beside.chmod(0o755)
        with suppress(OSError):  # another process was first, and a folder of this name has the same content
            beside.rename(target)
        if beside.is_dir():
            shutil.rmtree(beside)
        return pack

    def _numbered(self, pack_id: str) -> Iterator[Version]:
        """The versions of a pack that were released, that of this package, and those that are installed."""
        yield from released()
        yield self._of_package(pack_id).numbered
        for folder in self.path_of(pack_id, "").glob(f"*/{HEAD}"):
            content_hash = folder.parent.name
            if _HASH.fullmatch(content_hash):
                yield Version(pack=pack_id, version=str(read(folder).get("version")), content_hash=content_hash)

    def install_own(self) -> None:
        """Install the packs of this package too: cases stay pinned to them when a later release has others."""
        for pack_id in self.ids:
            self.install(Path(str(root() / "packs" / pack_id)))
