import socket

ann, bob = socket.socketpair()
ann.sendall(b"any news?")
ann.shutdown(socket.SHUT_WR)
print(bob.recv(100), bob.recv(100))
bob.sendall(b"none")
bob.close()
print(ann.recv(100), ann.recv(100))
