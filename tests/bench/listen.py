"""listen.py SOCKET PROGRAM...: run a FastCGI program with a listening unix socket as its standard input; says when it began."""
import os
import socket
import sys
import time

path, program = sys.argv[1], sys.argv[2:]
if os.path.exists(path):
    os.unlink(path)
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o666)
listener.listen(1024)
os.dup2(listener.fileno(), 0)
print(time.time_ns() // 1000, flush=True)
os.execvp(program[0], program)
