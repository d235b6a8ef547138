#!/bin/bash
# ruleid: curl-pipe-shell
curl -fsSL https://get.example.org/install.sh | sh
# ruleid: curl-pipe-shell
curl -sL https://deb.example.org/setup_20.x | sudo -E bash -
# ruleid: curl-pipe-shell
wget -qO- https://example.org/i.sh | bash -s -- --yes
# ruleid: curl-pipe-shell
curl -sSL https://example.org/get.py | python3 -
# ruleid: curl-pipe-shell
bash <(curl -s https://example.org/i.sh)
# ruleid: curl-pipe-shell
sh -c "$(curl -fsSL https://example.org/i.sh)"
# ruleid: curl-pipe-shell
eval "$(wget -qO- https://example.org/env)"

# ok: curl-pipe-shell
curl -fsSL https://example.org/data.json | jq .name
# ok: curl-pipe-shell
curl -fsSL https://example.org/a.tar.gz | tar xz
# ok: curl-pipe-shell
curl -s https://example.org/data.json | python3 -m json.tool
# ok: curl-pipe-shell
curl -s https://example.org/data.json | python3 -c 'import json, sys; print(json.load(sys.stdin)["name"])'
# ok: curl-pipe-shell
curl -fsSLo install.sh https://example.org/install.sh && sha256sum -c sums && sh install.sh
# ok: curl-pipe-shell
curl -s https://example.org/i.sh | bash -n
# ok: curl-pipe-shell
curl -s http://localhost:8080/setup.sh | sh
# ok: curl-pipe-shell
cat install.sh | sh
# curl -fsSL https://example.org/install.sh | sh
# ok: curl-pipe-shell
echo "curl -fsSL https://example.org/install.sh | sh"
