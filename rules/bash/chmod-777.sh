#!/bin/sh
# ruleid: chmod-777
chmod 777 /var/www/uploads
# ruleid: chmod-777
sudo chmod -R 777 /opt/app
# ruleid: chmod-777
chmod a+rwx run.sh
# ruleid: chmod-777
chmod -R 0777 "$DATA_DIR"
# ruleid: chmod-777
mkdir -p -m 777 /srv/shared

# ok: chmod-777
chmod +x run.sh
# ok: chmod-777
chmod 755 run.sh
# ok: chmod-777
chmod u+rwx,go-w data
# ok: chmod-777
chmod 1777 /var/scratch
# ok: chmod-777
mkdir -p 777
# ok: chmod-777
echo "chmod 777 is wrong"
# chmod 777 /var/www
# ok: chmod-777
touch 777
