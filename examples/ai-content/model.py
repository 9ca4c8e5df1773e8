"""A stand-in for the models and the payments: `python3 model.py [PORT]`. It keeps nothing.

A topic or language that holds "forbidden" is refused, as a model would.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Service(BaseHTTPRequestHandler):
    made = 0

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        if "forbidden" in json.dumps(request):
            return self.answer(422, {"kind": "ModelRefused", "message": "the model does not write about this"})
        Service.made += 1
        kind = self.path.strip("/").split("/")[0]
        return self.answer(200, {"id": f"{kind}-{Service.made}"})

    def do_DELETE(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(200, {"id": self.path.rsplit("/", 1)[-1]})

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8900), Service).serve_forever()
