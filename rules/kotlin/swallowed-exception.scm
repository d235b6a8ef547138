; A catch block with nothing in it.
((catch_block (identifier) @name (_) @type (block) @body) @match
  (#only? @body)
  (#not-match? @type "^(|[\\w.]+\\.)(ClassNotFoundException|NoClassDefFoundError|NoSuchElementException|NoSuchFieldException|NoSuchMethodException|NoSuchFileException|FileNotFoundException|FileAlreadyExistsException|ActivityNotFoundException|EOFException)$")
  (#not-match? @type "[{}]")
  (#not-match? @name "^(expected|ignored|ignore|_)"))

; A name that says so excuses a narrow type only.
((catch_block (identifier) @name (_) @type (block) @body) @match
  (#only? @body)
  (#match? @type "^([\\w.]+\\.)?(Throwable|Exception|RuntimeException|Error|InterruptedException|CancellationException)$")
  (#match? @name "^(ignored|ignore|_)"))

; A broad catch that only leaves, without a value.
((catch_block (identifier) (_) @type (block) @body) @match
  (#match? @type "^([\\w.]+\\.)?(Throwable|Exception|RuntimeException|Error)$")
  (#match? @body "^\\{(\\s|//[^\\n]*|/\\*([^*]|\\*[^/])*\\*/)*((return|continue|break)(@\\w+)?|Unit)\\s*;?\\s*\\}$"))
