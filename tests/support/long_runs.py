"""The loss of a run that is stored as a course, and the same as a ring."""

from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import course, ring
from broadcast.page.widgets import Lines


class Loss(Struct):
    run: str
    step: int
    loss: float


BOUND = 1000
EVENT_TYPES = [
    EventType(policy.name, Loss, policy, title=policy.name, show=Lines(series="run", x="step", y="loss"))
    for policy in (course(BOUND, lane="run"), ring(BOUND, lane="run"))
]
