#!/bin/sh
# ruleid: force-push
git push --force origin main
# ruleid: force-push
git push -f
# ruleid: force-push
git push -uf origin feature
# ruleid: force-push
git -C web push origin main --force
# ruleid: force-push
git fetch && git push origin +main:main
# ruleid: force-push
git push "$remote" "+$branch"

# ok: force-push
git push --force-with-lease origin feature
# ok: force-push
git push --force --force-with-lease origin feature
# ok: force-push
git push origin main
# ok: force-push
git push -f origin gh-pages
# ok: force-push
git add -f dist/bundle.js
# ok: force-push
git fetch --force origin
# ok: force-push
git commit -m "never git push --force"
# git push --force
# ok: force-push
echo "git push --force origin main"
# ok: force-push
docker push --force registry/app
