((call_expression
  function: (_ object: (_) @object property: (property_identifier) @method)
  arguments: (arguments . (number) @ms .)) @match
  (#match? @object "(^|\\.|\\b)(page\\d?|popup|frame|cy|browser|driver)$")
  (#match? @method "^(waitForTimeout|wait|pause|sleep)$")
  (#match? @match "\\.waitForTimeout\\(|^cy\\.wait\\(|browser\\.pause\\(|driver\\.(sleep|pause)\\(")
  (#match? @ms "^[1-9][0-9_]{2,}$"))
((call_expression
  function: (identifier) @test
  arguments: (arguments . [(string) (template_string)]
    (_ body: (statement_block (expression_statement (await_expression [
      (new_expression
        constructor: (identifier) @promise
        arguments: (arguments . (arrow_function body: [
          (call_expression function: (identifier) @timer arguments: (arguments (_) . (number) @ms .))
          (statement_block . (expression_statement (call_expression function: (identifier) @timer arguments: (arguments (_) . (number) @ms .))) .)]) .))
      (call_expression function: (identifier) @timer arguments: (arguments . (number) @ms .))] @match))))))
  (#any-of? @test "it" "test" "specify")
  (#any-of? @timer "setTimeout" "sleep" "delay" "wait" "timeout" "pause")
  (#match? @ms "^[1-9][0-9_]{2,}$"))
