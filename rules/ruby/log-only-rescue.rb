def positives
  begin
    load
  # ruleid: log-only-rescue
  rescue => e
    puts "Error: #{e.message}"
  end

  begin
    load
  # ruleid: log-only-rescue
  rescue ArgumentError => e
    warn(e)
  end

  begin
    load
  # ruleid: log-only-rescue
  rescue StandardError => e
    $stderr.puts e.message
  end
end

def negatives
  begin
    load
  # ok: log-only-rescue
  rescue => e
    puts e.message
    raise
  end

  begin
    load
  # ok: log-only-rescue
  rescue => e
    logger.error(e.full_message)
  end

  begin
    load
  # ok: log-only-rescue
  rescue Interrupt
    puts "bye"
  end

  begin
    load
  # ok: log-only-rescue
  rescue => e
    puts e.message
    exit 1
  end
end
