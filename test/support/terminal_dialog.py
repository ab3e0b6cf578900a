"""
Runs a command on a terminal of its own and types answers. Reads {"command", "cwd", "env", "dialog"} as JSON; `dialog` is a list of
[text that ends what is shown, what is typed then]. Prints {"status", "shown"}.
"""
import json
import os
import pty
import sys

asked = json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.chdir(asked["cwd"])
    os.execvpe(asked["command"][0], asked["command"], asked["env"])
shown = b""
dialog = asked["dialog"]
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if dialog and shown.endswith(dialog[0][0].encode()):
        os.write(terminal, dialog.pop(0)[1].encode())
_, status = os.waitpid(child, 0)
print(json.dumps({"status": os.waitstatus_to_exitcode(status), "shown": shown.decode(errors="replace")}))
