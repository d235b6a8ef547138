((method_declaration body: (compound_statement . (comment)* . (expression_statement (member_call_expression name: (name) @name) @match)))
  (#any-of? @name "markTestSkipped" "markTestIncomplete"))
((method_declaration body: (compound_statement . (comment)* . (expression_statement (scoped_call_expression name: (name) @name) @match)))
  (#any-of? @name "markTestSkipped" "markTestIncomplete"))
