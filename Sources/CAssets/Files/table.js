// Filters and sorts the rows that a table shows. Sorting by the server's links goes on where there are several pages.
import { word } from "./toast.js";

const collator = new Intl.Collator(document.documentElement.lang || "zh", { numeric: true });

function filter(table, text, count) {
    const wanted = text.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
        const content = row.textContent.toLocaleLowerCase();
        row.hidden = !wanted.every((part) => content.includes(part));
        if (!row.hidden) shown += 1;
    }
    if (count) count.textContent = word("rows").replace("{n}", shown).replace("{all}", table.tBodies[0].rows.length);
}

function sort(table, header) {
    const isUp = header.getAttribute("aria-sort") !== "ascending";
    for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const value = (row) => {
        const cell = row.cells[header.cellIndex];
        return cell?.dataset.v ?? cell?.textContent.trim() ?? "";
    };
    const rows = [...table.tBodies[0].rows].map((row) => [value(row), row]);
    rows.sort(([a], [b]) => (isUp ? collator.compare(a, b) : collator.compare(b, a)));
    table.tBodies[0].append(...rows.map(([, row]) => row));
}

/** Makes the headings of tables marked data-sortable into buttons, and ties a field marked data-filter to its table. */
export function enhanceTables(root) {
    for (const table of root.querySelectorAll("table[data-sortable]:not([data-ready])")) {
        table.dataset.ready = "";
        for (const header of table.tHead?.rows[0]?.cells ?? []) {
            if (header.dataset.plain !== undefined || header.querySelector("a")) continue;
            const button = document.createElement("button");
            button.type = "button";
            button.append(...header.childNodes);
            button.addEventListener("click", () => sort(table, header));
            header.append(button);
        }
    }
    for (const field of root.querySelectorAll("input[data-filter]:not([data-ready])")) {
        field.dataset.ready = "";
        const table = document.getElementById(field.dataset.filter);
        const count = document.getElementById(field.dataset.filter + "-count");
        if (!table?.tBodies[0]) continue;
        field.addEventListener("input", () => filter(table, field.value, count));
    }
}
