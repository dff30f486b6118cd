// One stream of events for all pages of a browser: six connections are all that HTTP/1.1 gives them.
const ports = new Set();
let source = null;
let last = null;

const tell = (message) => ports.forEach((port) => port.postMessage(message));

function state(name) {
    last = { type: "state", data: name };
    tell(last);
}

function open(address) {
    if (source && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource(address);
    source.onopen = () => state("live");
    source.onerror = () => state(source.readyState === EventSource.CLOSED ? "broken" : "again");
    source.addEventListener("changed", (event) => tell({ type: "changed", data: event.data }));
}

onconnect = (event) => {
    const port = event.ports[0];
    ports.add(port);
    port.onmessage = ({ data }) => {
        if (data.type === "open") {
            open(new URL(data.data, location.origin).href);
            if (last) port.postMessage(last);
        } else {
            ports.delete(port);
            if (ports.size === 0) {
                source?.close();
                source = null;
                last = null;
            }
        }
    };
};
