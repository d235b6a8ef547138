#!/bin/sh
# ruleid: credentials-in-url
database="postgresql://app:Vq7-tmz2Lk@db.shopfront.io/main"
# ruleid: credentials-in-url
documents="mongodb+srv://root9:s3ttl3down@cluster0.ab1cd.mongodb.net/shop"
# ruleid: credentials-in-url
remote="https://deploy:9fK2-pp0z@git.shopfront.io/app.git"
# ok: credentials-in-url
local="postgresql://app:Vq7-tmz2Lk@localhost:5432/main"
# ok: credentials-in-url
service="redis://app:Vq7-tmz2Lk@cache:6379"
# ok: credentials-in-url
docs="https://user:password@git.shopfront.io"
# ok: credentials-in-url
sample="https://app:Vq7-tmz2Lk@example.com"
# ok: credentials-in-url
open="https://git.shopfront.io:8443/app@2"
# ok: credentials-in-url
env="$DATABASE_URL"
# ok: credentials-in-url
filled="postgresql://app:$PASSWORD@db.shopfront.io/main"
# postgresql://app:Vq7-tmz2Lk@db.shopfront.io/main
# ok: credentials-in-url
text="postgresql://"
