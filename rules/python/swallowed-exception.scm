; A broad handler that does nothing, or only jumps away.
((except_clause !value (block) @body) @match
  (#only? @body "pass_statement" "ellipsis" "string" "concatenated_string" "integer" "true" "false" "none"
    "continue_statement" "break_statement"))
((except_clause value: (_) @type (block) @body) @match
  (#match? @type "\\b(Base)?Exception(Group)?\\b")
  (#only? @body "pass_statement" "ellipsis" "string" "concatenated_string" "integer" "true" "false" "none"
    "continue_statement" "break_statement"))

; A broad handler that only returns, and returns nothing.
((except_clause !value (block) @body) @match
  (#only? @body "return_statement")
  (#not-contains? @body "identifier" "string" "integer" "float" "true" "false" "list" "dictionary"
    "set" "tuple" "lambda" "ellipsis" "unary_operator" "not_operator"))
((except_clause value: (_) @type (block) @body) @match
  (#match? @type "\\b(Base)?Exception(Group)?\\b")
  (#only? @body "return_statement")
  (#not-contains? @body "identifier" "string" "integer" "float" "true" "false" "list" "dictionary"
    "set" "tuple" "lambda" "ellipsis" "unary_operator" "not_operator"))

; A handler of a named type that does nothing, where the success of the `try` does not leave the code around it.
((try_statement
  body: (block) @tried
  (except_clause value: (_) @type (block) @body) @match) @whole
  (#only? @body "pass_statement" "ellipsis" "string" "concatenated_string" "integer" "true" "false" "none")
  (#not-match? @type "\\b(Base)?Exception(Group)?\\b")
  (#not-match? @type "^\\(?\\s*([\\w.]+\\.)?(ImportError|ModuleNotFoundError|KeyError|IndexError|AttributeError|StopIteration|StopAsyncIteration|GeneratorExit|KeyboardInterrupt|CancelledError|FileNotFoundError|FileExistsError|ProcessLookupError|EOFError|Empty|Full|QueueEmpty|QueueFull)(\\s*,\\s*([\\w.]+\\.)?(ImportError|ModuleNotFoundError|KeyError|IndexError|AttributeError|StopIteration|StopAsyncIteration|GeneratorExit|KeyboardInterrupt|CancelledError|FileNotFoundError|FileExistsError|ProcessLookupError|EOFError|Empty|Full|QueueEmpty|QueueFull))*,?\\s*\\)?(\\s+as\\s+\\w+)?$")
  (#not-has-sibling? @match "else_clause")
  (#not-uses? @tried "fail" "AssertionError" @type)
  (#not-match? @tried "^(await\\s+)?[\\w.\\[\\]]+\\.(cancel|terminate|kill|killpg|unlink|cleanup|rmtree|remove|rmdir)\\([^\\n]*$")
  (#not-match? @whole "^try:\\s+[\\w.\\[\\]]+\\.remove\\([^\\n]*\\)\\s+(#[^\\n]*\\s+)*except ValueError\\b")
  (#not-match? @tried "^(\\w+(?:\\.\\w+)*) = [^\\n]*\\b\\1\\b[^\\n]*$")
  (#not-contains? @tried "return_statement" "break_statement" "continue_statement"))

; The same where the `try` returns and nothing follows it: no fallback is left to run.
((function_definition
  body: (block
    (try_statement
      body: (block) @tried
      (except_clause value: (_) @type (block) @body) @match) .))
  (#only? @body "pass_statement" "ellipsis" "string" "concatenated_string" "integer" "true" "false" "none")
  (#not-match? @type "\\b(Base)?Exception(Group)?\\b")
  (#not-match? @type "^\\(?\\s*([\\w.]+\\.)?(ImportError|ModuleNotFoundError|KeyError|IndexError|AttributeError|StopIteration|StopAsyncIteration|GeneratorExit|KeyboardInterrupt|CancelledError|FileNotFoundError|FileExistsError|ProcessLookupError|EOFError|Empty|Full|QueueEmpty|QueueFull)(\\s*,\\s*([\\w.]+\\.)?(ImportError|ModuleNotFoundError|KeyError|IndexError|AttributeError|StopIteration|StopAsyncIteration|GeneratorExit|KeyboardInterrupt|CancelledError|FileNotFoundError|FileExistsError|ProcessLookupError|EOFError|Empty|Full|QueueEmpty|QueueFull))*,?\\s*\\)?(\\s+as\\s+\\w+)?$")
  (#not-has-sibling? @match "else_clause")
  (#not-uses? @tried "fail" "AssertionError" @type)
  (#contains? @tried "return_statement"))
