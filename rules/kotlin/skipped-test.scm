((annotation [(user_type (identifier) @name) (constructor_invocation (user_type (identifier) @name))]) @match
  (#any-of? @name "Ignore" "Disabled"))
