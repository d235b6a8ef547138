#!/usr/bin/env bash
set -euo pipefail

# ruleid: or-true
make test || true
# ruleid: or-true
npm run build > build.log 2>&1 || true
# ruleid: or-true
./migrate --all || :
# ruleid: or-true
pytest -q | tee report.txt || true
# ruleid: or-true
( cd web; npm ci ) || true
# ruleid: or-true
sudo systemctl reload nginx || true

# ruleid: or-true
git push origin main || true

# ok: or-true
git -C web check-ignore -q dist || true
# ok: or-true
ls dist 2>/dev/null || true
# ok: or-true
count=$(grep -c error build.log || true)
# ok: or-true
release=$(curl -s "$url" || true)
# ok: or-true
kill "$pid" 2>/dev/null || true
# ok: or-true
ps aux | grep "[n]ginx" || true
# ok: or-true
diff -u old new || true
# ok: or-true
make docs || echo "no docs" >&2
# ok: or-true
make test || exit 1
# ok: or-true
[ -f .env ] && source .env || true
# make test || true
# ok: or-true
echo "make test || true"
# ok: or-true
while true; do sleep 1; done
# ok: or-true
workmux status readme-cleanup 2>/dev/null || true
# ok: or-true
docker compose ps || true
# ruleid: or-true
docker compose push || true
