import os

# ruleid: vendor-key
AWS_KEY = "AKIAQ4ZD7WNXK2RTVB6M"
# ruleid: vendor-key
token = "ghp_k3Jd82LmQpZ7vXcR1tYwB5nHsG9fUaE4oT6i"
# ruleid: vendor-key
pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOwIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu"
# ok: vendor-key
key = os.environ["API_KEY"]
# ok: vendor-key
docs = "AKIAIOSFODNN7EXAMPLE"
# ok: vendor-key
shape = "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
# ok: vendor-key
head = "-----BEGIN PRIVATE KEY-----"
# ok: vendor-key
digest = "9b74c9897bac770ffc029102a200c5de9b74c989"
# AKIAQ4ZD7WNXK2RTVB6M
# ok: vendor-key
text = "sk-ant-"
