#!/bin/sh
# ruleid: break-system-packages
pip install --break-system-packages requests
# ruleid: break-system-packages
sudo python3 -m pip install -q numpy --break-system-packages
# ruleid: break-system-packages
export PIP_BREAK_SYSTEM_PACKAGES=1
# ruleid: break-system-packages
PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install black
# ruleid: break-system-packages
rm -f /usr/lib/python3.12/EXTERNALLY-MANAGED

# ok: break-system-packages
pip install requests
# ok: break-system-packages
.venv/bin/pip install -r requirements.txt
# ok: break-system-packages
export PIP_BREAK_SYSTEM_PACKAGES=0
# ok: break-system-packages
ls /usr/lib/python3.12/EXTERNALLY-MANAGED
# ok: break-system-packages
echo "do not use --break-system-packages"
# pip install --break-system-packages requests
# ok: break-system-packages
pipx install black
