#!/bin/sh
# ruleid: tls-verify-off
curl -k https://example.org/api
# ruleid: tls-verify-off
curl -sSkL https://example.org/api -o api.json
# ruleid: tls-verify-off
curl --insecure --header "Authorization: $TOKEN" https://example.org/api
# ruleid: tls-verify-off
wget --no-check-certificate https://example.org/a.tar.gz
# ruleid: tls-verify-off
pip install --trusted-host pypi.example.org demo
# ruleid: tls-verify-off
git -c http.sslVerify=false clone https://example.org/a.git
# ruleid: tls-verify-off
git config --global http.sslVerify false
# ruleid: tls-verify-off
export NODE_TLS_REJECT_UNAUTHORIZED=0

# ok: tls-verify-off
curl -k https://localhost:8443/health
# ok: tls-verify-off
curl --cacert ca.pem https://example.org/api
# ok: tls-verify-off
curl -sSL -o back.tar https://example.org/-k
# ok: tls-verify-off
pytest -k insecure
# ok: tls-verify-off
git config --global http.sslVerify true
# ok: tls-verify-off
export NODE_TLS_REJECT_UNAUTHORIZED=1
# curl -k https://example.org
# ok: tls-verify-off
echo "curl --insecure"
