"""Sealing: a service sends texts to the vault before it stores anything, and gets references back."""

from collections.abc import Sequence

from contracts.codes import SealGroup
from contracts.problems import Problem, Unavailable
from contracts.sealing import SealAnswer, SealInput
from kit.client import ServiceClient


class VaultRefused(RuntimeError):
    """The vault refused texts that this service had accepted, which is a fault in our code."""


class Sealer:
    """Seals texts in the vault.

    Args:
        vault: client of the vault, signed in as the service itself.
    """

    def __init__(self, vault: ServiceClient) -> None:
        self._vault = vault

    async def seal(self, case_id: str, given: SealInput) -> SealAnswer:
        """Seal texts; the answer has references in the order of the texts, and other cases with the same identity.

        Args:
            case_id: of the case under whose key the vault seals.
            given: the texts, already checked by the caller (`contracts.sealing.SealableText`), and their office.

        Raises:
            Unavailable: the vault is down.
        """
        body = given.model_dump(mode="json", exclude_none=True)
        try:
            answer = await self._vault.post(f"/v1/cases/{case_id}/seals", body)
        except Unavailable:
            raise
        except Problem as refusal:
            raise VaultRefused(refusal.slug) from None
        return SealAnswer.model_validate(answer)

    async def seal_texts(self, case_id: str, group: SealGroup, texts: Sequence[str], office: str) -> list[str]:
        """Seal texts of one group for an office; returns references. Without a text it does not call the vault."""
        if not texts:
            return []
        return (await self.seal(case_id, SealInput(group=group, texts=list(texts), opened_by=office))).refs
