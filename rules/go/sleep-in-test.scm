((function_declaration name: (identifier) @test parameters: (parameter_list) @parameters
   body: (block (statement_list (expression_statement (call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @name)) @match))))
  (#match? @test "^Test")
  (#match? @parameters "testing\\.T\\b")
  (#eq? @package "time")
  (#eq? @name "Sleep"))
