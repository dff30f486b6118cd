// Makes pages quicker to use; every page works without it, but for what is live.
import { enhanceForms } from "./swap.js";
import { enhanceDialogs } from "./dialog.js";
import { enhanceTables } from "./table.js";
import { enhanceTimes } from "./time.js";
import { showNotes } from "./toast.js";
import { restore } from "./keep.js";
import { enhanceWeeks } from "./week.js";
import { listen } from "./live.js";

enhanceForms(document);
enhanceDialogs(document);
enhanceTables(document);
enhanceTimes(document);
showNotes(document);
restore(document);
enhanceWeeks(document);
listen();

document.addEventListener("swapped", (event) => {
    enhanceTables(event.target);
    enhanceTimes(event.target);
    showNotes(event.target);
    restore(event.target);
    enhanceWeeks(event.target);
});
