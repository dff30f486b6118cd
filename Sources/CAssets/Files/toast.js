// Short messages at the edge of the page.

/** A text of the page kit, in the page's language: the page carries them, so that scripts hold none. */
export const word = (name) => document.getElementById("words")?.dataset[name] || "";

function place() {
    let list = document.getElementById("toasts");
    if (!list) {
        list = document.createElement("div");
        list.id = "toasts";
        list.className = "toasts";
        list.setAttribute("role", "status");
    }
    // What is outside of an open dialog can't be pressed.
    (document.querySelector("dialog[open]") || document.body).append(list);
    // A popover stands above a dialog that is open.
    if ("showPopover" in list) {
        list.popover = "manual";
        if (list.matches(":popover-open")) list.hidePopover();
        list.showPopover();
    }
    return list;
}

/** Shows a message; with an address it is a link. What is wrong stays until it is dismissed. */
export function toast(text, kind, address) {
    const item = document.createElement("div");
    item.className = "toast " + kind;
    const label = document.createElement(address ? "a" : "span");
    label.textContent = text;
    if (address) {
        label.href = address;
        label.className = "lnk";
    }
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn sm ghost";
    close.textContent = word("close");
    close.addEventListener("click", () => item.remove());
    item.append(label, close);
    place().append(item);
    if (kind === "ok") setTimeout(() => item.remove(), 5000);
}

/** Turns the note of what was just done into a message that goes by itself. */
export function showNotes(root) {
    for (const note of root.querySelectorAll("[data-toast]")) {
        toast(note.dataset.toast, "ok");
        note.remove();
        const address = new URL(location.href);
        address.searchParams.delete("done");
        history.replaceState(history.state, "", address);
    }
}
