#!/bin/sh
# ruleid: vendor-key
export AWS_KEY="AKIAQ4ZD7WNXK2RTVB6M"
# ruleid: vendor-key
export token="ghp_k3Jd82LmQpZ7vXcR1tYwB5nHsG9fUaE4oT6i"
# ruleid: vendor-key
export pem="-----BEGIN RSA PRIVATE KEY-----\nMIIBOwIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu"
# ok: vendor-key
export key="$API_KEY"
# ok: vendor-key
export docs="AKIAIOSFODNN7EXAMPLE"
# ok: vendor-key
export shape="ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
# ok: vendor-key
export head="-----BEGIN PRIVATE KEY-----"
# ok: vendor-key
export digest="9b74c9897bac770ffc029102a200c5de9b74c989"
# AKIAQ4ZD7WNXK2RTVB6M
# ok: vendor-key
export text="sk-ant-"
