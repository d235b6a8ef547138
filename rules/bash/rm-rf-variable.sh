#!/bin/bash
# ruleid: rm-rf-variable
rm -rf "$DIR"/*
# ruleid: rm-rf-variable
rm -rf $DIR/
# ruleid: rm-rf-variable
rm -fr "${OUT_DIR}/"*
# ruleid: rm-rf-variable
rm --recursive --force "${DIR:-}"/*
# ruleid: rm-rf-variable
rm -rf $files
# ruleid: rm-rf-variable
sudo rm -rf $PREFIX/*
# ruleid: rm-rf-variable
rm -rf ~/
# ruleid: rm-rf-variable
rm -rf "$HOME"

# ok: rm-rf-variable
rm -rf "${DIR:?}"/*
# ok: rm-rf-variable
rm -rf "${DIR:-build}"/*
# ok: rm-rf-variable
rm -rf "$DIR"
# ok: rm-rf-variable
rm -rf "$DIR/cache"
# ok: rm-rf-variable
rm -rf build/ dist/
# ok: rm-rf-variable
rm -f $lockfile
# ok: rm-rf-variable
rm -rf ~/.cache/app
# rm -rf $DIR/
# ok: rm-rf-variable
echo "rm -rf $DIR/*"
