import logging
import warnings

# ruleid: warnings-silenced
warnings.filterwarnings("ignore")
# ruleid: warnings-silenced
warnings.simplefilter("ignore")
# ruleid: warnings-silenced
logging.disable(logging.CRITICAL)


def noisy(load):
    # ruleid: warnings-silenced
    warnings.filterwarnings('ignore')
    return load()


# ok: warnings-silenced
warnings.filterwarnings("ignore", category=FutureWarning)
# ok: warnings-silenced
warnings.filterwarnings("ignore", message="numpy.dtype size changed")
# ok: warnings-silenced
warnings.simplefilter("error")
# ok: warnings-silenced
logging.disable(logging.NOTSET)


def quiet(load, table):
    with warnings.catch_warnings():
        # ok: warnings-silenced
        warnings.simplefilter("ignore")
        load()
    # ok: warnings-silenced
    table.filter("ignore")
    # warnings.filterwarnings("ignore")
    # ok: warnings-silenced
    return 'warnings.filterwarnings("ignore")'
