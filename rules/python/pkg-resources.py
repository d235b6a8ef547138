# ruleid: pkg-resources
import pkg_resources
# ruleid: pkg-resources
from pkg_resources import resource_filename
# ruleid: pkg-resources
import pkg_resources as resources
import setuptools

# ok: pkg-resources
import pkgutil
# ok: pkg-resources
from importlib.metadata import version

try:
    from importlib.resources import files
except ImportError:
    # ok: pkg-resources
    import pkg_resources

setuptools.setup(
    name="demo",
    # ruleid: pkg-resources
    tests_require=["pytest"],
    # ok: pkg-resources
    install_requires=["attrs"],
)
# ok: pkg-resources
build(test_suite="tests")
# import pkg_resources
# ok: pkg-resources
text = "import pkg_resources"
