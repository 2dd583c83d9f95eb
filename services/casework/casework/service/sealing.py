"""Text about a person goes to the vault before anything is stored here; only references stay."""

from contracts.codes import SealGroup
from contracts.problems import Problem, Unavailable
from contracts.sealing import SealAnswer, SealInput
from kit.client import ServiceClient


class VaultRefused(RuntimeError):
    """The vault would not take what casework gave it: a fault of ours, whatever it says."""


class Sealer:
    """Seals notes and reasons.

    Args:
        vault: client of the vault, signed in as casework.
    """

    def __init__(self, vault: ServiceClient) -> None:
        self._vault = vault

    async def seal(self, case_id: str, text: str, office: str) -> str:
        """The reference of a sealed note; raises `Unavailable` while the vault is down."""
        given = SealInput(group=SealGroup.NOTE, texts=[text], opened_by=office)
        try:
            answer = await self._vault.post(
                f"/v1/cases/{case_id}/seals", given.model_dump(mode="json", exclude_none=True)
            )
        except Unavailable:
            raise
        except Problem as refusal:
            raise VaultRefused(refusal.slug) from None
        return SealAnswer.model_validate(answer).refs[0]
