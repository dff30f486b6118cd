#ifndef JILIAN_ASSETS_H
#define JILIAN_ASSETS_H

#include <stddef.h>

/// A file of the page kit, as it stands in the binary.
struct jilian_asset {
    const char *name;
    const unsigned char *bytes;
    size_t size;
};

/// The files of the page kit.
const struct jilian_asset *jilian_assets(void);

/// How many there are.
size_t jilian_asset_count(void);

#endif
