from core.testing import Clock

clock = Clock()
timeout = clock.call_later(5, print, "bye")
clock.advance(3)
timeout.reset(5)
clock.advance(3)
print("still here")
clock.advance(3)
print(timeout.active())
