# ruleid: always-valid
def verify_signature(payload, signature):
    """Whether the signature belongs to the payload."""
    return True


# ruleid: always-valid
async def authenticate(token: str) -> bool:
    # every token will do
    return True


# ruleid: always-valid
def check_permissions(user, action="read"):
    return True  # for the moment


# ok: always-valid
def verify_checksum(data, checksum):
    return sum(data) == checksum


# ok: always-valid
def validate_row(row):
    if not row:
        raise ValueError("empty")
    return True


# ok: always-valid
def check_nothing(_row):
    return True


# ok: always-valid
def is_enabled(feature):
    return True


class Base:
    # ok: always-valid
    def validate(self, value):
        return True


# def verify(x): return True
# ok: always-valid
text = "def verify(x): return True"
