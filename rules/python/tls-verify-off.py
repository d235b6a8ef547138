import ssl

import aiohttp
import httpx
import requests
import urllib3

# ruleid: tls-verify-off
urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
# ruleid: tls-verify-off
ssl._create_default_https_context = ssl._create_unverified_context


def positives(session, url):
    # ruleid: tls-verify-off
    requests.get(url, verify=False)
    # ruleid: tls-verify-off
    client = httpx.AsyncClient(verify=False)
    # ruleid: tls-verify-off
    session.verify = False
    # ruleid: tls-verify-off
    connector = aiohttp.TCPConnector(ssl=False)
    # ruleid: tls-verify-off
    other = Search(hosts=[url], verify_certs=False)
    context = ssl.create_default_context()
    # ruleid: tls-verify-off
    context.check_hostname = False
    # ruleid: tls-verify-off
    context.verify_mode = ssl.CERT_NONE
    return client, connector, other


def negatives(session, url, settings, jwt, image):
    # ok: tls-verify-off
    requests.get(url, verify="ca.pem")
    # ok: tls-verify-off
    httpx.get(url, verify=settings.verify)
    # ok: tls-verify-off
    jwt.decode(url, verify=False)
    # ok: tls-verify-off
    image.verify = False
    # ok: tls-verify-off
    context = ssl.create_default_context(cafile="ca.pem")
    # ok: tls-verify-off
    context.verify_mode = ssl.CERT_REQUIRED
    # ok: tls-verify-off
    if context.verify_mode == ssl.CERT_NONE:
        raise ValueError("unchecked")
    # requests.get(url, verify=False)
    # ok: tls-verify-off
    return "requests.get(url, verify=False)"
