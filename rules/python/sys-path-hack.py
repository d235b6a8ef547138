import os
import site
import sys
import sys as _sys

# ruleid: sys-path-hack
sys.path.insert(0, os.path.dirname(__file__))
# ruleid: sys-path-hack
sys.path.append("..")
# ruleid: sys-path-hack
sys.path += ["lib"]
# ruleid: sys-path-hack
sys.path[0:0] = ["lib"]
# ruleid: sys-path-hack
_sys.path.extend(["lib", "src"])
# ruleid: sys-path-hack
sys.path = ["lib"] + sys.path


def negatives(monkeypatch, saved_path, shell):
    # ok: sys-path-hack
    print(sys.path)
    # ok: sys-path-hack
    sys.path.remove("lib")
    # ok: sys-path-hack
    sys.path[:] = saved_path
    # ok: sys-path-hack
    site.addsitedir("lib")
    # ok: sys-path-hack
    monkeypatch.syspath_prepend("lib")
    # ok: sys-path-hack
    shell.path.append("lib")
    # ok: sys-path-hack
    os.path.join("lib", "sys.path.append")
    # sys.path.append("..")
    # ok: sys-path-hack
    return "sys.path.insert(0, '.')"
