"""A transfer waits in a workflow of its own, beside the case's, from its proposal to the sender's last word."""

from casework.sweep import Swept, sweep
from casework.workflows import ports

STEPS = ("accepted", "person_moved", "file_received")


async def test_five_steps_each_told_in_time(rig, soon, until, record):
    waits = rig.transfers.put(soon(3600), soon(7200))
    await rig.arm(waits)
    for _ in STEPS:
        await rig.arm(rig.transfers.put(soon(3600), case_id=waits.transfer_id))
    await rig.arm(rig.transfers.close(waits.transfer_id))
    await until(lambda: _completed(rig, waits))
    assert rig.transfers.fired == []
    await record(waits.transfer_id, "five-steps", workflow=ports.TRANSFER_WORKFLOW)


async def test_the_side_that_owes_a_step_is_asked_and_the_next_step_still_comes(rig, soon, until, record):
    waits = rig.transfers.put(soon(1), soon(3600))
    await rig.arm(waits)
    await until(lambda: rig.transfers.firings(waits.transfer_id))
    assert rig.transfers.firings(waits.transfer_id) == ["w0"]
    await rig.arm(rig.transfers.put(soon(3600), case_id=waits.transfer_id))
    await rig.arm(rig.transfers.close(waits.transfer_id))
    await until(lambda: _completed(rig, waits))
    await record(waits.transfer_id, "asked-then-next-step", workflow=ports.TRANSFER_WORKFLOW)


async def test_a_lapse_ends_it_by_the_answer_of_casework_alone(rig, soon, until, record):
    rig.transfers.closes_when_fired = True
    waits = rig.transfers.put(soon(1))
    await rig.arm(waits)
    await until(lambda: _completed(rig, waits))
    assert rig.transfers.firings(waits.transfer_id) == ["w0"]
    await record(waits.transfer_id, "lapsed", workflow=ports.TRANSFER_WORKFLOW)


async def test_case_and_transfer_wait_apart_and_are_swept_apart(rig, soon, until):
    case, transfer = rig.cases.put(soon(3600)), rig.transfers.put(soon(3600))
    assert await sweep(rig.client, rig.transfers, ports.TRANSFER_WORKFLOW) == Swept(waiting=1, armed=1)
    assert await sweep(rig.client, rig.cases) == Swept(waiting=1, armed=1)
    for waits in (case, transfer):
        await until(lambda waits=waits: _running(rig, waits))
    again = Swept(waiting=1, armed=0)
    await until(lambda: _sweeps_to(rig, again))


async def _completed(rig, waits):
    description = await rig.client.get_workflow_handle(waits.workflow_id).describe()
    return description.status.name == "COMPLETED"


async def _running(rig, waits):
    description = await rig.client.get_workflow_handle(waits.workflow_id).describe()
    return description.status.name == "RUNNING"


async def _sweeps_to(rig, expected):
    return await sweep(rig.client, rig.transfers, ports.TRANSFER_WORKFLOW) == expected
