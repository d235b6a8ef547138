#!/bin/sh
# ruleid: discard-work
git reset --hard HEAD~1
# ruleid: discard-work
git -C web reset --hard
# ruleid: discard-work
git checkout -- .
# ruleid: discard-work
git checkout .
# ruleid: discard-work
git restore .
# ruleid: discard-work
git clean -fdx
# ruleid: discard-work
git stash drop

# ok: discard-work
git reset --soft HEAD~1
# ok: discard-work
git checkout -- src/a.py
# ok: discard-work
git checkout main
# ok: discard-work
git checkout v2 -- .
# ok: discard-work
git restore --staged .
# ok: discard-work
git clean -nd
# ok: discard-work
git clean -fdX
# ok: discard-work
git stash pop
# ok: discard-work
git commit -m "explain git reset --hard"
# git reset --hard
# ok: discard-work
echo "git checkout ."
