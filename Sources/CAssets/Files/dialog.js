// Opens links marked data-dialog in a dialog: the form of the page that they lead to.
import { fetchPage, replace, send } from "./swap.js";
import { keep, restore } from "./keep.js";
import { toast, word } from "./toast.js";

/** What is focused again when the dialog closes, where its form can be had again, and what else is then to be done. */
let opener = null;
let source = "";
let closed = null;

function shell() {
    const there = document.getElementById("dialog");
    if (there) return there;
    const dialog = document.createElement("dialog");
    dialog.id = "dialog";
    dialog.setAttribute("aria-labelledby", "dialog-title");
    dialog.addEventListener("close", () => {
        const toasts = dialog.querySelector("#toasts");
        if (toasts) document.body.append(toasts);
        closed?.();
        opener?.focus();
    });
    document.body.append(dialog);
    return dialog;
}

function fill(dialog, page) {
    const form = page.querySelector("[data-dialog-form]");
    if (!form) return false;
    const title = page.querySelector("h1")?.textContent || "";
    // Not a <header>: outside of a section that would be a banner, and the page has one.
    const head = document.createElement("div");
    head.className = "head";
    const heading = document.createElement("h2");
    heading.id = "dialog-title";
    heading.textContent = title;
    const gap = document.createElement("span");
    gap.className = "sp";
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn sm ghost";
    close.textContent = word("close");
    close.addEventListener("click", () => dialog.close());
    head.append(heading, gap, close);
    const body = document.createElement("div");
    body.className = "body";
    body.append(form);
    dialog.replaceChildren(head, body);
    return true;
}

/** Opens the form at an address; `after` is called when the dialog is closed. */
export async function openForm(address, link, after) {
    try {
        const { page } = await fetchPage(address);
        const dialog = shell();
        if (!page || !fill(dialog, page)) {
            location.assign(address);
            return;
        }
        [opener, source, closed] = [link, address, after];
        restore(dialog);
        if (!dialog.open) dialog.showModal();
        const wrong = dialog.querySelector(".wrong input, .wrong select, .wrong textarea");
        (wrong || dialog.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
    } catch {
        toast(word("cut"), "bad");
    }
}

async function submit(event) {
    const form = event.target;
    const dialog = form.closest("dialog");
    if (!dialog) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    try {
        const { answer, page } = await send(form, event.submitter);
        if (!page || page.body.dataset.gate) {
            keep(form);
            toast(word("signedOut"), "bad", source);
        } else if (answer.redirected) {
            history.pushState({ swapped: true }, "", answer.url);
            dialog.close();
            if (!replace(page, "content")) location.assign(answer.url);
        } else if (!fill(dialog, page)) {
            location.assign(answer.url);
        } else {
            dialog.querySelector(".wrong input, .wrong select, .wrong textarea, input:not([type=hidden])")?.focus();
        }
    } catch {
        toast(word("cut"), "bad");
    } finally {
        form.removeAttribute("aria-busy");
    }
}

/** Listens for links of the document, those that come later too. */
export function enhanceDialogs(root) {
    if (!("showModal" in HTMLDialogElement.prototype)) return;
    root.addEventListener("click", (event) => {
        const link = event.target.closest?.("a[data-dialog]");
        if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        openForm(link.href, link);
    });
    root.addEventListener("submit", submit, true);
}
