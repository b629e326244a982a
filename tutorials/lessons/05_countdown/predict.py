from core.testing import Clock

clock = Clock()
for number in (3, 2, 1):
    clock.call_later(0.1, print, number)
print("go")
clock.advance(0.1)
print("0.1 s later")
clock.advance(0.1)
