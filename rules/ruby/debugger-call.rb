# ruleid: debugger-call
require "byebug"

def positives(rows)
  # ruleid: debugger-call
  binding.pry
  rows.each do |row|
    # ruleid: debugger-call
    byebug
    # ruleid: debugger-call
    debugger if row.nil?
    row.save
  end
end

def negatives(rows, tool)
  # ok: debugger-call
  names = binding.local_variables
  # ok: debugger-call
  tool.debugger
  # ok: debugger-call
  require "json"
  # binding.pry
  # ok: debugger-call
  [names, "binding.pry"]
end
