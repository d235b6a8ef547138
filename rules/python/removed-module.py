import sys

# ruleid: removed-module
import imp
# ruleid: removed-module
import os, distutils.util
# ruleid: removed-module
from distutils.core import setup
# ruleid: removed-module
import telnetlib as telnet
# ruleid: removed-module
from urllib2 import urlopen
# ruleid: removed-module
from pipes import quote

# ok: removed-module
import importlib
# ok: removed-module
import impala.dbapi
# ok: removed-module
from . import cgi
# ok: removed-module
from .distutils import setup as old
# ok: removed-module
from web.cgi import handler
# ok: removed-module
from six.moves import urllib

try:
    # ok: removed-module
    from distutils.version import LooseVersion
except ImportError:
    from packaging.version import Version as LooseVersion

if sys.version_info < (3, 13):
    # ok: removed-module
    import crypt

# import imp
# ok: removed-module
text = "import imp"
