// A booking is taken with the mouse, or held with a finger, and put at another time of the week: the form that moves it
// opens with that time filled in. Nothing is moved before somebody presses its button. By keyboard the form is opened
// beside the grid.
import { openForm } from "./dialog.js";

/** Pixels by which a mouse goes astray in a click, and milliseconds for which a finger is held. */
const [ASTRAY, HELD] = [6, 350];

const DAY = 86_400_000;

class Move {
    constructor(grid, block, event) {
        this.grid = grid;
        this.block = block;
        [this.x, this.y] = [event.clientX, event.clientY];
        [this.day, this.line, this.count] = ["day", "line", "count"].map((name) => Number(block.dataset[name]));
        const under = this.under(event.clientX, event.clientY);
        this.grip = under ? Number(under.dataset.line) - this.line : 0;
        this.isOn = false;
    }

    /** The cell at a place of the window, whatever lies on top of it. */
    under(x, y) {
        return document.elementsFromPoint(x, y).find((each) => each.matches?.("[role=gridcell]") && this.grid.contains(each));
    }

    axis(line) {
        return this.grid.querySelector(`[role=rowheader][data-line="${line}"]`);
    }

    begin() {
        this.isOn = true;
        this.grid.classList.add("busy");
        this.block.classList.add("lifted");
    }

    to(x, y) {
        const cell = this.under(x, y);
        if (!cell) return;
        const [day, first] = [Number(cell.dataset.day), Number(cell.dataset.line) - this.grip];
        const last = first + this.count - 1;
        if (!this.axis(first) || !this.axis(last)) return;
        this.target = { day, first, last };
        this.draw();
    }

    get isElsewhere() {
        return this.target && (this.target.day !== this.day || this.target.first !== this.line);
    }

    draw() {
        this.grid.querySelector(".drag")?.remove();
        const { day, first, last } = this.target;
        const row = (line) => Number([...this.axis(line).classList].find((each) => /^r\d+$/.test(each)).slice(1));
        const box = document.createElement("div");
        box.className = `drag d${day} r${row(first)} x${row(last) - row(first) + 1}`;
        const title = document.createElement("b");
        title.textContent = first === last ? this.axis(first).dataset.text : `${this.axis(first).dataset.text} – ${this.axis(last).dataset.text}`;
        const text = document.createElement("span");
        text.textContent = this.grid.dataset.moved;
        box.append(title, text);
        this.grid.append(box);
    }

    get address() {
        const { day, first, last } = this.target;
        const url = new URL(this.block.dataset.move, location.href);
        const date = new Date(Date.parse(`${this.grid.dataset.monday}T00:00:00Z`) + day * DAY);
        url.searchParams.set("date", date.toISOString().slice(0, 10));
        url.searchParams.set("from", this.axis(first).dataset.from);
        url.searchParams.set("to", this.axis(last).dataset.to);
        return url.href;
    }

    end() {
        this.grid.querySelector(".drag")?.remove();
        this.grid.classList.remove("busy");
        this.block.classList.remove("lifted");
    }
}

/** Lets the bookings of a grid be taken elsewhere. */
export function enhanceMoves(grid) {
    let move = null;
    let timer = 0;
    let wasMoved = false;

    const drop = () => {
        clearTimeout(timer);
        const done = move;
        move = null;
        if (!done?.isOn) return;
        // What follows is the click of the same press; it leads nowhere.
        wasMoved = true;
        setTimeout(() => { wasMoved = false; }, 0);
        if (done.isElsewhere) openForm(done.address, done.block, () => done.end());
        else done.end();
    };
    const giveUp = () => {
        clearTimeout(timer);
        move?.end();
        move = null;
    };

    grid.addEventListener("pointerdown", (event) => {
        const block = event.target.closest?.("[data-move]");
        if (!block || event.button !== 0) return;
        move = new Move(grid, block, event);
        if (event.pointerType === "touch") timer = setTimeout(() => move?.begin(), HELD);
    });
    grid.addEventListener("pointermove", (event) => {
        if (!move) return;
        const way = Math.hypot(event.clientX - move.x, event.clientY - move.y);
        if (!move.isOn && way > ASTRAY) {
            // A finger that goes before it was held scrolls.
            if (event.pointerType === "touch") return giveUp();
            move.begin();
            grid.setPointerCapture(event.pointerId);
        }
        if (move.isOn) move.to(event.clientX, event.clientY);
    });
    grid.addEventListener("pointerup", drop);
    grid.addEventListener("pointercancel", giveUp);
    grid.addEventListener("touchmove", (event) => { if (move?.isOn) event.preventDefault(); }, { passive: false });
    grid.addEventListener("contextmenu", (event) => { if (move?.isOn) event.preventDefault(); });
    grid.addEventListener("click", (event) => {
        if (!wasMoved) return;
        event.preventDefault();
        event.stopImmediatePropagation();
    }, true);
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && move?.isOn) giveUp(); });
}
