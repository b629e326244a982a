from core import ConnectionDone

print(issubclass(ConnectionDone, OSError))
try:
    raise ConnectionDone
except OSError:
    print("OSError")
except ConnectionDone:
    print("ConnectionDone")
