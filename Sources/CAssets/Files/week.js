// The grid of a week: periods are chosen by dragging, by tapping, or by arrow keys with Shift; letting go or Enter opens
// the form that the first period's own link leads to, with the last one's end.
import { openForm } from "./dialog.js";
import { fetchPage, replace } from "./swap.js";
import { enhanceMoves } from "./week-move.js";

/** One choice: a day, and the first and last of its lines. */
class Choice {
    constructor(grid, cell) {
        this.grid = grid;
        this.day = cell.dataset.day;
        this.anchor = this.end = Number(cell.dataset.line);
    }

    get lines() {
        const [from, to] = [Math.min(this.anchor, this.end), Math.max(this.anchor, this.end)];
        return Array.from({ length: to - from + 1 }, (_, index) => find(this.grid, this.day, from + index));
    }

    /** Goes to a line of the same day, if all between can be booked. */
    extend(line) {
        const before = this.end;
        this.end = line;
        if (!this.lines.every((cell) => link(cell))) this.end = before;
    }

    get address() {
        const first = link(this.lines[0]);
        const url = new URL(first.href);
        url.searchParams.set("to", link(this.lines.at(-1)).dataset.to);
        return url.href;
    }
}

const find = (grid, day, line) => grid.querySelector(`[role=gridcell][data-day="${day}"][data-line="${line}"]`);
const link = (cell) => cell?.querySelector("a");
const cellOf = (target) => target?.closest?.("[role=gridcell]");
const rowOf = (cell, name) => Number([...cell.classList].find((each) => new RegExp(`^${name}\\d+$`).test(each))?.slice(1));

class Week {
    constructor(grid) {
        this.grid = grid;
        this.choice = null;
        const first = grid.querySelector("[role=gridcell] a");
        if (first) first.tabIndex = 0;
        grid.addEventListener("pointerdown", (event) => this.down(event));
        grid.addEventListener("pointermove", (event) => this.move(event));
        grid.addEventListener("pointerup", (event) => this.up(event));
        grid.addEventListener("pointercancel", () => this.clear());
        grid.addEventListener("click", (event) => this.click(event), true);
        grid.addEventListener("dragstart", (event) => event.preventDefault());
        grid.addEventListener("keydown", (event) => this.key(event));
    }

    down(event) {
        const cell = cellOf(event.target);
        if (event.pointerType !== "mouse" || event.button !== 0 || !link(cell)) return;
        this.dragging = true;
        this.grid.classList.add("busy");
        this.choice = new Choice(this.grid, cell);
        this.grid.setPointerCapture(event.pointerId);
        this.show();
    }

    move(event) {
        if (!this.dragging) return;
        const cell = cellOf(document.elementFromPoint(event.clientX, event.clientY));
        if (!cell || !this.grid.contains(cell)) return;
        this.choice.extend(Number(cell.dataset.line));
        this.show();
    }

    up(event) {
        if (!this.dragging) return;
        this.dragging = false;
        this.grid.classList.remove("busy");
        if (event.pointerType === "mouse") this.book();
    }

    /** A press of a mouse was a drag already; a tap chooses, the next one extends, one on the choice books. */
    click(event) {
        const drag = event.target.closest?.(".drag");
        if (drag) {
            event.preventDefault();
            event.stopPropagation();
            return this.book();
        }
        const cell = cellOf(event.target);
        if (!link(cell) || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        // A keyboard's Enter and a mouse have their own ways; what is left is a finger.
        if (event.pointerType !== "touch") return event.detail === 0 ? this.enter(cell) : undefined;
        const line = Number(cell.dataset.line);
        if (this.choice && this.choice.day === cell.dataset.day && line !== this.choice.anchor) this.choice.extend(line);
        else this.choice = new Choice(this.grid, cell);
        this.show(this.grid.dataset.tap);
    }

    enter(cell) {
        if (!this.choice || !this.choice.lines.includes(cell)) this.choice = new Choice(this.grid, cell);
        this.book();
    }

    key(event) {
        const cell = cellOf(event.target);
        if (!cell) return;
        const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
        if (event.key === "Escape") return this.clear();
        if (event.key === "Home" || event.key === "End") {
            event.preventDefault();
            return this.focus(find(this.grid, event.key === "Home" ? 0 : 6, cell.dataset.line));
        }
        if (!step) return;
        event.preventDefault();
        const next = find(this.grid, Number(cell.dataset.day) + step[0], Number(cell.dataset.line) + step[1]);
        if (!next) return;
        if (event.shiftKey && step[1] && link(cell)) {
            if (!this.choice || !this.choice.lines.includes(cell)) this.choice = new Choice(this.grid, cell);
            this.choice.extend(Number(next.dataset.line));
            this.show();
            this.focus(find(this.grid, this.choice.day, this.choice.end));
        } else {
            this.clear();
            this.focus(next);
        }
    }

    focus(cell) {
        const target = link(cell) || cell;
        if (!target) return;
        for (const each of this.grid.querySelectorAll("[tabindex='0']")) each.tabIndex = -1;
        target.tabIndex = 0;
        target.focus();
    }

    /** Draws the choice over its cells. */
    show(hint = this.grid.dataset.released) {
        this.grid.querySelector(".drag")?.remove();
        for (const cell of this.grid.querySelectorAll("[aria-selected=true]")) cell.setAttribute("aria-selected", "false");
        const { lines } = this.choice;
        for (const cell of lines) cell.setAttribute("aria-selected", "true");
        const [first, last] = [lines[0], lines.at(-1)];
        const box = document.createElement("button");
        box.type = "button";
        box.tabIndex = -1;
        const rows = rowOf(last, "r") - rowOf(first, "r") + 1;
        box.className = `drag d${this.choice.day} r${rowOf(first, "r")} x${rows}`;
        const title = document.createElement("b");
        title.textContent = lines.length === 1 ? link(first).dataset.text : `${link(first).dataset.text} – ${link(last).dataset.text}`;
        const text = document.createElement("span");
        text.textContent = hint;
        box.append(title, text);
        this.grid.append(box);
    }

    clear() {
        this.dragging = false;
        this.choice = null;
        this.grid.classList.remove("busy");
        this.grid.querySelector(".drag")?.remove();
        for (const cell of this.grid.querySelectorAll("[aria-selected=true]")) cell.setAttribute("aria-selected", "false");
    }

    book() {
        const { choice } = this;
        if (!choice) return;
        openForm(choice.address, link(choice.lines[0]), () => this.clear());
    }
}

/** Shows which workstations are free in what a form of a booking says now. */
async function refresh(form) {
    const url = new URL(form.action, location.href);
    for (const name of ["space", "date", "from", "to"]) url.searchParams.set(name, form.elements.namedItem(name)?.value || "");
    const { page } = await fetchPage(url.href);
    if (page) replace(page, "seats");
}

/** Makes the grids of a part of the page usable, and listens for forms of bookings once. */
export function enhanceWeeks(root) {
    for (const grid of root.querySelectorAll("[data-week]")) {
        new Week(grid);
        enhanceMoves(grid);
    }
    for (const button of root.querySelectorAll("[data-print]")) {
        button.hidden = false;
        button.addEventListener("click", () => print());
    }
    if (root !== document) return;
    document.addEventListener("change", (event) => {
        const form = event.target.form;
        if (form?.getAttribute("action") !== "/bookings/new" || !["date", "from", "to"].includes(event.target.name)) return;
        refresh(form).catch(() => {});
    });
}
