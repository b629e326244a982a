waiting = written = 0
paused = False
for _second in range(10):
    if not paused:
        waiting += 30
        written += 30
    if waiting > 50:
        paused = True
    waiting -= 10
    if waiting <= 20:
        paused = False
print(written, waiting)
