; rescue with nothing in it.
((rescue !body !exceptions) @match)
((rescue !body exceptions: (exceptions) @types) @match
  (#not-match? @types "^(::)?(\\w+::)*(LoadError|KeyError|IndexError|StopIteration|Interrupt|EOFError|ENOENT|EEXIST|ESRCH|ECHILD|RecordNotFound|NameError|NoMethodError|RecordNotUnique)(\\s*,\\s*(::)?(\\w+::)*(LoadError|KeyError|IndexError|StopIteration|Interrupt|EOFError|ENOENT|EEXIST|ESRCH|ECHILD|RecordNotFound|NameError|NoMethodError|RecordNotUnique))*$"))

; A broad rescue that gives nothing, or only leaves.
((rescue !exceptions body: (then) @body) @match
  (#only? @body "nil" "next" "break" "return")
  (#not-contains? @body "identifier" "constant" "integer" "float" "string" "simple_symbol" "true" "false" "array" "hash" "self"
    "instance_variable" "global_variable" "class_variable" "call" "regex" "string_array" "symbol_array" "lambda"))
((rescue exceptions: (exceptions) @types body: (then) @body) @match
  (#match? @types "(^|[,\\s:])(StandardError|Exception|RuntimeError)(\\s*,|$)")
  (#only? @body "nil" "next" "break" "return")
  (#not-contains? @body "identifier" "constant" "integer" "float" "string" "simple_symbol" "true" "false" "array" "hash" "self"
    "instance_variable" "global_variable" "class_variable" "call" "regex" "string_array" "symbol_array" "lambda"))

; value rescue nil
((rescue_modifier handler: (nil)) @match)

; suppress(StandardError) { ... }
((call
  !receiver
  method: (identifier) @name
  arguments: (argument_list) @types
  block: (_)) @match
  (#eq? @name "suppress")
  (#match? @types "(^\\(|[,\\s:])(StandardError|Exception|RuntimeError)(\\s*[,)]|$)"))
