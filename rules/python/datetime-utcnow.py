import datetime
import datetime as dt
from dataclasses import dataclass, field
from datetime import datetime as Moment
from datetime import timezone

import arrow


@dataclass
class Event:
    # ruleid: datetime-utcnow
    at: Moment = field(default_factory=Moment.utcnow)


# ruleid: datetime-utcnow
started = datetime.datetime.utcnow()
# ruleid: datetime-utcnow
stamp = dt.datetime.utcnow().isoformat() + "Z"
# ruleid: datetime-utcnow
old = Moment.utcfromtimestamp(0)

# ok: datetime-utcnow
good = Moment.now(timezone.utc)
# ok: datetime-utcnow
also = dt.datetime.fromtimestamp(0, tz=dt.timezone.utc)
# ok: datetime-utcnow
other = arrow.utcnow()
# datetime.datetime.utcnow() is deprecated
# ok: datetime-utcnow
text = "datetime.datetime.utcnow()"
