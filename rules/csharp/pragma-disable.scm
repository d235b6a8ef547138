((preproc_pragma) @match
  (#match? @match "^#\\s*pragma\\s+warning\\s+disable\\b"))
((preproc_nullable) @match
  (#match? @match "^#\\s*nullable\\s+disable\\b"))
((attribute name: (_) @name) @match
  (#match? @name "^([\\w.]+\\.)?(Unconditional)?SuppressMessage(Attribute)?$"))
((comment) @match
  (#match? @match "^//\\s*(ReSharper disable\\b|NOSONAR)"))
