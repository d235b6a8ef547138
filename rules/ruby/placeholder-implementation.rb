def pay(order)
  # ruleid: placeholder-implementation
  # In a real implementation, this would call the bank.
  true
end

def total(order)
  # ruleid: placeholder-implementation
  # placeholder logic
  42
end

# ok: placeholder-implementation
# In a real implementation, this would call the bank.
def name
  # ok: placeholder-implementation
  # TODO: use a faster hash
  "In a real app, we would ask"
end
