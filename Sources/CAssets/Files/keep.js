// Keeps what was typed into a form whose session has ended, in this tab alone, until the form is shown again.
import { toast, word } from "./toast.js";

const place = (form) => "kept " + new URL(form.action, location.href).pathname;

function isKept(form, name) {
    const field = form.elements.namedItem(name);
    return name !== "csrf" && field?.type !== "password" && field?.type !== "file";
}

/** Keeps a form's fields, without secrets and files. */
export function keep(form) {
    const fields = [...new FormData(form)].filter(([name]) => isKept(form, name));
    sessionStorage.setItem(place(form), JSON.stringify(fields));
}

/** Puts back what was kept of the forms of a part of the page, once. */
export function restore(root) {
    for (const form of root.querySelectorAll("form[data-dialog-form]")) {
        const kept = sessionStorage.getItem(place(form));
        if (!kept) continue;
        sessionStorage.removeItem(place(form));
        for (const [name, value] of JSON.parse(kept)) {
            for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
                if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
                else field.value = value;
            }
        }
        toast(word("restored"), "ok");
    }
}
