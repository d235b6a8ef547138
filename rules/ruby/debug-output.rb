def positives(order)
  # ruleid: debug-output
  p order
  # ruleid: debug-output
  pp order.lines
  # ruleid: debug-output
  puts order.inspect
  # ruleid: debug-output
  puts "DEBUG: #{order}"
  order
end

def negatives(order)
  # ok: debug-output
  puts "Order saved"
  # ok: debug-output
  p "text"
  # ok: debug-output
  p(class: "note") { order.name }
  # ok: debug-output
  logger.debug(order.inspect)
  # ok: debug-output
  seen = p(order)
  seen
end
