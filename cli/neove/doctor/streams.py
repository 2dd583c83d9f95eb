"""Are the streams and durables of NATS as declared, and are messages parked?"""

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.topology import ADVISORY_STREAM, DURABLES, PARKED_STREAM
from kit import topology
from neove.doctor.finding import Finding
from stack.administrator import administrator
from stack.stack import Stack


async def findings(stack: Stack) -> list[Finding]:
    """Two lines: the topology, and the parked messages."""
    async with administrator(stack) as client:
        drift = await topology.differences(client, DURABLES)
        js = topology.jetstream(client)
        parked = await _messages(js, PARKED_STREAM, "parked.>")
        parked += await _messages(js, ADVISORY_STREAM, "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>")
    what = f"{parked} messages: see `neove parked`, then `neove replay-parked`" if parked else "none"
    return [
        Finding("topology", "bad" if drift else "ok", "; ".join(drift) or "as declared"),
        Finding("parked", "look" if parked else "ok", what),
    ]


async def _messages(js: JetStreamContext, stream: str, subjects: str) -> int:
    try:
        info = await js.stream_info(stream, subjects_filter=subjects)
    except NotFoundError:
        return 0
    return sum((info.state.subjects or {}).values())
