#!/bin/sh
# ruleid: no-verify
git commit --no-verify -m "fix"
# ruleid: no-verify
git commit -m "fix" --no-verify
# ruleid: no-verify
git commit -nm "fix"
# ruleid: no-verify
git -C web push --no-verify origin main
# ruleid: no-verify
git add . && git commit -n -m "fix"
# ruleid: no-verify
HUSKY=0 git commit -m "fix"
# ruleid: no-verify
git -c core.hooksPath=/dev/null commit -m "fix"

# ok: no-verify
git commit -m "drop --no-verify from the docs"
# ok: no-verify
git push -n origin main
# ok: no-verify
git log -n 5
# ok: no-verify
git commit --amend --no-edit
# ok: no-verify
git config core.hooksPath .githooks
# git commit --no-verify
# ok: no-verify
echo "git commit --no-verify"
# ok: no-verify
npm publish --no-verify
