import socket

one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
two = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
two.bind(("127.0.0.1", 0))
one.sendto(b"hello", two.getsockname())
one.sendto(b"world", two.getsockname())
print(two.recv(3))
print(two.recv(100))
