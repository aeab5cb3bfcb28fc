"""A client of an MCP server on standard input and output: talk.py COMMAND...

Sends the command the lines of its own input, prints what comes back, and ends
the command's input once all requests are answered: what is not done soon after
that is not done at all.
"""
import json
import subprocess
import sys

lines = sys.stdin.read()
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
server.stdin.write(lines)
server.stdin.flush()
unanswered = {message["id"] for message in map(json.loads, lines.splitlines()) if "id" in message}
while unanswered and (line := server.stdout.readline()):
    sys.stdout.write(line)
    unanswered.discard(json.loads(line).get("id"))
server.stdin.close()
sys.stdout.write(server.stdout.read())
sys.exit(server.wait())
