// Says how long ago a time was, and keeps saying it rightly.
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "zh", { numeric: "auto" });

function show(element) {
    const then = Date.parse(element.dateTime);
    if (Number.isNaN(then)) return;
    if (!element.title) element.title = element.textContent;
    const seconds = Math.round((then - Date.now()) / 1000);
    const unit = units.find(([, size]) => Math.abs(seconds) >= size);
    element.textContent = unit ? format.format(Math.trunc(seconds / unit[1]), unit[0]) : format.format(0, "minute");
}

/** Turns `<time data-relative>` into words, anew each half minute. */
export function enhanceTimes(root) {
    for (const element of root.querySelectorAll("time[data-relative]")) show(element);
}

setInterval(() => enhanceTimes(document), 30_000);
