// An HTTP/2 server over TLS: `node http2.mjs certificate key`. Ends when its standard input does.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

const [cert, key] = process.argv.slice(2).map((path) => readFileSync(path));
const server = createSecureServer({ cert, key, allowHTTP1: true });
let connections = 0;
server.on("secureConnection", () => connections++);
server.on("request", (request, response) => {
  request.resume();
  request.on("end", () => {
    response.setHeader("x-version", request.httpVersion);
    response.end(String(connections));
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ open: server.address().port, full: 0, refusing: 0 }));
});
process.stdin.on("end", () => process.exit(0)).resume();
