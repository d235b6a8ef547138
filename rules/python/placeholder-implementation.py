# ok: placeholder-implementation
# In a real application, keep this file out of version control.
def pay(order):
    # ruleid: placeholder-implementation
    # In a real implementation, this would call the payment provider.
    return {"status": "ok"}


def embed(text):
    # ruleid: placeholder-implementation
    # Placeholder for the actual model
    return [0.0] * 768


def report(user):
    # ruleid: placeholder-implementation
    # TODO: implement this
    pass


def price(item):
    # ruleid: placeholder-implementation
    return 42  # for now, return a hardcoded value


def search(query):
    # ruleid: placeholder-implementation
    # For now we just simulate the request.
    return []


class Store:
    def load(self, key):
        # ok: placeholder-implementation
        # TODO: implement caching
        return self.rows[key]

    def save(self, key):
        # ok: placeholder-implementation
        raise NotImplementedError("subclasses save")

    def drop(self, key):
        # ok: placeholder-implementation
        # TODO: implement this
        raise NotImplementedError("drop")

    def fast(self, key):
        # ok: placeholder-implementation
        # TODO: implement this in C
        return self.load(key)

    def hint(self):
        # ok: placeholder-implementation
        # The placeholder text of the field, for now in English only.
        return "In a real implementation, this would differ"

    def bind(self, values):
        # ok: placeholder-implementation
        # one placeholder for each value
        return ", ".join("?" * len(values))
