((method_declaration (modifiers) @modifiers
   body: (block (expression_statement (method_invocation object: (_) @object name: (identifier) @name) @match)))
  (#match? @modifiers "@(Test|ParameterizedTest|RepeatedTest)\\b")
  (#eq? @name "sleep")
  (#match? @object "^(java\\.lang\\.)?Thread$|^(TimeUnit\\.)?[A-Z]*SECONDS$"))
