// Sends forms marked data-swap without leaving the page, and puts what comes back in the place of what was there.
import { keep } from "./keep.js";
import { toast, word } from "./toast.js";

const parse = (text) => new DOMParser().parseFromString(text, "text/html");

/** Puts the element of this id of a fetched page in the place of the one shown. */
export function replace(page, id) {
    const now = document.getElementById(id);
    const next = page.getElementById(id);
    if (!now || !next) return false;
    now.replaceWith(next);
    next.dispatchEvent(new CustomEvent("swapped", { bubbles: true }));
    return true;
}

/** Fetches a page as a document; throws where the node can't be reached. */
export async function fetchPage(address, options = {}) {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" }, ...options });
    const type = answer.headers.get("Content-Type") || "";
    if (!type.startsWith("text/html")) return { answer, page: null };
    return { answer, page: parse(await answer.text()) };
}

/** What a form sends, as a request: what it would send without script. */
export function request(form, submitter) {
    const data = new FormData(form, submitter);
    const method = (form.getAttribute("method") || "get").toUpperCase();
    const address = submitter?.getAttribute("formaction") || form.getAttribute("action") || location.href;
    if (method === "GET") return [address + "?" + new URLSearchParams(data), {}];
    const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    return [address, { method, body }];
}

/** Sends once, and once more where the line broke: the form's own key makes the second one harmless. */
export async function send(form, submitter) {
    const [address, options] = request(form, submitter);
    const canRepeat = options.method !== "POST" || form.elements.namedItem("key");
    try {
        return await fetchPage(address, options);
    } catch (error) {
        if (!canRepeat) throw error;
        await new Promise((done) => setTimeout(done, 800));
        return fetchPage(address, options);
    }
}

async function submit(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.swap || event.defaultPrevented) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    event.submitter?.classList.add("busy");
    try {
        const { answer, page } = await send(form, event.submitter);
        if (!page) {
            location.assign(answer.url);
            return;
        }
        if (page.body.dataset.gate) {
            // The session has ended: what was typed stays, here and for after the sign-in, and the way back is shown.
            keep(form);
            toast(word("signedOut"), "bad", location.href);
            return;
        }
        if (answer.redirected || form.method === "get") history.pushState({ swapped: true }, "", answer.url);
        if (!replace(page, form.dataset.swap)) location.assign(answer.url);
        else document.title = page.title;
    } catch {
        toast(word("cut"), "bad");
    } finally {
        form.removeAttribute("aria-busy");
        event.submitter?.classList.remove("busy");
    }
}

/** Listens for forms of the document, those that come later too. */
export function enhanceForms(root) {
    root.addEventListener("submit", submit);
    addEventListener("popstate", () => location.reload());
}
