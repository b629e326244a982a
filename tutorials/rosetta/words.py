"""The texts of the servers, and a function that blocks."""

import time

QUOTE = b"An apple a day keeps the doctor away.\r\n"

INSULTS = {"reactor": "You turn and turn, and get nowhere.", "thread": "You are always in a race, and lose."}


def insult(topic: str) -> str:
    """The insult for `topic`. For `slow` it takes half a second, as a large database would."""
    if topic == "slow":
        time.sleep(0.5)
    return INSULTS.get(topic, "I have no words for that.")
