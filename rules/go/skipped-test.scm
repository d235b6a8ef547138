((function_declaration
  name: (identifier) @test
  body: (block (statement_list . (expression_statement (call_expression
    function: (selector_expression operand: (identifier) @t field: (field_identifier) @skip))) @match)))
  (#match? @test "^(Test|Benchmark|Fuzz|Example)")
  (#any-of? @t "t" "b" "f" "tb")
  (#any-of? @skip "Skip" "Skipf" "SkipNow"))
((call_expression
  function: (selector_expression operand: (identifier) @outer field: (field_identifier) @run)
  arguments: (argument_list (_) . (func_literal body: (block (statement_list . (expression_statement (call_expression
    function: (selector_expression operand: (identifier) @t field: (field_identifier) @skip))) @match)))))
  (#eq? @run "Run")
  (#any-of? @t "t" "b")
  (#any-of? @skip "Skip" "Skipf" "SkipNow"))
