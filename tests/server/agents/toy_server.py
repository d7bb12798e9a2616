"""A server of a few lines for tests of the connection; its argument says what it does wrong."""

import json
import sys
import time


def say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


wrong = sys.argv[1] if len(sys.argv) > 1 else ""
sys.stderr.write("starting\n")
sys.stderr.flush()
if wrong == "dies":
    sys.exit("no index")
if wrong == "chats":
    sys.stdout.write("Welcome!\n")
for line in sys.stdin:
    message = json.loads(line)
    method = message["method"]
    if "id" not in message:
        continue
    if wrong == "sleeps" and method == "tools/list":
        time.sleep(60)
    if method == "tools/call":
        # Long enough to be seen in tenths of a millisecond.
        time.sleep(0.005)
    if wrong == "refuses" and method == "tools/list":
        say({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -1, "message": "not today"}})
        continue
    results = {
        "initialize": {"protocolVersion": "2025-06-18", "serverInfo": {"name": "toy", "version": "1"}},
        "tools/list": {"tools": [] if wrong == "empty" else [{"name": "search_playbook"}]},
        "tools/call": {
            "content": [{"type": "text", "text": "broken index"}],
            "structuredContent": {"hits": [{"section": "a#b"}]},
            "isError": wrong == "fails",
        },
    }
    result = {} if wrong == "vague" else results[method]
    say({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
    say({"jsonrpc": "2.0", "id": message["id"], "result": result})
if wrong == "stays":
    time.sleep(60)
