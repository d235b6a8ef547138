; A catch block with nothing in it.
((catch_clause type: (_) @type body: (compound_statement) @body) @match
  (#only? @body "empty_statement")
  (#not-match? @type "^\\\\?([\\w\\\\]+\\\\)?(FileNotFoundException|NotFoundException|ModelNotFoundException|NotFoundHttpException|EntityNotFoundException|NoResultException)$"))

; A broad catch that only leaves, without a value.
((catch_clause type: (_) @type body: (compound_statement) @body) @match
  (#match? @type "^(.*\\|)?\\s*\\\\?(Throwable|Exception|Error|RuntimeException)\\s*(\\|.*)?$")
  (#only? @body "return_statement" "continue_statement" "break_statement")
  (#match? @body "^\\{(\\s|//[^\\n]*|#[^\\n]*|/\\*([^*]|\\*[^/])*\\*/)*(return|continue|break)\\s*;"))
