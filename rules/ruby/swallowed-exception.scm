; rescue with nothing in it.
((rescue !body !exceptions) @match)
((rescue !body exceptions: (exceptions) @types) @match
  (#not-match? @types "^(::)?(\\w+::)*(LoadError|KeyError|IndexError|StopIteration|Interrupt|EOFError|ENOENT|EEXIST|ESRCH|ECHILD|RecordNotFound|NameError|NoMethodError|RecordNotUnique)(\\s*,\\s*(::)?(\\w+::)*(LoadError|KeyError|IndexError|StopIteration|Interrupt|EOFError|ENOENT|EEXIST|ESRCH|ECHILD|RecordNotFound|NameError|NoMethodError|RecordNotUnique))*$"))

; A broad rescue that gives nothing, or only leaves.
((rescue !exceptions body: (then) @body) @match
  (#only? @body "nil" "next" "break" "return")
  (#not-contains? @body "argument_list"))
((rescue exceptions: (exceptions) @types body: (then) @body) @match
  (#match? @types "(^|[,\\s:])(StandardError|Exception|RuntimeError)(\\s*,|$)")
  (#only? @body "nil" "next" "break" "return")
  (#not-contains? @body "argument_list"))

; value rescue nil
((rescue_modifier handler: (nil)) @match)
