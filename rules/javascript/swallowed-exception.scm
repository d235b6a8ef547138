; catch that does nothing, or only goes elsewhere.
((catch_clause body: (statement_block) @body) @match
  (#only? @body "empty_statement" "continue_statement" "break_statement" "string" "undefined"))

; catch that only returns, and returns nothing.
((catch_clause body: (statement_block (return_statement) @exit) @body) @match
  (#only? @body "return_statement")
  (#match? @exit "^return(\\s+undefined|\\s+void 0)?\\s*;?$"))

; A promise's handler that does nothing: .catch(() => {}), .catch(() => undefined), .catch(() => void 0), or is known to
; do nothing: .catch(noop), .catch(_.noop). A predicate holds where its capture is empty.
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments . [
    (arrow_function body: [
      (statement_block) @body
      (undefined)
      (unary_expression operator: "void" argument: (number))])
    (function_expression body: (statement_block) @body)
    (identifier) @nothing
    (member_expression property: (property_identifier) @nothing)] @match .))
  (#eq? @name "catch")
  (#only? @body "empty_statement" "undefined")
  (#any-of? @nothing "noop" "NOOP" "doNothing"))

; .then(ok, () => {}).
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments (_) . [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (statement_block) @body)] @match .))
  (#eq? @name "then")
  (#only? @body "empty_statement" "undefined"))

; The same with a return and nothing else: .catch(() => { return; }).
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments . [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (statement_block) @body)] @match .))
  (#eq? @name "catch")
  (#match? @body "^\\{\\s*return(\\s+undefined|\\s+void 0)?\\s*;?\\s*\\}$"))

; An error event that nobody hears: .on("error", () => {}).
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments . (string (string_fragment) @event) . [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (statement_block) @body)] @match .))
  (#any-of? @name "on" "once" "addListener")
  (#any-of? @event "error" "uncaughtException" "unhandledRejection")
  (#only? @body "empty_statement"))
