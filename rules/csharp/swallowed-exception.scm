; A catch with nothing in it, of no type or of any, unless a filter says when.
((catch_clause body: (block) @body) @match
  (#only? @body "empty_statement")
  (#not-contains? @match "catch_declaration" "catch_filter_clause"))
((catch_clause (catch_declaration type: (_) @type) body: (block) @body) @match
  (#only? @body "empty_statement")
  (#not-contains? @match "catch_filter_clause")
  (#not-match? @type "^(global::)?([\\w.]+\\.)?(OperationCanceledException|TaskCanceledException|FileNotFoundException|DirectoryNotFoundException|KeyNotFoundException|EndOfStreamException)$"))

; A broad catch that only leaves, without a value.
((catch_clause body: (block) @body) @match
  (#not-contains? @match "catch_declaration" "catch_filter_clause")
  (#only? @body "return_statement" "continue_statement" "break_statement")
  (#match? @body "^\\{(\\s|//[^\\n]*|/\\*([^*]|\\*[^/])*\\*/)*(return|continue|break)\\s*;"))
((catch_clause (catch_declaration type: (_) @type) body: (block) @body) @match
  (#match? @type "^(global::)?(System\\.)?(Exception|SystemException|ApplicationException)$")
  (#not-contains? @match "catch_filter_clause")
  (#only? @body "return_statement" "continue_statement" "break_statement")
  (#match? @body "^\\{(\\s|//[^\\n]*|/\\*([^*]|\\*[^/])*\\*/)*(return|continue|break)\\s*;"))
