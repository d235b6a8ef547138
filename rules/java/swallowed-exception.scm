; A catch block with nothing in it.
((catch_clause
  (catch_formal_parameter (catch_type) @type name: (identifier) @name)
  body: (block) @body) @match
  (#only? @body)
  (#not-match? @type "^([\\w.]+\\.)?(ClassNotFoundException|NoClassDefFoundError|NoSuchFieldException|NoSuchMethodException|NoSuchElementException|NoSuchFileException|FileNotFoundException|FileAlreadyExistsException|CancellationException|EOFException)$")
  (#not-match? @name "^(expected|ignored|ignore|_)"))

; A name that says so excuses a narrow type only.
((catch_clause
  (catch_formal_parameter (catch_type) @type name: (identifier) @name)
  body: (block) @body) @match
  (#only? @body)
  (#match? @type "\\b(Throwable|Exception|RuntimeException|Error|InterruptedException)\\b")
  (#match? @name "^(ignored|ignore|_)"))

; A broad catch that only leaves, without a value.
((catch_clause
  (catch_formal_parameter (catch_type) @type)
  body: (block) @body) @match
  (#match? @type "\\b(Throwable|Exception|RuntimeException|Error)\\b")
  (#only? @body "return_statement" "continue_statement" "break_statement")
  (#match? @body "^\\{(\\s|//[^\\n]*|/\\*([^*]|\\*[^/])*\\*/)*(return|continue|break)\\s*;"))
