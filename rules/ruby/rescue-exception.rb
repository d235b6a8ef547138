def positives
  begin
    load
  # ruleid: rescue-exception
  rescue Exception => e
    log(e)
  end

  begin
    load
  # ruleid: rescue-exception
  rescue ArgumentError, Exception
    retry_later
  end

  begin
    load
  # ruleid: rescue-exception
  rescue ::Exception
    nil
  end
end

def negatives
  begin
    load
  # ok: rescue-exception
  rescue StandardError => e
    log(e)
  end

  begin
    load
  # ok: rescue-exception
  rescue Exception
    cleanup
    raise
  end

  begin
    load
  # ok: rescue-exception
  rescue Foo::Exception, MyException => e
    log(e)
  end

  begin
    load
  # ok: rescue-exception
  rescue => e
    log(e)
  end
end
