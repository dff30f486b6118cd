// Keeps what is marked data-live as it is at the server: one stream a browser, however many pages are open.
import { fetchPage, replace } from "./swap.js";

const waiting = new Set();
let timer = 0;

function isTyping(element) {
    return element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
}

async function refresh() {
    timer = 0;
    const names = [...waiting];
    waiting.clear();
    const targets = [...document.querySelectorAll("[data-live][id]")]
        .filter((element) => names.some((name) => element.dataset.live.split(" ").includes(name)))
        .filter((element) => !isTyping(element));
    if (targets.length === 0) return;
    // What somebody has in hand is not taken from under it.
    if (targets.some((element) => element.querySelector(".busy"))) {
        for (const name of names) waiting.add(name);
        timer = setTimeout(refresh, 1000);
        return;
    }
    try {
        const { answer, page } = await fetchPage(location.href);
        if (!page || !answer.ok || page.body.dataset.gate) return;
        for (const element of targets) replace(page, element.id);
    } catch {
        // The stream says that the line is cut.
    }
}

function changed(name) {
    waiting.add(name);
    if (!timer) timer = setTimeout(refresh, 250);
}

/** Shows whether what is seen is live, is being taken up again, or stands still. */
function state(name) {
    for (const element of document.querySelectorAll("[data-live-state]")) {
        element.hidden = element.dataset.liveState !== name;
    }
}

function take({ type, data }) {
    if (type === "changed") changed(data);
    if (type === "state") state(data);
}

/** Listens, where the page asks for it. */
export function listen() {
    const address = document.body.dataset.stream;
    if (!address || !("EventSource" in globalThis)) return;
    if ("SharedWorker" in globalThis) {
        const worker = new SharedWorker(new URL("./live-worker.js", import.meta.url), { name: address });
        worker.port.onmessage = (event) => take(event.data);
        worker.port.postMessage({ type: "open", data: address });
        addEventListener("pagehide", () => worker.port.postMessage({ type: "close" }));
        return;
    }
    const source = new EventSource(address);
    source.onopen = () => state("live");
    source.onerror = () => state(source.readyState === EventSource.CLOSED ? "broken" : "again");
    source.addEventListener("changed", (event) => changed(event.data));
}
