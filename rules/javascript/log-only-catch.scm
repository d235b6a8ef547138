; catch (e) { console.error(e); }
((try_statement
  body: (statement_block) @tried
  handler: (catch_clause
    body: (statement_block . (expression_statement (call_expression function: (_ object: (identifier) @console property: (property_identifier) @method))) .)) @match)
  (#eq? @console "console")
  (#any-of? @method "log" "info" "debug" "warn" "error")
  (#not-match? @match "console\\.\\w+\\(\\s*JSON\\.stringify\\(")
  (#not-match? @tried "^\\{\\s*(await\\s+)?[\\w.?!\\[\\]]+\\.(close|end|stop|disconnect|destroy|dispose|kill|abort|cancel|unlink|unlinkSync|rm|rmSync|quit|release|removeItem|terminate|shutdown)\\([^\\n]*\\);?\\s*(//[^\\n]*\\s*)*\\}$"))
((catch_clause
  body: (statement_block
    . (expression_statement (call_expression function: (_ object: (identifier) @console property: (property_identifier) @method)))
    . (expression_statement (call_expression function: (_ object: (identifier) @again property: (property_identifier) @more))) .)) @match
  (#eq? @console "console")
  (#eq? @again "console")
  (#any-of? @method "log" "info" "debug" "warn" "error")
  (#any-of? @more "log" "info" "debug" "warn" "error"))

; .catch(console.error)
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments . (member_expression object: (identifier) @console property: (property_identifier) @method) @match .))
  (#eq? @name "catch")
  (#eq? @console "console")
  (#any-of? @method "log" "info" "debug" "warn" "error"))

; .catch((e) => console.log(e)), .catch((e) => { console.log(e); })
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments . (arrow_function body: (call_expression function: (_ object: (identifier) @console property: (property_identifier) @method))) @match .))
  (#eq? @name "catch")
  (#eq? @console "console")
  (#any-of? @method "log" "info" "debug" "warn" "error"))
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments . [
    (arrow_function body: (statement_block . (expression_statement (call_expression function: (_ object: (identifier) @console property: (property_identifier) @method))) .))
    (function_expression body: (statement_block . (expression_statement (call_expression function: (_ object: (identifier) @console property: (property_identifier) @method))) .))] @match .))
  (#eq? @name "catch")
  (#eq? @console "console")
  (#any-of? @method "log" "info" "debug" "warn" "error"))
