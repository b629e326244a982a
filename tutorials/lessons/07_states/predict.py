from enum import Enum


class Turnstile(Enum):
    LOCKED = "locked"
    OPEN = "open"


NEXT = {(Turnstile.LOCKED, "coin"): Turnstile.OPEN, (Turnstile.OPEN, "push"): Turnstile.LOCKED}
state = Turnstile.LOCKED
for event in ("push", "coin", "coin", "push", "push"):
    state = NEXT.get((state, event), state)
    print(state.value, end=" ")
