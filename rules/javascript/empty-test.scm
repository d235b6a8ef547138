((call_expression
  function: [
    (identifier) @name
    (member_expression object: (identifier) @name)]
  arguments: (arguments . [(string) (template_string)] . [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (statement_block) @body)])) @match
  (#any-of? @name "it" "test" "specify")
  (#match? @body "^\\{\\s*([;}]|/[/*])")
  (#not-match? @match "^\\w+\\.(todo|skip|describe|beforeEach|afterEach|beforeAll|afterAll|step|extend|use)\\b")
  (#not-match? @body "(?i)//[^\\n]*(\\.\\.\\.|…|existing|rest of|unchanged|remain|same as)|/\\*[^*]*(\\.\\.\\.|…|existing|rest of)")
  (#only? @body "empty_statement"))
