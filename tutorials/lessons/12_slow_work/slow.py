"""A dictionary that takes its time. It blocks until the answer is there, as many libraries do."""

import time


def look_up(word: str) -> str:
    """Return `word` backwards, 0.3 s later. Raises KeyError if it has a digit."""
    time.sleep(0.3)
    if any(letter.isdigit() for letter in word):
        raise KeyError(word)
    return word[::-1]
