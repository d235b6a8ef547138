def positives(client, rows)
  begin
    client.save
  # ruleid: swallowed-exception
  rescue
  end

  begin
    client.save
  # ruleid: swallowed-exception
  rescue StandardError => e
    # nothing to do
  end

  begin
    client.save
  # ruleid: swallowed-exception
  rescue IOError, Timeout::Error
  ensure
    client.close
  end

  rows.each do |row|
    client.add(row)
  # ruleid: swallowed-exception
  rescue => e
    next
  end

  begin
    client.save
  # ruleid: swallowed-exception
  rescue Exception
    nil
  end

  # ruleid: swallowed-exception
  suppress(StandardError) { client.flush }
  # ruleid: swallowed-exception
  count = Integer(rows.first) rescue nil
  count
# ruleid: swallowed-exception
rescue StandardError
  return
end

def negatives(client, text)
  begin
    client.save
  # ok: swallowed-exception
  rescue IOError => e
    warn "not saved: #{e.message}"
  end

  begin
    client.save
  # ok: swallowed-exception
  rescue StandardError
    client.abort
    raise
  end

  begin
    require "extra"
  # ok: swallowed-exception
  rescue LoadError
    # the extra is optional
  end

  begin
    File.delete(text)
  # ok: swallowed-exception
  rescue Errno::ENOENT
  end

  # ok: swallowed-exception
  suppress(Errno::ENOENT) { File.delete(text) }
  # ok: swallowed-exception
  name = text.fetch(:name) rescue "nobody"
  # begin; f; rescue; end
  # ok: swallowed-exception
  sample = "begin; f; rescue; end"
  [name, sample]
end

def number(text)
  Integer(text)
# ok: swallowed-exception
rescue ArgumentError
  nil
end

def list(text)
  text.split(",")
# ok: swallowed-exception
rescue StandardError
  []
end
