# ok: rubocop-disable
# frozen_string_literal: true

# ruleid: rubocop-disable
# rubocop:disable Metrics/MethodLength
def positives(rows)
  # ruleid: rubocop-disable
  eval(rows) # rubocop:disable Security/Eval
  # ruleid: rubocop-disable
  rows.map { |row| row } # rubocop:todo Style/RedundantMap
end

# ok: rubocop-disable
# rubocop:enable Metrics/MethodLength
def negatives(rows)
  # ok: rubocop-disable
  # Rubocop wants this to be short.
  rows.size
  # ok: rubocop-disable
  "# rubocop:disable all"
end
