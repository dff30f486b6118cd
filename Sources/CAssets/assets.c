// The page kit's files are put into the binary by the compiler, which so knows when to build anew: Swift has no
// such directive, and SwiftPM's own resources are either looked for beside the program or take minutes to compile.
#include "CAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char style_css[] = {
#embed "Files/tokens.css"
,
#embed "Files/shell.css"
,
#embed "Files/parts.css"
,
#embed "Files/forms.css"
,
#embed "Files/sync.css"
,
#embed "Files/boards.css"
,
#embed "Files/week.css"
,
#embed "Files/places.css"
,
#embed "Files/narrow.css"
};
static const unsigned char app_js[] = {
#embed "Files/app.js"
};
static const unsigned char swap_js[] = {
#embed "Files/swap.js"
};
static const unsigned char dialog_js[] = {
#embed "Files/dialog.js"
};
static const unsigned char toast_js[] = {
#embed "Files/toast.js"
};
static const unsigned char table_js[] = {
#embed "Files/table.js"
};
static const unsigned char time_js[] = {
#embed "Files/time.js"
};
static const unsigned char keep_js[] = {
#embed "Files/keep.js"
};
static const unsigned char week_js[] = {
#embed "Files/week.js"
};
static const unsigned char week_move_js[] = {
#embed "Files/week-move.js"
};
static const unsigned char live_js[] = {
#embed "Files/live.js"
};
static const unsigned char live_worker_js[] = {
#embed "Files/live-worker.js"
};

static const struct jilian_asset assets[] = {
    {"style.css", style_css, sizeof style_css},
    {"app.js", app_js, sizeof app_js},
    {"swap.js", swap_js, sizeof swap_js},
    {"dialog.js", dialog_js, sizeof dialog_js},
    {"toast.js", toast_js, sizeof toast_js},
    {"table.js", table_js, sizeof table_js},
    {"time.js", time_js, sizeof time_js},
    {"keep.js", keep_js, sizeof keep_js},
    {"week.js", week_js, sizeof week_js},
    {"week-move.js", week_move_js, sizeof week_move_js},
    {"live.js", live_js, sizeof live_js},
    {"live-worker.js", live_worker_js, sizeof live_worker_js},
};

const struct jilian_asset *jilian_assets(void) { return assets; }

size_t jilian_asset_count(void) { return sizeof assets / sizeof assets[0]; }
